//! Rows of a region and of everything below it, in a form that uses an index over the region's
//! code.

use domain::codes::RegionCode;
use sea_orm::{ColumnTrait, Condition};

/// The condition that a column holds a region or one below it. It is a range, since a pattern does
/// not use an index with a language's order. A text that is no region code is compared as it is.
#[must_use]
pub fn below(column: impl ColumnTrait, region: &str) -> Condition {
    let Ok(region) = RegionCode::parse(region) else {
        return Condition::all().add(column.eq(region));
    };
    let prefix = region.prefix();
    let mut rows = Condition::all();
    if !prefix.is_empty() {
        rows = rows.add(column.gte(prefix));
    }
    match next(prefix) {
        Some(next) => rows.add(column.lt(next)),
        None => rows,
    }
}

/// The smallest digits of the same length that sort after all codes with this prefix; none after
/// nines.
fn next(digits: &str) -> Option<String> {
    let next = digits.parse::<u64>().ok()?.checked_add(1)?;
    let next = format!("{next:0width$}", width = digits.len());
    (next.len() == digits.len()).then_some(next)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn behind_digits_come_the_next_of_their_length() {
        for (digits, expected) in [
            ("65", Some("66")),
            ("69", Some("70")),
            ("01", Some("02")),
            ("652399", Some("652400")),
            ("99", None),
            ("", None),
        ] {
            assert_eq!(next(digits).as_deref(), expected, "{digits}");
        }
    }
}
