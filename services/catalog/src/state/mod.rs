//! What every handler can use.

mod memory;

use std::sync::Arc;

use platform::{database::Store, shell::Shell};

use self::memory::Memory;

/// The service's name: its schema, its file, the producer of its facts.
pub const NAME: &str = "catalog";

/// The running service.
#[derive(Clone)]
pub struct Catalog {
    pub(crate) store: Store,
    pub(crate) shell: Shell,
    /// What is kept of it in memory.
    pub(crate) memory: Arc<Memory>,
    /// The lock of the running import.
    pub(crate) importing: Arc<tokio::sync::Mutex<()>>,
}

impl Catalog {
    /// The service over its store.
    #[must_use]
    pub fn new(store: Store, shell: Shell) -> Self {
        let memory = Arc::new(Memory::new(store.clone()));
        Self { store, shell, memory, importing: Arc::default() }
    }
}
