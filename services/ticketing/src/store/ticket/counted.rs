//! How many tickets are open and how much is overdue, for who runs the service.

use sea_orm::{
    ColumnTrait as _, ConnectionTrait, DbErr, EntityTrait as _, QueryFilter as _, QuerySelect as _,
    Select,
};

use crate::entity::{ticket, ticket_deadline};

/// How many tickets there are in each of some states.
pub(crate) async fn by_state(
    connection: &impl ConnectionTrait,
    states: impl IntoIterator<Item = i16>,
) -> Result<Vec<(i16, i64)>, DbErr> {
    by_state_query(states).into_tuple().all(connection).await
}

fn by_state_query(states: impl IntoIterator<Item = i16>) -> Select<ticket::Entity> {
    ticket::Entity::find()
        .select_only()
        .column(ticket::Column::State)
        .column_as(ticket::Column::State.count(), "n")
        .filter(ticket::Column::State.is_in(states))
        .group_by(ticket::Column::State)
}

/// How many deadlines have passed and still run, and when the first of them passed.
pub(crate) async fn overdue(
    connection: &impl ConnectionTrait,
    now: i64,
) -> Result<(i64, Option<i64>), DbErr> {
    let counted = overdue_query(now).into_tuple().one(connection).await?;
    Ok(counted.unwrap_or_default())
}

fn overdue_query(now: i64) -> Select<ticket_deadline::Entity> {
    ticket_deadline::Entity::find()
        .select_only()
        .column_as(ticket_deadline::Column::RunningUntil.count(), "n")
        .column_as(ticket_deadline::Column::RunningUntil.min(), "first")
        .filter(ticket_deadline::Column::RunningUntil.lte(now))
}

#[cfg(test)]
mod tests {
    use platform::testing::{TestPlace, plan};
    use sea_orm::QueryTrait as _;

    use super::*;
    use crate::{Migrator, NAME};

    #[tokio::test]
    async fn open_tickets_and_overdue_deadlines_are_counted_by_an_index() {
        let place = TestPlace::new().await;
        let store = place.store::<Migrator>(NAME).await;
        let backend = store.backend();
        for (statement, index) in [
            (by_state_query([1, 2]).build(backend), "ticket_state"),
            (overdue_query(1).build(backend), "ticket_deadline_running"),
        ] {
            let found = plan(&store, statement).await;
            assert!(found.contains(index) && !found.contains("Seq Scan"), "{found}");
        }
    }
}
