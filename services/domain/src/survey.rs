//! Samples of raters to call back (监督查评, I18) that anyone can draw again: the hash of the seed is
//! published before the population is known, the seed itself after the draw. Whoever has the seed and
//! the population gets the same sample, and whoever drew it could not choose whom it holds.

use std::collections::BTreeSet;

use hmac::{Hmac, KeyInit as _, Mac as _};
use sha2::{Digest as _, Sha256};

use crate::{id::ActId, profile::Percent};

/// The length of a seed and of every hash here, in bytes.
pub const HASH_BYTES: usize = 32;

/// The hash of a seed, which binds to it before the draw: SHA-256.
#[must_use]
pub fn seed_hash(seed: &[u8; HASH_BYTES]) -> [u8; HASH_BYTES] {
    Sha256::digest(seed).into()
}

/// How many of a population a ratio makes. It rounds up: a ratio is at least kept, and of someone
/// there is always someone to ask.
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

/// The service acts whose raters can be asked, each once, in the order of their ids.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Population(BTreeSet<ActId>);

impl FromIterator<ActId> for Population {
    fn from_iter<I: IntoIterator<Item = ActId>>(acts: I) -> Self {
        Self(acts.into_iter().collect())
    }
}

impl Population {
    /// How many there are.
    #[must_use]
    pub fn size(&self) -> usize {
        self.0.len()
    }

    /// What it is published as: SHA-256 of its size, eight bytes with the greatest first, and of
    /// the sixteen bytes of each id in ascending order.
    #[must_use]
    pub fn hash(&self) -> [u8; HASH_BYTES] {
        let mut hash = Sha256::new();
        hash.update(u64::try_from(self.0.len()).unwrap_or(u64::MAX).to_be_bytes());
        for act in &self.0 {
            hash.update(act.0.as_bytes());
        }
        hash.finalize().into()
    }

    /// A sample of `size` acts, or of all there are: those with the least HMAC-SHA-256 of their id
    /// under the seed, the least first. A larger sample starts with the smaller one.
    #[must_use]
    pub fn sample(&self, seed: &[u8; HASH_BYTES], size: usize) -> Vec<ActId> {
        // HMAC fills a key up to its block with zeroes; doing so here cannot fail.
        let mut block = [0; 64];
        block[..HASH_BYTES].copy_from_slice(seed);
        let keyed = Hmac::<Sha256>::new(&block.into());
        let mut drawn: Vec<([u8; HASH_BYTES], ActId)> = self
            .0
            .iter()
            .map(|act| {
                let mut lot = keyed.clone();
                lot.update(act.0.as_bytes());
                (lot.finalize().into_bytes().into(), *act)
            })
            .collect();
        drawn.sort_unstable();
        drawn.into_iter().take(size).map(|(_, act)| act).collect()
    }
}
