//! All SQL of this service, in the rooms of its nouns.

pub(crate) mod catalog;
pub(crate) mod change;
pub(crate) mod organization;
pub(crate) mod policy;
pub(crate) mod terminal;

use platform::page::{Page, SortKey};
use sea_orm::{ConnectionTrait, DbErr, EntityTrait, QuerySelect as _, Select, sea_query::Expr};

/// How many of the found rows to read, in their order: as many as fit into an answer by their
/// bodies' sizes, and one more to see if there are more. Bodies can be large, so none is read in
/// vain.
async fn few<E: EntityTrait>(
    connection: &impl ConnectionTrait,
    found: Select<E>,
    page: &Page<impl SortKey>,
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
