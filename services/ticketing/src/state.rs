//! What every handler can use.

use platform::{database::Store, documents::Documents, reference::Reference, shell::Shell};

/// The service's name: its schema, its file, the producer of its facts.
pub const NAME: &str = "ticketing";

/// The running service.
#[derive(Clone)]
pub struct Ticketing {
    pub(crate) store: Store,
    pub(crate) shell: Shell,
    pub(crate) reference: Reference,
    pub(crate) documents: Documents,
}

impl Ticketing {
    /// The service over its store; it keeps no documents.
    #[must_use]
    pub fn new(store: Store, shell: Shell, reference: Reference) -> Self {
        Self { store, shell, reference, documents: Documents::default() }
    }

    /// The same, with a store of documents.
    #[must_use]
    pub fn with_documents(self, documents: Documents) -> Self {
        Self { documents, ..self }
    }
}
