//! Sealed values: nobody can read them from the store without the keys, and a value moved to
//! another place does not open.

use std::sync::Arc;

use aes_gcm::{
    Aes256Gcm, AesGcm, Nonce,
    aead::{Aead, KeyInit, Payload, consts::U12},
};
use sm4::Sm4;

use super::{KEY_BYTES, Suite, Unopenable, hasher::Mac};

type Sm4Gcm = AesGcm<Sm4, U12>;

pub(super) const NONCE_BYTES: usize = 12;
/// The bit of a sealed value's first byte that stands for SM4. The other bits are its key's number.
const SM4_BIT: u8 = 0x80;
/// The greatest number a sealing key can have.
pub const MAX_KEY_NUMBER: u8 = 127;

/// The sealing keys of a deployment, and the suite it seals with.
#[derive(Clone)]
pub struct SealingKeys {
    /// The suite for new values; values of the other suite still open.
    pub suite: Suite,
    /// Number and key, the oldest first; the last one seals, all of them open.
    pub keys: Vec<(u8, [u8; KEY_BYTES])>,
}

/// Seals persons' data and free text, bound to the place it stands in.
#[derive(Clone)]
pub struct Sealer {
    ciphers: Arc<[(u8, Cipher)]>,
    newest: Option<usize>,
}

pub(super) enum Cipher {
    Aes(Box<Aes256Gcm>),
    Sm4(Box<Sm4Gcm>),
}

impl Sealer {
    /// A sealer with its keys; without any it neither seals nor opens.
    #[must_use]
    pub fn new(keys: &SealingKeys) -> Self {
        let both = |(number, key): &(u8, [u8; KEY_BYTES])| {
            [Suite::Aes256Gcm, Suite::Sm4Gcm]
                .map(|suite| (mark(suite, *number), Cipher::new(suite, key)))
        };
        let ciphers: Arc<[_]> = keys.keys.iter().flat_map(both).collect();
        let newest = keys.keys.last().map(|(number, _)| mark(keys.suite, *number));
        let newest = newest.and_then(|newest| ciphers.iter().position(|(own, _)| *own == newest));
        Self { ciphers, newest }
    }

    /// The suite that new values are sealed with.
    pub(super) fn suite(&self) -> Suite {
        match self.newest.map(|newest| &self.ciphers[newest].1) {
            Some(Cipher::Sm4(_)) => Suite::Sm4Gcm,
            Some(Cipher::Aes(_)) | None => Suite::Aes256Gcm,
        }
    }

    /// Seals `plain` with the newest key; opening it needs the same `place` (table, column and
    /// row).
    ///
    /// # Errors
    /// [`Unopenable`] if the system has no randomness or the value is far too long.
    pub fn seal(&self, plain: &[u8], place: &[u8]) -> Result<Vec<u8>, Unopenable> {
        let (mark, cipher) = self.newest.map(|newest| &self.ciphers[newest]).ok_or(Unopenable)?;
        let mut nonce = [0; NONCE_BYTES];
        getrandom::fill(&mut nonce).map_err(|_| Unopenable)?;
        let sealed = cipher.seal(nonce, Payload { msg: plain, aad: place })?;
        Ok([&[*mark], nonce.as_slice(), &sealed].concat())
    }

    /// Opens a sealed value, with whichever key it was sealed.
    ///
    /// # Errors
    /// [`Unopenable`].
    pub fn open(&self, sealed: &[u8], place: &[u8]) -> Result<Vec<u8>, Unopenable> {
        let (mark, rest) = sealed.split_first().ok_or(Unopenable)?;
        let (nonce, msg) = rest.split_first_chunk::<NONCE_BYTES>().ok_or(Unopenable)?;
        let cipher = self.ciphers.iter().find(|(own, _)| own == mark);
        let (_, cipher) = cipher.ok_or(Unopenable)?;
        cipher.open(*nonce, Payload { msg, aad: place })
    }

    /// The same value sealed with the newest key; none if it already is.
    ///
    /// # Errors
    /// [`Unopenable`].
    pub fn reseal(&self, sealed: &[u8], place: &[u8]) -> Result<Option<Vec<u8>>, Unopenable> {
        let newest = self.newest.map(|newest| self.ciphers[newest].0);
        match sealed.first().copied() == newest {
            true => Ok(None),
            false => self.seal(&self.open(sealed, place)?, place).map(Some),
        }
    }
}

