//! What is wrong with an input: all errors at once, so that a caller can correct them together.

/// One thing wrong with one field.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Violation {
    /// The field, by the caller's name for it, for example `entries[2].value`.
    pub field: String,
    /// What is wrong, in English for developers.
    pub description: String,
}

/// Collects violations while an input is checked.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Violations(pub Vec<Violation>);

impl Violations {
    /// Notes one violation.
    pub fn add(&mut self, field: impl Into<String>, description: impl Into<String>) {
        self.0.push(Violation { field: field.into(), description: description.into() });
    }

    /// Notes a violation unless `holds`.
    pub fn require(&mut self, holds: bool, field: &str, description: &str) {
        if !holds {
            self.add(field, description);
        }
    }

    /// Takes `value`, or notes the violation it came with.
    pub fn take<T, E: std::fmt::Display>(&mut self, field: &str, value: Result<T, E>) -> Option<T> {
        value.map_err(|error| self.add(field, error.to_string())).ok()
    }

    /// Returns `value` if nothing is wrong.
    ///
    /// # Errors
    /// The violations, if there are any.
    pub fn finish<T>(self, value: T) -> Result<T, Self> {
        if self.0.is_empty() { Ok(value) } else { Err(self) }
    }
}

impl std::fmt::Display for Violations {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        for (n, violation) in self.0.iter().enumerate() {
            let separator = if n == 0 { "" } else { "; " };
            write!(f, "{separator}{}: {}", violation.field, violation.description)?;
        }
        Ok(())
    }
}

impl std::error::Error for Violations {}

/// The longest code or identity anywhere, in characters.
pub const MAX_IDENTIFIER_CHARS: usize = 64;

/// A code or identity that callers use as a name. Its characters can all be told apart by eye, and
/// none is invisible: ASCII letters, digits and most ASCII signs; hanzi and 〔〕, since 办件 and
/// documents are numbered 〔2026〕12号 where no system numbers them, and GB/T 39046 leaves the form
/// of a project number to the region. Not allowed: blanks, marks without width, full-width twins of
/// ASCII signs, letters of other scripts that look like one of these. Two names that look alike
/// would be two cases, two windows, two tickets. May be empty. Blanks and marks around it are
/// already removed ([`crate::text::tidy`]).
///
/// ```
/// use domain::violation::identifier;
/// assert!(identifier("652301-w01").is_ok() && identifier("昌政服〔2026〕12号").is_ok());
/// assert!(identifier("K\u{AD}1").is_err() && identifier("K 1").is_err());
/// ```
///
/// # Errors
/// What is wrong with it.
pub fn identifier(text: &str) -> Result<(), String> {
    if text.contains('\n') {
        return Err("holds a line break".to_owned());
    }
    plain_text(text, MAX_IDENTIFIER_CHARS)?;
    match text.chars().find(|c| !names(*c)) {
        None => Ok(()),
        Some(' ') => Err("holds a blank".to_owned()),
        Some(c) => {
            let code = u32::from(c);
            Err(format!("holds U+{code:04X}, which is no letter, digit or hanzi of an identifier"))
        }
    }
}

/// Whether a character may be in an identifier.
fn names(c: char) -> bool {
    c.is_ascii_alphanumeric()
        || "-_./:#()[]+@,=&*~".contains(c)
        || matches!(c, '〇' | '〔' | '〕' | '\u{3400}'..='\u{4DBF}' | '\u{4E00}'..='\u{9FFF}')
        || matches!(c, '\u{20000}'..='\u{323AF}')
}

/// Checks a text of a rater or officer: the limit counts characters, and no text may hide anything.
/// Control characters and bidirectional overrides are refused, never removed.
///
/// # Errors
/// Which of the two it is.
pub fn plain_text(text: &str, max_chars: usize) -> Result<(), String> {
    let chars = text.chars().count();
    if chars > max_chars {
        return Err(format!("has {chars} characters; at most {max_chars} are allowed"));
    }
    let hidden = |c: char| {
        (c.is_control() && c != '\n')
            || matches!(c, '\u{202A}'..='\u{202E}' | '\u{2066}'..='\u{2069}' | '\u{FEFF}')
            // Without width, but not the joiners that Uyghur and Mongolian need.
            || matches!(c, '\u{200B}' | '\u{2060}'..='\u{2064}' | '\u{E0000}'..='\u{E007F}')
    };
    match text.chars().find(|c| hidden(*c)) {
        Some(c) => Err(format!("holds the hidden character U+{:04X}", c as u32)),
        None => Ok(()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_identifier_is_of_what_can_be_told_apart_by_eye() {
        for good in [
            "",
            "K-1",
            "652301-a03",
            "haiyang-2021",
            "社评示例1号",
            "昌政服〔2026〕12号",
            "A/1:2(3)",
            "𠮷1",
        ] {
            assert!(identifier(good).is_ok(), "{good}");
        }
    }

    #[test]
    fn i21_what_looks_like_another_identifier_is_none_and_the_reason_is_said() {
        for (twin, why) in [
            ("K-1 ", "a blank"),
            ("K 1", "a blank"),
            ("K-1\u{200D}", "U+200D"),
            ("K\u{AD}-1", "U+00AD"),
            ("\u{200E}K-1", "U+200E"),
            ("K-1\u{FE0F}", "U+FE0F"),
            ("号\u{E0100}1", "U+E0100"),
            ("K-1\u{2028}", "U+2028"),
            ("K-1\u{A0}", "U+00A0"),
            ("K-1\u{3000}", "U+3000"),
            ("Ｋ-1", "U+FF2B"),
            ("К-1", "U+041A"),
            ("K‐1", "U+2010"),
            ("K−1", "U+2212"),
            ("⼀1", "U+2F00"),
            ("%", "U+0025"),
            ("K\n1", "line break"),
            ("K\u{200B}1", "hidden character U+200B"),
        ] {
            let said = identifier(twin).unwrap_err();
            assert!(said.contains(why), "{twin:?}: {said}");
        }
        assert!(identifier(&"9".repeat(64)).is_ok() && identifier(&"9".repeat(65)).is_err());
    }
}
