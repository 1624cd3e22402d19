//! What follows others' facts, and what it needs for it.

use platform::{clock::Clock, crypto::Sealer, reference::Reference};

/// Applies others' facts here.
pub struct Facts {
    pub(crate) clock: Clock,
    pub(crate) reference: Reference,
    pub(crate) sealer: Sealer,
}
