//! All SQL of this service.

pub(crate) mod attachment;
pub(crate) mod case;
pub(crate) mod message;
pub(crate) mod people;
pub(crate) mod rating;
pub(crate) mod report;
pub(crate) mod review;
pub(crate) mod signal;
pub(crate) mod survey;

/// How many rows one statement inserts: SQLite allows 32,766 parameters in all.
pub(crate) const ROWS: usize = 500;

/// Rows in portions for one statement each.
pub(crate) fn chunks<T>(mut rows: Vec<T>) -> impl Iterator<Item = Vec<T>> {
    std::iter::from_fn(move || {
        let rest = rows.split_off(rows.len().min(ROWS));
        let chunk = std::mem::replace(&mut rows, rest);
        (!chunk.is_empty()).then_some(chunk)
    })
}

#[cfg(test)]
mod tests;
