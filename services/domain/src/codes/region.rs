//! Division codes (行政区划代码, GB/T 2260 and GB/T 10114).

use std::fmt;

use super::all_digits;

/// The level of a division, the highest first.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum RegionLevel {
    /// 国家.
    Nation,
    /// 省级.
    Province,
    /// 市级（地级）.
    City,
    /// 县级.
    County,
    /// 乡镇、街道.
    Township,
    /// 村、社区.
    Village,
}

/// A division code in its shortest form: 6 digits for the nation (`000000`), a province, a city or
/// a county (GB/T 2260), 9 for a township (GB/T 10114), 12 for a village. The list of existing
/// divisions is data elsewhere; this type checks the form alone.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct RegionCode(String);

impl RegionCode {
    /// Reads a code of 6, 9 or 12 digits. Platforms write longer forms than a division needs; these
    /// end in zeros and are shortened.
    ///
    /// # Errors
    /// What is wrong with it.
    ///
    /// ```
    /// use domain::codes::{RegionCode, RegionLevel};
    /// let county = RegionCode::parse("370882000000").unwrap();
    /// assert_eq!((county.as_str(), county.level()), ("370882", RegionLevel::County));
    /// let above: Vec<String> = county.ancestors().map(|code| code.to_string()).collect();
    /// assert_eq!(above, ["370800", "370000", "000000"]);
    /// ```
    pub fn parse(code: &str) -> Result<Self, &'static str> {
        if !matches!(code.len(), 6 | 9 | 12) || !all_digits(code) {
            return Err("a division code has 6, 9 or 12 digits");
        }
        let (county, below) = code.split_at(6);
        if &county[..2] == "00" && county != "000000" {
            return Err("a city or county lacks its province: digits 1 and 2 are 00");
        }
        if &county[2..4] == "00" && &county[4..] != "00" {
            return Err("a county lacks its city: digits 3 and 4 are 00");
        }
        let (township, village) = below.split_at(below.len().min(3));
        let shortest = match (township, village) {
            ("" | "000", "" | "000") => county,
            ("000", _) => return Err("a village lacks its township: digits 7 to 9 are 000"),
            _ if &county[2..4] == "00" => {
                return Err("a township lacks its county or city: digits 3 to 6 are 0000");
            }
            (_, "" | "000") => &code[..9],
            _ => code,
        };
        Ok(Self(shortest.to_owned()))
    }

    /// The code in its shortest form.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// The level, by the code.
    #[must_use]
    pub fn level(&self) -> RegionLevel {
        match self.0.len() {
            12 => RegionLevel::Village,
            9 => RegionLevel::Township,
            _ if self.0 == "000000" => RegionLevel::Nation,
            _ if self.0.ends_with("0000") => RegionLevel::Province,
            _ if self.0.ends_with("00") => RegionLevel::City,
            _ => RegionLevel::County,
        }
    }

    /// The prefix of this code and of the code of every division below it, and of no other: a store
    /// finds them by it.
    ///
    /// ```
    /// use domain::codes::RegionCode;
    /// let of = |code| RegionCode::parse(code).unwrap().prefix().to_owned();
    /// assert_eq!([of("000000"), of("650000"), of("652300")], ["", "65", "6523"]);
    /// assert_eq!([of("652301"), of("652301105")], ["652301", "652301105"]);
    /// ```
    #[must_use]
    pub fn prefix(&self) -> &str {
        match self.level() {
            RegionLevel::Nation => "",
            RegionLevel::Province => &self.0[..2],
            RegionLevel::City => &self.0[..4],
            RegionLevel::County | RegionLevel::Township | RegionLevel::Village => &self.0,
        }
    }

    /// The division directly above, by the code; the nation has none.
    #[must_use]
    pub fn parent(&self) -> Option<Self> {
        let code = &self.0;
        Some(Self(match self.level() {
            RegionLevel::Nation => return None,
            RegionLevel::Province => "000000".to_owned(),
            RegionLevel::City => format!("{}0000", &code[..2]),
            RegionLevel::County => format!("{}00", &code[..4]),
            RegionLevel::Township => code[..6].to_owned(),
            RegionLevel::Village => code[..9].to_owned(),
        }))
    }

    /// Whether one of the two is the other or lies in it.
    ///
    /// ```
    /// use domain::codes::RegionCode;
    /// let of = |code| RegionCode::parse(code).unwrap();
    /// let county = of("652301");
    /// let in_line = ["652301", "652300", "000000", "652301105"];
    /// assert!(in_line.iter().all(|code| county.is_in_line_with(&of(code))));
    /// assert!(!county.is_in_line_with(&of("652302")) && !county.is_in_line_with(&of("650100")));
    /// ```
    #[must_use]
    pub fn is_in_line_with(&self, other: &Self) -> bool {
        let lies_in = |below: &Self, above: &Self| below.ancestors().any(|code| code == *above);
        self == other || lies_in(self, other) || lies_in(other, self)
    }

    /// The divisions above, nearest first, the nation last. A township directly under a city
    /// (`441900003`) has no county above it.
    pub fn ancestors(&self) -> impl Iterator<Item = Self> + use<> {
        std::iter::successors(self.parent(), Self::parent)
    }
}

