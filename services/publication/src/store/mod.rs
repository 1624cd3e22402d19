//! All SQL of this service.

pub(crate) mod acts;
mod read;
mod sums;
pub(crate) mod tickets;

pub(crate) use read::{Counts, Wanted, figures};
pub(crate) use sums::{Count, Measure, Sums, delete_figures};
