//! Reads the checked-in documents (profiles, calendars, tags, regions) and reports errors in them:
//! file, line and reason.

use serde::de::DeserializeOwned;

/// Why a document cannot be used.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{file}:{line}: {reason}")]
pub struct SourceError {
    /// The file's name.
    pub file: String,
    /// The line, from 1.
    pub line: usize,
    /// What is wrong there.
    pub reason: String,
}

/// A document as text, with its name.
#[derive(Clone, Copy, Debug)]
pub struct Source<'a> {
    /// The file's name.
    pub file: &'a str,
    /// Its text.
    pub text: &'a str,
}

impl Source<'_> {
    /// Parses the TOML text; unknown keys are refused if the target type demands it.
    ///
    /// # Errors
    /// The first thing wrong, with its line.
    pub fn parse<T: DeserializeOwned>(&self) -> Result<T, SourceError> {
        toml::from_str(self.text).map_err(|error| {
            let at = error.span().map_or(0, |span| span.start);
            self.error(at, error.message())
        })
    }

    /// An error at a byte offset of the text.
    #[must_use]
    pub fn error(&self, offset: usize, reason: impl Into<String>) -> SourceError {
        let line = self.text.as_bytes().iter().take(offset).filter(|b| **b == b'\n').count() + 1;
        SourceError { file: self.file.to_owned(), line, reason: reason.into() }
    }
}
