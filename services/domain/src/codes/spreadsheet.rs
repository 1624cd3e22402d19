//! What spreadsheets do to codes: a column of digits that is not marked as text becomes numbers,
//! and a long number is shown, and saved, as `4.65051E+11`: its digits are lost.

use std::borrow::Cow;

/// Why such a cell is refused, and how to keep the code.
pub const SPREADSHEET_NUMBER: &str = "is no code any more: a spreadsheet has turned it into a number \
                                      and lost its digits. Mark the column as text (文本) there, enter \
                                      the code again and save the file anew";

/// A text as a cell that no spreadsheet takes for a formula: with an apostrophe before `=`, `+`, `-`,
/// `@`, a tab or a line end, of full width too. Whoever may write words could otherwise have a
/// program run where an export is opened.
///
/// ```
/// use domain::codes::harmless_cell;
/// assert_eq!(harmless_cell("=cmd|' /C calc'!A0"), "'=cmd|' /C calc'!A0");
/// assert_eq!(harmless_cell("＝1+1"), "'＝1+1");
/// assert_eq!(harmless_cell("示例=1"), "示例=1");
/// ```
#[must_use]
pub fn harmless_cell(text: &str) -> Cow<'_, str> {
    match text.chars().next() {
        Some('=' | '+' | '-' | '@' | '\t' | '\r' | '\n' | '＝' | '＋' | '－' | '＠') => {
            Cow::Owned(format!("'{text}"))
        }
        _ => Cow::Borrowed(text),
    }
}

/// Whether a text is a number in the form of spreadsheets for long ones.
///
/// ```
/// use domain::codes::is_spreadsheet_number;
/// assert!(is_spreadsheet_number("4.65051E+11") && is_spreadsheet_number("1e+12"));
/// assert!(!is_spreadsheet_number("465051000000") && !is_spreadsheet_number("E+11"));
/// assert!(!is_spreadsheet_number("4.65051E11号") && !is_spreadsheet_number("652301-e1"));
/// ```
#[must_use]
pub fn is_spreadsheet_number(text: &str) -> bool {
    let all_digits = |part: &str| !part.is_empty() && part.bytes().all(|b| b.is_ascii_digit());
    text.trim().split_once(['E', 'e']).is_some_and(|(number, exponent)| {
        let (whole, rest) = number.split_once('.').unwrap_or((number, "0"));
        exponent.strip_prefix('+').is_some_and(all_digits) && all_digits(whole) && all_digits(rest)
    })
}
