//! National codes: their forms, their parts and their check characters.

mod credit;
mod identity;
mod item;
mod number;
mod region;
mod spreadsheet;

pub use credit::is_uscc;
pub use identity::is_id_number;
pub use item::{BaseCode, ExerciseLevel, ItemCode};
pub use number::{Number, normal, normal_phone, number_of, read as read_number};
pub use region::{RegionCode, RegionLevel};
pub use spreadsheet::{SPREADSHEET_NUMBER, harmless_cell, is_spreadsheet_number};

/// Whether `text` is nothing but ASCII digits.
fn all_digits(text: &str) -> bool {
    text.bytes().all(|byte| byte.is_ascii_digit())
}
