//! All SQL of this service, and what it keeps in memory.

mod changes;
mod documents;
mod items;
mod known;
mod units;

use platform::page::Page;
use sea_orm::{ConnectionTrait, DbErr, EntityTrait, QuerySelect as _, Select, sea_query::Expr};

pub(crate) use changes::{change, changes, insert_change, update_change};
pub(crate) use documents::{
    documents, loaded, newest_document, profile_for, put_document, put_loaded,
};
pub(crate) use items::{
    base_item, base_item_at, bases, currents, effects, implementations, insert_bases,
    insert_effects, insert_items, item, item_at, items_of, list_items, versions,
};
pub(crate) use known::Memory;
pub(crate) use units::{organization, put_units, unit_versions, units_of};

/// How many rows to read of what is found, in its order: what an answer takes of them by their bodies'
/// sizes, and one more to see that there is more. Bodies can be large, and are not read to be thrown away.
async fn few<E: EntityTrait>(
    connection: &impl ConnectionTrait,
    found: Select<E>,
    page: &Page,
) -> Result<u64, DbErr> {
    let sizes: Vec<i64> = found
        .select_only()
        .expr(Expr::cust("CAST(length(body) AS bigint)"))
        .limit(page.read_size())
        .into_tuple()
        .all(connection)
        .await?;
    let sizes = sizes.into_iter().map(|size| usize::try_from(size).unwrap_or_default());
    Ok(u64::try_from(page.fitting(sizes)).unwrap_or(u64::MAX).saturating_add(1))
}
