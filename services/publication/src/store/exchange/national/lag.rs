//! How much waits for the platform, for how long, and what is held back: as officers see it.

use sea_orm::{
    ColumnTrait as _, ConnectionTrait, DbErr, EntityTrait as _, FromQueryResult as _,
    PaginatorTrait as _, QueryFilter as _, QueryOrder as _, QuerySelect as _, Select, Statement,
};

use super::state::{BLOCKED, READY, WITHDRAWN};
use crate::entity::national_record::{self, Column};

/// What is held back here, and whatever waits behind it. What the platform refused is tried again: it is not.
/// The sign keeps a planner from the index by state, by which each would read all that waits.
const HELD: &str = "WITH RECURSIVE held(id) AS (
    SELECT id FROM national_record
    WHERE state IN (0, 1) AND reason > '' AND reason NOT LIKE 'PLATFORM_%'
    UNION
    SELECT behind.id FROM national_record behind JOIN held ON behind.needs = held.id
    WHERE +behind.state = 0
)";

/// The records of one level that have no receipt, or of none.
#[derive(Clone, Copy, Debug, PartialEq, Eq, sea_orm::FromQueryResult)]
pub(crate) struct Waiting {
    /// The level; 0 for what is no rating.
    pub(crate) level: i16,
    /// How many.
    pub(crate) n: i64,
    /// Of these, how many are held back, or wait behind one that is.
    pub(crate) held: i64,
    /// When the first of the others was recorded, in microseconds; none if there are no others.
    pub(crate) oldest: Option<i64>,
}

/// What waits, by level.
pub(crate) async fn waiting(connection: &impl ConnectionTrait) -> Result<Vec<Waiting>, DbErr> {
    let sql = format!(
        "{HELD} SELECT level, COUNT(*) AS n, COUNT(held.id) AS held,
    MIN(CASE WHEN held.id IS NULL THEN recorded_at END) AS oldest
FROM national_record LEFT JOIN held ON held.id = national_record.id
WHERE state IN ({BLOCKED}, {READY}) GROUP BY level"
    );
    let statement = Statement::from_string(connection.get_database_backend(), sql);
    Waiting::find_by_statement(statement).all(connection).await
}

/// The statement that counts what is held back by its reason.
fn held_by_reason() -> Select<national_record::Entity> {
    national_record::Entity::find()
        .filter(Column::State.is_in([BLOCKED, READY]))
        .filter(Column::Reason.gt(""))
        .select_only()
        .column(Column::Reason)
        .column_as(Column::Id.count(), "n")
        .column_as(Column::RecordedAt.min(), "oldest")
        .group_by(Column::Reason)
        .order_by_asc(Column::Reason)
}

/// How many records are held back or were refused, by reason, and when the first of them was recorded.
pub(crate) async fn held(
    connection: &impl ConnectionTrait,
) -> Result<Vec<(String, i64, i64)>, DbErr> {
    held_by_reason().into_tuple().all(connection).await
}

/// Some of the records that are held back or were refused for a reason.
pub(crate) async fn examples(
    connection: &impl ConnectionTrait,
    reason: &str,
    limit: u64,
) -> Result<Vec<national_record::Model>, DbErr> {
    national_record::Entity::find()
        .filter(Column::State.is_in([BLOCKED, READY]))
        .filter(Column::Reason.eq(reason))
        .limit(limit)
        .all(connection)
        .await
}

/// How many records the platform has, or may have, that are in no history any more; and some of them.
pub(crate) async fn withdrawn(
    connection: &impl ConnectionTrait,
    limit: u64,
) -> Result<(u64, Vec<national_record::Model>), DbErr> {
    let withdrawn = national_record::Entity::find().filter(Column::State.eq(WITHDRAWN));
    let count = withdrawn.clone().count(connection).await?;
    Ok((count, withdrawn.limit(limit).all(connection).await?))
}

#[cfg(test)]
mod tests {
    use platform::testing::{TestPlace, plan};
    use sea_orm::QueryTrait as _;

    use super::*;
    use crate::{Migrator, NAME};

    #[tokio::test]
    async fn p10_what_is_held_back_is_counted_by_an_index() {
        let place = TestPlace::new().await;
        let store = place.store::<Migrator>(NAME).await;
        let held = format!("{HELD} SELECT COUNT(*) FROM held");
        for (statement, index) in [
            (held_by_reason().build(store.backend()), "national_record_held"),
            (Statement::from_string(store.backend(), held), "national_record_needs"),
        ] {
            let found = plan(&store, statement).await;
            assert!(found.contains(index) && !found.contains("Seq Scan"), "{found}");
        }
    }
}
