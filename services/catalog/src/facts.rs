//! The facts this service tells: `jobs::publish` collects them. It follows nobody's.

use crate::{Catalog, error::Error};
use platform::database::Txn;

/// Commits what was told, has it announced, and takes it in here at once.
pub(crate) async fn commit(catalog: &Catalog, txn: Txn) -> Result<(), Error> {
    txn.commit().await?;
    catalog.shell.bus.committed(crate::NAME);
    take_in(catalog).await;
    Ok(())
}

/// Takes in here at once what was published.
pub(crate) async fn take_in(catalog: &Catalog) {
    if let Err(error) = catalog.memory.refresh().await {
        // It is published all the same; `jobs::follow` looks again within a second.
        tracing::warn!(error = %error, "what was published is not taken in yet");
    }
}
