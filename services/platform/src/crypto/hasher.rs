//! Keyed hashes, one purpose each.

use aes_gcm::aead::KeyInit;
use hmac::{Hmac, Mac as _};
use sha2::Sha256;
use sm3::Sm3;
use subtle::ConstantTimeEq;

use super::{KEY_BYTES, Suite};

/// The key of every keyed hash, and what it hashes with.
#[derive(Clone, Copy)]
pub struct HashingKey {
    /// The suite.
    pub suite: Suite,
    /// The key.
    pub key: [u8; KEY_BYTES],
}

/// Keyed hashes of one purpose.
#[derive(Clone)]
pub struct Hasher {
    mac: Mac,
}

impl Hasher {
    /// A hasher for one purpose; different purposes of one key never give the same hash.
    #[must_use]
    pub fn new(key: &HashingKey, purpose: &str) -> Self {
        let mut mac = Mac::new(key.suite, &key.key);
        mac.update(purpose.as_bytes());
        mac.update(&[0]);
        Self { mac }
    }

    /// The hash of parts, separated by their lengths, cut to 16 bytes.
    #[must_use]
    pub fn hash(&self, parts: &[&[u8]]) -> [u8; 16] {
        let mut mac = self.mac.clone();
        for part in parts {
            mac.update(&(part.len() as u64).to_be_bytes());
            mac.update(part);
        }
        let mut short = [0; 16];
        short.copy_from_slice(&mac.finish()[..16]);
        short
    }

    /// Whether `hash` is the hash of `parts`, in constant time.
    #[must_use]
    pub fn verify(&self, parts: &[&[u8]], hash: &[u8]) -> bool {
        self.hash(parts).ct_eq(hash).into()
    }
}

/// An HMAC that has taken its key and is cloned for each message.
#[derive(Clone)]
pub(super) enum Mac {
    Sha256(Hmac<Sha256>),
    Sm3(Hmac<Sm3>),
}

impl Mac {
    pub(super) fn new(suite: Suite, key: &[u8; KEY_BYTES]) -> Self {
        // HMAC fills a key up to its block, 64 bytes in both, with zeroes; doing so here cannot fail.
        let mut block = [0; 64];
        block[..KEY_BYTES].copy_from_slice(key);
        match suite {
            Suite::Aes256Gcm => Self::Sha256(<Hmac<Sha256> as KeyInit>::new(&block.into())),
            Suite::Sm4Gcm => Self::Sm3(<Hmac<Sm3> as KeyInit>::new(&block.into())),
        }
    }

    pub(super) fn update(&mut self, bytes: &[u8]) {
        match self {
            Self::Sha256(mac) => mac.update(bytes),
            Self::Sm3(mac) => mac.update(bytes),
        }
    }

    pub(super) fn finish(self) -> [u8; 32] {
        match self {
            Self::Sha256(mac) => mac.finalize().into_bytes().into(),
            Self::Sm3(mac) => mac.finalize().into_bytes().into(),
        }
    }
}

#[cfg(test)]
mod tests {
    use sm3::Digest as _;

    use super::*;
    use crate::crypto::from_hex;

    const BOTH: [Suite; 2] = [Suite::Aes256Gcm, Suite::Sm4Gcm];

    fn mac(suite: Suite, key: &str, message: &[u8]) -> Vec<u8> {
        // A key shorter than the block is filled up with zeroes.
        let mut whole = [0; KEY_BYTES];
        let key = from_hex(key);
        whole[..key.len()].copy_from_slice(&key);
        let mut mac = Mac::new(suite, &whole);
        mac.update(message);
        mac.finish().to_vec()
    }

    #[test]
    fn s01_hmac_sha_256_is_that_of_rfc_4231() {
        let suite = Suite::Aes256Gcm;
        let one = mac(suite, &"0b".repeat(20), b"Hi There");
        let expected = "b0344c61d8db38535ca8afceaf0bf12b881dc200c9833da726e9376c2e32cff7";
        assert_eq!(one, from_hex(expected));
        let two = mac(suite, "4a656665", b"what do ya want for nothing?");
        let expected = "5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843";
        assert_eq!(two, from_hex(expected));
        let three = mac(suite, &"aa".repeat(20), &[0xdd; 50]);
        let expected = "773ea91e36800e46854db8ebd09181a72959098b3ef8c122d9635514ced565fe";
        assert_eq!(three, from_hex(expected));
    }

    #[test]
    fn s01_sm3_and_its_hmac_are_those_of_the_standards() {
        // GB/T 32905-2016, A.1.
        let abc = "66c7f0f462eeedd9d1f2d46bdc10e4e24167c4875cf2f7a2297da02b8f4ba8e0";
        assert_eq!(Sm3::digest(b"abc").to_vec(), from_hex(abc));
        // GM/T 0042-2015, D.3.
        let suite = Suite::Sm4Gcm;
        let key = "0102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e1f20";
        let text = "abcdbcdecdefdefgefghfghighijhijkijkljklmklmnlmnomnopnopq".repeat(2);
        let expected = "ca05e144ed05d1857840d1f318a4a8669e559fc8391f414485bfdf7bb408963a";
        assert_eq!(mac(suite, key, text.as_bytes()), from_hex(expected));
        // RFC 4231's first message, as OpenSSL 3.0 answers it.
        let expected = "51b00d1fb49832bfb01c3ce27848e59f871d9ba938dc563b338ca964755cce70";
        assert_eq!(mac(suite, &"0b".repeat(20), b"Hi There"), from_hex(expected));
    }

    #[test]
    fn hashes_tell_parts_and_purposes_apart() {
        for suite in BOTH {
            let key = HashingKey { suite, key: [7; 32] };
            let hasher = Hasher::new(&key, "invitation");
            assert_ne!(hasher.hash(&[b"ab", b"c"]), hasher.hash(&[b"a", b"bc"]));
            assert_ne!(hasher.hash(&[b"a"]), Hasher::new(&key, "request").hash(&[b"a"]));
            assert!(hasher.verify(&[b"a"], &hasher.hash(&[b"a"])));
            assert!(!hasher.verify(&[b"a"], &hasher.hash(&[b"b"])));
            assert!(!hasher.verify(&[b"a"], b"short"));
        }
        let [aes, sm] = BOTH.map(|suite| Hasher::new(&HashingKey { suite, key: [7; 32] }, "x"));
        assert_ne!(aes.hash(&[b"a"]), sm.hash(&[b"a"]), "the suite decides");
    }
}
