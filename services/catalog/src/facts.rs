//! The facts this service writes: `jobs::publish` collects them. It follows no other service's
//! facts.

use crate::{Catalog, error::Error};
use platform::database::Txn;

/// Commits what was told, has it announced, and takes it in here at once.
pub(crate) async fn commit(catalog: &Catalog, txn: Txn) -> Result<(), Error> {
    txn.commit().await?;
    catalog.shell.bus.committed(crate::NAME);
    if let Err(error) = catalog.memory.refresh().await {
        // It is published all the same; `jobs::follow` looks again within a second.
        tracing::warn!(error = %error, "what was published is not taken in yet");
    }
    Ok(())
}