impl Cipher {
    pub(super) fn new(suite: Suite, key: &[u8; KEY_BYTES]) -> Self {
        match suite {
            Suite::Aes256Gcm => Self::Aes(Box::new(Aes256Gcm::new(key.into()))),
            Suite::Sm4Gcm => {
                let mut derived = Mac::new(Suite::Sm4Gcm, key);
                derived.update(b"pingyi sm4-gcm");
                let mut half = [0; KEY_BYTES / 2];
                half.copy_from_slice(&derived.finish()[..KEY_BYTES / 2]);
                Self::Sm4(Box::new(Sm4Gcm::new(&half.into())))
            }
        }
    }

    pub(super) fn seal(
        &self,
        nonce: [u8; NONCE_BYTES],
        payload: Payload,
    ) -> Result<Vec<u8>, Unopenable> {
        let nonce = Nonce::from(nonce);
        let sealed = match self {
            Self::Aes(cipher) => cipher.encrypt(&nonce, payload),
            Self::Sm4(cipher) => cipher.encrypt(&nonce, payload),
        };
        sealed.map_err(|_| Unopenable)
    }

    pub(super) fn open(
        &self,
        nonce: [u8; NONCE_BYTES],
        payload: Payload,
    ) -> Result<Vec<u8>, Unopenable> {
        let nonce = Nonce::from(nonce);
        let plain = match self {
            Self::Aes(cipher) => cipher.decrypt(&nonce, payload),
            Self::Sm4(cipher) => cipher.decrypt(&nonce, payload),
        };
        plain.map_err(|_| Unopenable)
    }
}

