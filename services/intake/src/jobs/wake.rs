//! Wakes those who watch for service acts: terminals and evaluators. Only new acts wake them, not
//! the far more frequent ratings; what another process made, they see when they look next.

use std::{sync::Arc, time::Duration};

use tokio::sync::watch;

/// How long a change by another replica can go unseen.
pub(crate) const LOOK: Duration = Duration::from_millis(500);

/// Where new service acts are announced within this process.
#[derive(Clone, Debug)]
pub(crate) struct Board(Arc<watch::Sender<u64>>);

impl Board {
    pub(crate) fn new() -> Self {
        Self(Arc::new(watch::Sender::new(0)))
    }

    /// Says that service acts were committed.
    pub(crate) fn acts_came(&self) {
        self.0.send_modify(|n| *n = n.wrapping_add(1));
    }

    /// Wakes whenever service acts were committed here.
    pub(crate) fn watch(&self) -> watch::Receiver<u64> {
        self.0.subscribe()
    }
}
