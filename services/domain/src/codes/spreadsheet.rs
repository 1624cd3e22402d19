//! What spreadsheets do to codes: a column of digits that is not marked as text becomes numbers,
//! and a long number is shown, and saved, as `4.65051E+11`: its digits are lost.

/// Why such a cell is refused, and how to keep the code.
pub const SPREADSHEET_NUMBER: &str = "is no code any more: a spreadsheet has turned it into a number \
                                      and lost its digits. Mark the column as text (文本) there, enter \
                                      the code again and save the file anew";

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
