//! The identity number of a citizen (公民身份号码, GB 11643).

use jiff::civil::Date;

/// Whether `number` is an identity number (GB 11643): division code 6, a real date of birth 8,
/// order number 3, and a valid check character.
///
/// ```
/// assert!(domain::codes::is_id_number("11010519491231002X"));
/// assert!(!domain::codes::is_id_number("110105194912310021"));
/// ```
#[must_use]
pub fn is_id_number(number: &str) -> bool {
    const WEIGHTS: [u32; 17] = [7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2];
    let chars: Vec<char> = number.chars().collect();
    let Some((check, body)) = chars.split_last().filter(|(_, body)| body.len() == 17) else {
        return false;
    };
    let digits: Option<Vec<u32>> = body.iter().map(|c| c.to_digit(10)).collect();
    let Some(digits) = digits else { return false };
    let sum: u32 = digits.iter().zip(WEIGHTS).map(|(digit, weight)| digit * weight).sum();
    is_date(&number[6..14]) && "10X98765432".chars().nth(sum as usize % 11) == Some(*check)
}

/// Whether eight digits are a day of the calendar, `YYYYMMDD`.
fn is_date(digits: &str) -> bool {
    let (year, month, day) = (digits[..4].parse(), digits[4..6].parse(), digits[6..].parse());
    match (year, month, day) {
        (Ok(year), Ok(month), Ok(day)) => Date::new(year, month, day).is_ok(),
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_standards_own_numbers_are_valid() {
        for number in ["11010519491231002X", "440524188001010014"] {
            assert!(is_id_number(number), "{number}");
        }
        for wrong in ["", "1", "11010519491231002x", "440524188001010015", "一二三四五六七八九"]
        {
            assert!(!is_id_number(wrong), "{wrong}");
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
            assert_eq!(is_id_number(number), valid, "{number}");
        }
    }
}
