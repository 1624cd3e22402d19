//! What the numeric pad knows while an identity number is typed (公民身份号码, GB 11643): which key
//! may follow, and at the last one whether the check character is right.

use domain::codes::is_id_number;
use jiff::civil::Date;

/// Characters of an identity number; only the last one may be an X.
const LENGTH: usize = 18;

/// What was typed so far.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Typed {
    /// There is more to come.
    More,
    /// It is a possible number.
    Right,
    /// It is whole, and wrong: a slip of the finger, in all likelihood.
    Wrong,
}

/// Whether `key` may be typed after `number`.
///
/// ```
/// use visit::pad::may_follow;
/// assert!(may_follow("11010519491231002", 'X') && !may_follow("1101051949123100", 'X'));
/// ```
#[must_use]
pub fn may_follow(number: &str, key: char) -> bool {
    let typed = number.chars().count();
    typed < LENGTH && (key.is_ascii_digit() || typed + 1 == LENGTH && matches!(key, 'X' | 'x'))
}

/// What an identity number is so far.
#[must_use]
pub fn identity(number: &str) -> Typed {
    match number.chars().count() {
        0..LENGTH => Typed::More,
        _ if is_id_number(&number.to_uppercase(), after_birth(number)) => Typed::Right,
        _ => Typed::Wrong,
    }
}

/// A day in the life of whoever has this number. Whether they are born yet is the services' to say: a
/// terminal's clock may be wrong.
pub(crate) fn after_birth(number: &str) -> Date {
    let born = number.get(6..10).and_then(|year| year.parse::<i16>().ok()).unwrap_or_default();
    Date::new(born.saturating_add(1), 1, 1).unwrap_or(Date::MIN)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_slip_in_an_identity_number_is_seen_at_its_last_digit() {
        // The standard's own sample.
        let right = "11010519491231002X";
        for end in 0..LENGTH {
            assert_eq!(identity(&right[..end]), Typed::More);
            assert!(may_follow(&right[..end], right.as_bytes()[end].into()));
        }
        assert_eq!(identity(right), Typed::Right);
        assert_eq!(identity(&right.to_lowercase()), Typed::Right);
        assert!(!may_follow(right, '1'), "it is whole");
        for at in 0..17 {
            let mut slip = right.to_owned();
            let digit = if &slip[at..=at] == "7" { "1" } else { "7" };
            slip.replace_range(at..=at, digit);
            assert_eq!(identity(&slip), Typed::Wrong, "{slip}");
        }
        assert_eq!(identity("110105194912310021"), Typed::Wrong);
        assert_eq!(identity("身份证号码身份证号码身份证号码身份证"), Typed::Wrong);
        assert!(!may_follow("1", '一') && !may_follow("1", 'x'));
    }
}
