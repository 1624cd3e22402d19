//! What the figures proposed, what was decided upon, and which months were looked at.

use std::collections::{BTreeSet, HashMap};

use domain::focus::{Look, Window};
use jiff::civil::Date;
use platform::{
    auth::Officer,
    crypto::Sealer,
    database::{Txn, below},
    status::Failure,
};
use prost::Message as _;
use proto::{
    ticketing::v1::FocusProposal,
    r#type::v1::{FocusBasis, FocusKind},
};
use sea_orm::{
    ActiveModelTrait as _,
    ActiveValue::Set,
    ColumnTrait as _, ConnectionTrait, DbErr, EntityTrait as _, IntoActiveModel as _, JoinType,
    QueryFilter as _, QueryOrder as _, QuerySelect as _, QueryTrait as _, RelationDef, Select,
    sea_query::{Expr, OnConflict},
};
use uuid::Uuid;

use super::counts::{day_of_column, day_to_column, number};
use crate::entity::{
    focus_count, focus_look, focus_matter, focus_proposal, focus_rating, focus_record,
    focus_weighed, ticket_rating,
};

/// A proposal of an officer's region.
pub(crate) async fn proposal(
    connection: &impl ConnectionTrait,
    officer: &Officer,
    id: Uuid,
) -> Result<Option<focus_proposal::Model>, DbErr> {
    let own = focus_proposal::Column::RegionCode.eq(officer.region());
    focus_proposal::Entity::find_by_id(id).filter(own).one(connection).await
}

/// Proposals of an officer's region, the newest first.
pub(crate) async fn proposals(
    connection: &impl ConnectionTrait,
    officer: &Officer,
    open_only: bool,
    after: Option<Uuid>,
    limit: u64,
) -> Result<Vec<focus_proposal::Model>, DbErr> {
    newest_first(officer, open_only, after, limit).all(connection).await
}

fn newest_first(
    officer: &Officer,
    open_only: bool,
    after: Option<Uuid>,
    limit: u64,
) -> Select<focus_proposal::Entity> {
    let open = open_only.then(|| focus_proposal::Column::OpenObject.is_not_null());
    focus_proposal::Entity::find()
        .filter(focus_proposal::Column::RegionCode.eq(officer.region()))
        .apply_if(open, sea_orm::QueryFilter::filter)
        .apply_if(after, |query, after| query.filter(focus_proposal::Column::Id.lt(after)))
        .order_by_desc(focus_proposal::Column::Id)
        .limit(limit)
}

/// Keeps a proposal; false if there is an open one about the same.
pub(crate) async fn insert(txn: &Txn, row: focus_proposal::Model) -> Result<bool, DbErr> {
    let row = row.into_active_model().reset_all();
    let open = OnConflict::column(focus_proposal::Column::OpenObject).do_nothing().to_owned();
    let kept = focus_proposal::Entity::insert(row).on_conflict(open);
    Ok(kept.exec_without_returning(txn).await? == 1)
}

/// Keeps a decision; false if somebody has decided.
pub(crate) async fn decide(txn: &Txn, id: Uuid, content: Vec<u8>) -> Result<bool, DbErr> {
    let decided = focus_proposal::ActiveModel {
        open_object: Set(None),
        content: Set(content),
        ..Default::default()
    };
    let done = focus_proposal::Entity::update_many()
        .set(decided)
        .filter(focus_proposal::Column::Id.eq(id))
        .filter(focus_proposal::Column::OpenObject.is_not_null())
        .exec(txn)
        .await?;
    Ok(done.rows_affected == 1)
}

/// Seals a proposal.
pub(crate) fn seal(sealer: &Sealer, id: Uuid, content: &FocusProposal) -> Result<Vec<u8>, Failure> {
    Ok(sealer.seal(&content.encode_to_vec(), &content_place(id))?)
}

/// Opens a proposal.
pub(crate) fn open(sealer: &Sealer, row: &focus_proposal::Model) -> Result<FocusProposal, Failure> {
    let opened = sealer.open(&row.content, &content_place(row.id))?;
    FocusProposal::decode(opened.as_slice()).map_err(|e| Failure::Internal(e.to_string()))
}

fn content_place(id: Uuid) -> Vec<u8> {
    [b"focus_proposal.content/".as_slice(), id.as_bytes()].concat()
}

