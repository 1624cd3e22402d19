//! Bulletins, their releases and media.

pub(crate) mod sources;

use std::collections::HashSet;

use platform::database::{Txn, many};
use proto::publication::v1::BulletinAudience;
use sea_orm::{
    ActiveModelTrait as _,
    ActiveValue::Set,
    ColumnTrait as _, Condition, ConnectionTrait, DbErr, EntityTrait as _, IntoActiveModel as _,
    QueryFilter as _, QueryOrder as _, QuerySelect as _, QueryTrait as _, Select,
    sea_query::{Expr, OnConflict},
};
use uuid::Uuid;

use crate::entity::{
    bulletin::{self, Header},
    bulletin_media, bulletin_release,
    column::column,
};

fn headers() -> Select<bulletin::Entity> {
    bulletin::Entity::find().select_only().columns([
        bulletin::Column::Id,
        bulletin::Column::RegionCode,
        bulletin::Column::Kind,
        bulletin::Column::Period,
        bulletin::Column::LastDay,
        bulletin::Column::Edition,
        bulletin::Column::Corrects,
        bulletin::Column::DraftedAt,
        bulletin::Column::HistoryLost,
    ])
}

/// Keeps a draft; false if there is that edition already.
pub(crate) async fn insert(txn: &Txn, row: bulletin::Model) -> Result<bool, DbErr> {
    let key = [bulletin::Column::RegionCode, bulletin::Column::Period, bulletin::Column::Edition];
    let once = OnConflict::columns(key).do_nothing().to_owned();
    let insert = bulletin::Entity::insert(row.into_active_model().reset_all()).on_conflict(once);
    Ok(insert.exec_without_returning(txn).await? == 1)
}

/// A bulletin by its identity.
pub(crate) async fn header(
    connection: &impl ConnectionTrait,
    id: Uuid,
) -> Result<Option<Header>, DbErr> {
    headers().filter(bulletin::Column::Id.eq(id)).into_model().one(connection).await
}

/// What a bulletin says, encoded.
pub(crate) async fn content(connection: &impl ConnectionTrait, id: Uuid) -> Result<Vec<u8>, DbErr> {
    let content: Option<Vec<u8>> = bulletin::Entity::find()
        .select_only()
        .column(bulletin::Column::Content)
        .filter(bulletin::Column::Id.eq(id))
        .into_tuple()
        .one(connection)
        .await?;
    content.ok_or_else(|| DbErr::RecordNotFound(format!("bulletin {id}")))
}

/// The periods of a region that have a bulletin.
pub(crate) async fn drafted(
    connection: &impl ConnectionTrait,
    region_code: &str,
) -> Result<HashSet<String>, DbErr> {
    let periods: Vec<String> = bulletin::Entity::find()
        .select_only()
        .column(bulletin::Column::Period)
        .filter(bulletin::Column::RegionCode.eq(region_code))
        .filter(bulletin::Column::Edition.eq(1))
        .into_tuple()
        .all(connection)
        .await?;
    Ok(periods.into_iter().collect())
}

/// The newest edition of a period's bulletin; released to an audience and standing, if one is named.
pub(crate) async fn newest(
    connection: &impl ConnectionTrait,
    region_code: &str,
    period: &str,
    open_to: Option<BulletinAudience>,
) -> Result<Option<Header>, DbErr> {
    headers()
        .filter(bulletin::Column::RegionCode.eq(region_code))
        .filter(bulletin::Column::Period.eq(period))
        .apply_if(open_to, |rows, audience| rows.filter(released(Some(audience))))
        .order_by_desc(bulletin::Column::Edition)
        .limit(1)
        .into_model()
        .one(connection)
        .await
}

/// That a bulletin has a release that stands, to an audience or to any.
fn released(audience: Option<BulletinAudience>) -> Condition {
    let of = bulletin_release::Entity::find()
        .select_only()
        .column(bulletin_release::Column::BulletinId)
        .filter(bulletin_release::Column::WithdrawnAt.eq(0))
        .apply_if(audience, |rows, audience| {
            rows.filter(bulletin_release::Column::Audience.eq(i32::from(audience)))
        })
        .into_query();
    Condition::all().add(bulletin::Column::Id.in_subquery(of))
}

/// Which bulletins are listed.
#[derive(Clone, Debug)]
pub(crate) struct BulletinQuery {
    pub(crate) region_code: String,
    /// A `BulletinKind`; 0 for all.
    pub(crate) kind: i32,
    pub(crate) which: Which,
    pub(crate) before: Option<(i32, Uuid)>,
    pub(crate) limit: u64,
}

/// Which bulletins are listed, by their releases.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Which {
    /// Drafts too.
    All,
    /// Those with any release that stands.
    Released,
    /// Those released to everyone.
    Public,
}

