//! A message on its way, and what came of handing it over.

use platform::auth::PersonDatum;
use uuid::Uuid;

/// Why nobody can be written to as configured.
#[derive(Debug, thiserror::Error)]
pub enum NotifierError {
    /// The gateway cannot be used.
    #[error("notifier: {0}")]
    Gateway(String),
    /// The file cannot be written.
    #[error("notifier.file: {0}")]
    File(#[from] std::io::Error),
}

/// A message on its way.
pub(crate) struct Message {
    /// The same for every repetition.
    pub(crate) id: Uuid,
    pub(crate) phone: PersonDatum,
    pub(crate) text: String,
}

/// What came of handing a message over.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Outcome {
    /// Taken, under this name if the gateway gave one.
    Sent {
        /// The gateway's name for it.
        reference: Option<String>,
    },
    /// Not taken now.
    Later {
        /// The stable reason.
        reason: &'static str,
    },
    /// Not taken, however often it is tried.
    Never {
        /// The stable reason.
        reason: String,
    },
}
