//! The codes of items: 基本编码, 实施编码 and 业务办理项编码.

use super::{all_digits, is_uscc};

/// The level at which an item is exercised (行使层级, GB/T 39046 A.2).
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum ExerciseLevel {
    /// 国家级, `1`.
    Nation,
    /// 省级, `2`.
    Province,
    /// 市级, `3`.
    City,
    /// 县级, `4`.
    County,
    /// 镇（乡、街道）级, `5`.
    Township,
    /// 村（社区）级, `6`.
    Village,
    /// 分级管理, `7`: at several levels.
    Graded,
}

impl ExerciseLevel {
    /// The level of a digit of the standard.
    #[must_use]
    pub fn of(digit: char) -> Option<Self> {
        Some(match digit {
            '1' => Self::Nation,
            '2' => Self::Province,
            '3' => Self::City,
            '4' => Self::County,
            '5' => Self::Township,
            '6' => Self::Village,
            '7' => Self::Graded,
            _ => return None,
        })
    }

    /// Its digit.
    #[must_use]
    pub fn digit(self) -> char {
        match self {
            Self::Nation => '1',
            Self::Province => '2',
            Self::City => '3',
            Self::County => '4',
            Self::Township => '5',
            Self::Village => '6',
            Self::Graded => '7',
        }
    }
}

/// A base code (基本编码): the identity of an item, the same wherever it is exercised. 12 digits:
/// region 2, type 2, department 2, main item 3, sub-item 3.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct BaseCode<'a>(&'a str);

impl<'a> BaseCode<'a> {
    /// Reads a base code.
    ///
    /// # Errors
    /// What is wrong with it.
    ///
    /// ```
    /// use domain::codes::BaseCode;
    /// let base = BaseCode::parse("442199806003").unwrap();
    /// assert_eq!((base.region(), base.item_type(), base.department()), ("44", "21", "99"));
    /// assert_eq!((base.main_item(), base.sub_item()), ("806", "003"));
    /// ```
    pub fn parse(code: &'a str) -> Result<Self, &'static str> {
        if code.len() != 12 || !all_digits(code) {
            return Err("a base code has 12 digits");
        }
        // A province's prefix begins with the digit of its part of the country, 1 to 8 (GB/T 2260).
        if &code[..2] != "00" && !matches!(code.as_bytes()[0], b'1'..=b'8') {
            return Err("a base code begins with 00, the nation's, or a province's two digits");
        }
        Ok(Self(code))
    }

    /// All 12 digits.
    #[must_use]
    pub fn as_str(&self) -> &'a str {
        self.0
    }

    /// Where the item comes from: `00` the nation, or the first two digits of a province.
    #[must_use]
    pub fn region(&self) -> &'a str {
        &self.0[..2]
    }

    /// The item type (GB/T 39046 A.1).
    #[must_use]
    pub fn item_type(&self) -> &'a str {
        &self.0[2..4]
    }

    /// The department.
    #[must_use]
    pub fn department(&self) -> &'a str {
        &self.0[4..6]
    }

    /// The main item (主项).
    #[must_use]
    pub fn main_item(&self) -> &'a str {
        &self.0[6..9]
    }

    /// The sub-item (子项); `000` if the main item has none.
    #[must_use]
    pub fn sub_item(&self) -> &'a str {
        &self.0[9..]
    }
}

/// The parts of an item's code: an implementation code (实施编码) of 31 characters, USCC 18 + level
/// 1 + base code 12, or a handling item's (业务办理项编码) of 33, with two more digits.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ItemCode<'a> {
    code: &'a str,
    /// The agency's USCC.
    pub uscc: &'a str,
    /// The level at which it is exercised.
    pub level: ExerciseLevel,
    /// The item's identity, wherever it is exercised.
    pub base: BaseCode<'a>,
    /// The handling item of the implementation (`01`), if the code has one.
    pub handling_item: Option<&'a str>,
}

