//! What every handler has at hand.

pub(crate) mod board;
pub(crate) mod limits;
pub mod notifier;
pub(crate) mod unknown;
