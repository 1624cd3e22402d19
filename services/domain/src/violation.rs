//! What is wrong with an input: all of it at once, so that a caller mends it in one go.

/// One thing wrong with one field.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Violation {
    /// The field, as the caller named it, for example `entries[2].value`.
    pub field: String,
    /// What is wrong, in English for developers.
    pub description: String,
}

/// Collects violations while an input is read.
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

    /// Passes `value` on if nothing is wrong.
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

/// A code or identity as callers name things by: short, and nothing hidden in it. May be empty.
///
/// # Errors
/// Says what is wrong with it.
pub fn identifier(text: &str) -> Result<(), String> {
    match text.contains('\n') {
        true => Err("holds a line break".to_owned()),
        false => plain_text(text, MAX_IDENTIFIER_CHARS),
    }
}

/// The longest run of text a rater or officer may write is counted in characters, and no text may
/// hide anything: control characters and bidirectional overrides are refused, never stripped.
///
/// # Errors
/// Says which of the two it is.
pub fn plain_text(text: &str, max_chars: usize) -> Result<(), String> {
    let chars = text.chars().count();
    if chars > max_chars {
        return Err(format!("has {chars} characters; at most {max_chars} are allowed"));
    }
    let hidden = |c: char| {
        (c.is_control() && c != '\n')
            || matches!(c, '\u{202A}'..='\u{202E}' | '\u{2066}'..='\u{2069}' | '\u{FEFF}')
            // Of no width, and not the joiners that Uyghur and Mongolian are written with.
            || matches!(c, '\u{200B}' | '\u{2060}'..='\u{2064}' | '\u{E0000}'..='\u{E007F}')
    };
    match text.chars().find(|c| hidden(*c)) {
        Some(c) => Err(format!("holds the hidden character U+{:04X}", c as u32)),
        None => Ok(()),
    }
}
