//! Numbers that nobody can predict.

use crate::status::Failure;

/// The length of a seed, in bytes.
pub const SEED_BYTES: usize = 32;

/// A fresh seed, unknown to anybody.
///
/// # Errors
/// If the system has no randomness.
pub fn seed() -> Result<[u8; SEED_BYTES], Failure> {
    let mut seed = [0; SEED_BYTES];
    getrandom::fill(&mut seed).map_err(|error| Failure::Internal(error.to_string()))?;
    Ok(seed)
}
