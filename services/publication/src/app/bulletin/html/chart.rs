//! Charts as SVG: bars and lines. Text in, text out: the same figures give the same bytes. Each has a title and
//! a description for those who do not see it; the table below it says the same in numbers. Colours come from
//! the page, and every value is written beside its mark, so that nothing depends on colour.

use std::fmt::Write as _;

use crate::app::bulletin::report::{Bar, Point, percent};

/// The width of a chart, in its own units.
const WIDTH: usize = 720;
/// The height of a bar with its gap.
const ROW: usize = 30;
/// Where bars begin: left of it are their names.
const LEFT: usize = 200;
/// How long the longest bar is: right of it is room for its value.
const LONGEST: usize = 400;
/// How many characters a name beside a bar has at most; the table has all of it.
const NAME: usize = 12;
/// The height of a line chart.
const HEIGHT: usize = 240;
/// The margins of a line chart: at the sides, and above and below.
const SIDE: usize = 56;
const ABOVE: usize = 30;
const BELOW: usize = 34;

/// Text that HTML and SVG take as text, in content and in quoted attributes.
pub(crate) fn escaped(text: &str) -> String {
    let mut safe = String::with_capacity(text.len());
    for c in text.chars() {
        match c {
            '&' => safe.push_str("&amp;"),
            '<' => safe.push_str("&lt;"),
            '>' => safe.push_str("&gt;"),
            '"' => safe.push_str("&quot;"),
            '\'' => safe.push_str("&#39;"),
            // What turns the direction of the text around it, or is not seen.
            '\u{202A}'..='\u{202E}' | '\u{2066}'..='\u{2069}' => {}
            c if c.is_control() && c != '\n' => {}
            c => safe.push(c),
        }
    }
    safe
}

/// The beginning of a chart: what it is called and what it shows, for everyone.
fn opened(id: &str, height: usize, title: &str, told: &str) -> String {
    let (title, told) = (escaped(title), escaped(told));
    format!(
        "<svg class=\"chart\" viewBox=\"0 0 {WIDTH} {height}\" role=\"img\" \
         aria-labelledby=\"{id}-t {id}-d\" xmlns=\"http://www.w3.org/2000/svg\">\
         <title id=\"{id}-t\">{title}</title><desc id=\"{id}-d\">{told}</desc>\n"
    )
}

/// Bars one below the other; the longest of `full` or of them is as long as there is room for.
pub(crate) fn bars(id: &str, title: &str, full: u64, bars: &[Bar]) -> String {
    let told: Vec<String> = bars.iter().map(|bar| format!("{}：{}", bar.name, bar.value)).collect();
    let mut svg = opened(id, bars.len() * ROW + 10, title, &told.join("；"));
    let longest = bars.iter().map(|bar| bar.length).max().unwrap_or_default().max(full).max(1);
    for (n, bar) in bars.iter().enumerate() {
        let top = 5 + n * ROW;
        let share = u128::from(bar.length) * LONGEST as u128 / u128::from(longest);
        let length = usize::try_from(share).unwrap_or(LONGEST);
        let class = if bar.bad { "bad" } else { "good" };
        let mut name: String = bar.name.chars().take(NAME).collect();
        if bar.name.chars().nth(NAME).is_some() {
            name.push('…');
        }
        let (name, value) = (escaped(&name), escaped(&bar.value));
        let _ = writeln!(
            svg,
            "<text x=\"{}\" y=\"{}\" class=\"name\">{name}</text>\
             <rect x=\"{LEFT}\" y=\"{top}\" width=\"{length}\" height=\"{}\" class=\"{class}\"/>\
             <text x=\"{}\" y=\"{}\">{value}</text>",
            LEFT - 10,
            top + 16,
            ROW - 10,
            LEFT + length + 8,
            top + 16,
        );
    }
    svg.push_str("</svg>\n");
    svg
}

