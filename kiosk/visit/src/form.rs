//! What is wrong with an entry of a form, in words for who typed it, and how much of it is shown.
//! The services check all of it once more, and have the last word.

use domain::{
    case::check_value,
    codes::normal,
    item::{FieldKind, FormField},
};

use crate::pad;

/// What is said of a field that must be filled in and is not.
pub const EMPTY: &str = "请填写";

/// What is wrong with an entry that was typed; nothing of one that is still empty.
#[must_use]
pub fn problem(field: &FormField, value: &str) -> Option<&'static str> {
    // Whether the day of birth has come is the services' to say: a terminal's clock may be wrong.
    let wrong = check_value(field, value, pad::after_birth(value)).is_err();
    wrong.then(|| hint(field.kind))
}

/// Everything that is wrong with a form, field by field: what is missing, and what is no answer.
#[must_use]
pub fn problems(form: &[FormField], entries: &[(String, String)]) -> Vec<(String, String)> {
    let wrong = |field: &FormField| {
        let entry = entries.iter().find(|(id, _)| *id == field.id);
        let value = entry.map(|(_, value)| value.trim()).unwrap_or_default();
        let why = match value.is_empty() {
            true => field.required.then_some(EMPTY),
            false => problem(field, value),
        };
        Some((field.id.clone(), why?.to_owned()))
    };
    form.iter().filter_map(wrong).collect()
}

/// What is said of an entry that is refused; the services' own words are for developers.
#[must_use]
pub fn hint(kind: FieldKind) -> &'static str {
    match kind {
        FieldKind::Phone => "应为11位手机号码",
        FieldKind::IdNumber => "身份证号码有误，请核对",
        FieldKind::Number => "只能填数字",
        FieldKind::Date => "请填日期，例如1960-01-31",
        FieldKind::Choice => "请选一项",
        FieldKind::Text | FieldKind::PersonName => "太长，或有不能使用的字符",
    }
}

/// An entry as it is sent: without blanks around it, a day with its dashes, an identity number with
/// a capital X.
///
/// ```
/// use domain::item::FieldKind;
/// use visit::form::tidy;
/// assert_eq!(tidy(FieldKind::Date, "19600131"), "1960-01-31");
/// assert_eq!(tidy(FieldKind::IdNumber, "11010519491231002x"), "11010519491231002X");
/// ```
#[must_use]
pub fn tidy(kind: FieldKind, value: &str) -> String {
    let value = value.trim();
    match kind {
        FieldKind::IdNumber => normal(value),
        FieldKind::Date if value.len() == 8 && value.bytes().all(|c| c.is_ascii_digit()) => {
            format!("{}-{}-{}", &value[..4], &value[4..6], &value[6..])
        }
        _ => value.to_owned(),
    }
}

/// How an entry is shown to whoever looks over a shoulder, once it is typed: an identity number
/// keeps its first six characters and its last four. Nothing of other kinds.
///
/// ```
/// use domain::item::FieldKind;
/// use visit::form::masked;
/// assert_eq!(masked(FieldKind::IdNumber, "11010519491231002X").unwrap(), "110105********002X");
/// ```
#[must_use]
pub fn masked(kind: FieldKind, value: &str) -> Option<String> {
    const SHOWN: (usize, usize) = (6, 4);
    let length = value.chars().count();
    if kind != FieldKind::IdNumber || length == 0 {
        return None;
    }
    // Too short for a middle: nothing of it but how long it is.
    let (first, last) = if length > SHOWN.0 + SHOWN.1 { SHOWN } else { (0, 0) };
    let hidden = |(at, c)| if at < first || at >= length - last { c } else { '*' };
    Some(value.chars().enumerate().map(hidden).collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn field(kind: FieldKind, required: bool) -> FormField {
        FormField {
            id: format!("{kind:?}"),
            label: String::new(),
            kind,
            required,
            max_length: 20,
            choices: vec!["餐饮服务".into()],
        }
    }

    #[test]
    fn an_entry_is_refused_as_the_services_would_refuse_it() {
        let cases = [
            (FieldKind::Text, "示例路1号", "示例\u{200b}路"),
            (FieldKind::PersonName, "示例·申请人", "很长的名字很长的名字很长的名字很长的名字很长"),
            (FieldKind::Choice, "餐饮服务", "别的"),
            (FieldKind::Date, "1960-01-31", "1960-02-31"),
            (FieldKind::Number, "12", "1.2"),
            (FieldKind::Phone, "10000000000", "1000000000"),
            (FieldKind::IdNumber, "11010519491231002X", "110105194912310021"),
        ];
        for (kind, right, wrong) in cases {
            let field = field(kind, true);
            assert_eq!(problem(&field, right), None, "{right}");
            assert_eq!(problem(&field, wrong), Some(hint(kind)), "{wrong}");
            assert_eq!(problem(&field, ""), None, "nobody has typed it yet");
        }
    }

    #[test]
    fn a_form_says_at_once_all_that_is_missing_or_wrong() {
        let form = [
            field(FieldKind::Text, true),
            field(FieldKind::Date, true),
            field(FieldKind::Phone, false),
            field(FieldKind::Number, false),
        ];
        let entries = [("Date", " "), ("Phone", "1"), ("Number", "")];
        let entries = entries.map(|(id, value)| (id.to_owned(), value.to_owned()));
        let found = problems(&form, &entries);
        let found: Vec<(&str, &str)> =
            found.iter().map(|(a, b)| (a.as_str(), b.as_str())).collect();
        let phone = ("Phone", "应为11位手机号码");
        assert_eq!(found, [("Text", EMPTY), ("Date", EMPTY), phone]);
    }

    #[test]
    fn a_terminal_whose_clock_is_wrong_refuses_nobody_for_their_age() {
        let field = field(FieldKind::IdNumber, true);
        // Of all ages, also one born on the last day of a year.
        for number in ["11010519491231002X", "110105202601010019", "110105190001010017"] {
            let sum = "10X98765432";
            let body = &number[..17];
            let weights = [7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2];
            let digits = body.bytes().map(|c| usize::from(c - b'0'));
            let check: usize = digits.zip(weights).map(|(digit, weight)| digit * weight).sum();
            let number = format!("{body}{}", &sum[check % 11..=check % 11]);
            assert_eq!(problem(&field, &number), None, "{number}");
        }
    }

    #[test]
    fn s01_an_identity_number_is_masked_once_it_is_typed_and_nothing_else_is() {
        assert_eq!(masked(FieldKind::IdNumber, ""), None);
        assert_eq!(masked(FieldKind::IdNumber, "1101051949").unwrap(), "**********");
        assert_eq!(masked(FieldKind::IdNumber, "11010519491").unwrap(), "110105*9491");
        assert_eq!(masked(FieldKind::Phone, "10000000000"), None);
    }

    #[test]
    fn what_is_no_day_stays_as_it_was_typed() {
        for typed in ["1960", "1960-01-31", "一九六零"] {
            assert_eq!(tidy(FieldKind::Date, &format!(" {typed} ")), typed);
        }
        assert_eq!(tidy(FieldKind::Text, " 12345678 "), "12345678");
    }
}
