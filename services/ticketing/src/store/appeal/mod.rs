//! Appeals, and in rooms of their own the exclusions and the duties of both.

pub(crate) mod duties;
pub(crate) mod exclusions;

use platform::{auth::Officer, crypto::Sealer, database::Txn, status::Failure};
use proto::ticketing::v1::AppealState;
use sea_orm::{
    ActiveModelTrait as _, ColumnTrait as _, Condition, ConnectionTrait, DbErr, EntityTrait as _,
    IntoActiveModel as _, QueryFilter as _, QueryOrder as _, QuerySelect as _, QueryTrait as _,
    Select,
    sea_query::{Expr, Query},
};
use uuid::Uuid;

use crate::entity::{appeal, ticket_rating};

/// The states that wait for a decision.
const OPEN: [AppealState; 2] = [AppealState::Lodged, AppealState::UnderReview];

/// What an officer may see: the Authority its region's, a handling agency its own.
fn reach(officer: &Officer) -> Condition {
    match officer.agency() {
        None => Condition::all().add(appeal::Column::RegionCode.eq(officer.region())),
        Some(agency) => Condition::all().add(appeal::Column::AgencyId.eq(agency)),
    }
}

fn is_open() -> Condition {
    Condition::all().add(appeal::Column::State.is_in(OPEN.map(i32::from)))
}

/// The ticket of a rating.
pub(crate) async fn ticket_of(
    connection: &impl ConnectionTrait,
    rating_id: Uuid,
) -> Result<Option<ticket_rating::Model>, DbErr> {
    ticket_rating::Entity::find_by_id(rating_id).one(connection).await
}

/// An appeal within an officer's reach.
pub(crate) async fn appeal(
    connection: &impl ConnectionTrait,
    officer: &Officer,
    id: Uuid,
) -> Result<Option<appeal::Model>, DbErr> {
    appeal::Entity::find_by_id(id).filter(reach(officer)).one(connection).await
}

/// Every appeal against a rating.
pub(crate) async fn of_rating(txn: &Txn, rating_id: Uuid) -> Result<Vec<appeal::Model>, DbErr> {
    let against = appeal::Column::RatingId.eq(rating_id);
    appeal::Entity::find().filter(against).order_by_asc(appeal::Column::Id).all(txn).await
}

/// Whether an appeal waits for a decision.
pub(crate) fn waits(row: &appeal::Model) -> bool {
    OPEN.iter().any(|open| i32::from(*open) == i32::from(row.state))
}

/// Which appeals are listed.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct AppealQuery {
    /// In this state; any if none.
    pub(crate) state: Option<AppealState>,
    /// Open and due by this instant; any if none.
    pub(crate) due_by: Option<i64>,
    /// Behind this one.
    pub(crate) after: Option<(i64, Uuid)>,
    /// At most this many.
    pub(crate) limit: u64,
}

/// Appeals within an officer's reach, soonest due first.
pub(crate) async fn appeals(
    connection: &impl ConnectionTrait,
    officer: &Officer,
    wanted: AppealQuery,
) -> Result<Vec<appeal::Model>, DbErr> {
    listed(officer, wanted).all(connection).await
}

fn listed(officer: &Officer, wanted: AppealQuery) -> Select<appeal::Entity> {
    appeal::Entity::find()
        .filter(reach(officer))
        .apply_if(wanted.state, |query, state| {
            query.filter(appeal::Column::State.eq(i32::from(state)))
        })
        .apply_if(wanted.due_by, |query, due_by| {
            query.filter(is_open()).filter(appeal::Column::DueAt.lte(due_by))
        })
        .apply_if(wanted.after, |query, (due_at, id)| {
            let same = Condition::all()
                .add(appeal::Column::DueAt.eq(due_at))
                .add(appeal::Column::Id.gt(id));
            let later = appeal::Column::DueAt.gt(due_at);
            query.filter(Condition::any().add(later).add(same))
        })
        .order_by_asc(appeal::Column::DueAt)
        .order_by_asc(appeal::Column::Id)
        .limit(wanted.limit)
}

/// Keeps a new appeal.
pub(crate) async fn insert(txn: &Txn, row: &appeal::Model) -> Result<(), DbErr> {
    let row = row.clone().into_active_model().reset_all();
    appeal::Entity::insert(row).exec_without_returning(txn).await?;
    Ok(())
}

/// Writes where an appeal stands now. Its ticket is locked, so nobody else writes it.
pub(crate) async fn update(txn: &Txn, row: &appeal::Model) -> Result<(), DbErr> {
    let row = row.clone().into_active_model().reset_all();
    appeal::Entity::update(row).exec(txn).await?;
    Ok(())
}

/// Whether an appeal against a rating of a ticket waits for its decision. The ticket is locked.
pub(crate) async fn waits_on(txn: &Txn, ticket_id: Uuid) -> Result<bool, DbErr> {
    let of = appeal::Column::TicketId.eq(ticket_id);
    let found = appeal::Entity::find().filter(of).filter(is_open()).limit(1).one(txn).await?;
    Ok(found.is_some())
}

/// Whether an appeal about a ticket was taken back.
pub(crate) async fn withdrawn_on(txn: &Txn, ticket_id: Uuid) -> Result<bool, DbErr> {
    let of = appeal::Column::TicketId.eq(ticket_id);
    let back = appeal::Column::State.eq(i32::from(AppealState::Withdrawn));
    let found = appeal::Entity::find().filter(of).filter(back).limit(1).one(txn).await?;
    Ok(found.is_some())
}

