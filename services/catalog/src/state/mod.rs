//! What every handler can use.

mod memory;

use std::sync::Arc;

use platform::{database::Store, limits::Limits, shell::Shell};

use self::memory::Memory;
use crate::config::Terminals;

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
    /// How terminals are looked after.
    pub(crate) terminals: Arc<Terminals>,
    /// How often devices may try to register.
    pub(crate) registrations: Limits,
}

impl Catalog {
    /// The service over its store.
    #[must_use]
    pub fn new(store: Store, shell: Shell) -> Self {
        let memory = Arc::new(Memory::new(store.clone()));
        Self {
            store,
            shell,
            memory,
            importing: Arc::default(),
            terminals: Arc::default(),
            registrations: Limits::default(),
        }
    }

    /// The same, looking after terminals in another way.
    #[must_use]
    pub fn with_terminals(self, terminals: Terminals) -> Self {
        Self { terminals: Arc::new(terminals), ..self }
    }
}