/// What a region has open already: key targets, problems and measures, by what they are about.
pub(crate) async fn open_objects(
    connection: &impl ConnectionTrait,
    region: &str,
) -> Result<BTreeSet<String>, DbErr> {
    let open: Vec<String> = focus_record::Entity::find()
        .select_only()
        .column(focus_record::Column::OpenObject)
        .filter(focus_record::Column::RegionCode.eq(region))
        .filter(focus_record::Column::OpenObject.is_not_null())
        .into_tuple()
        .all(connection)
        .await?;
    Ok(open.into_iter().collect())
}

/// What was proposed of a region and waits for a decision.
pub(crate) async fn waiting(
    connection: &impl ConnectionTrait,
    region: &str,
) -> Result<BTreeSet<String>, DbErr> {
    let open: Vec<String> = focus_proposal::Entity::find()
        .select_only()
        .column(focus_proposal::Column::OpenObject)
        .filter(focus_proposal::Column::RegionCode.eq(region))
        .filter(focus_proposal::Column::OpenObject.is_not_null())
        .into_tuple()
        .all(connection)
        .await?;
    Ok(open.into_iter().collect())
}

/// What was weighed of an object: on what basis, what kind, which one.
pub(crate) type Weighed = (i16, i16, String);

/// Until which day each object of a region was weighed in a decision, if that reaches a day.
pub(crate) async fn weighed(
    connection: &impl ConnectionTrait,
    region: &str,
    since: Date,
) -> Result<HashMap<Weighed, Date>, DbErr> {
    let rows = focus_weighed::Entity::find()
        .filter(focus_weighed::Column::RegionCode.eq(region))
        .filter(focus_weighed::Column::Until.gte(day_to_column(since)))
        .all(connection)
        .await?;
    let weighed = |row: focus_weighed::Model| {
        ((row.basis, row.kind, row.object_id), day_of_column(row.until))
    };
    Ok(rows.into_iter().map(weighed).collect())
}

/// Keeps that the figures of an object were weighed until a day; the last day stands.
pub(crate) async fn weigh(
    txn: &Txn,
    region: &str,
    basis: FocusBasis,
    (kind, object_id): (FocusKind, &str),
    until: Date,
) -> Result<(), DbErr> {
    let row = focus_weighed::Model {
        region_code: region.to_owned(),
        basis: basis_to_column(basis),
        kind: number(kind),
        object_id: object_id.to_owned(),
        until: day_to_column(until),
    };
    let key = [
        focus_weighed::Column::RegionCode,
        focus_weighed::Column::Basis,
        focus_weighed::Column::Kind,
        focus_weighed::Column::ObjectId,
    ];
    let greater = "CASE WHEN excluded.until > focus_weighed.until THEN excluded.until \
                   ELSE focus_weighed.until END";
    let later = OnConflict::columns(key)
        .value(focus_weighed::Column::Until, Expr::cust(greater))
        .to_owned();
    let row = row.into_active_model().reset_all();
    focus_weighed::Entity::insert(row).on_conflict(later).exec_without_returning(txn).await?;
    Ok(())
}

/// A basis as a column holds it.
pub(crate) fn basis_to_column(basis: FocusBasis) -> i16 {
    i16::try_from(i32::from(basis)).unwrap_or_default()
}

/// Takes the look of a month; false if somebody has taken it.
pub(crate) async fn take(txn: &Txn, region: &str, look: Look) -> Result<bool, DbErr> {
    let row = focus_look::ActiveModel {
        region_code: Set(region.to_owned()),
        month: Set(day_to_column(look.month)),
    };
    let key = [focus_look::Column::RegionCode, focus_look::Column::Month];
    let once = OnConflict::columns(key).do_nothing().to_owned();
    let taken = focus_look::Entity::insert(row).on_conflict(once);
    Ok(taken.exec_without_returning(txn).await? == 1)
}

/// The regions whose look of a month is taken.
pub(crate) async fn taken(
    connection: &impl ConnectionTrait,
    look: Look,
) -> Result<BTreeSet<String>, DbErr> {
    let month = focus_look::Column::Month.eq(day_to_column(look.month));
    let taken = focus_look::Entity::find().filter(month).all(connection).await?;
    Ok(taken.into_iter().map(|row| row.region_code).collect())
}