/// Percentages one after the other, between the whole tens around them.
pub(crate) fn line(id: &str, title: &str, points: &[Point]) -> String {
    let said = |point: &Point| format!("{}：{}", point.name, percent(point.value));
    let told: Vec<String> = points.iter().map(said).collect();
    let mut svg = opened(id, HEIGHT, title, &told.join("；"));
    let values = || points.iter().filter_map(|point| point.value);
    // Below 100 %, so that the scale does not go beyond it.
    let low = (values().min().unwrap_or_default() / 1_000 * 1_000).min(9_000);
    let high = values().max().unwrap_or_default().div_ceil(1_000) * 1_000;
    let high = high.max(low + 1_000);
    let room = HEIGHT - ABOVE - BELOW;
    let y = |value: u64| {
        let up = usize::try_from(value.saturating_sub(low)).unwrap_or_default() * room;
        HEIGHT - BELOW - up / usize::try_from(high - low).unwrap_or(1).max(1)
    };
    let x = |n: usize| SIDE + n * (WIDTH - 2 * SIDE) / points.len().saturating_sub(1).max(1);
    for edge in [low, high] {
        let _ = writeln!(
            svg,
            "<line x1=\"{SIDE}\" y1=\"{0}\" x2=\"{1}\" y2=\"{0}\" class=\"grid\"/>\
             <text x=\"{2}\" y=\"{3}\" class=\"name\">{4}%</text>",
            y(edge),
            WIDTH - SIDE,
            SIDE - 8,
            y(edge) + 5,
            edge / 100,
        );
    }
    // A gap where there is no value.
    let numbered: Vec<(usize, &Point)> = points.iter().enumerate().collect();
    for run in numbered.split(|(_, point)| point.value.is_none()) {
        let corners: Vec<String> = run
            .iter()
            .filter_map(|(n, point)| point.value.map(|value| format!("{},{}", x(*n), y(value))))
            .collect();
        if corners.len() > 1 {
            let _ = writeln!(svg, "<polyline points=\"{}\" class=\"line\"/>", corners.join(" "));
        }
    }
    for (n, point) in points.iter().enumerate() {
        let name = escaped(&point.name);
        let _ = writeln!(
            svg,
            "<text x=\"{}\" y=\"{}\" class=\"tick\">{name}</text>",
            x(n),
            HEIGHT - 12
        );
        if let Some(value) = point.value {
            let _ = writeln!(
                svg,
                "<circle cx=\"{0}\" cy=\"{1}\" r=\"4\" class=\"dot\"/>\
                 <text x=\"{0}\" y=\"{2}\" class=\"tick\">{3}</text>",
                x(n),
                y(value),
                y(value) - 10,
                tenths(value),
            );
        }
    }
    svg.push_str("</svg>\n");
    svg
}

/// Hundredths of a per cent with one decimal, where there is little room.
fn tenths(points: u64) -> String {
    let tenths = (points + 5) / 10;
    format!("{}.{}", tenths / 10, tenths % 10)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn p06_bars_are_always_the_same_text() {
        let bar = |name: &str, length, bad| Bar {
            name: name.to_owned(),
            length,
            value: format!("{length}件"),
            bad,
        };
        let told = bars("c1", "评价等级", 0, &[bar("满意", 30, false), bar("不满意", 10, true)]);
        let expected = "<svg class=\"chart\" viewBox=\"0 0 720 70\" role=\"img\" \
            aria-labelledby=\"c1-t c1-d\" xmlns=\"http://www.w3.org/2000/svg\">\
            <title id=\"c1-t\">评价等级</title><desc id=\"c1-d\">满意：30件；不满意：10件</desc>\n\
            <text x=\"190\" y=\"21\" class=\"name\">满意</text>\
            <rect x=\"200\" y=\"5\" width=\"400\" height=\"20\" class=\"good\"/>\
            <text x=\"608\" y=\"21\">30件</text>\n\
            <text x=\"190\" y=\"51\" class=\"name\">不满意</text>\
            <rect x=\"200\" y=\"35\" width=\"133\" height=\"20\" class=\"bad\"/>\
            <text x=\"341\" y=\"51\">10件</text>\n\
            </svg>\n";
        assert_eq!(told, expected);
    }

    #[test]
    fn p06_a_line_has_a_gap_where_there_is_no_value() {
        let point = |name: &str, value| Point { name: name.to_owned(), value };
        let points = [
            point("1月", Some(9_000)),
            point("2月", None),
            point("3月", Some(9_512)),
            point("4月", Some(9_999)),
        ];
        let told = line("c2", "满意率", &points);
        let expected = "<svg class=\"chart\" viewBox=\"0 0 720 240\" role=\"img\" \
            aria-labelledby=\"c2-t c2-d\" xmlns=\"http://www.w3.org/2000/svg\">\
            <title id=\"c2-t\">满意率</title>\
            <desc id=\"c2-d\">1月：90.00%；2月：—；3月：95.12%；4月：99.99%</desc>\n\
            <line x1=\"56\" y1=\"206\" x2=\"664\" y2=\"206\" class=\"grid\"/>\
            <text x=\"48\" y=\"211\" class=\"name\">90%</text>\n\
            <line x1=\"56\" y1=\"30\" x2=\"664\" y2=\"30\" class=\"grid\"/>\
            <text x=\"48\" y=\"35\" class=\"name\">100%</text>\n\
            <polyline points=\"461,116 664,31\" class=\"line\"/>\n\
            <text x=\"56\" y=\"228\" class=\"tick\">1月</text>\n\
            <circle cx=\"56\" cy=\"206\" r=\"4\" class=\"dot\"/>\
            <text x=\"56\" y=\"196\" class=\"tick\">90.0</text>\n\
            <text x=\"258\" y=\"228\" class=\"tick\">2月</text>\n\
            <text x=\"461\" y=\"228\" class=\"tick\">3月</text>\n\
            <circle cx=\"461\" cy=\"116\" r=\"4\" class=\"dot\"/>\
            <text x=\"461\" y=\"106\" class=\"tick\">95.1</text>\n\
            <text x=\"664\" y=\"228\" class=\"tick\">4月</text>\n\
            <circle cx=\"664\" cy=\"31\" r=\"4\" class=\"dot\"/>\
            <text x=\"664\" y=\"21\" class=\"tick\">100.0</text>\n\
            </svg>\n";
        assert_eq!(told, expected);
        assert!(line("c", "无", &[]).ends_with("</svg>\n"), "nothing to draw is no failure");
    }
}
