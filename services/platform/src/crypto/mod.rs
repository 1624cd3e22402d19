//! Field encryption and keyed hashes, in one of two suites: AES-256-GCM with HMAC-SHA-256, or,
//! where commercial cryptography (商用密码) is required, SM4-GCM with HMAC-SM3.
//!
//! Every key is 32 bytes. AES-256-GCM and both MACs take it whole; SM4 takes 16 bytes, the first half of
//! HMAC-SM3(key, "pingyi sm4-gcm"). A MAC begins with its purpose, so that no two purposes of one key
//! ever meet.

mod hasher;
mod pieces;
mod sealer;

use serde::{Deserialize, Serialize};

pub use hasher::{Hasher, HashingKey};
pub use pieces::{ContentKey, PIECE, Pieces, sealed_len};
pub use sealer::{MAX_KEY_NUMBER, Sealer, SealingKeys};

/// The length of every key, in bytes.
pub const KEY_BYTES: usize = 32;

/// The algorithms a deployment seals and hashes with. They are chosen before the first start: after
/// a change, sealed values still open, but older invitations and blind indexes no longer match.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub enum Suite {
    /// AES-256-GCM and HMAC-SHA-256.
    #[default]
    #[serde(rename = "aes")]
    Aes256Gcm,
    /// SM4-GCM and HMAC-SM3 (GB/T 32907, GB/T 32905).
    #[serde(rename = "sm")]
    Sm4Gcm,
}

/// A sealed value cannot be opened: it was changed, moved to another row, or sealed with a key that is
/// not here.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("a sealed value cannot be decrypted: its key is missing, or it was changed")]
pub struct Unopenable;

#[cfg(test)]
pub(crate) fn from_hex(text: &str) -> Vec<u8> {
    let digits: Vec<u8> = text.bytes().filter(u8::is_ascii_hexdigit).collect();
    let byte = |pair: &[u8]| u8::from_str_radix(std::str::from_utf8(pair).unwrap(), 16).unwrap();
    digits.chunks(2).map(byte).collect()
}
