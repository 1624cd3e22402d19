//! Text in columns, for a terminal: a hanzi is two columns wide.

use std::io::{self, Write};

/// How many columns a text takes.
pub(crate) fn width(text: &str) -> usize {
    let is_wide = |c| {
        matches!(c, '\u{1100}'..='\u{115f}' | '\u{2e80}'..='\u{a4cf}' | '\u{ac00}'..='\u{d7a3}')
            || matches!(c, '\u{f900}'..='\u{faff}' | '\u{fe30}'..='\u{fe6f}')
            || matches!(c, '\u{ff00}'..='\u{ff60}' | '\u{ffe0}'..='\u{ffe6}')
            || matches!(c, '\u{20000}'..='\u{3fffd}')
    };
    text.chars().map(|c| if is_wide(c) { 2 } else { 1 }).sum()
}

/// Writes rows, each cell as wide as the widest of its column; nothing stands behind the last.
pub(crate) fn write_rows(rows: &[Vec<String>], out: &mut impl Write) -> io::Result<()> {
    let columns = rows.iter().map(Vec::len).max().unwrap_or_default();
    let widest = |at: usize| {
        rows.iter().filter_map(|row| row.get(at)).map(|cell| width(cell)).max().unwrap_or_default()
    };
    let wide: Vec<usize> = (0..columns).map(widest).collect();
    for row in rows {
        let mut line = String::new();
        for (cell, wide) in row.iter().zip(&wide) {
            line.push_str(cell);
            line.push_str(&" ".repeat(wide.saturating_sub(width(cell)) + 2));
        }
        writeln!(out, "{}", line.trim_end())?;
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn cells_stand_below_each_other_whatever_they_are_written_in() {
        let row = |cells: &[&str]| cells.iter().map(|cell| (*cell).to_owned()).collect();
        let rows: Vec<Vec<String>> =
            vec![row(&["状态", "–→", "x"]), row(&["ok", "示例", ""]), row(&["", "", "y"])];
        let mut out = Vec::new();
        write_rows(&rows, &mut out).unwrap();
        assert_eq!(String::from_utf8(out).unwrap(), "状态  –→    x\nok    示例\n            y\n");
    }
}
