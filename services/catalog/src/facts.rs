//! The facts this service writes: `app::catalog::publish` collects them. It follows no other service's
//! facts.

use platform::{database::Txn, status::Failure};

use crate::state::{Catalog, NAME};

/// Commits what was told, has it announced, and takes it in here at once.
pub(crate) async fn commit(catalog: &Catalog, txn: Txn) -> Result<(), Failure> {
    txn.commit().await?;
    catalog.shell.bus.committed(NAME);
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
