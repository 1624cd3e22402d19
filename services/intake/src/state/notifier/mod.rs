//! The notifier: composes the words of a message and gives it to the carrier. It gets the phone and
//! does not keep it; only results come back.

mod file;
mod http;
pub(crate) mod message;
pub(crate) mod words;

use std::fmt;

use domain::{deadline::Deadline, profile::Profile};
use jiff::Timestamp;

use crate::{
    config::{Gateway, Messages},
    state::notifier::{
        message::{Message, Outcome},
        words::Kind,
    },
};
use file::FileSink;
use http::HttpGateway;

pub use message::NotifierError;

/// Sends messages to raters.
pub struct Notifier {
    carrier: Carrier,
    messages: Messages,
}

enum Carrier {
    Http(HttpGateway),
    File(FileSink),
}

impl Notifier {
    /// A notifier as configured; sends nothing yet.
    ///
    /// # Errors
    /// [`NotifierError`].
    pub fn new(messages: Messages) -> Result<Self, NotifierError> {
        let carrier = match &messages.gateway {
            Gateway::Http { url, secret, ca } => {
                Carrier::Http(HttpGateway::new(url, secret, ca.as_deref())?)
            }
            Gateway::File(path) => Carrier::File(FileSink::open(path)?),
        };
        Ok(Self { carrier, messages })
    }

    /// Whether it is a quiet hour now.
    pub(crate) fn is_quiet(&self, at: Timestamp) -> bool {
        self.messages.quiet.cover(at)
    }

    /// Where to look up cases, ratings and outcomes (I20).
    pub(crate) fn look_up(&self) -> &str {
        &self.messages.look_up
    }

    /// The text of a kind of message for the holder of an invitation.
    pub(crate) fn text(
        &self,
        kind: Kind,
        profile: &Profile,
        token: &str,
        window: Option<&Deadline>,
        of_several: Option<&words::ListedMatter>,
    ) -> String {
        words::text(&self.messages, kind, &keys(profile), token, window, of_several)
    }

    /// The question which of several matters an answer is about.
    pub(crate) fn question(&self, profile: &Profile, listed: &[words::ListedMatter]) -> String {
        words::question(&self.messages, &keys(profile), listed)
    }

    /// Sends a message.
    pub(crate) async fn send(&self, message: &Message) -> Outcome {
        match &self.carrier {
            Carrier::Http(gateway) => gateway.send(message).await,
            Carrier::File(sink) => sink.send(message).await,
        }
    }
}

/// The keys to answer by under a profile.
fn keys(profile: &Profile) -> String {
    words::keys(profile.label_set.value, profile.negative_needs_reason.value)
}

impl fmt::Debug for Notifier {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Notifier")
    }
}
