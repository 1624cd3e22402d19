//! The ledger of exclusions, as far as it is public.

use std::collections::HashMap;

use domain::statistics::RATERS_TOGETHER;
use platform::database::many;
use proto::r#type::v1::TicketState;
use sea_orm::{
    ColumnTrait as _, Condition, ConnectionTrait, DbErr, EntityTrait as _, FromQueryResult,
    JoinType, PaginatorTrait as _, QueryFilter as _, QueryOrder as _, QuerySelect as _,
    QueryTrait as _, RelationTrait as _, Select,
    sea_query::{Expr, SelectStatement, UnionType},
};
use uuid::Uuid;

use crate::entity::{exclusion, rating, ticket, ticket_part};

/// The exclusions of an area, of all agencies if none is named: those of the handling agency, and of packages those
/// of every agency that had a part, as in the figures.
fn ids(region_code: &str, agency_id: &str) -> SelectStatement {
    let agency = (!agency_id.is_empty()).then_some(agency_id);
    let parts = exclusion::Entity::find()
        .select_only()
        .column(exclusion::Column::Id)
        .join(JoinType::InnerJoin, exclusion::Relation::Part.def())
        .filter(ticket_part::Column::RegionCode.eq(region_code))
        .apply_if(agency, |rows, agency| rows.filter(ticket_part::Column::AgencyId.eq(agency)));
    let own = exclusion::Entity::find()
        .select_only()
        .column(exclusion::Column::Id)
        .filter(exclusion::Column::RegionCode.eq(region_code))
        .apply_if(agency, |rows, agency| rows.filter(exclusion::Column::AgencyId.eq(agency)));
    own.into_query().union(UnionType::Distinct, parts.into_query()).to_owned()
}

/// The exclusions of an area that are shown singly, each with its ticket.
fn open(region_code: &str, agency_id: &str) -> Select<exclusion::Entity> {
    exclusion::Entity::find()
        .join(JoinType::InnerJoin, exclusion::Relation::Ticket.def())
        .filter(exclusion::Column::Id.in_subquery(ids(region_code, agency_id)))
        .filter(ticket::Column::Private.eq(false))
        .filter(ticket::Column::State.ne(i32::from(TicketState::Annulled)))
}

/// The exclusions of private ratings of an area, each with its ticket; of all agencies if none is named. Only the
/// handling agency's: a count of each agency that had a part, side by side, would tell whose it was.
fn closed(region_code: &str, agency_id: &str) -> Select<exclusion::Entity> {
    exclusion::Entity::find()
        .join(JoinType::InnerJoin, exclusion::Relation::Ticket.def())
        .filter(exclusion::Column::RegionCode.eq(region_code))
        .apply_if((!agency_id.is_empty()).then_some(agency_id), |query, agency_id| {
            query.filter(exclusion::Column::AgencyId.eq(agency_id))
        })
        .filter(ticket::Column::Private.eq(true))
        .filter(ticket::Column::State.ne(i32::from(TicketState::Annulled)))
}

/// Exclusions shown singly, with their tickets, the newest first.
pub(crate) async fn shown(
    connection: &impl ConnectionTrait,
    region_code: &str,
    agency_id: &str,
    before: Option<(i64, Uuid)>,
    limit: u64,
) -> Result<Vec<(exclusion::Model, Option<ticket::Model>)>, DbErr> {
    open(region_code, agency_id)
        .select_also(ticket::Entity)
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
        .all(connection)
        .await
}

/// How many exclusions are not shown singly, in whole groups of [`RATERS_TOGETHER`]: a smaller step
/// would show that one more private rating was a bad one.
pub(crate) async fn hidden(
    connection: &impl ConnectionTrait,
    region_code: &str,
    agency_id: &str,
) -> Result<u64, DbErr> {
    let hidden = closed(region_code, agency_id).count(connection).await?;
    let step = RATERS_TOGETHER as u64;
    Ok(hidden / step * step)
}

/// How many public ratings of some moments are excluded for one reason.
#[derive(Clone, Debug, PartialEq, Eq, FromQueryResult)]
pub(crate) struct Reason {
    pub(crate) ground: i16,
    pub(crate) kind: i16,
    pub(crate) clause: String,
    /// Whether they count again.
    pub(crate) ended: bool,
    pub(crate) n: i64,
}

