//! Ratings: by what they are decided, however they come in.

pub(crate) mod batch;
pub(crate) mod devices;
pub(crate) mod record_ratings;
pub(crate) mod row;
pub(crate) mod shown;
pub(crate) mod window;
