//! Figures, and the acts and ratings they are counted from.

pub(crate) mod acts;
pub(crate) mod exclusions;
pub(crate) mod figures;
pub(crate) mod sums;
