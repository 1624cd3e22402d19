//! Masks (脱敏): what is shown of a person to those who only need to recognise them (S01).

use crate::rating::RaterKind;

/// The mark in place of hidden characters.
const HIDDEN: char = '*';
/// How many digits a phone must have before three and four of them are shown.
const PHONE_DIGITS: usize = 11;

/// How long an organisation's name must be before its first and last two characters are shown.
const LONG_NAME: usize = 8;

/// A name: only the first character, and nothing of a name of one character. Of an organisation's
/// name that is long enough to hide half of it: the first two and the last two.
///
/// ```
/// use domain::{mask, rating::RaterKind};
/// assert_eq!(mask::name(RaterKind::NaturalPerson, "王伟"), "王*");
/// assert_eq!(mask::name(RaterKind::NaturalPerson, "欧阳小明"), "欧**");
/// assert_eq!(mask::name(RaterKind::LegalPerson, "昌吉示例有限公司"), "昌吉**公司");
/// assert_eq!(mask::name(RaterKind::LegalPerson, "示例公司"), "示**");
/// ```
#[must_use]
pub fn name(kind: RaterKind, name: &str) -> String {
    let chars: Vec<char> = name.trim().chars().collect();
    // The length of a name can identify a person, so there are at most two marks.
    match chars.as_slice() {
        [] => String::new(),
        [_] => HIDDEN.to_string(),
        [first, _] => [*first, HIDDEN].iter().collect(),
        [one, two, .., before, last]
            if kind != RaterKind::NaturalPerson && chars.len() >= LONG_NAME =>
        {
            [*one, *two, HIDDEN, HIDDEN, *before, *last].iter().collect()
        }
        [first, ..] => [*first, HIDDEN, HIDDEN].iter().collect(),
    }
}

/// An identity number or unified social credit code: only the first and the last character.
///
/// ```
/// assert_eq!(domain::mask::number("11010519491231002X"), "1****************X");
/// assert_eq!(domain::mask::number("12"), "**");
/// ```
#[must_use]
pub fn number(number: &str) -> String {
    let chars: Vec<char> = number.trim().chars().collect();
    match chars.as_slice() {
        [first, hidden @ .., last] if !hidden.is_empty() => {
            let middle = hidden.iter().map(|_| HIDDEN);
            [*first].into_iter().chain(middle).chain([*last]).collect()
        }
        short => short.iter().map(|_| HIDDEN).collect(),
    }
}

/// A phone: the first three digits and the last four; nothing of one with fewer than eleven digits,
/// since too little would be hidden.
///
/// ```
/// assert_eq!(domain::mask::phone("+86 138 0000 8000"), "138****8000");
/// assert_eq!(domain::mask::phone("0994 2345678"), "099****5678");
/// assert_eq!(domain::mask::phone("2345678"), "*******");
/// ```
#[must_use]
pub fn phone(phone: &str) -> String {
    let digits: String = phone.chars().filter(char::is_ascii_digit).collect();
    let national = match digits.len() {
        13 => digits.strip_prefix("86"),
        15 => digits.strip_prefix("0086"),
        _ => None,
    };
    let digits = national.unwrap_or(&digits);
    let shown = |n: usize| digits.len() >= PHONE_DIGITS && (n < 3 || n + 4 >= digits.len());
    digits.chars().enumerate().map(|(n, digit)| if shown(n) { digit } else { HIDDEN }).collect()
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn shown(masked: &str) -> Vec<char> {
        masked.chars().filter(|c| *c != HIDDEN).collect()
    }

    #[test]
    fn s01_nothing_and_one_character_show_nothing() {
        for kind in [RaterKind::NaturalPerson, RaterKind::LegalPerson] {
            assert_eq!(name(kind, ""), "");
            assert_eq!(name(kind, " \u{3000}"), "");
        }
        for kind in [RaterKind::NaturalPerson, RaterKind::OtherOrganization] {
            assert_eq!(name(kind, "王"), "*");
        }
        // A character outside the basic plane is one character, not two.
        assert_eq!(name(RaterKind::NaturalPerson, "𠮷田"), "𠮷*");
        assert_eq!(name(RaterKind::NaturalPerson, "艾力·买买提"), "艾**");
        assert_eq!(name(RaterKind::OtherOrganization, "示例协会"), "示**");
        // Seven characters are too few, eight are enough; for a person the length does not matter.
        assert_eq!(name(RaterKind::LegalPerson, "示例某有限公司"), "示**");
        assert_eq!(name(RaterKind::LegalPerson, " 示例某某有限公司 "), "示例**公司");
        assert_eq!(name(RaterKind::NaturalPerson, "示例某某有限公司"), "示**");
        assert_eq!((number(""), number("7"), number("123")), ("".into(), "*".into(), "1*3".into()));
        assert_eq!((phone(""), phone("1"), phone("无")), ("".into(), "*".into(), "".into()));
    }

    proptest! {
        #[test]
        fn s01_of_a_natural_persons_name_at_most_the_first_character_is_shown(
            text in "[^*]{0,40}"
        ) {
            let masked = name(RaterKind::NaturalPerson, &text);
            let trimmed: Vec<char> = text.trim().chars().collect();
            let first = trimmed.first().filter(|_| trimmed.len() > 1);
            prop_assert_eq!(shown(&masked), first.into_iter().copied().collect::<Vec<_>>());
            prop_assert!(masked.chars().count() <= 3);
            prop_assert!(trimmed.is_empty() || masked.ends_with(HIDDEN));
        }

        #[test]
        fn s01_of_an_organisations_name_at_least_half_is_hidden_and_its_length_too(
            text in "[^*]{0,40}", legal: bool
        ) {
            let kind =
                if legal { RaterKind::LegalPerson } else { RaterKind::OtherOrganization };
            let masked = name(kind, &text);
            let trimmed: Vec<char> = text.trim().chars().collect();
            let expected: Vec<char> = match trimmed.len() {
                0 | 1 => vec![],
                2..8 => trimmed[..1].to_vec(),
                long => [&trimmed[..2], &trimmed[long - 2..]].concat(),
            };
            prop_assert_eq!(shown(&masked), expected);
            prop_assert!(shown(&masked).len() * 2 <= trimmed.len());
            let marks = [0, 1, 1, 2][trimmed.len().min(3)];
            prop_assert_eq!(masked.matches(HIDDEN).count(), marks);
        }

        #[test]
        fn s01_of_a_number_at_most_the_first_and_the_last_character_are_shown(
            text in "[^*]{0,40}"
        ) {
            let masked = number(&text);
            let trimmed: Vec<char> = text.trim().chars().collect();
            prop_assert_eq!(masked.chars().count(), trimmed.len());
            let ends = match trimmed.as_slice() {
                [first, _, .., last] => vec![*first, *last],
                _ => vec![],
            };
            prop_assert_eq!(shown(&masked), ends);
        }

        #[test]
        fn s01_of_a_phone_at_most_seven_digits_are_shown_and_four_are_hidden(
            text in "\\PC{0,6}[0-9]{0,20}[ 0-9-]{0,9}"
        ) {
            let masked = phone(&text);
            let hidden = masked.chars().filter(|c| *c == HIDDEN).count();
            prop_assert!(shown(&masked).len() <= 7);
            prop_assert!(shown(&masked).is_empty() || hidden >= 4);
            prop_assert!(masked.chars().all(|c| c == HIDDEN || c.is_ascii_digit()));
        }
    }
}
