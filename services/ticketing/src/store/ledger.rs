//! The rows of ledgers, page by page, in the order in which tickets were opened: an order that no step
//! changes while a ledger is read.

use std::collections::HashMap;

use platform::{auth::Officer, crypto::Sealer, status::Failure};
use proto::ticketing::v1::Step;
use sea_orm::{
    ColumnTrait as _, Condition, ConnectionTrait, DbErr, EntityTrait as _, QueryFilter as _,
    QueryOrder as _, QuerySelect as _, QueryTrait as _, Select,
};
use uuid::Uuid;

use super::ticket::{Filter, filtered, open};
use crate::entity::{ticket, ticket_step};

/// Tickets within an officer's reach that were opened from the first instant to before the second.
pub(crate) async fn tickets(
    connection: &impl ConnectionTrait,
    officer: &Officer,
    filter: &Filter,
    opened: (i64, i64),
    after: Option<(i64, Uuid)>,
    limit: u64,
) -> Result<Vec<ticket::Model>, DbErr> {
    page(officer, filter, opened, after, limit).all(connection).await
}

fn page(
    officer: &Officer,
    filter: &Filter,
    (from, until): (i64, i64),
    after: Option<(i64, Uuid)>,
    limit: u64,
) -> Select<ticket::Entity> {
    filtered(officer, filter)
        .filter(ticket::Column::OpenedAt.gte(from))
        .filter(ticket::Column::OpenedAt.lt(until))
        .apply_if(after, |tickets, (opened_at, id)| {
            let same = Condition::all()
                .add(ticket::Column::OpenedAt.eq(opened_at))
                .add(ticket::Column::Id.gt(id));
            // The first part alone lets an index begin there.
            tickets
                .filter(ticket::Column::OpenedAt.gte(opened_at))
                .filter(Condition::any().add(ticket::Column::OpenedAt.gt(opened_at)).add(same))
        })
        .order_by_asc(ticket::Column::OpenedAt)
        .order_by_asc(ticket::Column::Id)
        .limit(limit)
}

/// The steps of some tickets after a number, in order, at most so many of them together.
pub(crate) async fn steps(
    connection: &impl ConnectionTrait,
    sealer: &Sealer,
    tickets: &[Uuid],
    after: i32,
    limit: u64,
) -> Result<HashMap<Uuid, Vec<Step>>, Failure> {
    let rows = ticket_step::Entity::find()
        .filter(ticket_step::Column::TicketId.is_in(tickets.iter().copied()))
        .filter(ticket_step::Column::Sequence.gt(after))
        .order_by_asc(ticket_step::Column::TicketId)
        .order_by_asc(ticket_step::Column::Sequence)
        .limit(limit)
        .all(connection)
        .await?;
    let mut steps: HashMap<Uuid, Vec<Step>> = HashMap::new();
    for row in rows {
        steps.entry(row.ticket_id).or_default().push(open(sealer, &row)?);
    }
    Ok(steps)
}

#[cfg(test)]
mod tests {
    use platform::testing::{AGENCY, REGION, plan};

    use super::*;
    use crate::rpc::testing::{Fixture, authority, handler};

    #[tokio::test]
    async fn t14_a_ledgers_pages_are_found_by_an_index_and_sorted_by_it() {
        let fixture = Fixture::new().await;
        let store = &fixture.ticketing.store;
        for (caller, index) in [
            (authority(REGION), "ticket_opened_authority"),
            (handler(AGENCY), "ticket_opened_agency"),
        ] {
            let after = Some((5, Uuid::nil()));
            let page = page(&caller, &Filter::default(), (0, i64::MAX), after, 100);
            let told = plan(store, page.build(store.backend())).await;
            assert!(told.contains(index), "{told}");
            assert!(!told.contains("TEMP B-TREE") && !told.contains("Sort"), "{told}");
        }
    }
}
