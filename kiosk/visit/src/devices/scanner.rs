//! A scanner of QR and bar codes that is a keyboard (键盘口扫码器): it types what it reads, faster than
//! anybody can, and ends with Enter. Set to send its AIM identifier (`]Q1`), it is known by its first key.

/// The shortest code there is: a receipt's.
const SHORTEST: usize = 8;
/// What nobody types on a terminal, and every AIM identifier begins with.
const PREFIX: char = ']';
/// An AIM identifier has so many characters.
const IDENTIFIER: usize = 3;

/// What a key turned out to be.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Heard {
    /// A key like any other.
    Key,
    /// Perhaps the scanner's: it is kept until more is known.
    Kept,
    /// The last one of a code. If `leaked`, its first character was taken for a key.
    Code {
        /// The code.
        code: String,
        /// Whether its first character went where keys go.
        leaked: bool,
    },
}

/// Tells a scanner's keys from a finger's, by their tempo: whoever calls it says when none came for
/// [`Scanner::PAUSE`].
#[derive(Debug, Default)]
pub struct Scanner {
    /// The keys since the last pause.
    keys: String,
    /// Whether the first of them went where keys go.
    leaked: bool,
}

impl Scanner {
    /// No finger is as fast, and no scanner as slow, in milliseconds.
    pub const PAUSE: u64 = 40;

    /// Hears a key.
    pub fn key(&mut self, text: &str) -> Heard {
        let mut letters = text.chars();
        let (Some(key), None) = (letters.next(), letters.next()) else {
            // Several characters at once come from keys on the screen.
            return Heard::Key;
        };
        match key {
            '\n' | '\r' if self.keys.chars().count() >= SHORTEST => {
                let keys = std::mem::take(&mut self.keys);
                let code = match keys.starts_with(PREFIX) {
                    true => keys.chars().skip(IDENTIFIER).collect(),
                    false => keys,
                };
                Heard::Code { code, leaked: std::mem::take(&mut self.leaked) }
            }
            // Shift and its like go before a capital letter, and are none themselves.
            key if key.is_control() || ('\u{f700}'..='\u{f8ff}').contains(&key) => {
                if self.keys.chars().count() > 1 && matches!(key, '\n' | '\r') {
                    self.keys.push('\n');
                    return Heard::Kept;
                }
                Heard::Key
            }
            key if self.keys.is_empty() && key != PREFIX => {
                self.leaked = true;
                self.keys.push(key);
                Heard::Key
            }
            key => {
                self.keys.push(key);
                Heard::Kept
            }
        }
    }

    /// Nothing came for a while: the keys that were kept, which are a finger's after all.
    pub fn pause(&mut self) -> String {
        let keys = std::mem::take(&mut self.keys);
        let leaked = usize::from(std::mem::take(&mut self.leaked));
        keys.chars().skip(leaked).collect()
    }
}

/// The code of a receipt in what a scanner read: alone, or behind the `#` of the address it leads to.
#[must_use]
pub fn receipt_code(read: &str) -> &str {
    read.rsplit('#').next().unwrap_or(read).trim()
}

#[cfg(test)]
mod tests {
    use super::*;

    const RECEIPT: &str = "https://example.gov.cn/my#K7QM-2XHD";

    fn scan(scanner: &mut Scanner, keys: &str) -> Heard {
        for key in keys.chars() {
            assert!(!matches!(scanner.key(&key.to_string()), Heard::Code { .. }));
        }
        scanner.key("\n")
    }

    #[test]
    fn a_code_that_is_typed_at_once_is_a_scanners() {
        let mut scanner = Scanner::default();
        let heard = scan(&mut scanner, RECEIPT);
        assert_eq!(heard, Heard::Code { code: RECEIPT.into(), leaked: true });
        assert_eq!(scanner.pause(), "", "nothing is left of it");
        assert_eq!(receipt_code(RECEIPT), "K7QM-2XHD");
        assert_eq!(receipt_code("K7QM-2XHD"), "K7QM-2XHD");
    }

    #[test]
    fn a_scanner_with_a_prefix_is_known_at_its_first_key() {
        let mut scanner = Scanner::default();
        assert_eq!(scanner.key("]"), Heard::Kept);
        let heard = scan(&mut scanner, "Q1K7QM-2XHD");
        assert_eq!(heard, Heard::Code { code: "K7QM-2XHD".into(), leaked: false });
    }

    #[test]
    fn a_finger_is_no_scanner_however_fast() {
        let mut scanner = Scanner::default();
        for key in ["1", "2", "\u{8}", "3", "\n"] {
            assert_eq!(scanner.key(key), Heard::Key, "{key}");
            assert_eq!(scanner.pause(), "");
        }
        // Two fingers that come down together.
        assert_eq!(scanner.key("a"), Heard::Key);
        assert_eq!(scanner.key("\u{10}"), Heard::Key, "shift");
        assert_eq!(scanner.key("b"), Heard::Kept);
        assert_eq!(scanner.key("\n"), Heard::Kept);
        assert_eq!(scanner.pause(), "b\n", "what was kept is typed after all");
        assert_eq!(scanner.key("一句话"), Heard::Key);
    }
}
