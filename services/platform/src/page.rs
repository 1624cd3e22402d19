//! Paging: an opaque token says where the next page begins.

use base64::{Engine as _, engine::general_purpose::URL_SAFE_NO_PAD};
use prost::Message;

/// How many rows a page has if the caller does not say.
const DEFAULT_SIZE: u32 = 50;
/// The most rows a page has.
const MAX_SIZE: u32 = 200;
/// The most bytes the rows of a page have together: a default client takes answers of 4 MiB, and the rest
/// is for what surrounds them. A single row must be smaller by what is let in.
pub const MAX_BYTES: usize = 3 << 20;
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

    /// Cuts rows as they go out, each with its sort key and one more than a page read, to the page and to
    /// [`MAX_BYTES`]; one row at least. Returns them with the token of the next page.
    #[must_use]
    pub fn cut_to_answer<T: Message>(&self, rows: Vec<(String, T)>) -> (Vec<T>, String) {
        let sizes = rows.iter().map(|(_, row)| row.encoded_len());
        let fit = self.fitting(sizes);
        let more = fit < rows.len();
        let mut last = String::new();
        let mut page = Vec::with_capacity(fit);
        for (key, row) in rows.into_iter().take(fit) {
            last = key;
            page.push(row);
        }
        let token = if more { URL_SAFE_NO_PAD.encode(last) } else { String::new() };
        (page, token)
    }

    /// How many of these rows, by their sizes in bytes, a page takes: one at least, if there is one.
    #[must_use]
    pub fn fitting(&self, sizes: impl Iterator<Item = usize>) -> usize {
        // A tag and a length precede each in its answer.
        const FRAME: usize = 8;
        let mut bytes = 0;
        let within = |size: usize| {
            bytes += size + FRAME;
            bytes
        };
        let size = usize::try_from(self.size).unwrap_or(usize::MAX);
        let within = sizes.take(size).map(within).enumerate();
        within.take_while(|(n, bytes)| *n == 0 || *bytes <= MAX_BYTES).count()
    }

    /// How many rows to read: one more than the page, to see whether there is a next one.
    #[must_use]
    pub fn read_size(&self) -> u64 {
        u64::from(self.size) + 1
    }
}

#[cfg(test)]
mod tests {
    use proto::catalog::v1::Item;

    use super::*;

    fn item(bytes: usize) -> Item {
        Item { name: "x".repeat(bytes), ..Item::default() }
    }

    #[test]
    fn a_page_ends_where_its_bytes_end_and_the_next_goes_on_there() {
        let page = Page { size: 3, after: None };
        let rows = |sizes: &[usize]| {
            let rows = sizes.iter().enumerate().map(|(n, size)| (n.to_string(), item(*size)));
            page.cut_to_answer(rows.collect())
        };
        let after = |token: &str| Page::parse(0, token).unwrap().after;
        let (all, token) = rows(&[1, 1, 1]);
        assert_eq!((all.len(), token.as_str()), (3, ""));
        let (by_rows, token) = rows(&[1, 1, 1, 1]);
        assert_eq!((by_rows.len(), after(&token)), (3, Some("2".to_owned())));
        let (by_bytes, token) = rows(&[MAX_BYTES / 2, MAX_BYTES / 2, 1]);
        assert_eq!((by_bytes.len(), after(&token)), (1, Some("0".to_owned())));
        let (one_at_least, token) = rows(&[MAX_BYTES + 1, 1]);
        assert_eq!((one_at_least.len(), after(&token)), (1, Some("0".to_owned())));
        assert_eq!(rows(&[]), (Vec::new(), String::new()));
    }
}
