//! What every handler can use.

pub(crate) mod notices;
pub(crate) mod steps;

use std::{
    collections::HashSet,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
};

use notices::Watchers;
use platform::{
    database::Store,
    documents::{Documents, Shelf},
    reference::Reference,
    shell::Shell,
};
use steps::Steps;

/// The service's name: its schema, its file, the producer of its facts.
pub const NAME: &str = "ticketing";

/// The running service.
#[derive(Clone)]
pub struct Ticketing {
    pub(crate) store: Store,
    pub(crate) shell: Shell,
    pub(crate) reference: Reference,
    pub(crate) documents: Documents,
    pub(crate) exports: Exports,
    pub(crate) watchers: Watchers,
    pub(crate) steps: Steps,
}

impl Ticketing {
    /// The service over its store; it keeps no documents.
    #[must_use]
    pub fn new(store: Store, shell: Shell, reference: Reference) -> Self {
        Self {
            store,
            shell,
            reference,
            documents: Documents::default(),
            exports: Exports::default(),
            watchers: Watchers::default(),
            steps: Steps::default(),
        }
    }

    /// The same, with a store of documents.
    #[must_use]
    pub fn with_documents(self, documents: Documents) -> Self {
        Self { documents, ..self }
    }

    pub(crate) fn shelf(&self) -> Shelf<'_> {
        Shelf { store: &self.store, shell: &self.shell, documents: &self.documents }
    }
}

/// Whose exports run in this process: one of each caller's, since each reads the store as fast as it
/// is taken.
#[derive(Clone, Default)]
pub(crate) struct Exports(Arc<Mutex<HashSet<String>>>);

impl Exports {
    /// Begins one; none if another one of the same caller runs.
    pub(crate) fn begin(&self, caller: &str) -> Option<Export> {
        let begun = self.lock().insert(caller.to_owned());
        begun.then(|| Export { of: self.clone(), caller: caller.to_owned() })
    }

    fn lock(&self) -> MutexGuard<'_, HashSet<String>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// An export that runs; ended when dropped.
pub(crate) struct Export {
    of: Exports,
    caller: String,
}

impl Drop for Export {
    fn drop(&mut self) {
        self.of.lock().remove(&self.caller);
    }
}
