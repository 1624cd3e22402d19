//! Paging: an opaque token says where the next page begins.

use base64::{Engine as _, engine::general_purpose::URL_SAFE_NO_PAD};

/// How many rows a page has if the caller does not say.
const DEFAULT_SIZE: u32 = 50;
/// The most rows a page has.
const MAX_SIZE: u32 = 200;
/// The longest token, in bytes.
const MAX_TOKEN: usize = 256;

/// A page as asked for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Page {
    /// At most this many rows.
    pub size: u32,
    /// The sort key after which the page begins; `None` for the first page.
    pub after: Option<String>,
}

impl Page {
    /// Reads a request's page size and token.
    ///
    /// # Errors
    /// Says that the token is none of ours.
    pub fn parse(size: u32, token: &str) -> Result<Self, &'static str> {
        let size = if size == 0 { DEFAULT_SIZE } else { size.min(MAX_SIZE) };
        if token.is_empty() {
            return Ok(Self { size, after: None });
        }
        let wrong = "is no page token of this service";
        if token.len() > MAX_TOKEN {
            return Err(wrong);
        }
        let bytes = URL_SAFE_NO_PAD.decode(token).map_err(|_| wrong)?;
        let after = String::from_utf8(bytes).map_err(|_| wrong)?;
        if after.chars().any(char::is_control) {
            return Err(wrong);
        }
        Ok(Self { size, after: Some(after) })
    }

    /// Cuts `rows`, of which one more than a page was read, to the page, and makes the token of the
    /// next one from the last row's sort key.
    pub fn cut<T>(&self, rows: &mut Vec<T>, key: impl Fn(&T) -> String) -> String {
        let size = self.size as usize;
        if rows.len() <= size {
            return String::new();
        }
        rows.truncate(size);
        rows.last().map(|last| URL_SAFE_NO_PAD.encode(key(last))).unwrap_or_default()
    }

    /// How many rows to read: one more than the page, to see whether there is a next one.
    #[must_use]
    pub fn read_size(&self) -> u64 {
        u64::from(self.size) + 1
    }
}
