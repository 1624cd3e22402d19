//! Content sealed in pieces, so that it is never whole in memory: the STREAM construction of
//! Hoang, Reyhanitabar, Rogaway and Vizár (2015) over the house's ciphers. Each content has a random
//! key of its own, which is sealed in its row: after a change of keys only the row is sealed anew,
//! and without the key in the row the content is nothing any more.
//!
//! A piece's nonce is its number and whether it is the last, and it is bound to the content's id. So
//! no piece can be left out, moved, repeated, or taken from another content, and none can be cut
//! off at the end.

use aes_gcm::aead::Payload;
use uuid::Uuid;

use super::{
    KEY_BYTES, Sealer, Suite, Unopenable,
    sealer::{Cipher, NONCE_BYTES},
};

/// How many bytes of content a piece holds; the last one can hold fewer.
pub const PIECE: usize = 64 << 10;
/// How many bytes a sealed piece is longer.
const TAG: usize = 16;

/// The key of one content, used for nothing else.
#[derive(Clone)]
pub struct ContentKey {
    suite: Suite,
    key: [u8; KEY_BYTES],
}

impl Sealer {
    /// A fresh key for one content, and the same sealed for `place` in its row.
    ///
    /// # Errors
    /// [`Unopenable`] if the system has no randomness.
    pub fn content_key(&self, place: &[u8]) -> Result<(ContentKey, Vec<u8>), Unopenable> {
        let mut key = [0; KEY_BYTES];
        getrandom::fill(&mut key).map_err(|_| Unopenable)?;
        let suite = self.suite();
        let number = match suite {
            Suite::Aes256Gcm => 1,
            Suite::Sm4Gcm => 2,
        };
        let sealed = self.seal(&[&[number], key.as_slice()].concat(), place)?;
        Ok((ContentKey { suite, key }, sealed))
    }

    /// The key of a content, from its row.
    ///
    /// # Errors
    /// [`Unopenable`].
    pub fn open_content_key(&self, sealed: &[u8], place: &[u8]) -> Result<ContentKey, Unopenable> {
        let opened = self.open(sealed, place)?;
        let (number, key) = opened.split_first().ok_or(Unopenable)?;
        let suite = match number {
            1 => Suite::Aes256Gcm,
            2 => Suite::Sm4Gcm,
            _ => return Err(Unopenable),
        };
        Ok(ContentKey { suite, key: key.try_into().map_err(|_| Unopenable)? })
    }
}

/// Seals or opens the pieces of one content, in their order.
pub struct Pieces {
    cipher: Cipher,
    content: Uuid,
    number: u32,
}

impl Pieces {
    /// From the first piece of a content on.
    #[must_use]
    pub fn new(key: &ContentKey, content: Uuid) -> Self {
        Self { cipher: Cipher::new(key.suite, &key.key), content, number: 0 }
    }

    /// Seals the next piece.
    ///
    /// # Errors
    /// [`Unopenable`] if there are far too many.
    pub fn seal(&mut self, plain: &[u8], last: bool) -> Result<Vec<u8>, Unopenable> {
        let nonce = self.next(last)?;
        self.cipher.seal(nonce, Payload { msg: plain, aad: self.content.as_bytes() })
    }

    /// Opens the next piece.
    ///
    /// # Errors
    /// [`Unopenable`] if it is not this piece of this content.
    pub fn open(&mut self, sealed: &[u8], last: bool) -> Result<Vec<u8>, Unopenable> {
        let nonce = self.next(last)?;
        self.cipher.open(nonce, Payload { msg: sealed, aad: self.content.as_bytes() })
    }

    fn next(&mut self, last: bool) -> Result<[u8; NONCE_BYTES], Unopenable> {
        let mut nonce = [0; NONCE_BYTES];
        nonce[7..11].copy_from_slice(&self.number.to_be_bytes());
        nonce[11] = last.into();
        self.number = self.number.checked_add(1).ok_or(Unopenable)?;
        Ok(nonce)
    }
}