impl fmt::Display for RegionCode {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn code(text: &str) -> RegionCode {
        RegionCode::parse(text).unwrap()
    }

    #[test]
    fn a_code_is_shortened_and_tells_its_level_and_what_is_above_it() {
        use RegionLevel::{City, County, Nation, Province, Township, Village};
        for (text, short, level, above) in [
            ("000000", "000000", Nation, ""),
            ("000000000000", "000000", Nation, ""),
            ("370000", "370000", Province, "000000"),
            ("370800000", "370800", City, "370000 000000"),
            ("370882", "370882", County, "370800 370000 000000"),
            ("370882000000", "370882", County, "370800 370000 000000"),
            ("370882001", "370882001", Township, "370882 370800 370000 000000"),
            ("370882001000", "370882001", Township, "370882 370800 370000 000000"),
            ("370882001002", "370882001002", Village, "370882001 370882 370800 370000 000000"),
            ("441900003", "441900003", Township, "441900 440000 000000"),
            ("429004", "429004", County, "429000 420000 000000"),
        ] {
            let code = code(text);
            assert_eq!((code.as_str(), code.level()), (short, level), "{text}");
            let ancestors: Vec<String> = code.ancestors().map(|code| code.to_string()).collect();
            assert_eq!(ancestors.join(" "), above, "{text}");
        }
    }

    #[test]
    fn a_code_that_is_none_is_refused_with_the_reason() {
        for (wrong, why) in [
            ("", "6, 9 or 12 digits"),
            ("37088", "6, 9 or 12 digits"),
            ("37088A", "6, 9 or 12 digits"),
            ("３７０８８２", "6, 9 or 12 digits"),
            ("000800", "lacks its province"),
            ("370082", "lacks its city"),
            ("370882000001", "lacks its township"),
            ("370000001", "lacks its county or city"),
            ("000000001", "lacks its county or city"),
        ] {
            assert!(RegionCode::parse(wrong).unwrap_err().contains(why), "{wrong}");
        }
    }

    proptest! {
        #[test]
        fn every_code_is_one_level_or_more_below_its_parent_and_the_nation_is_above_all(
            text in "[1-8][0-9]{5}|[1-8][0-9]{8}|[1-8][0-9]{11}",
        ) {
            let Ok(code) = RegionCode::parse(&text) else { return Ok(()) };
            prop_assert_eq!(&RegionCode::parse(code.as_str()), &Ok(code.clone()));
            let mut below = code.level();
            for above in code.ancestors() {
                prop_assert_eq!(&RegionCode::parse(above.as_str()), &Ok(above.clone()));
                prop_assert!(above.level() < below);
                below = above.level();
            }
            prop_assert_eq!(below, RegionLevel::Nation);
        }
    }
}
