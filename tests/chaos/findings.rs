//! What a test has found wrong: all of it is reported at the end, not only the first.

use std::time::{Duration, Instant};

/// How often is looked whether what is waited for has come.
const LOOK: Duration = Duration::from_millis(50);

/// What was found wrong so far.
#[derive(Default)]
pub(crate) struct Findings(Vec<String>);

impl Findings {
    /// Takes down that something is wrong.
    pub(crate) fn add(&mut self, what: impl Into<String>) {
        let what = what.into();
        // Told at once as well, for who watches.
        eprintln!("FOUND: {what}");
        self.0.push(what);
    }

    /// Takes down `what` unless it holds.
    pub(crate) fn check(&mut self, holds: bool, what: impl FnOnce() -> String) {
        if !holds {
            self.add(what());
        }
    }

    /// What came of something, or that it is wrong.
    pub(crate) fn take<T>(&mut self, result: Result<T, String>) -> Option<T> {
        result.map_err(|what| self.add(what)).ok()
    }

    /// Fails the test if anything is wrong; `evidence` is told with it.
    pub(crate) fn verdict(self, evidence: impl FnOnce() -> String) {
        let Self(found) = self;
        if !found.is_empty() {
            panic!("{} found wrong:\n- {}\n{}", found.len(), found.join("\n- "), evidence());
        }
    }
}

/// Waits until `probe` succeeds; what it said and how long that took. Otherwise what was waited for,
/// and how far it came.
pub(crate) async fn wait<T>(
    what: &str,
    patience: Duration,
    mut probe: impl AsyncFnMut() -> Result<T, String>,
) -> Result<(T, Duration), String> {
    let begun = Instant::now();
    loop {
        // A probe that hangs is one that fails.
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
