//! The facts this service tells: `jobs::publish` collects them. It follows nobody's.

use sea_orm::DatabaseTransaction;

use crate::{Catalog, error::Error};

/// Commits what was told, has it announced, and takes it in here at once.
pub(crate) async fn commit(catalog: &Catalog, txn: DatabaseTransaction) -> Result<(), Error> {
    txn.commit().await?;
    catalog.shell.bus.committed(crate::NAME);
    catalog.memory.refresh().await
}
