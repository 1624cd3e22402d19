//! The number of a person or an organisation: typed, copied from a form, or from a spreadsheet. It
//! gets one form before it is checked or used to find a case, wherever it comes in.

use jiff::civil::Date;

use super::{all_digits, credit, is_id_number, is_uscc};
use crate::{rating::RaterKind, text::has_no_width, violation::identifier};

/// A number with this many digits or more is an identity number or a mistake: no passport, no
/// permit and no identity number of the first generation (15 digits) has as many.
const DIGITS: usize = 16;
/// How many characters an identity number and a unified social credit code have.
const CHARS: usize = 18;

/// A number that may be valid.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Number {
    /// In the form for storing and comparing; empty if none was given.
    pub text: String,
    /// A doubt about it that is no reason to refuse it.
    pub doubt: Option<&'static str>,
}

/// A number in one spelling: half width, capitals, without blanks, marks without width or a
/// spreadsheet's apostrophe before it; an identity number without separators between its digits.
///
/// ```
/// let same = ["11010519491231002X", "'１１０１０５１９４９１２３１００２ｘ", " 110105 19491231-002x\u{200B}"];
/// assert!(same.iter().all(|text| domain::codes::normal(text) == same[0]));
/// assert_eq!(domain::codes::normal("12345678-9"), "12345678-9");
/// ```
#[must_use]
pub fn normal(text: &str) -> String {
    let plain = text.chars().filter(|c| !c.is_whitespace() && !has_no_width(*c)).map(half_width);
    let plain: String = plain.map(|c| c.to_ascii_uppercase()).collect();
    let plain = plain.trim_start_matches(['\'', '‘', '’', '`']);
    let bare: String = plain.chars().filter(|c| !"-./_".contains(*c)).collect();
    if is_identity_shaped(&bare) { bare } else { plain.to_owned() }
}

/// A phone in one spelling: half width, without blanks, separators between digits, and the
/// mainland's prefix.
///
/// ```
/// for text in ["+86 138-0000-0000", "0086 13800000000", "１３８００００００００", "'13800000000"] {
///     assert_eq!(domain::codes::normal_phone(text), "13800000000");
/// }
/// ```
#[must_use]
pub fn normal_phone(text: &str) -> String {
    let plain = text.chars().filter(|c| !c.is_whitespace() && !has_no_width(*c)).map(half_width);
    let plain: String = plain.filter(|c| !"'‘’-().+".contains(*c)).collect();
    let national = match plain.len() {
        13 => plain.strip_prefix("86"),
        15 => plain.strip_prefix("0086"),
        _ => None,
    };
    national.map(str::to_owned).unwrap_or(plain)
}

fn half_width(c: char) -> char {
    match c {
        '\u{FF01}'..='\u{FF5E}' => char::from_u32(u32::from(c) - 0xFEE0).unwrap_or(c),
        c => c,
    }
}

fn is_identity_shaped(text: &str) -> bool {
    let (body, check) = text.split_at_checked(CHARS - 1).unwrap_or_default();
    !body.is_empty() && all_digits(body) && (check == "X" || check.len() == 1 && all_digits(check))
}

/// Reads a number of someone of unknown kind, on a day in Asia/Shanghai.
///
/// # Errors
/// Why it can be nobody's.
pub fn read(told: &str, today: Date) -> Result<Number, String> {
    let text = normal(told);
    identifier(&text)?;
    if is_rounded(&text) {
        return Err("is a number that a spreadsheet rounded: its last digits are lost".to_owned());
    }
    let digits = text.bytes().filter(u8::is_ascii_digit).count();
    let doubt = match text.chars().count() {
        _ if is_id_number(&text, today) || is_uscc(&text) => None,
        CHARS if credit::is_shaped(&text) && !is_identity_shaped(&text) => Some(WRONG_CHECK),
        // With digits only, an organisation's code looks like a person's number.
        length if length == CHARS || digits >= DIGITS => return Err(WRONG.to_owned()),
        _ => None,
    };
    Ok(Number { text, doubt })
}

