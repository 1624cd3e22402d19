//! Exclusions: ended ones stay on record.

use platform::{auth::Officer, database::Txn};
use sea_orm::{
    ActiveModelTrait as _, ColumnTrait as _, Condition, ConnectionTrait, DbErr, EntityTrait as _,
    IntoActiveModel as _, PaginatorTrait as _, QueryFilter as _, QueryOrder as _, QuerySelect as _,
    QueryTrait as _, Select, sea_query::Expr,
};
use uuid::Uuid;

use crate::entity::exclusion;

fn reach(officer: &Officer) -> Condition {
    match officer.agency() {
        None => Condition::all().add(exclusion::Column::RegionCode.eq(officer.region())),
        Some(agency) => Condition::all().add(exclusion::Column::AgencyId.eq(agency)),
    }
}

/// An exclusion within an officer's reach.
pub(crate) async fn exclusion(
    connection: &impl ConnectionTrait,
    officer: &Officer,
    id: Uuid,
) -> Result<Option<exclusion::Model>, DbErr> {
    exclusion::Entity::find_by_id(id).filter(reach(officer)).one(connection).await
}

/// The exclusion an appeal led to.
pub(crate) async fn of_appeal(
    connection: &impl ConnectionTrait,
    appeal_id: Uuid,
) -> Result<Option<exclusion::Model>, DbErr> {
    let of = exclusion::Column::AppealId.eq(appeal_id);
    exclusion::Entity::find().filter(of).one(connection).await
}

/// Exclusions within an officer's reach, the newest first.
pub(crate) async fn exclusions(
    connection: &impl ConnectionTrait,
    officer: &Officer,
    lasting: bool,
    before: Option<(i64, Uuid)>,
    limit: u64,
) -> Result<Vec<exclusion::Model>, DbErr> {
    listed(officer, lasting, before, limit).all(connection).await
}

pub(super) fn listed(
    officer: &Officer,
    lasting: bool,
    before: Option<(i64, Uuid)>,
    limit: u64,
) -> Select<exclusion::Entity> {
    exclusion::Entity::find()
        .filter(reach(officer))
        .apply_if(lasting.then_some(()), |query, ()| {
            query.filter(exclusion::Column::ReinstatedAt.is_null())
        })
        .apply_if(before, |query, (since, id)| {
            let same = Condition::all()
                .add(exclusion::Column::Since.eq(since))
                .add(exclusion::Column::Id.lt(id));
            let older = exclusion::Column::Since.lt(since);
            query.filter(Condition::any().add(older).add(same))
        })
        .order_by_desc(exclusion::Column::Since)
        .order_by_desc(exclusion::Column::Id)
        .limit(limit)
}

/// Whether a rating is excluded now.
pub(crate) async fn lasts(
    connection: &impl ConnectionTrait,
    rating_id: Uuid,
) -> Result<bool, DbErr> {
    Ok(lasting_of(rating_id).one(connection).await?.is_some())
}

pub(super) fn lasting_of(rating_id: Uuid) -> Select<exclusion::Entity> {
    exclusion::Entity::find()
        .filter(exclusion::Column::RatingId.eq(rating_id))
        // In the index's own words; otherwise SQLite does not use it.
        .filter(Expr::cust("reinstated_at IS NULL"))
}

/// How many ratings of a ticket are excluded now.
pub(crate) async fn lasting_in(txn: &Txn, ticket_id: Uuid) -> Result<u64, DbErr> {
    exclusion::Entity::find()
        .filter(exclusion::Column::TicketId.eq(ticket_id))
        .filter(exclusion::Column::ReinstatedAt.is_null())
        .count(txn)
        .await
}

/// Keeps a new exclusion.
pub(crate) async fn insert(txn: &Txn, row: &exclusion::Model) -> Result<(), DbErr> {
    let row = row.clone().into_active_model().reset_all();
    exclusion::Entity::insert(row).exec_without_returning(txn).await?;
    Ok(())
}

/// Writes where an exclusion stands now. Its ticket is locked, so nobody else writes it.
pub(crate) async fn update(txn: &Txn, row: &exclusion::Model) -> Result<(), DbErr> {
    let row = row.clone().into_active_model().reset_all();
    exclusion::Entity::update(row).exec(txn).await?;
    Ok(())
}
