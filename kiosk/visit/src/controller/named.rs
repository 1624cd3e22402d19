//! What a trace tells of screens and events.

use std::fmt::{self, Debug, Write as _};

/// The name of a variant without its content: the part after the name is not even formatted.
pub(super) fn name(value: &impl Debug) -> String {
    struct Name(String);
    impl fmt::Write for Name {
        fn write_str(&mut self, text: &str) -> fmt::Result {
            let end = text.find(|c: char| !c.is_alphanumeric());
            self.0.push_str(&text[..end.unwrap_or(text.len())]);
            if end.is_some() { Err(fmt::Error) } else { Ok(()) }
        }
    }
    let mut name = Name(String::new());
    // The error only stops the formatting.
    let _ = write!(name, "{value:?}");
    name.0
}