/// Reads the number of someone of a kind. A person's number of so many digits is an identity number
/// or refused, never a passport. An organisation's code may have a wrong check character, as some
/// codes from before 2016 do; then it is in doubt.
///
/// # Errors
/// Why it can be none of theirs.
///
/// ```
/// use domain::{codes::number_of, rating::RaterKind::{LegalPerson, NaturalPerson}};
/// let today = jiff::civil::date(2026, 3, 2);
/// assert_eq!(number_of(NaturalPerson, "11010519491231002x", today).unwrap().doubt, None);
/// assert!(number_of(NaturalPerson, "1.10105E+17", today).is_err());
/// assert!(number_of(LegalPerson, "11370800mb2855926x ", today).unwrap().doubt.is_some());
/// ```
pub fn number_of(kind: RaterKind, told: &str, today: Date) -> Result<Number, String> {
    let text = normal(told);
    if text.is_empty() {
        return Ok(Number::default());
    }
    let shaped = text.chars().count() == CHARS && credit::is_shaped(&text);
    match kind {
        RaterKind::LegalPerson if !shaped => Err(WRONG.to_owned()),
        RaterKind::LegalPerson | RaterKind::OtherOrganization if shaped => {
            let doubt = (!is_uscc(&text)).then_some(WRONG_CHECK);
            Ok(Number { text, doubt })
        }
        // Small traders apply under their business's code.
        RaterKind::NaturalPerson
            if shaped
                && !is_id_number(&text, today)
                && (is_identity_shaped(&text) || !is_uscc(&text)) =>
        {
            Err(WRONG.to_owned())
        }
        RaterKind::NaturalPerson | RaterKind::LegalPerson | RaterKind::OtherOrganization => {
            read(told, today)
        }
    }
}

const WRONG: &str = "has a wrong check character or shape";
const WRONG_CHECK: &str = "has a check character that does not fit (GB 32100)";

/// Whether a spreadsheet wrote it: `1.10105E+17`, `110105194912310000.0`.
fn is_rounded(text: &str) -> bool {
    let numeral =
        |text: &str| !text.is_empty() && text.bytes().all(|b| b.is_ascii_digit() || b == b'.');
    match text.split_once("E+") {
        Some((factor, exponent)) => numeral(factor) && all_digits(exponent),
        None => numeral(text) && text.contains('.'),
    }
}

#[cfg(test)]
mod tests {
    use RaterKind::{LegalPerson, NaturalPerson, OtherOrganization};

    use super::*;

    const TODAY: Date = jiff::civil::date(2026, 3, 2);
    const PERSON: &str = "11010519491231002X";
    const BODY: &str = "11370800MB2855926Y";

    #[test]
    fn i02_a_number_in_disguise_is_the_number_it_is() {
        for told in [
            PERSON,
            "11010519491231002x",
            "１１０１０５１９４９１２３１００２Ｘ",
            "110105 1949 1231 002X",
            "110105\u{3000}19491231\u{A0}002x",
            "'11010519491231002X",
            "’11010519491231002X",
            "110105-19491231-002X",
            "\u{FEFF}11010519491231002X\u{200B}\r\n",
        ] {
            let read = number_of(NaturalPerson, told, TODAY).unwrap();
            assert_eq!((read.text.as_str(), read.doubt), (PERSON, None), "{told:?}");
        }
    }

    #[test]
    fn i02_what_has_the_digits_of_an_identity_number_is_one_or_an_error_and_never_a_passport() {
        for wrong in [
            "110105194912310021",
            "１１０１０５１９４９１２３１００２１",
            "1.10105E+17",
            "1.10105e+17",
            "1E+17",
            "110105194912310020.0",
            "1101051949123100",
            "11010519491231002",
            "11O10519491231002X",
            "1101051949123l002X",
            "11010519491231002×",
        ] {
            assert!(number_of(NaturalPerson, wrong, TODAY).is_err(), "{wrong}");
        }
        for document in
            ["E12345678", "H1234567801", "CHN110150510001", "110105491231002", "M123456(7)"]
        {
            let read = number_of(NaturalPerson, document, TODAY).unwrap();
            assert_eq!((read.text.as_str(), read.doubt), (document, None));
        }
    }

    #[test]
    fn i02_an_organisations_wrong_check_character_is_doubted_and_its_shape_refused() {
        for (kind, told, text, doubted) in [
            (LegalPerson, "11370800mb2855926y ", BODY, false),
            (LegalPerson, "１１３７０８００ＭＢ２８５５９２６Ｙ", BODY, false),
            (LegalPerson, "11370800MB2855926X", "11370800MB2855926X", true),
            (OtherOrganization, "11370800mb2855926x", "11370800MB2855926X", true),
            (OtherOrganization, "自治组织示例1号", "自治组织示例1号", false),
            (LegalPerson, "", "", false),
        ] {
            let read = number_of(kind, told, TODAY).unwrap();
            assert_eq!((read.text.as_str(), read.doubt.is_some()), (text, doubted), "{told}");
        }
        for (kind, wrong) in [
            (LegalPerson, "123"),
            (LegalPerson, "113708A0MB2855926R"),
            (LegalPerson, "9.13708E+17"),
            (OtherOrganization, "9.13708E+17"),
            (OtherOrganization, "11370800IO2855926X"),
        ] {
            assert!(number_of(kind, wrong, TODAY).is_err(), "{wrong}");
        }
    }
}
