//! Figures, and the acts and ratings they are counted from.

pub(crate) mod acts;
pub(crate) mod counts;
pub(crate) mod dimensions;
pub(crate) mod exclusions;
pub(crate) mod figures;
pub(crate) mod fold;
pub(crate) mod items;
pub(crate) mod measures;
pub(crate) mod mixes;
pub(crate) mod packed;
pub(crate) mod published;
pub(crate) mod sums;
pub(crate) mod tallies;
mod walk;
pub(crate) mod words;
