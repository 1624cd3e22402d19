//! What bulletins are made of, beside the figures.

use std::collections::{BTreeMap, BTreeSet};

use domain::{bulletin::Case, deadline::end_of};
use jiff::{Timestamp, ToSpan as _, civil::Date};
use platform::{clock::instant, database::many};
use proto::{
    publication::v1::Dimension,
    r#type::v1::{Finding, TicketState},
};
use sea_orm::{
    ColumnTrait as _, Condition, ConnectionTrait, DbErr, EntityTrait as _, ExprTrait as _,
    JoinType, QueryFilter as _, QueryOrder as _, QuerySelect as _, QueryTrait as _,
    RelationTrait as _, Select, sea_query::Expr,
};
use uuid::Uuid;

use crate::{
    entity::{
        column::{column, day_of_column},
        exclusion, tally, ticket,
    },
    store::statistics::{measures, packed::TOLD, tallies::marked},
};

/// How many days after its rating a ticket is opened at most, for a rating told late by paper.
const TOLD_LATE_DAYS: i32 = 31;

/// Of some tickets those that may be told singly.
pub(crate) async fn open(
    connection: &impl ConnectionTrait,
    ids: impl IntoIterator<Item = Uuid>,
) -> Result<BTreeSet<Uuid>, DbErr> {
    let rows = many::by_id::<ticket::Entity>(connection, ids).await?;
    Ok(rows.into_iter().filter(|row| !row.private).map(|row| row.id).collect())
}

/// The first day on which anything was counted in a region.
pub(crate) async fn counted_since(
    connection: &impl ConnectionTrait,
    region_code: &str,
) -> Result<Option<Date>, DbErr> {
    let day: Option<i32> = first_day(region_code).into_tuple().one(connection).await?;
    Ok(day.map(day_of_column))
}

fn first_day(region_code: &str) -> Select<tally::Entity> {
    tally::Entity::find()
        .select_only()
        .column(tally::Column::Day)
        .filter(tally::Column::Dimension.eq(i32::from(Dimension::Region)))
        .filter(tally::Column::Key.eq(region_code))
        // Where nobody but a robot rated there is nothing to tell.
        .filter(marked(TOLD))
        .order_by_asc(tally::Column::Day)
        .limit(1)
}

/// The microseconds that a span of days begins with and ends before.
fn span(from: Date, to: Date) -> (i64, i64) {
    let end = |day: Date| end_of(day).unwrap_or(Timestamp::MAX).as_microsecond();
    (end(from.saturating_sub(1.day())), end(to))
}

/// The tickets of a region opened in a span of days that are shown singly.
fn tickets(region_code: &str, from: Date, to: Date) -> Select<ticket::Entity> {
    let (begin, end) = span(from, to);
    ticket::Entity::find()
        .filter(ticket::Column::RegionCode.eq(region_code))
        .filter(ticket::Column::OpenedAt.gte(begin))
        .filter(ticket::Column::OpenedAt.lt(end))
        .filter(ticket::Column::Private.eq(false))
}

/// The items that had such tickets, in order.
pub(crate) async fn items(
    connection: &impl ConnectionTrait,
    region_code: &str,
    from: Date,
    to: Date,
) -> Result<Vec<String>, DbErr> {
    tickets(region_code, from, to.saturating_add(TOLD_LATE_DAYS.days()))
        .select_only()
        .column(ticket::Column::ItemCode)
        .distinct()
        .filter(ticket::Column::ItemCode.ne(""))
        .order_by_asc(ticket::Column::ItemCode)
        .into_tuple()
        .all(connection)
        .await
}

/// Such tickets that are confirmed or late, in order of opening, after one of them.
pub(crate) async fn candidates(
    connection: &impl ConnectionTrait,
    region_code: &str,
    (from, to): (Date, Date),
    after: Option<(i64, Uuid)>,
    limit: u64,
) -> Result<Vec<ticket::Model>, DbErr> {
    let confirmed = ticket::Column::State.eq(i32::from(TicketState::Confirmed));
    tickets(region_code, from, to)
        .filter(Condition::any().add(confirmed).add(ticket::Column::Late.eq(true)))
        .apply_if(after, |rows, (opened_at, id)| {
            let same = Condition::all()
                .add(ticket::Column::OpenedAt.eq(opened_at))
                .add(ticket::Column::Id.gt(id));
            rows.filter(Condition::any().add(ticket::Column::OpenedAt.gt(opened_at)).add(same))
        })
        .order_by_asc(ticket::Column::OpenedAt)
        .order_by_asc(ticket::Column::Id)
        .limit(limit)
        .all(connection)
        .await
}

/// A ticket as the choice of cases sees it; none if it counts nowhere.
pub(crate) fn case(row: &ticket::Model) -> Option<Case> {
    measures::counts(row).then(|| Case {
        ticket: row.id,
        opened_at: instant(row.opened_at),
        state_at: instant(row.state_at),
        confirmed: row.state == column(TicketState::Confirmed.into()),
        fed_back: row.fed_back,
        explained: row.finding == column(Finding::NoLegalBasis.into()),
        late: row.late,
        relapsed: row.relapsed,
    })
}

/// How many ratings of a region were excluded in a span of days and still are, by kind and ground: those
/// shown singly, and those that are not.
pub(crate) async fn excluded(
    connection: &impl ConnectionTrait,
    region_code: &str,
    from: Date,
    to: Date,
) -> Result<(BTreeMap<(i16, i16), u64>, u64), DbErr> {
    let (begin, end) = span(from, to);
    let rows: Vec<(i16, i16, bool, i64)> = exclusion::Entity::find()
        .join(JoinType::InnerJoin, exclusion::Relation::Ticket.def())
        .select_only()
        .columns([exclusion::Column::Kind, exclusion::Column::Ground])
        .column(ticket::Column::Private)
        .column_as(Expr::col((exclusion::Entity, exclusion::Column::Id)).count(), "n")
        .filter(exclusion::Column::RegionCode.eq(region_code))
        .filter(exclusion::Column::Since.gte(begin))
        .filter(exclusion::Column::Since.lt(end))
        .filter(exclusion::Column::ReinstatedAt.eq(0))
        .filter(ticket::Column::State.ne(i32::from(TicketState::Annulled)))
        .group_by(exclusion::Column::Kind)
        .group_by(exclusion::Column::Ground)
        .group_by(ticket::Column::Private)
        .into_tuple()
        .all(connection)
        .await?;
    let (mut shown, mut hidden) = (BTreeMap::new(), 0);
    for (kind, ground, private, n) in rows {
        match private {
            true => hidden += n.unsigned_abs(),
            false => *shown.entry((kind, ground)).or_default() += n.unsigned_abs(),
        }
    }
    Ok((shown, hidden))
}

#[cfg(test)]
mod tests {
    use platform::testing::{TestPlace, plan};

    use super::*;
    use crate::{Migrator, NAME};

    #[tokio::test]
    async fn p06_what_a_bulletin_is_made_of_is_found_by_indexes() {
        let place = TestPlace::new().await;
        let store = place.store::<Migrator>(NAME).await;
        let day = |text: &str| text.parse::<Date>().unwrap();
        let of = tickets("652301", day("2026-03-01"), day("2026-03-31"));
        let found = plan(&store, of.build(store.backend())).await;
        assert!(found.contains("ticket_region"), "{found}");
        let found = plan(&store, first_day("652301").build(store.backend())).await;
        let key = if found.contains("tally_pkey") { "tally_pkey" } else { "PRIMARY KEY" };
        assert!(found.contains(key) || found.contains("autoindex_tally"), "{found}");
    }
}
