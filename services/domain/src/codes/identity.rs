//! The identity number of a citizen (公民身份号码, GB 11643).

use jiff::civil::Date;

/// The oldest accepted age, in years: nobody has lived so long, and the standard's own sample, born
/// in 1880, stays valid. It is our number.
const OLDEST_YEARS: i16 = 150;
/// The first digits of provinces' division codes (GB/T 2260). Numbers keep the code of their time,
/// so no more can be checked: counties and cities change, a number stays.
const PROVINCES: [&str; 35] = [
    "11", "12", "13", "14", "15", "21", "22", "23", "31", "32", "33", "34", "35", "36", "37", "41",
    "42", "43", "44", "45", "46", "50", "51", "52", "53", "54", "61", "62", "63", "64", "65", "71",
    "81", "82", "83",
];
/// The first digit of the numbers of foreigners with permanent residence, before a province's two
/// digits.
const FOREIGNER: char = '9';

/// Whether `number` is an identity number (GB 11643) of someone born by `today`, a day in
/// Asia/Shanghai: division code 6 of a province, a possible date of birth 8, order number 3, and a
/// valid check character. The numbers of foreigners with permanent residence and of residents from
/// Hong Kong, Macao or Taiwan have the same form.
///
/// ```
/// use domain::codes::is_id_number;
/// let today = jiff::civil::date(2026, 3, 2);
/// assert!(is_id_number("11010519491231002X", today));
/// assert!(!is_id_number("110105194912310021", today));
/// ```
#[must_use]
pub fn is_id_number(number: &str, today: Date) -> bool {
    const WEIGHTS: [u32; 17] = [7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2];
    let chars: Vec<char> = number.chars().collect();
    let Some((check, body)) = chars.split_last().filter(|(_, body)| body.len() == 17) else {
        return false;
    };
    let digits: Option<Vec<u32>> = body.iter().map(|c| c.to_digit(10)).collect();
    let Some(digits) = digits else { return false };
    let sum: u32 = digits.iter().zip(WEIGHTS).map(|(digit, weight)| digit * weight).sum();
    let holder = number.strip_prefix(FOREIGNER).unwrap_or(number);
    let province = PROVINCES.contains(&&holder[..2]);
    let born = date(&number[6..14]);
    let lives =
        born.is_some_and(|born| born <= today && born.year() >= today.year() - OLDEST_YEARS);
    province && lives && "10X98765432".chars().nth(sum as usize % 11) == Some(*check)
}

/// The day of the calendar that eight digits are, `YYYYMMDD`.
fn date(digits: &str) -> Option<Date> {
    let (year, month, day) = (&digits[..4], &digits[4..6], &digits[6..]);
    Date::new(year.parse().ok()?, month.parse().ok()?, day.parse().ok()?).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    const TODAY: Date = jiff::civil::date(2026, 3, 2);

    /// A number with its check character.
    fn checked(body: &str) -> String {
        let check = "0123456789X".chars().find(|check| {
            let weights = [7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2];
            let digits = body.chars().map(|c| c.to_digit(10).unwrap());
            let sum: u32 = digits.zip(weights).map(|(digit, weight)| digit * weight).sum();
            "10X98765432".chars().nth(sum as usize % 11) == Some(*check)
        });
        format!("{body}{}", check.unwrap())
    }

    #[test]
    fn i02_nobody_is_born_tomorrow_or_in_another_age_or_in_no_province() {
        for (body, valid) in [
            ("11010520260302001", true),
            ("11010520260303001", false),
            ("11010520280101001", false),
            ("11010518760101001", true),
            ("11010518751231001", false),
            ("11010518570101001", false),
            ("00000019491231002", false),
            ("99010519491231002", false),
            ("81000019491231002", true),
            ("83000019491231002", true),
            ("91112419810803002", true),
            ("90012419810803002", false),
        ] {
            assert_eq!(is_id_number(&checked(body), TODAY), valid, "{body}");
        }
    }

    #[test]
    fn the_standards_own_numbers_are_valid() {
        for number in ["11010519491231002X", "440524188001010014"] {
            assert!(is_id_number(number, TODAY), "{number}");
        }
        for wrong in ["", "1", "11010519491231002x", "440524188001010015", "一二三四五六七八九"]
        {
            assert!(!is_id_number(wrong, TODAY), "{wrong}");
        }
    }

    #[test]
    fn the_day_of_birth_is_a_real_day() {
        // The check character of each is right.
        for (number, valid) in [
            ("110105200002290021", true),
            ("110105190002290025", false),
            ("110105194913310021", false),
            ("11010519490431002X", false),
            ("11010519490001002X", false),
        ] {
            assert_eq!(is_id_number(number, TODAY), valid, "{number}");
        }
    }
}
