//! Ratings: the checks that decide them, whatever way they come in. The writer of the queue and the
//! RPCs that record others' ratings use `shown`, `window` and `batch`. Paper forms and imports
//! share `record_ratings`, touches and replies share `row`, and all devices are checked by
//! `devices`.

pub(crate) mod batch;
pub(crate) mod devices;
pub(crate) mod record_ratings;
pub(crate) mod row;
pub(crate) mod shown;
pub(crate) mod window;