/// How many bytes a content of so many bytes has when it is sealed.
#[must_use]
pub fn sealed_len(plain: u64) -> u64 {
    plain + plain.div_ceil(PIECE as u64).max(1) * TAG as u64
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::crypto::SealingKeys;

    const PLACE: &[u8] = b"document.data_key/1";

    fn sealer(suite: Suite, keys: &[u8]) -> Sealer {
        let keys = keys.iter().map(|number| (*number, [*number; KEY_BYTES])).collect();
        Sealer::new(&SealingKeys { suite, keys })
    }

    fn sealed(key: &ContentKey, content: Uuid, parts: &[&[u8]]) -> Vec<Vec<u8>> {
        let mut pieces = Pieces::new(key, content);
        let last = parts.len() - 1;
        parts.iter().enumerate().map(|(n, part)| pieces.seal(part, n == last).unwrap()).collect()
    }

    fn opened(
        key: &ContentKey,
        content: Uuid,
        parts: &[&[u8]],
    ) -> Result<Vec<Vec<u8>>, Unopenable> {
        let mut pieces = Pieces::new(key, content);
        let last = parts.len() - 1;
        parts.iter().enumerate().map(|(n, part)| pieces.open(part, n == last)).collect()
    }

    #[test]
    fn t14_no_piece_of_a_content_can_be_cut_off_moved_repeated_or_taken_from_another() {
        for suite in [Suite::Aes256Gcm, Suite::Sm4Gcm] {
            let (key, _) = sealer(suite, &[1]).content_key(PLACE).unwrap();
            let (one, two) = (Uuid::from_u128(1), Uuid::from_u128(2));
            let parts = sealed(&key, one, &[b"first", b"second", b"third"]);
            let [a, b, c] = [0, 1, 2].map(|n| parts[n].as_slice());
            let whole: Vec<Vec<u8>> = [&b"first"[..], b"second", b"third"].map(Vec::from).into();
            assert_eq!(opened(&key, one, &[a, b, c]), Ok(whole));
            for wrong in [
                &[a, b][..],
                &[a],
                &[a, c],
                &[b, c],
                &[b, a, c],
                &[a, a, c],
                &[a, b, c, c],
                &[a, b, b],
            ] {
                assert_eq!(opened(&key, one, wrong), Err(Unopenable));
            }
            assert_eq!(opened(&key, two, &[a, b, c]), Err(Unopenable), "another content");
            let other = sealed(&key, two, &[b"first", b"other", b"third"]);
            assert_eq!(opened(&key, one, &[a, &other[1], c]), Err(Unopenable));
            let (stranger, _) = sealer(suite, &[1]).content_key(PLACE).unwrap();
            assert_eq!(opened(&stranger, one, &[a, b, c]), Err(Unopenable), "another key");
            let mut changed = b.to_vec();
            changed[0] ^= 1;
            assert_eq!(opened(&key, one, &[a, &changed, c]), Err(Unopenable));
        }
    }

    #[test]
    fn t14_a_contents_key_survives_a_change_of_keys_and_of_the_suite() {
        let old = sealer(Suite::Aes256Gcm, &[1]);
        let (key, in_row) = old.content_key(PLACE).unwrap();
        let content = Uuid::from_u128(1);
        let parts = sealed(&key, content, &[b"all"]);
        let both = sealer(Suite::Sm4Gcm, &[1, 2]);
        let in_row = both.reseal(&in_row, PLACE).unwrap().unwrap();
        let key = sealer(Suite::Sm4Gcm, &[2]).open_content_key(&in_row, PLACE).unwrap();
        assert_eq!(opened(&key, content, &[&parts[0]]), Ok(vec![b"all".to_vec()]));
        assert!(old.open_content_key(&in_row, PLACE).is_err());
        assert!(both.open_content_key(&in_row, b"document.data_key/2").is_err(), "another row");
        assert_eq!(both.content_key(PLACE).unwrap().0.suite, Suite::Sm4Gcm);
    }

    #[test]
    fn the_length_of_what_is_sealed_is_known_before() {
        let (key, _) = sealer(Suite::Aes256Gcm, &[1]).content_key(PLACE).unwrap();
        let piece = vec![7; PIECE];
        for parts in [&[b"x".as_slice()][..], &[&piece], &[&piece, b"x"]] {
            let plain: usize = parts.iter().map(|part| part.len()).sum();
            let sealed: usize = sealed(&key, Uuid::nil(), parts).iter().map(Vec::len).sum();
            assert_eq!(sealed_len(plain as u64), sealed as u64);
        }
    }
}
