//! What officers are told.

use platform::database::Txn;
use sea_orm::{
    ActiveModelTrait as _, ColumnTrait as _, ConnectionTrait, DbErr, EntityTrait as _,
    IntoActiveModel as _, QueryFilter as _, QueryOrder as _, QuerySelect as _,
    sea_query::OnConflict,
};

use crate::{convert::notice::Addressee, entity::notice};

/// The number of the newest notice; 0 before the first.
pub(crate) async fn newest(connection: &impl ConnectionTrait) -> Result<i64, DbErr> {
    let newest: Option<i64> = notice::Entity::find()
        .select_only()
        .column(notice::Column::Number)
        .order_by_desc(notice::Column::Number)
        .limit(1)
        .into_tuple()
        .one(connection)
        .await?;
    Ok(newest.unwrap_or_default())
}

/// Keeps notices and numbers them; leaves out the digest of a day for whom there is one. Whoever
/// counts at the same time waits, and then has to begin again.
pub(crate) async fn insert(txn: &Txn, notices: Vec<notice::Model>) -> Result<(), DbErr> {
    if notices.is_empty() {
        return Ok(());
    }
    let newest = newest(txn).await?;
    let rows = notices
        .into_iter()
        .zip(newest + 1..)
        .map(|(notice, number)| notice::Model { number, ..notice }.into_active_model().reset_all());
    let once = OnConflict::columns([
        notice::Column::DigestOf,
        notice::Column::AgencyId,
        notice::Column::RegionCode,
    ])
    .do_nothing()
    .to_owned();
    notice::Entity::insert_many(rows).on_conflict(once).exec_without_returning(txn).await?;
    Ok(())
}

/// Those for an addressee before a number, the newest first.
pub(crate) async fn list(
    connection: &impl ConnectionTrait,
    to: &Addressee,
    before: Option<i64>,
    limit: u64,
) -> Result<Vec<notice::Model>, DbErr> {
    of(to)
        .filter(notice::Column::Number.lt(before.unwrap_or(i64::MAX)))
        .order_by_desc(notice::Column::Number)
        .limit(limit)
        .all(connection)
        .await
}

/// Those for an addressee after a number, the oldest first.
pub(crate) async fn after(
    connection: &impl ConnectionTrait,
    to: &Addressee,
    after: i64,
    limit: u64,
) -> Result<Vec<notice::Model>, DbErr> {
    of(to)
        .filter(notice::Column::Number.gt(after))
        .order_by_asc(notice::Column::Number)
        .limit(limit)
        .all(connection)
        .await
}

fn of(to: &Addressee) -> sea_orm::Select<notice::Entity> {
    let (agency, region) = to.columns();
    notice::Entity::find()
        .filter(notice::Column::AgencyId.eq(agency))
        .filter(notice::Column::RegionCode.eq(region))
}

/// Forgets those made before an instant, but for the newest of all: numbers are counted from it.
pub(crate) async fn forget(connection: &impl ConnectionTrait, before: i64) -> Result<(), DbErr> {
    let newest = newest(connection).await?;
    notice::Entity::delete_many()
        .filter(notice::Column::MadeAt.lt(before))
        .filter(notice::Column::Number.lt(newest))
        .exec(connection)
        .await?;
    Ok(())
}
