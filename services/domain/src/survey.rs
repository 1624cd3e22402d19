//! Samples of raters to call back (监督查评, I18) that anyone can draw again. The hash of the seed
//! is published with the rule before any sample can be drawn, the seed itself after the draw. With
//! the seed and the population anyone gets the same sample, and nobody could choose who is in it. A
//! population is published under pseudonyms, so nobody sees whose rating is in it.

use std::collections::BTreeSet;

use hmac::{Hmac, KeyInit as _, Mac as _};
use sha2::{Digest as _, Sha256};

use crate::{id::ActId, profile::Percent};

/// The length of a seed and of every hash here, in bytes.
pub const HASH_BYTES: usize = 32;

/// The hash of a seed, published before the draw: SHA-256.
#[must_use]
pub fn seed_hash(seed: &[u8; HASH_BYTES]) -> [u8; HASH_BYTES] {
    Sha256::digest(seed).into()
}

/// The name of a service act in a survey's published population: HMAC-SHA-256 of the sixteen bytes
/// of its id under a key that only the survey has and that is never published (S01).
#[must_use]
pub fn pseudonym(key: &[u8; HASH_BYTES], act: ActId) -> [u8; HASH_BYTES] {
    hash_under(&keyed(key), act.0.as_bytes())
}

fn keyed(key: &[u8; HASH_BYTES]) -> Hmac<Sha256> {
    // HMAC fills a key up to its block with zeroes; doing so here cannot fail.
    let mut block = [0; 64];
    block[..HASH_BYTES].copy_from_slice(key);
    Hmac::new(&block.into())
}

fn hash_under(keyed: &Hmac<Sha256>, message: &[u8]) -> [u8; HASH_BYTES] {
    let mut hash = keyed.clone();
    hash.update(message);
    hash.finalize().into_bytes().into()
}

/// How many of a population a ratio makes. It rounds up: the ratio is met, and a population with
/// anyone in it gives at least one.
///
/// ```
/// use domain::{profile::Percent, survey::sample_size};
/// let one = Percent::try_from(1).unwrap();
/// assert_eq!([0, 1, 100, 101].map(|n| sample_size(n, one)), [0, 1, 1, 2]);
/// ```
#[must_use]
pub fn sample_size(population: usize, ratio: Percent) -> usize {
    let percent = usize::try_from(ratio.get()).unwrap_or(100);
    // Whole hundreds apart, so that no population is too large.
    population / 100 * percent + (population % 100 * percent).div_ceil(100)
}

/// The service acts whose raters can be asked, each once, as bytes in their order.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Population<const BYTES: usize>(BTreeSet<[u8; BYTES]>);

impl<const BYTES: usize> FromIterator<[u8; BYTES]> for Population<BYTES> {
    fn from_iter<I: IntoIterator<Item = [u8; BYTES]>>(acts: I) -> Self {
        Self(acts.into_iter().collect())
    }
}

impl<const BYTES: usize> Population<BYTES> {
    /// How many there are.
    #[must_use]
    pub fn size(&self) -> usize {
        self.0.len()
    }

    /// Its published hash: SHA-256 of its size, eight bytes with the greatest first, and of the
    /// bytes of each act in ascending order.
    #[must_use]
    pub fn hash(&self) -> [u8; HASH_BYTES] {
        let mut hash = Sha256::new();
        hash.update(u64::try_from(self.0.len()).unwrap_or(u64::MAX).to_be_bytes());
        for act in &self.0 {
            hash.update(act);
        }
        hash.finalize().into()
    }

    /// A sample of `size` acts, or of all there are: those with the least HMAC-SHA-256 of their
    /// bytes under the seed, the least first. A larger sample begins with the smaller one.
    #[must_use]
    pub fn sample(&self, seed: &[u8; HASH_BYTES], size: usize) -> Vec<[u8; BYTES]> {
        let lots = keyed(seed);
        let mut drawn: Vec<_> = self.0.iter().map(|act| (hash_under(&lots, act), *act)).collect();
        drawn.sort_unstable();
        drawn.into_iter().take(size).map(|(_, act)| act).collect()
    }
}
