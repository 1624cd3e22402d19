//! How a text was typed or sent, and what it means: every text that comes in is put into one form
//! here before anything is checked, compared or stored. Hidden characters inside stay, to be
//! refused.

/// Normalises a text: lines end in LF, a tab becomes a blank, and blanks and marks without width
/// are removed from both ends. Inside a text nothing is removed: there the reader refuses a mark
/// without width, a bidirectional override or NUL.
///
/// ```
/// let meant = |text: &str| {
///     let mut text = text.to_owned();
///     domain::text::tidy(&mut text);
///     text
/// };
/// assert_eq!(meant("\u{FEFF}1\t慢\r\n"), "1 慢");
/// assert_eq!(meant("一\r\n二\r三"), "一\n二\n三");
/// assert_eq!(meant("\u{202E}好"), "\u{202E}好");
/// ```
pub fn tidy(text: &mut String) {
    let spelt =
        |c: char| matches!(c, '\r' | '\t' | '\u{B}' | '\u{C}' | '\u{85}' | '\u{2028}' | '\u{2029}');
    if text.contains(spelt) {
        let lines = text.replace("\r\n", "\n");
        *text = lines.chars().map(as_meant).collect();
    }
    text.truncate(text.trim_end_matches(is_edge).len());
    let leading = text.len() - text.trim_start_matches(is_edge).len();
    text.drain(..leading);
}

fn as_meant(c: char) -> char {
    match c {
        '\t' => ' ',
        // Whatever ends a line: a lone CR, a page break, NEL, or a Unicode separator.
        '\r' | '\u{B}' | '\u{C}' | '\u{85}' | '\u{2028}' | '\u{2029}' => '\n',
        c => c,
    }
}

/// Whether a character has no meaning at an end of a text: a blank of any width, or a mark without
/// width. Uyghur and Mongolian need joiners and direction marks inside a text, but not at an end.
fn is_edge(c: char) -> bool {
    c.is_whitespace() || has_no_width(c)
}

/// Whether a character is a mark without width: a blank or joiner without width, a direction mark,
/// a byte order mark, a soft hyphen.
#[must_use]
pub fn has_no_width(c: char) -> bool {
    matches!(c, '\u{AD}' | '\u{61C}' | '\u{200B}'..='\u{200F}' | '\u{2060}' | '\u{FEFF}')
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::violation::plain_text;

    fn tidied(text: &str) -> String {
        let mut text = text.to_owned();
        tidy(&mut text);
        text
    }

    #[test]
    fn transports_spelling_is_put_as_it_was_meant() {
        for (told, meant) in [
            ("1\r\n", "1"),
            ("1\t慢", "1 慢"),
            ("\u{200B}5\u{200B}", "5"),
            ("\u{FEFF}好\u{3000}\u{A0}", "好"),
            ("\u{200E}很好\u{AD}\u{2060}", "很好"),
            ("一\r\n\r\n二", "一\n\n二"),
            ("一\r二\u{2028}三", "一\n二\n三"),
            (" \t\r\n ", ""),
            ("好", "好"),
            ("", ""),
        ] {
            assert_eq!(tidied(told), meant, "{told:?}");
            assert!(plain_text(&tidied(told), 500).is_ok(), "{told:?}");
        }
    }

    #[test]
    fn what_hides_something_is_not_taken_away_and_stays_refused() {
        for hides in ["a\u{200B}b", "\u{202E}好", "好\u{2066}", "好\0", "\0", "\u{1B}[0m"] {
            assert_eq!(tidied(hides), hides);
            assert!(plain_text(hides, 500).is_err(), "{hides:?}");
        }
    }

    proptest! {
        #[test]
        fn tidied_twice_is_tidied_once(text in "[\r\n\t \u{200B}\u{FEFF}a\0好]{0,12}") {
            let once = tidied(&text);
            prop_assert_eq!(tidied(&once), once.clone());
            prop_assert!(!once.contains(['\r', '\t']));
            let kept = |text: &str| text.chars().filter(|c| "a好\0".contains(*c)).count();
            prop_assert_eq!(kept(&once), kept(&text));
        }
    }
}
