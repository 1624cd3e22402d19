//! The kinds and states of records, as columns have them.

/// What goes before it has no receipt.
pub(crate) const BLOCKED: i16 = 0;
/// It can be told.
pub(crate) const READY: i16 = 1;
/// The platform has it.
pub(crate) const DONE: i16 = 2;
/// It is in no history any more, and the platform has it, or may have it.
pub(crate) const WITHDRAWN: i16 = 3;

/// Kinds of records.
pub(crate) const CASE: i16 = 1;
pub(crate) const RATING: i16 = 2;
pub(crate) const CORRECTION: i16 = 3;
/// What remains of a rating's corrections, told because others are in no history any more.
pub(crate) const AMENDMENT: i16 = 4;