impl<'a> ItemCode<'a> {
    /// Splits a code of 31 or 33 characters.
    ///
    /// # Errors
    /// What is wrong with it.
    ///
    /// ```
    /// use domain::codes::{ExerciseLevel, ItemCode};
    /// let code = ItemCode::parse("11310000MB2F30661Y231200356400001").unwrap();
    /// assert_eq!((code.uscc, code.level), ("11310000MB2F30661Y", ExerciseLevel::Province));
    /// assert_eq!((code.base.as_str(), code.handling_item), ("312003564000", Some("01")));
    /// assert_eq!(code.implementation(), "11310000MB2F30661Y2312003564000");
    /// ```
    pub fn parse(code: &'a str) -> Result<Self, &'static str> {
        if !matches!(code.len(), 31 | 33) || !code.is_ascii() {
            return Err("an implementation code has 31 characters, a handling item's 33");
        }
        let (uscc, rest) = code.split_at(18);
        if !is_uscc(uscc) {
            return Err("the first 18 characters are no valid unified social credit code");
        }
        let level = rest.chars().next().and_then(ExerciseLevel::of);
        let level = level.ok_or("character 19, the level, is none of 1 to 7")?;
        let (base, handling_item) = rest[1..].split_at(12);
        if !all_digits(base) {
            return Err("characters 20 to 31, the base code, are not all digits");
        }
        let base = BaseCode::parse(base)?;
        if !all_digits(handling_item) {
            return Err("characters 32 and 33, the handling item, are not digits");
        }
        let handling_item = (!handling_item.is_empty()).then_some(handling_item);
        Ok(Self { code, uscc, level, base, handling_item })
    }

    /// The implementation code: the first 31 characters.
    #[must_use]
    pub fn implementation(&self) -> &'a str {
        &self.code[..31]
    }

    /// The item type's GB/T 39046 A.1 code inside the base code.
    #[must_use]
    pub fn item_type(&self) -> &'a str {
        self.base.item_type()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn published_codes_are_split() {
        let city = ItemCode::parse("12441500196720244T3442199806003").unwrap();
        assert_eq!((city.uscc, city.level), ("12441500196720244T", ExerciseLevel::City));
        assert_eq!((city.base.as_str(), city.item_type()), ("442199806003", "21"));
        assert_eq!((city.handling_item, city.implementation().len()), (None, 31));
        let province = ItemCode::parse("11310000MB2F30661Y231200356400001").unwrap();
        assert_eq!((province.level, province.item_type()), (ExerciseLevel::Province, "20"));
        assert_eq!(province.handling_item, Some("01"));
        assert_eq!(province.implementation(), "11310000MB2F30661Y2312003564000");
    }

    #[test]
    fn a_code_that_is_none_is_refused_with_the_reason() {
        for (wrong, why) in [
            ("short", "31 characters"),
            ("11310000MB2F30661Y23120035640001", "item's 33"),
            ("11310000MB2F30661Y231200356400é", "31 characters"),
            ("11310000MB2F30661X2312003564000", "credit code"),
            ("11310000MB2F30661Y9312003564000", "level"),
            ("11310000MB2F30661Y0312003564000", "level"),
            ("11310000MB2F30661Y23120035640AB", "digits"),
            ("11310000MB2F30661Y2912003564000", "province"),
            ("11310000MB2F30661Y231200356400A1", "characters"),
            ("11310000MB2F30661Y23120035640000A", "handling item"),
        ] {
            assert!(ItemCode::parse(wrong).unwrap_err().contains(why), "{wrong}");
        }
    }

    #[test]
    fn every_level_has_one_digit() {
        for digit in '1'..='7' {
            assert_eq!(ExerciseLevel::of(digit).map(ExerciseLevel::digit), Some(digit));
        }
        assert_eq!(
            ["0", "8", "a"].map(|d| ExerciseLevel::of(d.chars().next().unwrap())),
            [None; 3]
        );
    }

    #[test]
    fn a_base_code_is_the_nations_or_a_provinces() {
        for good in ["002014901000", "442199806003", "654002014901", "820100000000"] {
            assert_eq!(BaseCode::parse(good).unwrap().as_str(), good);
        }
        for (wrong, why) in [
            ("", "12 digits"),
            ("0020149010001", "12 digits"),
            ("00201490100X", "12 digits"),
            ("012014901000", "province"),
            ("992014901000", "province"),
        ] {
            assert!(BaseCode::parse(wrong).unwrap_err().contains(why), "{wrong}");
        }
    }
}
