//! What every handler can use.

pub(crate) mod notices;

use notices::Watchers;
use platform::{database::Store, reference::Reference, shell::Shell};

/// The service's name: its schema, its file, the producer of its facts.
pub const NAME: &str = "ticketing";

/// The running service.
#[derive(Clone)]
pub struct Ticketing {
    pub(crate) store: Store,
    pub(crate) shell: Shell,
    pub(crate) reference: Reference,
    pub(crate) watchers: Watchers,
}

impl Ticketing {
    /// The service over its store.
    #[must_use]
    pub fn new(store: Store, shell: Shell, reference: Reference) -> Self {
        Self { store, shell, reference, watchers: Watchers::default() }
    }
}
