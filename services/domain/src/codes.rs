//! National codes: their shapes and check characters.

/// Whether `code` is a unified social credit code (统一社会信用代码) with a valid check character
/// (GB 32100).
///
/// ```
/// assert!(domain::codes::is_uscc("11370800MB2855926Y"));
/// assert!(!domain::codes::is_uscc("11370800MB2855926X"));
/// ```
#[must_use]
pub fn is_uscc(code: &str) -> bool {
    const ALPHABET: &str = "0123456789ABCDEFGHJKLMNPQRTUWXY";
    const WEIGHTS: [usize; 17] = [1, 3, 9, 27, 19, 26, 16, 17, 20, 29, 25, 13, 8, 24, 10, 30, 28];
    let values: Option<Vec<usize>> = code.chars().map(|c| ALPHABET.find(c)).collect();
    let Some(values) = values.filter(|values| values.len() == 18) else {
        return false;
    };
    let sum: usize = values.iter().zip(WEIGHTS).map(|(value, weight)| value * weight).sum();
    values[17] == (31 - sum % 31) % 31
}

/// Whether `number` is an identity number with a valid check character (GB 11643).
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
    "10X98765432".chars().nth(sum as usize % 11) == Some(*check)
}

/// The parts of an implementation code (实施编码): USCC 18 + level 1 + base code 12.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ItemCode<'a> {
    /// The agency's USCC.
    pub uscc: &'a str,
    /// Level at which it is exercised (行使层级, GB/T 39046 A.2).
    pub level: char,
    /// The base code (基本编码): region 2, type 2, department 2, main item 3, sub-item 3.
    pub base: &'a str,
}

impl<'a> ItemCode<'a> {
    /// Splits a code of 31 characters.
    ///
    /// # Errors
    /// Says what is wrong with it.
    pub fn parse(code: &'a str) -> Result<Self, &'static str> {
        if code.len() != 31 || !code.is_ascii() {
            return Err("an implementation code has 31 characters");
        }
        let (uscc, rest) = code.split_at(18);
        let (level, base) = rest.split_at(1);
        let level = level.chars().next().unwrap_or_default();
        if !is_uscc(uscc) {
            return Err("the first 18 characters are no valid unified social credit code");
        }
        if !matches!(level, '1'..='7') {
            return Err("character 19, the level, is none of 1 to 7");
        }
        if !base.bytes().all(|b| b.is_ascii_digit()) {
            return Err("characters 20 to 31, the base code, are not all digits");
        }
        Ok(Self { uscc, level, base })
    }

    /// The item type's GB/T 39046 A.1 code inside the base code.
    #[must_use]
    pub fn item_type(&self) -> &'a str {
        &self.base[2..4]
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn check_characters_agree_with_published_vectors() {
        for uscc in [
            "11370800MB2855926Y",
            "12441500196720244T",
            "11370900004341048Y",
            "11330800MB0R57773W",
            "11310000MB2F30661Y",
            "11110000000021135M",
        ] {
            assert!(is_uscc(uscc), "{uscc}");
        }
        assert!(is_id_number("440524188001010014"));
        for wrong in ["", "1", "11370800MB2855926y", "1137080OMB2855926Y", "一二三四五六七八九"]
        {
            assert!(!is_uscc(wrong) && !is_id_number(wrong), "{wrong}");
        }
    }

    #[test]
    fn an_item_code_is_split_or_refused_with_the_reason() {
        let code = ItemCode::parse("11310000MB2F30661Y2312003564000").unwrap();
        assert_eq!((code.level, code.base, code.item_type()), ('2', "312003564000", "20"));
        for (wrong, why) in [
            ("short", "31 characters"),
            ("11310000MB2F30661X2312003564000", "credit code"),
            ("11310000MB2F30661Y9312003564000", "level"),
            ("11310000MB2F30661Y23120035640AB", "digits"),
        ] {
            assert!(ItemCode::parse(wrong).unwrap_err().contains(why), "{wrong}");
        }
    }
}
