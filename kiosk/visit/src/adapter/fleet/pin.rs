//! The PIN of the service page: kept as a hash, and so is how often it was wrong. After the third
//! time each further try waits twice as long, also across restarts.

use std::{
    io,
    num::NonZeroU32,
    path::{Path, PathBuf},
};

use prost::Message;
use ring::pbkdf2::{PBKDF2_HMAC_SHA256, derive, verify};

use super::{read, write};

const FILE: &str = "pin";
/// How many digits a PIN has.
const DIGITS: std::ops::RangeInclusive<usize> = 6..=12;
/// How often it is hashed, so that a copied file is not tried out in a moment.
const ROUNDS: u32 = 200_000;
/// How often it may be wrong before one waits, and for how long then, first and at most, in
/// microseconds.
const FREE: u32 = 3;
const PAUSES: (i64, i64) = (30_000_000, 3_600_000_000);

#[derive(Clone, PartialEq, Message)]
struct Kept {
    #[prost(bytes = "vec", tag = "1")]
    salt: Vec<u8>,
    #[prost(bytes = "vec", tag = "2")]
    hash: Vec<u8>,
    #[prost(uint32, tag = "3")]
    rounds: u32,
    /// How often it was wrong since it was right.
    #[prost(uint32, tag = "4")]
    wrong: u32,
    /// When it was wrong last, in microseconds since 1970.
    #[prost(int64, tag = "5")]
    wrong_at: i64,
}

/// Why the service page stays closed.
#[derive(Debug, thiserror::Error)]
pub enum PinError {
    /// It is none.
    #[error("服务密码是6到12位数字。")]
    Malformed,
    /// It is another one.
    #[error("密码不对。")]
    Wrong,
    /// It was wrong too often: so many seconds.
    #[error("错得太多，请 {0} 秒后再试。")]
    Later(i64),
    /// The file cannot be read or written.
    #[error("密码文件：{0}")]
    File(#[from] io::Error),
}

/// The PIN in a terminal's folder.
#[derive(Clone, Debug)]
pub struct Pin(PathBuf);

impl Pin {
    /// The PIN in `folder`, whether there is one or not.
    #[must_use]
    pub fn of(folder: &Path) -> Self {
        Self(folder.to_owned())
    }

    /// Whether one was set.
    ///
    /// # Errors
    /// If the file cannot be read.
    pub fn is_set(&self) -> io::Result<bool> {
        Ok(read(&self.0, FILE)?.is_some())
    }

    /// Sets it.
    ///
    /// # Errors
    /// [`PinError`].
    pub fn set(&self, pin: &str) -> Result<(), PinError> {
        let digits = pin.bytes().all(|byte| byte.is_ascii_digit());
        if !digits || !DIGITS.contains(&pin.len()) {
            return Err(PinError::Malformed);
        }
        let mut salt = vec![0; 16];
        getrandom::fill(&mut salt).map_err(io::Error::other)?;
        let mut hash = vec![0; 32];
        derive(PBKDF2_HMAC_SHA256, rounds(ROUNDS), &salt, pin.as_bytes(), &mut hash);
        let kept = Kept { salt, hash, rounds: ROUNDS, ..Kept::default() };
        Ok(write(&self.0, FILE, &kept.encode_to_vec())?)
    }

    /// Checks what was typed at this time; it takes a moment.
    ///
    /// # Errors
    /// [`PinError`]: also if a right one comes too early.
    pub fn check(&self, typed: &str, at: i64) -> Result<(), PinError> {
        let bytes = read(&self.0, FILE)?.ok_or(PinError::Wrong)?;
        let mut kept = Kept::decode(bytes.as_slice()).map_err(|_| PinError::Wrong)?;
        let left = kept.wrong_at + pause(kept.wrong) - at;
        if left > 0 && kept.wrong_at <= at {
            return Err(PinError::Later((left + 999_999) / 1_000_000));
        }
        // Counted before it is looked at: whoever cuts the power has had the try.
        (kept.wrong, kept.wrong_at) = (kept.wrong.saturating_add(1), at);
        write(&self.0, FILE, &kept.encode_to_vec())?;
        let (salt, hash) = (&kept.salt, &kept.hash);
        verify(PBKDF2_HMAC_SHA256, rounds(kept.rounds), salt, typed.as_bytes(), hash)
            .map_err(|_| PinError::Wrong)?;
        (kept.wrong, kept.wrong_at) = (0, 0);
        Ok(write(&self.0, FILE, &kept.encode_to_vec())?)
    }
}

fn rounds(number: u32) -> NonZeroU32 {
    NonZeroU32::new(number).unwrap_or(NonZeroU32::MIN)
}

/// How long to wait after so many wrong ones.
fn pause(wrong: u32) -> i64 {
    match wrong.checked_sub(FREE) {
        None => 0,
        Some(more) => PAUSES.1.min(PAUSES.0 << more.min(10)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const NOW: i64 = 1_795_313_040_000_000;

    #[test]
    fn a_pin_is_kept_as_a_hash_and_whoever_guesses_waits_ever_longer() {
        let folder = tempfile::tempdir().unwrap();
        let pin = || Pin::of(folder.path());
        assert!(!pin().is_set().unwrap());
        assert!(matches!(pin().check("135790", NOW), Err(PinError::Wrong)), "none opens nothing");
        for refused in ["12345", "1234567890123", "12345a", ""] {
            assert!(matches!(pin().set(refused), Err(PinError::Malformed)), "{refused}");
        }
        pin().set("135790").unwrap();
        let file = std::fs::read(folder.path().join(FILE)).unwrap();
        assert!(pin().is_set().unwrap() && !file.windows(6).any(|part| part == b"135790"));
        pin().check("135790", NOW).unwrap();
        for _ in 0..FREE {
            assert!(matches!(pin().check("246802", NOW), Err(PinError::Wrong)));
        }
        assert!(
            matches!(pin().check("135790", NOW), Err(PinError::Later(30))),
            "the right one too"
        );
        let later = NOW + 30_000_000;
        assert!(matches!(pin().check("1", later), Err(PinError::Wrong)));
        assert!(matches!(pin().check("135790", later), Err(PinError::Later(60))), "twice as long");
        pin().check("135790", later + 60_000_000).unwrap();
        assert!(
            matches!(pin().check("1", later + 60_000_000), Err(PinError::Wrong)),
            "from the start"
        );
        assert_eq!(pause(60), PAUSES.1);
    }
}
