//! Appeals (差评申诉复核) and exclusions.

pub(crate) mod case;
pub(crate) mod clock;
pub(crate) mod exclude;
pub(crate) mod follow;
pub(crate) mod take;
pub(crate) mod words;