/// Ratings of some moments, with their exclusions in an area that are shown singly: `of` is what joins them,
/// the excluded rating itself or any rating of its act. The tables stand in the order in which a rebuild
/// locks them.
fn ratings_of(
    of: &exclusion::Relation,
    (region_code, agency_id): (&str, &str),
    (from, before): (i64, i64),
) -> Select<rating::Entity> {
    rating::Entity::find()
        .join_rev(JoinType::InnerJoin, of.def())
        .join(JoinType::InnerJoin, exclusion::Relation::Ticket.def())
        .filter(exclusion::Column::Id.in_subquery(ids(region_code, agency_id)))
        .filter(ticket::Column::Private.eq(false))
        .filter(ticket::Column::State.ne(i32::from(TicketState::Annulled)))
        .filter(rating::Column::ReceivedAt.gte(from))
        .filter(rating::Column::ReceivedAt.lt(before))
}

/// Counts the exclusions of an area by reason; `area` is a region and an agency.
pub(crate) async fn reasons(
    connection: &impl ConnectionTrait,
    area: (&str, &str),
    moments: (i64, i64),
) -> Result<Vec<Reason>, DbErr> {
    let ended = Expr::cust("exclusion.reinstated_at > 0");
    ratings_of(&exclusion::Relation::Rating, area, moments)
        .select_only()
        .column(exclusion::Column::Ground)
        .column(exclusion::Column::Kind)
        .column(exclusion::Column::Clause)
        .column_as(ended.clone(), "ended")
        .column_as(exclusion::Column::Id.count(), "n")
        .group_by(exclusion::Column::Ground)
        .group_by(exclusion::Column::Kind)
        .group_by(exclusion::Column::Clause)
        .group_by(ended)
        .into_model()
        .all(connection)
        .await
}

/// The acts of an area with an exclusion that lasts and a rating of some moments, in the order of their
/// ids, after one of them.
pub(crate) async fn acts(
    connection: &impl ConnectionTrait,
    area: (&str, &str),
    moments: (i64, i64),
    after: Option<Uuid>,
    limit: u64,
) -> Result<Vec<Uuid>, DbErr> {
    ratings_of(&exclusion::Relation::OfAct, area, moments)
        .select_only()
        .column(rating::Column::ActId)
        .distinct()
        .filter(exclusion::Column::ReinstatedAt.eq(0))
        .apply_if(after, |query, after| query.filter(rating::Column::ActId.gt(after)))
        .order_by_asc(rating::Column::ActId)
        .limit(limit)
        .into_tuple()
        .all(connection)
        .await
}

/// The levels of those of some ratings that are known.
pub(crate) async fn levels(
    connection: &impl ConnectionTrait,
    rating_ids: impl Iterator<Item = Uuid>,
) -> Result<HashMap<Uuid, i16>, DbErr> {
    let known = many::by_id::<rating::Entity>(connection, rating_ids).await?;
    Ok(known.into_iter().map(|rating| (rating.id, rating.level)).collect())
}

#[cfg(test)]
mod tests {
    use platform::testing::{TestPlace, plan};

    use super::*;
    use crate::{Migrator, NAME};

    #[tokio::test]
    async fn the_ledger_of_a_region_is_found_by_an_index() {
        let place = TestPlace::new().await;
        let store = place.store::<Migrator>(NAME).await;
        let query = closed("652301", "").order_by_desc(exclusion::Column::Since).limit(50);
        let found = plan(&store, query.build(store.backend())).await;
        assert!(found.contains("exclusion_region"), "{found}");
        for agency in ["", "652301-a03"] {
            let query = open("652301", agency).limit(50);
            let found = plan(&store, query.build(store.backend())).await;
            for index in ["exclusion_region", "exclusion_ticket", "ticket_part_area"] {
                assert!(found.contains(index), "{index}: {found}");
            }
        }
        let of = &exclusion::Relation::Rating;
        let query = ratings_of(of, ("652301", ""), (0, 1)).select_only();
        let query = query.column(exclusion::Column::Ground);
        let found = plan(&store, query.build(store.backend())).await;
        assert!(found.contains("exclusion_region"), "{found}");
    }
}
