//! A message on its way, and the result of sending it.

use platform::auth::PersonDatum;
use uuid::Uuid;

/// Why nothing can be sent as configured.
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

/// The result of sending a message.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Outcome {
    /// Accepted, under this name if the gateway gave one.
    Sent {
        /// The gateway's name for it.
        reference: Option<String>,
    },
    /// Not accepted now.
    Later {
        /// The stable reason.
        reason: &'static str,
    },
    /// Never accepted, however often it is tried.
    Never {
        /// The stable reason.
        reason: String,
    },
}