/// The regions with ratings or complaints in a window.
pub(crate) async fn regions(
    connection: &impl ConnectionTrait,
    window: Window,
) -> Result<BTreeSet<String>, DbErr> {
    let days = (day_to_column(window.from), day_to_column(window.until));
    let rated: Vec<String> = focus_count::Entity::find()
        .select_only()
        .column(focus_count::Column::RegionCode)
        .distinct()
        .filter(focus_count::Column::Kind.eq(number(FocusKind::Region)))
        .filter(focus_count::Column::Day.between(days.0, days.1))
        .into_tuple()
        .all(connection)
        .await?;
    let complained: Vec<String> = focus_matter::Entity::find()
        .select_only()
        .column(focus_matter::Column::RegionCode)
        .distinct()
        .filter(focus_matter::Column::Day.between(days.0, days.1))
        .into_tuple()
        .all(connection)
        .await?;
    Ok(rated.into_iter().chain(complained).collect())
}

/// Which poor ratings are behind a proposal.
pub(crate) struct Behind<'a> {
    pub(crate) kind: FocusKind,
    pub(crate) object_id: &'a str,
    pub(crate) tag: &'a str,
    pub(crate) region: &'a str,
    /// From one instant to before another, in microseconds.
    pub(crate) given: (i64, i64),
    /// The level, as a column holds it, that with those below is poor.
    pub(crate) level: i16,
}

/// Their tickets, the newest first, so many at most.
pub(crate) async fn tickets(
    connection: &impl ConnectionTrait,
    behind: Behind<'_>,
    limit: u64,
) -> Result<Vec<Uuid>, DbErr> {
    poor_ratings(&behind, limit).into_tuple().all(connection).await
}

fn poor_ratings(behind: &Behind<'_>, limit: u64) -> Select<focus_rating::Entity> {
    let ticketed: RelationDef = focus_rating::Entity::belongs_to(ticket_rating::Entity)
        .from(focus_rating::Column::RatingId)
        .to(ticket_rating::Column::RatingId)
        .into();
    let column = match behind.kind {
        FocusKind::Staff => Some(focus_rating::Column::StaffId),
        FocusKind::Agency => Some(focus_rating::Column::AgencyId),
        FocusKind::Line => Some(focus_rating::Column::LineId),
        FocusKind::Item | FocusKind::ItemTag => Some(focus_rating::Column::ItemCode),
        FocusKind::Region | FocusKind::Unspecified => None,
    };
    let region = if column.is_some() { behind.region } else { behind.object_id };
    let tag = Some(behind.tag).filter(|tag| !tag.is_empty());
    let one_of = Expr::cust("' ' || focus_rating.tags || ' '");
    focus_rating::Entity::find()
        .select_only()
        .column_as(ticket_rating::Column::TicketId, "ticket_id")
        .join(JoinType::InnerJoin, ticketed)
        // In these words, so that either database sees that its index of few ratings holds them.
        .filter(Expr::cust("focus_rating.level >= 3"))
        .filter(focus_rating::Column::GivenAt.gte(behind.given.0))
        .filter(focus_rating::Column::GivenAt.lt(behind.given.1))
        .filter(focus_rating::Column::Level.gte(behind.level))
        .filter(focus_rating::Column::Excluded.eq(false))
        .filter(below(focus_rating::Column::RegionCode, region))
        .apply_if(column, |query, column| query.filter(column.eq(behind.object_id)))
        .apply_if(tag, |query, tag| {
            query.filter(sea_orm::sea_query::ExprTrait::like(one_of, format!("% {tag} %")))
        })
        .group_by(ticket_rating::Column::TicketId)
        .order_by_desc(Expr::cust("MAX(focus_rating.given_at)"))
        .order_by_desc(ticket_rating::Column::TicketId)
        .limit(limit)
}

#[cfg(test)]
mod tests {
    use platform::testing::{TestPlace, plan};

    use super::*;
    use crate::{Migrator, NAME, rpc::testing::authority};

    #[tokio::test]
    async fn t12_proposals_and_what_is_behind_them_are_found_by_indexes() {
        let place = TestPlace::new().await;
        let store = place.store::<Migrator>(NAME).await;
        let page = newest_first(&authority("652301"), true, Some(Uuid::nil()), 50);
        let found = plan(&store, page.build(store.backend())).await;
        assert!(found.contains("focus_proposal_region"), "{found}");
        let behind = Behind {
            kind: FocusKind::Staff,
            object_id: "652301-s03",
            tag: "",
            region: "652301",
            given: (0, 1),
            level: 4,
        };
        let found = plan(&store, poor_ratings(&behind, 50).build(store.backend())).await;
        assert!(found.contains("focus_rating_poor"), "{found}");
    }
}
