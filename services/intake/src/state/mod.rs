//! What every handler can use: the store, the shell, the catalog's data, the sender of messages,
//! and what this process keeps in memory for all its calls. It does not depend on the handlers and
//! jobs that use it.

pub(crate) mod board;
pub(crate) mod dictionary;
pub mod notifier;
pub(crate) mod queue;
pub(crate) mod unknown;

use std::sync::Arc;

use platform::{
    database::Store,
    documents::{Documents, Shelf},
    limits::Limits,
    reference::{Reference, Snapshot},
    shell::Shell,
};

use crate::{error::Error, store::case::acts::Acts};
use board::Board;
use notifier::Notifier;
use queue::Queue;
use unknown::UnknownItems;

/// The service's name: its schema, its file, the producer of its facts.
pub const NAME: &str = "intake";

/// The running service.
#[derive(Clone)]
pub struct Intake {
    pub(crate) store: Store,
    /// What raters were shown lately.
    pub(crate) acts: Acts,
    pub(crate) shell: Shell,
    pub(crate) reference: Reference,
    pub(crate) queue: Queue,
    pub(crate) board: Board,
    /// Codes that callers asked for and the catalog has not sent.
    pub(crate) unknown: UnknownItems,
    /// How many reviews are accepted from unknown callers.
    pub(crate) limits: Limits,
    /// Where attachments are kept.
    pub(crate) documents: Documents,
    /// The sender of messages to raters; without one nothing is sent, and nothing is planned.
    pub(crate) notifier: Option<Arc<Notifier>>,
}

impl Intake {
    /// The same service, sending to raters.
    #[must_use]
    pub fn with_notifier(self, notifier: Notifier) -> Self {
        Self { notifier: Some(Arc::new(notifier)), ..self }
    }

    /// The same service, with a store of documents.
    #[must_use]
    pub fn with_documents(self, documents: Documents) -> Self {
        Self { documents, ..self }
    }

    pub(crate) fn shelf(&self) -> Shelf<'_> {
        Shelf { store: &self.store, shell: &self.shell, documents: &self.documents }
    }

    /// Where to look up cases, ratings and outcomes (I20); empty if not configured.
    pub(crate) fn look_up(&self) -> &str {
        self.notifier.as_ref().map(|notifier| notifier.look_up()).unwrap_or_default()
    }
}

/// The catalog as known now; refreshed once more if it lacks the unit.
pub(crate) async fn snapshot_with(intake: &Intake, unit: &str) -> Result<Arc<Snapshot>, Error> {
    if !intake.reference.now().knows_unit(unit) {
        intake.reference.refresh().await?;
    }
    Ok(intake.reference.now())
}
