//! Ratings: what decides them, by whatever way they come in. `context`, `window` and `batch` are used by the
//! writer of the queue and by whoever brings ratings on record; `record_ratings` is what paper forms and
//! imports share, `row` what touches and replies share, `devices` what all devices are asked.

pub(crate) mod batch;
pub(crate) mod context;
pub(crate) mod devices;
pub(crate) mod receipt;
pub(crate) mod record_ratings;
pub(crate) mod row;
pub(crate) mod window;
