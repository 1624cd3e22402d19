//! The facts this service writes: `app::catalog::publish` collects them. It follows no other service's
//! facts.

use platform::{database::Txn, status::Failure};

use crate::state::{Catalog, NAME};

/// Commits the facts, announces them, and applies them here at once.
pub(crate) async fn commit(catalog: &Catalog, txn: Txn) -> Result<(), Failure> {
    txn.commit().await?;
    catalog.shell.bus.committed(NAME);
    take_in(catalog).await;
    Ok(())
}

/// Applies here at once what was published.
pub(crate) async fn take_in(catalog: &Catalog) {
    if let Err(error) = catalog.memory.refresh().await {
        // It is published anyway; `jobs::follow` looks again within a second.
        tracing::warn!(error = %error, "what was published cannot be read yet; tried again");
    }
}
