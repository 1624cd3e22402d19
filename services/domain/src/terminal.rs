//! Terminals as a fleet (终端管理): the code a device registers with, what it says of itself, what
//! somebody should look at, and when its certificate is renewed.

use std::fmt;

use jiff::{SignedDuration, Timestamp};

/// The letters and digits of a code (Crockford's Base32): none looks like another.
const ALPHABET: &[u8; 32] = b"0123456789ABCDEFGHJKMNPQRSTVWXYZ";
/// How many characters a code has: 80 bits, which nobody guesses.
const CODE_CHARS: usize = 16;
/// How many stand together.
const GROUP: usize = 4;
/// The longest version of a software, and the longest code of a screen's error, in characters.
const MAX_VERSION: usize = 32;
const MAX_ERROR: usize = 64;
/// By how much a terminal's clock may be off: less than the minutes that a receipt shows.
const MAX_CLOCK: SignedDuration = SignedDuration::from_mins(1);

/// A code with which one device can register (注册码).
#[derive(Clone, PartialEq, Eq)]
pub struct RegistrationCode(String);

impl RegistrationCode {
    /// A code made of unpredictable bytes.
    #[must_use]
    pub fn of(bytes: [u8; 16]) -> Self {
        let digits = u128::from_be_bytes(bytes);
        let digit = |n: usize| {
            let index = usize::try_from((digits >> (5 * n)) & 31).unwrap_or_default();
            ALPHABET.get(index).copied().map(char::from)
        };
        Self((0..CODE_CHARS).filter_map(digit).collect())
    }

    /// Reads a typed code: capitals or not, with or without hyphens and spaces; what looks like a
    /// digit is that digit.
    ///
    /// # Errors
    /// If it is none.
    pub fn parse(typed: &str) -> Result<Self, &'static str> {
        let read = |c: char| match c.to_ascii_uppercase() {
            'O' => '0',
            'I' | 'L' => '1',
            c => c,
        };
        let typed = typed.chars().filter(|c| !matches!(c, '-' | ' '));
        let code: String = typed.take(CODE_CHARS + 1).map(read).collect();
        let is_code = code.len() == CODE_CHARS && code.bytes().all(|c| ALPHABET.contains(&c));
        if is_code { Ok(Self(code)) } else { Err("is not 16 letters and digits of a code") }
    }

    /// Its characters alone.
    #[must_use]
    pub fn as_bytes(&self) -> &[u8] {
        self.0.as_bytes()
    }
}

/// In groups, as people read and type it.
impl fmt::Display for RegistrationCode {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (n, c) in self.0.chars().enumerate() {
            if n > 0 && n.is_multiple_of(GROUP) {
                f.write_str("-")?;
            }
            write!(f, "{c}")?;
        }
        Ok(())
    }
}

/// No log shows it.
impl fmt::Debug for RegistrationCode {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("***")
    }
}

/// Checks the version of a terminal's software.
///
/// # Errors
/// What is wrong with it.
pub fn software_version(text: &str) -> Result<(), &'static str> {
    let is_version = |c: char| c.is_ascii_alphanumeric() || ".-+_".contains(c);
    match text.len() <= MAX_VERSION && text.chars().all(is_version) {
        true => Ok(()),
        false => Err("is not up to 32 letters, digits and .-+_"),
    }
}

/// Checks the code of what failed on a screen: free text could hold what a visitor typed.
///
/// # Errors
/// What is wrong with it.
pub fn screen_error(code: &str) -> Result<(), &'static str> {
    let is_code = |c: char| c.is_ascii_uppercase() || c.is_ascii_digit() || c == '_';
    match code.len() <= MAX_ERROR && code.chars().all(is_code) {
        true => Ok(()),
        false => Err("is not up to 64 capital letters, digits and _"),
    }
}

/// From when a certificate can be renewed: when two thirds of its time are over, so that a device that
/// is off for weeks still comes in time.
#[must_use]
pub fn renew_from(begin: Timestamp, end: Timestamp) -> Timestamp {
    let whole = end.duration_since(begin);
    begin.saturating_add(whole / 3 * 2).unwrap_or(end)
}

/// What somebody should look at.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Condition {
    /// Not heard for too long, or never (失联).
    Silent,
    /// Its clock was off (时钟不准).
    ClockWrong,
    /// Little room is left for ratings that wait (待传评价积压).
    SpoolFull,
    /// Its screen failed (界面故障).
    ScreenFailed,
}

