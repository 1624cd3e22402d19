//! Ends all background work. It is three methods on a channel that is here anyway: `tokio_util`'s
//! `CancellationToken` has them too, with children and guards that nobody here needs, and would be
//! one more dependency of every crate that ends something.

use tokio::sync::watch;

/// A signal that is given once and seen by every clone.
#[derive(Clone, Debug)]
pub struct Stop {
    sender: watch::Sender<bool>,
}

impl Default for Stop {
    fn default() -> Self {
        Self { sender: watch::Sender::new(false) }
    }
}

impl Stop {
    /// Gives the signal.
    pub fn stop(&self) {
        self.sender.send_replace(true);
    }

    /// Whether it was given.
    #[must_use]
    pub fn is_stopped(&self) -> bool {
        *self.sender.borrow()
    }

    /// Waits until it is given.
    pub async fn stopped(&self) {
        // The sender lives as long as `self`, so waiting cannot fail.
        let _ = self.sender.subscribe().wait_for(|stopped| *stopped).await;
    }
}