/// The statement of a page, the latest period first.
fn list_of(query: &BulletinQuery) -> Select<bulletin::Entity> {
    let open = match query.which {
        Which::All => None,
        Which::Released => Some(released(None)),
        Which::Public => Some(released(Some(BulletinAudience::Public))),
    };
    headers()
        .filter(bulletin::Column::RegionCode.eq(&query.region_code))
        .apply_if(open, |rows, open| rows.filter(open))
        .apply_if(Some(query.kind).filter(|kind| *kind != 0), |rows, kind| {
            rows.filter(bulletin::Column::Kind.eq(kind))
        })
        .apply_if(query.before, |rows, (last_day, id)| {
            let same = Condition::all()
                .add(bulletin::Column::LastDay.eq(last_day))
                .add(bulletin::Column::Id.lt(id));
            rows.filter(Condition::any().add(bulletin::Column::LastDay.lt(last_day)).add(same))
        })
        .order_by_desc(bulletin::Column::LastDay)
        .order_by_desc(bulletin::Column::Id)
        .limit(query.limit)
}

/// A page of bulletins.
pub(crate) async fn list(
    connection: &impl ConnectionTrait,
    query: &BulletinQuery,
) -> Result<Vec<Header>, DbErr> {
    list_of(query).into_model().all(connection).await
}

/// The releases of some bulletins, in no order.
pub(crate) async fn releases(
    connection: &impl ConnectionTrait,
    ids: impl IntoIterator<Item = Uuid>,
) -> Result<Vec<bulletin_release::Model>, DbErr> {
    many::by::<bulletin_release::Entity>(connection, "bulletin_id", ids).await
}

/// Releases a bulletin; false if it was released to that audience before.
pub(crate) async fn release(
    connection: &impl ConnectionTrait,
    row: bulletin_release::Model,
) -> Result<bool, DbErr> {
    let key = [bulletin_release::Column::BulletinId, bulletin_release::Column::Audience];
    let once = OnConflict::columns(key).do_nothing().to_owned();
    let insert =
        bulletin_release::Entity::insert(row.into_active_model().reset_all()).on_conflict(once);
    Ok(insert.exec_without_returning(connection).await? == 1)
}

/// Takes a release back; false if none stands. Of `row` its key and what is said of the withdrawal is used.
pub(crate) async fn withdraw(
    connection: &impl ConnectionTrait,
    row: &bulletin_release::Model,
) -> Result<bool, DbErr> {
    let withdrawn = bulletin_release::ActiveModel {
        withdrawn_by: Set(row.withdrawn_by.clone()),
        withdrawn_at: Set(row.withdrawn_at),
        fault: Set(row.fault),
        ..Default::default()
    };
    let done = bulletin_release::Entity::update_many()
        .set(withdrawn)
        .filter(bulletin_release::Column::BulletinId.eq(row.bulletin_id))
        .filter(bulletin_release::Column::Audience.eq(row.audience))
        .filter(bulletin_release::Column::WithdrawnAt.eq(0))
        .exec(connection)
        .await?;
    Ok(done.rows_affected == 1)
}

/// The media a bulletin was given to, in order of recording.
pub(crate) async fn media(
    connection: &impl ConnectionTrait,
    id: Uuid,
) -> Result<Vec<bulletin_media::Model>, DbErr> {
    bulletin_media::Entity::find()
        .filter(bulletin_media::Column::BulletinId.eq(id))
        .order_by_asc(bulletin_media::Column::Id)
        .all(connection)
        .await
}

/// Puts a medium on record.
pub(crate) async fn insert_media(
    connection: &impl ConnectionTrait,
    row: bulletin_media::Model,
) -> Result<(), DbErr> {
    let insert = bulletin_media::Entity::insert(row.into_active_model().reset_all());
    insert.exec_without_returning(connection).await?;
    Ok(())
}

/// Marks the bulletins that were counted from facts of a producer after a position; returns their regions
/// and periods.
pub(crate) async fn lose_history(
    txn: &Txn,
    of_intake: bool,
    after: i64,
) -> Result<Vec<(String, String)>, DbErr> {
    let position = match of_intake {
        true => bulletin::Column::IntakePosition,
        false => bulletin::Column::TicketingPosition,
    };
    let these =
        Condition::all().add(position.gt(after)).add(bulletin::Column::HistoryLost.eq(false));
    let lost: Vec<(String, String)> = bulletin::Entity::find()
        .select_only()
        .columns([bulletin::Column::RegionCode, bulletin::Column::Period])
        .filter(these.clone())
        .order_by_asc(bulletin::Column::Id)
        .into_tuple()
        .all(txn)
        .await?;
    bulletin::Entity::update_many()
        .col_expr(bulletin::Column::HistoryLost, Expr::value(true))
        .filter(these)
        .exec(txn)
        .await?;
    Ok(lost)
}

/// An audience in the form of a column.
pub(crate) fn audience(audience: BulletinAudience) -> i16 {
    column(audience.into())
}

#[cfg(test)]
mod tests {
    use platform::testing::{TestPlace, plan};

    use super::*;
    use crate::{Migrator, NAME};

    #[tokio::test]
    async fn p06_a_regions_bulletins_are_found_by_an_index() {
        let place = TestPlace::new().await;
        let store = place.store::<Migrator>(NAME).await;
        let query = BulletinQuery {
            region_code: "652301".to_owned(),
            kind: 0,
            which: Which::All,
            before: Some((20_000, Uuid::from_u128(1))),
            limit: 51,
        };
        let found = plan(&store, list_of(&query).build(store.backend())).await;
        assert!(found.contains("bulletin_region"), "{found}");
    }
}