/// A terminal as it was heard last.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Heard {
    /// When, if ever.
    pub at: Option<Timestamp>,
    /// By how much its clock was ahead.
    pub clock_ahead: SignedDuration,
    /// Ratings that waited to be delivered.
    pub waiting: u32,
    /// How many could wait; 0 if it could not tell.
    pub room: u32,
    /// Whether its screen had failed.
    pub screen_failed: bool,
}

impl Heard {
    /// What somebody should look at, if a terminal is silent after `patience`.
    #[must_use]
    pub fn conditions(&self, now: Timestamp, patience: SignedDuration) -> Vec<Condition> {
        let silent = self.at.is_none_or(|at| now.duration_since(at) > patience);
        let full = self.room > 0 && u64::from(self.waiting) * 10 >= u64::from(self.room) * 9;
        let found = [
            (silent, Condition::Silent),
            (self.clock_ahead.abs() > MAX_CLOCK, Condition::ClockWrong),
            (full, Condition::SpoolFull),
            (self.screen_failed, Condition::ScreenFailed),
        ];
        found.into_iter().filter_map(|(is, condition)| is.then_some(condition)).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn s04_a_code_is_read_however_it_is_typed_and_another_one_is_not() {
        let code = RegistrationCode::of(
            *b"\x01\x23\x45\x67\x89\xab\xcd\xef\xfe\xdc\xba\x98\x76\x54\x32\x10",
        );
        let shown = code.to_string();
        assert_eq!((shown.len(), shown.matches('-').count()), (19, 3));
        assert!(!format!("{code:?}").contains(&shown[..4]));
        for typed in [shown.clone(), shown.to_lowercase(), shown.replace('-', " ")] {
            assert_eq!(RegistrationCode::parse(&typed).as_ref(), Ok(&code), "{typed}");
        }
        let zeros = RegistrationCode::of([0; 16]);
        assert_eq!(RegistrationCode::parse("OoOo-0000-0000-0000"), Ok(zeros));
        let ones = RegistrationCode::parse("iIlL-1111-1111-1111");
        assert_eq!(ones.map(|code| code.to_string()), Ok("1111-1111-1111-1111".to_owned()));
        for wrong in ["", "1234", "UUUU-0000-0000-0000", "00000000000000000", "零零零零零零零零"]
        {
            assert!(RegistrationCode::parse(wrong).is_err(), "{wrong}");
        }
        let other = RegistrationCode::of([255; 16]);
        assert_ne!(other, code);
    }

    #[test]
    fn s04_a_terminal_says_nothing_that_could_be_a_persons() {
        for good in ["", "1.4.0", "1.4.0-rc.1+2026_11"] {
            assert_eq!(software_version(good), Ok(()));
        }
        for good in ["", "RENDERER_LOST", "GPU_0X7"] {
            assert_eq!(screen_error(good), Ok(()));
        }
        for wrong in ["renderer lost", "张三", "A-B", &"A".repeat(65)] {
            assert!(screen_error(wrong).is_err(), "{wrong}");
        }
        assert!(software_version("1 4").is_err() && software_version(&"1".repeat(33)).is_err());
    }

    #[test]
    fn s04_a_certificate_is_renewed_in_the_last_third_of_its_time() {
        let at = |day: &str| format!("{day}T00:00:00Z").parse().unwrap();
        assert_eq!(renew_from(at("2026-01-01"), at("2026-04-01")), at("2026-03-02"));
    }

    #[test]
    fn p13_what_somebody_should_look_at_is_named() {
        let now: Timestamp = "2026-03-02T01:00:00Z".parse().unwrap();
        let patience = SignedDuration::from_mins(15);
        let well = Heard { at: Some(now), room: 100, ..Heard::default() };
        let found = |heard: Heard| heard.conditions(now, patience);
        assert_eq!(found(well.clone()), []);
        assert_eq!(found(Heard { at: Some(now - patience), ..well.clone() }), []);
        let long = Some(now - patience - SignedDuration::from_secs(1));
        assert_eq!(found(Heard { at: long, ..well.clone() }), [Condition::Silent]);
        assert_eq!(found(Heard::default()), [Condition::Silent], "never heard");
        for seconds in [61, -61] {
            let clock_ahead = SignedDuration::from_secs(seconds);
            assert_eq!(found(Heard { clock_ahead, ..well.clone() }), [Condition::ClockWrong]);
        }
        assert_eq!(found(Heard { waiting: 89, ..well.clone() }), []);
        assert_eq!(found(Heard { waiting: 90, ..well.clone() }), [Condition::SpoolFull]);
        assert_eq!(found(Heard { waiting: 9, room: 0, ..well.clone() }), []);
        assert_eq!(found(Heard { screen_failed: true, ..well }), [Condition::ScreenFailed]);
    }
}
