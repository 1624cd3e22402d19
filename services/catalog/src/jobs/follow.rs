//! Checks whether another replica has published anything, and drops what memory holds of it.

use std::time::Duration;

use platform::{status::causes, trouble::Kind};

use crate::state::Catalog;

/// How often: a read is never older than this.
const LOOK: Duration = Duration::from_secs(1);

/// Keeps checking until the process stops.
pub async fn run(catalog: Catalog) {
    loop {
        tokio::select! {
            () = catalog.shell.stop.stopped() => return,
            () = tokio::time::sleep(LOOK) => {}
        }
        let wait = Kind::Job("what other replicas publish");
        match catalog.memory.refresh().await {
            Ok(_) => catalog.store.troubles().end(wait),
            Err(error) => catalog.store.troubles().meet(wait, causes(&error)),
        }
    }
}
