//! Field encryption and keyed hashes: AES-256-GCM and HMAC-SHA-256.

use aes_gcm::{
    Aes256Gcm, Nonce,
    aead::{Aead, KeyInit, Payload},
};
use hmac::{Hmac, Mac as _};
use sha2::Sha256;
use subtle::ConstantTimeEq;

/// The length of every key, in bytes.
pub const KEY_BYTES: usize = 32;
/// The version byte of a sealed value: names the key it is sealed with, so that keys can change.
const KEY_ONE: u8 = 1;
const NONCE_BYTES: usize = 12;

/// A sealed value cannot be opened: it was changed, moved to another row, or sealed with another
/// key.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("the sealed value cannot be opened")]
pub struct Unopenable;

/// Seals persons' data and free text, bound to the place it stands in.
#[derive(Clone)]
pub struct Sealer {
    cipher: Aes256Gcm,
}

impl Sealer {
    /// A sealer with its key.
    #[must_use]
    pub fn new(key: &[u8; KEY_BYTES]) -> Self {
        Self { cipher: Aes256Gcm::new(key.into()) }
    }

    /// Seals `plain`; `place` (table, column and row) must be given again to open it.
    ///
    /// # Errors
    /// [`Unopenable`] if the system has no randomness or the value is absurdly long.
    pub fn seal(&self, plain: &[u8], place: &[u8]) -> Result<Vec<u8>, Unopenable> {
        let mut nonce = [0; NONCE_BYTES];
        getrandom::fill(&mut nonce).map_err(|_| Unopenable)?;
        let payload = Payload { msg: plain, aad: place };
        let sealed = self.cipher.encrypt(&Nonce::from(nonce), payload).map_err(|_| Unopenable)?;
        Ok([&[KEY_ONE], nonce.as_slice(), &sealed].concat())
    }

    /// Opens a sealed value.
    ///
    /// # Errors
    /// [`Unopenable`].
    pub fn open(&self, sealed: &[u8], place: &[u8]) -> Result<Vec<u8>, Unopenable> {
        let (key, rest) = sealed.split_first().ok_or(Unopenable)?;
        let (nonce, msg) = rest.split_first_chunk::<NONCE_BYTES>().ok_or(Unopenable)?;
        if *key != KEY_ONE {
            return Err(Unopenable);
        }
        let payload = Payload { msg, aad: place };
        self.cipher.decrypt(&Nonce::from(*nonce), payload).map_err(|_| Unopenable)
    }
}

/// Keyed hashes, one purpose each.
#[derive(Clone)]
pub struct Hasher {
    mac: Hmac<Sha256>,
}

impl Hasher {
    /// A hasher for one purpose; different purposes of one key never give the same hash.
    #[must_use]
    pub fn new(key: &[u8; KEY_BYTES], purpose: &str) -> Self {
        // HMAC fills a key up to its block with zeroes; doing so here cannot fail.
        let mut block = [0; 64];
        block[..KEY_BYTES].copy_from_slice(key);
        let mut mac = <Hmac<Sha256> as KeyInit>::new(&block.into());
        mac.update(purpose.as_bytes());
        mac.update(&[0]);
        Self { mac }
    }

    /// The hash of parts, each told apart by its length, cut to 16 bytes.
    #[must_use]
    pub fn hash(&self, parts: &[&[u8]]) -> [u8; 16] {
        let mut mac = self.mac.clone();
        for part in parts {
            mac.update(&(part.len() as u64).to_be_bytes());
            mac.update(part);
        }
        let mut short = [0; 16];
        short.copy_from_slice(&mac.finalize().into_bytes()[..16]);
        short
    }

    /// Whether `hash` is the hash of `parts`, in constant time.
    #[must_use]
    pub fn verify(&self, parts: &[&[u8]], hash: &[u8]) -> bool {
        self.hash(parts).ct_eq(hash).into()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_sealed_value_opens_only_in_its_place_and_unchanged() {
        let sealer = Sealer::new(&[7; 32]);
        let sealed = sealer.seal("办得太慢".as_bytes(), b"rating.words/1").unwrap();
        assert_eq!(sealer.open(&sealed, b"rating.words/1").unwrap(), "办得太慢".as_bytes());
        assert_eq!(sealer.open(&sealed, b"rating.words/2"), Err(Unopenable));
        assert_ne!(sealed, sealer.seal("办得太慢".as_bytes(), b"rating.words/1").unwrap());
        for n in 0..sealed.len() {
            let mut changed = sealed.clone();
            changed[n] ^= 1;
            assert_eq!(sealer.open(&changed, b"rating.words/1"), Err(Unopenable), "byte {n}");
            assert_eq!(sealer.open(&sealed[..n], b"rating.words/1"), Err(Unopenable));
        }
        assert_eq!(Sealer::new(&[8; 32]).open(&sealed, b"rating.words/1"), Err(Unopenable));
    }

    #[test]
    fn hashes_tell_parts_and_purposes_apart() {
        let hasher = Hasher::new(&[7; 32], "invitation");
        assert_ne!(hasher.hash(&[b"ab", b"c"]), hasher.hash(&[b"a", b"bc"]));
        assert_ne!(hasher.hash(&[b"a"]), Hasher::new(&[7; 32], "request").hash(&[b"a"]));
        assert!(hasher.verify(&[b"a"], &hasher.hash(&[b"a"])));
        assert!(!hasher.verify(&[b"a"], &hasher.hash(&[b"b"])));
        assert!(!hasher.verify(&[b"a"], b"short"));
    }
}
