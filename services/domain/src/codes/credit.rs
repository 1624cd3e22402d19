//! The unified social credit code (统一社会信用代码, GB 32100).

use super::all_digits;

/// Whether `code` is a unified social credit code with a valid check character (GB 32100):
/// registering department 1, kind of body 1, division code of the registering office 6 (digits, as
/// in GB/T 2260), organisation code 9, check character 1. The lists of departments and kinds change
/// from time to time, so any character is accepted for them.
///
/// ```
/// assert!(domain::codes::is_uscc("11370800MB2855926Y"));
/// assert!(!domain::codes::is_uscc("11370800MB2855926X"));
/// ```
#[must_use]
pub fn is_uscc(code: &str) -> bool {
    const WEIGHTS: [usize; 17] = [1, 3, 9, 27, 19, 26, 16, 17, 20, 29, 25, 13, 8, 24, 10, 30, 28];
    let Some(values) = values(code) else { return false };
    let sum: usize = values.iter().zip(WEIGHTS).map(|(value, weight)| value * weight).sum();
    values[17] == (31 - sum % 31) % 31
}

/// Whether `code` has the parts of one, whatever its check character: some codes from before 2016
/// have a wrong one.
pub(super) fn is_shaped(code: &str) -> bool {
    values(code).is_some()
}

/// The values of its characters, if it has the parts of a code.
fn values(code: &str) -> Option<Vec<usize>> {
    const ALPHABET: &str = "0123456789ABCDEFGHJKLMNPQRTUWXY";
    let values: Option<Vec<usize>> = code.chars().map(|c| ALPHABET.find(c)).collect();
    values.filter(|values| values.len() == 18 && all_digits(&code[2..8]))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    /// Codes of real bodies, as published.
    const PUBLISHED: [&str; 6] = [
        "11370800MB2855926Y",
        "12441500196720244T",
        "11370900004341048Y",
        "11330800MB0R57773W",
        "11310000MB2F30661Y",
        "11110000000021135M",
    ];

    #[test]
    fn published_codes_are_valid() {
        for uscc in PUBLISHED {
            assert!(is_uscc(uscc), "{uscc}");
        }
        for wrong in ["", "1", "11370800MB2855926y", "1137080OMB2855926Y", "一二三四五六七八九"]
        {
            assert!(!is_uscc(wrong), "{wrong}");
        }
    }

    #[test]
    fn the_third_to_eighth_characters_are_digits() {
        // The check character of each is right.
        for (code, valid) in [("11370800MB2855926Y", true), ("113708A0MB2855926R", false)] {
            assert_eq!(is_uscc(code), valid, "{code}");
        }
    }

    proptest! {
        #[test]
        fn a_single_changed_character_is_always_noticed(
            code in prop::sample::select(&PUBLISHED[..]), at in 0_usize..18, to in "[ -~]",
        ) {
            let mut changed = code.to_owned();
            changed.replace_range(at..=at, &to);
            prop_assert_eq!(is_uscc(&changed), changed == code, "{}", changed);
        }

        #[test]
        fn two_neighbours_that_change_places_are_always_noticed(
            code in prop::sample::select(&PUBLISHED[..]), at in 0_usize..17,
        ) {
            let mut swapped: Vec<char> = code.chars().collect();
            swapped.swap(at, at + 1);
            let swapped: String = swapped.into_iter().collect();
            prop_assert_eq!(is_uscc(&swapped), swapped == code, "{}", swapped);
        }
    }
}
