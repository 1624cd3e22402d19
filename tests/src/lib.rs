//! What journeys and chaos share: servers that can be killed, networks that can be cut, disks that
//! can be full, deployments in this process, the real program as a process, and citizens who rate.

#![allow(clippy::expect_used, clippy::unwrap_used, reason = "a test harness fails by panicking")]

pub mod citizens;
pub mod collector;
pub mod cut;
pub mod deployment;
pub mod postgres_server;
pub mod process;
pub mod redis_server;
pub mod tmpfs;

use std::time::Duration;

/// How long anything may take that is waited for.
pub const PATIENCE: Duration = Duration::from_secs(60);
/// How often it is looked at.
const LOOK: Duration = Duration::from_millis(20);

/// Waits for a condition; the test fails with `what` if it does not come true.
///
/// # Panics
/// After a minute.
pub async fn until(what: &str, mut holds: impl AsyncFnMut() -> bool) {
    let looking = async {
        while !holds().await {
            tokio::time::sleep(LOOK).await;
        }
    };
    tokio::time::timeout(PATIENCE, looking).await.unwrap_or_else(|_| panic!("{what}: never"));
}
