//! Signed heads: which one is asked for, and whether it is still the log's own.

use platform::clock::instant;
use sea_orm::ConnectionTrait;

use crate::{
    entity::{tree, tree_head},
    error::{Error, transparency::TransparencyError},
    store::transparency::{
        self,
        heads::{self, Cosigned},
    },
};

/// A head; that a caller names one which was never signed is refused.
pub(crate) async fn named(
    connection: &impl ConnectionTrait,
    epoch: u32,
    size: u64,
) -> Result<tree_head::Model, Error> {
    let not_found = |_| TransparencyError::HeadNotFound;
    let (epoch, size) = (i32::try_from(epoch).map_err(not_found)?, i64::try_from(size));
    let head = heads::head(connection, epoch, size.map_err(not_found)?).await?;
    Ok(head.ok_or(TransparencyError::HeadNotFound)?)
}

/// The head with its co-signatures.
pub(crate) async fn with_cosignatures(
    connection: &impl ConnectionTrait,
    head: tree_head::Model,
) -> Result<Cosigned, Error> {
    let found = heads::cosigned(connection, vec![head]).await?.pop();
    Ok(found.ok_or(TransparencyError::HeadNotFound)?)
}

/// Refuses a head that the tree as it is now does not begin with.
pub(crate) async fn still_own(
    connection: &impl ConnectionTrait,
    tree: &tree::Model,
    head: &tree_head::Model,
) -> Result<(), Error> {
    if transparency::begins_with(connection, tree, Some(head)).await? {
        return Ok(());
    }
    match heads::break_after(connection, head).await? {
        Some(broken) => Err(TransparencyError::Broken {
            epoch: broken.epoch,
            kept_size: broken.kept_size,
            since: instant(broken.at),
        }
        .into()),
        None => Err(TransparencyError::Damaged.into()),
    }
}
