//! What every handler can use.

use platform::{database::Store, reference::Reference, shell::Shell};

/// The service's name: its schema, its file, the producer of its facts.
pub const NAME: &str = "publication";

/// The running service.
#[derive(Clone)]
pub struct Publication {
    pub(crate) store: Store,
    pub(crate) shell: Shell,
    pub(crate) reference: Reference,
}

impl Publication {
    /// The service over its store.
    #[must_use]
    pub fn new(store: Store, shell: Shell, reference: Reference) -> Self {
        Self { store, shell, reference }
    }
}