/// Open appeals of which a deadline may still move, by a notice that is not published yet; after one,
/// with their tickets.
pub(crate) async fn provisional(
    connection: &impl ConnectionTrait,
    after: Uuid,
    limit: u64,
) -> Result<Vec<(Uuid, Uuid)>, DbErr> {
    provisional_after(after, limit).into_tuple().all(connection).await
}

fn provisional_after(after: Uuid, limit: u64) -> Select<appeal::Entity> {
    appeal::Entity::find()
        .select_only()
        .columns([appeal::Column::Id, appeal::Column::TicketId])
        // In the index's own words; otherwise SQLite does not use it.
        .filter(Expr::cust("provisional AND state IN (1, 2)"))
        .filter(appeal::Column::Id.gt(after))
        .order_by_asc(appeal::Column::Id)
        .limit(limit)
}

/// Those of some appeals that are open. Their tickets are locked, so nobody else writes them.
pub(crate) async fn open_among(txn: &Txn, ids: Vec<Uuid>) -> Result<Vec<appeal::Model>, DbErr> {
    let these = appeal::Entity::find().filter(appeal::Column::Id.is_in(ids)).filter(is_open());
    these.order_by_asc(appeal::Column::Id).all(txn).await
}

/// Annuls every open appeal whose rating belongs to no ticket any more; returns which, with their
/// tickets.
pub(crate) async fn annul_orphans(txn: &Txn, nothing_due: i64) -> Result<Vec<(Uuid, Uuid)>, DbErr> {
    let ticketed =
        Query::select().column(ticket_rating::Column::RatingId).from(ticket_rating::Entity).take();
    let orphans =
        Condition::all().add(is_open()).add(appeal::Column::RatingId.not_in_subquery(ticketed));
    let found: Vec<(Uuid, Uuid)> = appeal::Entity::find()
        .select_only()
        .columns([appeal::Column::Id, appeal::Column::TicketId])
        .filter(orphans)
        .order_by_asc(appeal::Column::Id)
        .into_tuple()
        .all(txn)
        .await?;
    let annulled = appeal::ActiveModel {
        state: sea_orm::ActiveValue::Set(
            i16::try_from(i32::from(AppealState::Annulled)).unwrap_or_default(),
        ),
        due_at: sea_orm::ActiveValue::Set(nothing_due),
        ..Default::default()
    };
    let these = appeal::Column::Id.is_in(found.iter().map(|(id, _)| *id));
    appeal::Entity::update_many().set(annulled).filter(these).exec(txn).await?;
    Ok(found)
}

/// The ratings that belong to a ticket.
pub(crate) async fn ratings_of(txn: &Txn, ticket_id: Uuid) -> Result<Vec<Uuid>, DbErr> {
    ticket_rating::Entity::find()
        .select_only()
        .column(ticket_rating::Column::RatingId)
        .filter(ticket_rating::Column::TicketId.eq(ticket_id))
        .order_by_asc(ticket_rating::Column::RatingId)
        .into_tuple()
        .all(txn)
        .await
}

/// Words of an appeal, sealed for their column.
pub(crate) fn seal(
    sealer: &Sealer,
    column: &str,
    id: Uuid,
    words: &str,
) -> Result<Vec<u8>, Failure> {
    match words.is_empty() {
        true => Ok(Vec::new()),
        false => Ok(sealer.seal(words.as_bytes(), &place(column, id.as_bytes()))?),
    }
}

/// The same opened.
pub(crate) fn open(
    sealer: &Sealer,
    column: &str,
    id: Uuid,
    sealed: &[u8],
) -> Result<String, Failure> {
    open_at(sealer, sealed, &place(column, id.as_bytes()))
}

fn open_at(sealer: &Sealer, sealed: &[u8], place: &[u8]) -> Result<String, Failure> {
    if sealed.is_empty() {
        return Ok(String::new());
    }
    let opened = sealer.open(sealed, place)?;
    String::from_utf8(opened).map_err(|error| Failure::Internal(error.to_string()))
}

fn place(column: &str, key: &[u8]) -> Vec<u8> {
    [column.as_bytes(), b"/", key].concat()
}

#[cfg(test)]
mod tests {
    use platform::{
        auth::Caller,
        testing::{AGENCY, REGION, TestPlace, plan, principal},
    };

    use super::*;
    use crate::{Migrator, NAME};

    #[tokio::test]
    async fn appeals_and_exclusions_are_found_by_an_index() {
        let place = TestPlace::new().await;
        let store = place.store::<Migrator>(NAME).await;
        let caller = Caller::Authority { region: REGION.to_owned() };
        let authority: Officer = principal("authority", caller);
        let (region, agency) = (REGION.to_owned(), AGENCY.to_owned());
        let handler: Officer = principal("handler", Caller::Handler { region, agency });
        let wanted = AppealQuery { due_by: Some(7), limit: 50, ..AppealQuery::default() };
        let backend = store.backend();
        for (statement, indexes) in [
            (listed(&authority, wanted).build(backend), &["appeal_region"][..]),
            (listed(&handler, wanted).build(backend), &["appeal_agency"]),
            (exclusions::listed(&authority, false, None, 50).build(backend), &["exclusion_region"]),
            (exclusions::lasting_of(Uuid::nil()).build(backend), &["exclusion_lasts"]),
            (provisional_after(Uuid::nil(), 50).build(backend), &["appeal_provisional"]),
        ] {
            let found = plan(&store, statement).await;
            assert!(indexes.iter().any(|index| found.contains(index)), "{found}");
        }
    }
}
