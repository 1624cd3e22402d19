//! The facts this service tells: `app::catalog::publish` collects them. It follows nobody's.

use platform::{database::Txn, status::Failure};

use crate::state::{Catalog, NAME};

/// Commits what was told, has it announced, and takes it in here at once.
pub(crate) async fn commit(catalog: &Catalog, txn: Txn) -> Result<(), Failure> {
    txn.commit().await?;
    catalog.shell.bus.committed(NAME);
    if let Err(error) = catalog.memory.refresh().await {
        // It is published all the same; `jobs::follow` looks again within a second.
        tracing::warn!(error = %error, "what was published is not taken in yet");
    }
    Ok(())
}
