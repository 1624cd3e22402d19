//! Paging: an opaque token holds the start of the next page. It names its list and the sort key of
//! the last row before it, so that no list accepts another's.

use std::{fmt::Display, str::FromStr};

use base64::{Engine as _, engine::general_purpose::URL_SAFE_NO_PAD};
use domain::violation::Violations;
use prost::Message;
use uuid::Uuid;

/// How many rows a page has by default.
const DEFAULT_SIZE: u32 = 50;
/// The most rows a page has.
const MAX_SIZE: u32 = 200;
/// How many bytes the rows of a page have together: a default client accepts answers of 4 MiB, and
/// the rest is for what surrounds the rows. A single row is smaller, since requests are limited.
pub const MAX_BYTES: usize = 3 << 20;
/// The longest token, in bytes: an identifier has 64 characters of four bytes at most, and the
/// encoding makes it one third longer.
const MAX_TOKEN: usize = 512;
/// The violation for every token that is not valid.
const WRONG: &str = "is no page token of this service";

/// What a list is sorted by, as a token holds it.
pub trait SortKey: Sized {
    /// As text.
    fn write(&self) -> String;
    /// From text; none if it is of another kind.
    fn read(text: &str) -> Option<Self>;
}

/// A sort key with the usual text form; several parts can form one key. Text of open length, such
/// as a [`String`], stands last or between numbers and identities.
pub trait Part: Display + FromStr {}

impl Part for i32 {}
impl Part for i64 {}
impl Part for usize {}
impl Part for String {}
impl Part for Uuid {}

impl<A: Part> SortKey for A {
    fn write(&self) -> String {
        self.to_string()
    }

    fn read(text: &str) -> Option<Self> {
        text.parse().ok()
    }
}

impl<A: Part, B: Part> SortKey for (A, B) {
    fn write(&self) -> String {
        format!("{} {}", self.0, self.1)
    }

    fn read(text: &str) -> Option<Self> {
        let (first, second) = text.split_once(' ')?;
        Some((first.parse().ok()?, second.parse().ok()?))
    }
}

impl<A: Part, B: Part, C: Part> SortKey for (A, B, C) {
    fn write(&self) -> String {
        format!("{} {} {}", self.0, self.1, self.2)
    }

    fn read(text: &str) -> Option<Self> {
        let (first, rest) = text.split_once(' ')?;
        let (second, third) = rest.rsplit_once(' ')?;
        Some((first.parse().ok()?, second.parse().ok()?, third.parse().ok()?))
    }
}

/// Bytes, as hexadecimal digits.
impl SortKey for Vec<u8> {
    fn write(&self) -> String {
        self.iter().map(|byte| format!("{byte:02x}")).collect()
    }

    fn read(text: &str) -> Option<Self> {
        let byte = |pair: &[u8]| {
            let pair = std::str::from_utf8(pair).ok().filter(|pair| pair.len() == 2)?;
            u8::from_str_radix(pair, 16).ok()
        };
        text.as_bytes().chunks(2).map(byte).collect()
    }
}

/// A requested page of a list.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Page<K = String> {
    /// The list, by the name of its RPC.
    list: &'static str,
    /// At most this many rows.
    pub size: u32,
    /// The sort key after which the page begins; `None` for the first page.
    pub after: Option<K>,
}

impl<K: SortKey> Page<K> {
    /// The first page.
    #[must_use]
    pub const fn first(list: &'static str, size: u32) -> Self {
        Self { list, size, after: None }
    }

    /// Reads a request's page size and token, and notes a token that does not belong to this list;
    /// then it returns a page only so that the rest can be checked too.
    pub fn read(wrong: &mut Violations, list: &'static str, size: u32, token: &str) -> Self {
        let page = wrong.take("page_token", Self::parse(list, size, token));
        page.unwrap_or(Self::first(list, 0))
    }