/// The first byte of what a key seals in a suite.
fn mark(suite: Suite, number: u8) -> u8 {
    match suite {
        Suite::Aes256Gcm => number,
        Suite::Sm4Gcm => number | SM4_BIT,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::crypto::from_hex;

    const PLACE: &[u8] = b"rating.words/1";
    const WORDS: &[u8] = "办得太慢".as_bytes();

    fn sealer(suite: Suite, keys: &[u8]) -> Sealer {
        let keys = keys.iter().map(|number| (*number, [6 + number; KEY_BYTES])).collect();
        Sealer::new(&SealingKeys { suite, keys })
    }

    /// Seals by a cipher alone, as a published test vector states it, and opens it again.
    fn check(cipher: &Cipher, [nonce, plain, aad, expected]: [&str; 4]) {
        let nonce = <[u8; NONCE_BYTES]>::try_from(from_hex(nonce)).unwrap();
        let (plain, aad, expected) = (from_hex(plain), from_hex(aad), from_hex(expected));
        let sealed = cipher.seal(nonce, Payload { msg: &plain, aad: &aad }).unwrap();
        assert_eq!(sealed, expected);
        assert_eq!(cipher.open(nonce, Payload { msg: &sealed, aad: &aad }), Ok(plain));
    }

    #[test]
    fn s01_aes_256_gcm_is_that_of_its_specification() {
        // McGrew and Viega, The Galois/Counter Mode of Operation, test cases 14 to 16.
        let aes = |key: &str| {
            let key = <[u8; KEY_BYTES]>::try_from(from_hex(key)).unwrap();
            Cipher::Aes(Box::new(Aes256Gcm::new(&key.into())))
        };
        let nothing = "cea7403d4d606b6e074ec5d3baf39d18 d0d1c8a799996bf0265b98b5d48ab919";
        check(&aes(&"00".repeat(32)), [&"00".repeat(12), &"00".repeat(16), "", nothing]);
        let key = aes(&"feffe9928665731c6d6a8f9467308308".repeat(2));
        let plain = "d9313225f88406e5a55909c5aff5269a86a7a9531534f7da2e4c303d8a318a72
                     1c3c0c95956809532fcf0e2449a6b525b16aedf5aa0de657ba637b39";
        let sealed = "522dc1f099567d07f47f37a32a84427d643a8cdcbfe5c0c97598a2bd2555d1aa
                      8cb08e48590dbb3da7b08b1056828838c5f61e6393ba7a0abcc9f662";
        let nonce = "cafebabefacedbaddecaf888";
        let case_15 = format!("{sealed}898015ad b094dac5d93471bdec1a502270e3cc6c");
        check(&key, [nonce, &format!("{plain}1aafd255"), "", &case_15]);
        let case_16 = format!("{sealed}76fc6ece0f4e1768cddf8853bb2d551b");
        check(&key, [nonce, plain, "feedfacedeadbeeffeedfacedeadbeefabaddad2", &case_16]);
    }

    #[test]
    fn s01_sm4_gcm_is_that_of_rfc_8998() {
        let key = <[u8; 16]>::try_from(from_hex("0123456789abcdeffedcba9876543210")).unwrap();
        let sm4 = Cipher::Sm4(Box::new(Sm4Gcm::new(&key.into())));
        let runs = ["aa", "bb", "cc", "dd", "ee", "ff", "ee", "aa"].map(|run| run.repeat(8));
        let sealed = "17f399f08c67d5ee19d0dc9969c4bb7d5fd46fd3756489069157b282bb200735
                      d82710ca5c22f0ccfa7cbf93d496ac15a56834cbcf98c397b4024a2691233b8d
                      83de3541e4c2b58177e065a9bf7b62ec";
        let aad = "feedfacedeadbeeffeedfacedeadbeefabaddad2";
        check(&sm4, ["00001234567800000000abcd", &runs.concat(), aad, sealed]);
    }

    #[test]
    fn s01_a_key_gives_sm4_the_first_half_of_its_hmac_sm3() {
        // openssl dgst -sm3 -mac HMAC -macopt hexkey:0707…07 over "pingyi sm4-gcm", its first half.
        let half = <[u8; 16]>::try_from(from_hex("8e4be86b5ab5a46fb02a5df8e4ca7107")).unwrap();
        let alone = Cipher::Sm4(Box::new(Sm4Gcm::new(&half.into())));
        let sealed = sealer(Suite::Sm4Gcm, &[1]).seal(WORDS, PLACE).unwrap();
        let nonce = <[u8; NONCE_BYTES]>::try_from(&sealed[1..13]).unwrap();
        assert_eq!(alone.open(nonce, Payload { msg: &sealed[13..], aad: PLACE }), Ok(WORDS.into()));
    }

    #[test]
    fn s01_a_sealed_value_opens_only_in_its_place_and_unchanged() {
        for suite in [Suite::Aes256Gcm, Suite::Sm4Gcm] {
            let own = sealer(suite, &[1]);
            let sealed = own.seal(WORDS, PLACE).unwrap();
            assert_eq!(own.open(&sealed, PLACE).unwrap(), WORDS);
            assert_eq!(own.open(&sealed, b"rating.words/2"), Err(Unopenable));
            assert_ne!(sealed, own.seal(WORDS, PLACE).unwrap(), "never the same twice");
            for n in 0..sealed.len() {
                let mut changed = sealed.clone();
                changed[n] ^= 1;
                assert_eq!(own.open(&changed, PLACE), Err(Unopenable), "byte {n}");
                assert_eq!(own.open(&sealed[..n], PLACE), Err(Unopenable));
            }
            let mut other_suite = sealed.clone();
            other_suite[0] ^= SM4_BIT;
            assert_eq!(own.open(&other_suite, PLACE), Err(Unopenable));
            let stranger = SealingKeys { suite, keys: vec![(1, [8; KEY_BYTES])] };
            assert_eq!(Sealer::new(&stranger).open(&sealed, PLACE), Err(Unopenable));
        }
    }

    #[test]
    fn s01_the_newest_key_seals_and_every_key_opens_in_either_suite() {
        let old = sealer(Suite::Aes256Gcm, &[1]).seal(WORDS, PLACE).unwrap();
        assert_eq!(old[0], 1, "what was sealed before there were others still opens");
        let both = sealer(Suite::Sm4Gcm, &[1, 2]);
        assert_eq!(both.open(&old, PLACE).unwrap(), WORDS);
        let new = both.reseal(&old, PLACE).unwrap().unwrap();
        assert_eq!(new[0], 2 | SM4_BIT);
        assert_eq!(both.reseal(&new, PLACE), Ok(None), "nothing to do twice");
        let without_old = sealer(Suite::Sm4Gcm, &[2]);
        assert_eq!(without_old.open(&new, PLACE).unwrap(), WORDS);
        assert_eq!(without_old.open(&old, PLACE), Err(Unopenable));
        let none = sealer(Suite::Aes256Gcm, &[]);
        assert_eq!(
            (none.seal(WORDS, PLACE), none.open(&old, PLACE)),
            (Err(Unopenable), Err(Unopenable))
        );
    }
}
