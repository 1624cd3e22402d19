//! Everything a test has found wrong: all of it is reported at the end, not only the first.

use std::time::{Duration, Instant};

use e2e::stretched;

/// How often a wait checks its condition.
const LOOK: Duration = Duration::from_millis(50);

/// What was found wrong so far.
#[derive(Default)]
pub(crate) struct Findings(Vec<String>);

impl Findings {
    /// Records that something is wrong.
    pub(crate) fn add(&mut self, what: impl Into<String>) {
        let what = what.into();
        // It is printed at once as well, for people who watch.
        eprintln!("FOUND: {what}");
        self.0.push(what);
    }

    /// Records `what` unless it holds.
    pub(crate) fn check(&mut self, holds: bool, what: impl FnOnce() -> String) {
        if !holds {
            self.add(what());
        }
    }

    /// The value, or a record that it failed.
    pub(crate) fn take<T>(&mut self, result: Result<T, String>) -> Option<T> {
        result.map_err(|what| self.add(what)).ok()
    }

    /// Fails the test if anything is wrong; the message includes `evidence`.
    pub(crate) fn verdict(self, evidence: impl FnOnce() -> String) {
        let Self(found) = self;
        if !found.is_empty() {
            panic!("{} found wrong:\n- {}\n{}", found.len(), found.join("\n- "), evidence());
        }
    }
}

/// Waits until `probe` succeeds; returns its result and how long it took. On failure, records what
/// was waited for, and how far it came.
pub(crate) async fn wait<T>(
    what: &str,
    patience: Duration,
    mut probe: impl AsyncFnMut() -> Result<T, String>,
) -> Result<(T, Duration), String> {
    let (begun, patience) = (Instant::now(), stretched(patience));
    loop {
        // A probe that hangs counts as failed.
        let left = patience.saturating_sub(begun.elapsed()).max(LOOK);
        let probed = tokio::time::timeout(left, probe()).await;
        match probed.unwrap_or_else(|_| Err("no answer".to_owned())) {
            Ok(told) => return Ok((told, begun.elapsed())),
            Err(so_far) if begun.elapsed() >= patience => {
                return Err(format!("{what}: not within {patience:?}: {so_far}"));
            }
            Err(_) => tokio::time::sleep(LOOK).await,
        }
    }
}