    /// # Errors
    /// If this list did not make the token.
    fn parse(list: &'static str, size: u32, token: &str) -> Result<Self, &'static str> {
        let size = if size == 0 { DEFAULT_SIZE } else { size.min(MAX_SIZE) };
        if token.is_empty() {
            return Ok(Self::first(list, size));
        }
        if token.len() > MAX_TOKEN {
            return Err(WRONG);
        }
        let bytes = URL_SAFE_NO_PAD.decode(token).map_err(|_| WRONG)?;
        let text = String::from_utf8(bytes).map_err(|_| WRONG)?;
        if text.chars().any(char::is_control) {
            return Err(WRONG);
        }
        let after = text.strip_prefix(list).and_then(|rest| K::read(rest.strip_prefix(' ')?));
        Ok(Self { list, size, after: Some(after.ok_or(WRONG)?) })
    }

    fn token(&self, after: &K) -> String {
        URL_SAFE_NO_PAD.encode(format!("{} {}", self.list, after.write()))
    }

    /// Cuts `rows` to the page, and makes the token of the next one from the last row's sort key.
    /// `rows` holds one more than a page.
    pub fn cut<T>(&self, rows: &mut Vec<T>, key: impl Fn(&T) -> K) -> String {
        let size = self.size as usize;
        if rows.len() <= size {
            return String::new();
        }
        rows.truncate(size);
        rows.last().map(|last| self.token(&key(last))).unwrap_or_default()
    }

    /// Cuts encoded rows, each with its sort key, to the page and to [`MAX_BYTES`]; one more than a
    /// page was read. Returns at least one row, and the token of the next page.
    #[must_use]
    pub fn cut_to_answer<T: Message>(&self, rows: Vec<(K, T)>) -> (Vec<T>, String) {
        let sizes = rows.iter().map(|(_, row)| row.encoded_len());
        let fit = self.fitting(sizes);
        let more = fit < rows.len();
        let mut last = None;
        let mut page = Vec::with_capacity(fit);
        for (key, row) in rows.into_iter().take(fit) {
            last = Some(key);
            page.push(row);
        }
        let last = last.filter(|_| more);
        let token = last.map(|last| self.token(&last)).unwrap_or_default();
        (page, token)
    }

    /// How many of these rows, by their sizes in bytes, fit into a page: at least one, if there is
    /// one.
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
        let page = Page::first("List", 3);
        let rows = |sizes: &[usize]| {
            let rows = sizes.iter().enumerate().map(|(n, size)| (n.to_string(), item(*size)));
            page.cut_to_answer(rows.collect())
        };
        let after = |token: &str| Page::<String>::parse("List", 0, token).unwrap().after;
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

    #[test]
    fn a_token_is_taken_by_its_own_list_only_and_holds_keys_of_any_kind() {
        fn again<K: SortKey + Clone>(key: &K) -> (String, Option<K>) {
            let token = Page::first("List", 1).cut(&mut vec![(); 2], |()| key.clone());
            let after = Page::parse("List", 0, &token).unwrap().after;
            (token, after)
        }
        let id = Uuid::from_u128(7);
        let (token, after) = again(&id);
        assert_eq!(after, Some(id));
        let (_, after) = again(&(-1_i64, id));
        assert_eq!(after, Some((-1, id)));
        let (of_three, after) = again(&(1_i64, "a b".to_owned(), 2_i32));
        assert_eq!(after, Some((1, "a b".to_owned(), 2)));
        let (of_bytes, after) = again(&vec![0_u8, 255]);
        assert_eq!(after, Some(vec![0, 255]));
        assert_eq!(again(&"Lists 统一".to_owned()).1, Some("Lists 统一".to_owned()));

        for list in ["Lis", "Lists", "ListList", ""] {
            assert_eq!(Page::<Uuid>::parse(list, 0, &token), Err(WRONG), "{list}");
        }
        for token in [of_three.as_str(), &of_bytes, "x", "eA", &"A".repeat(MAX_TOKEN + 1)] {
            assert_eq!(Page::<Uuid>::parse("List", 0, token), Err(WRONG), "{token}");
        }
        let control = URL_SAFE_NO_PAD.encode("List a\0b");
        assert_eq!(Page::<String>::parse("List", 0, &control), Err(WRONG));
        let mut wrong = Violations::default();
        let page = Page::<i64>::read(&mut wrong, "List", 5, &token);
        assert_eq!((page.size, page.after), (0, None));
        assert_eq!(wrong.0.len(), 1);
        assert_eq!(
            (wrong.0[0].field.as_str(), wrong.0[0].description.as_str()),
            ("page_token", WRONG)
        );
    }
}
