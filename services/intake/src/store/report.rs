//! Citizens' reports of retaliation, obstruction or a leak.

use platform::{database::Txn, facts::history::Place};
use sea_orm::{
    ActiveModelTrait as _, ActiveValue::Set, ColumnTrait as _, ConnectionTrait, DbErr,
    EntityTrait as _, IntoActiveModel as _, QueryFilter as _, QueryOrder as _, QuerySelect as _,
    Select,
};
use uuid::Uuid;

use crate::entity::report;

/// Keeps a new report.
pub(crate) async fn insert(txn: &Txn, row: report::Model) -> Result<(), DbErr> {
    let row = row.into_active_model().reset_all();
    report::Entity::insert(row).exec_without_returning(txn).await?;
    Ok(())
}

/// A report.
pub(crate) async fn report(
    connection: &impl ConnectionTrait,
    id: Uuid,
) -> Result<Option<report::Model>, DbErr> {
    report::Entity::find_by_id(id).one(connection).await
}

/// When a reporter's last reports since an instant were received, the newest first.
pub(crate) async fn received_since(
    connection: &impl ConnectionTrait,
    reporter: &[u8],
    since: i64,
    limit: u64,
) -> Result<Vec<i64>, DbErr> {
    of_reporter(reporter, since, limit).into_tuple().all(connection).await
}

fn of_reporter(reporter: &[u8], since: i64, limit: u64) -> Select<report::Entity> {
    report::Entity::find()
        .select_only()
        .column(report::Column::ReceivedAt)
        .filter(report::Column::Reporter.eq(reporter.to_vec()))
        .filter(report::Column::ReceivedAt.gt(since))
        .order_by_desc(report::Column::ReceivedAt)
        .limit(limit)
}

/// Keeps what was decided; a report that is not here was recorded by an officer.
pub(crate) async fn decide(
    txn: &Txn,
    id: Uuid,
    (upheld, at): (bool, i64),
    fact: Place,
) -> Result<(), DbErr> {
    let decided = report::ActiveModel {
        upheld: Set(Some(upheld)),
        decided_at: Set(Some(at)),
        fact_position: Set(Some(fact.position)),
        fact_id: Set(Some(fact.fact_id)),
        ..Default::default()
    };
    let own = report::Column::Id.eq(id);
    report::Entity::update_many().set(decided).filter(own).exec(txn).await?;
    Ok(())
}

/// Takes back the decisions with facts after a position; returns which reports are undecided by that.
pub(crate) async fn undecide_after(txn: &Txn, after: i64) -> Result<Vec<Uuid>, DbErr> {
    let open = report::ActiveModel {
        upheld: Set(None),
        decided_at: Set(None),
        fact_position: Set(None),
        fact_id: Set(None),
        ..Default::default()
    };
    let newer = report::Column::FactPosition.gt(after);
    let found = report::Entity::find().select_only().column(report::Column::Id);
    let found = found.filter(newer.clone()).into_tuple().all(txn).await?;
    report::Entity::update_many().set(open).filter(newer).exec(txn).await?;
    Ok(found)
}

/// The last fact of ticketing, at this position or before, that decided a report.
pub(crate) async fn last_trace(
    connection: &impl ConnectionTrait,
    up_to: i64,
) -> Result<Option<Place>, DbErr> {
    let last = report::Entity::find()
        .filter(report::Column::FactPosition.lte(up_to))
        .order_by_desc(report::Column::FactPosition)
        .limit(1)
        .one(connection)
        .await?;
    Ok(last.and_then(|row| {
        Some(Place { position: row.fact_position?, fact_id: row.fact_id.unwrap_or_default() })
    }))
}

#[cfg(test)]
mod tests {
    use platform::testing::{TestPlace, plan};
    use sea_orm::QueryTrait as _;

    use super::*;
    use crate::{Migrator, NAME};

    #[tokio::test]
    async fn s06_how_often_somebody_reports_is_found_by_an_index() {
        let place = TestPlace::new().await;
        let store = place.store::<Migrator>(NAME).await;
        let asked = of_reporter(&[1; 32], 0, 5).build(store.backend());
        let found = plan(&store, asked).await;
        assert!(found.contains("report_reporter"), "{found}");
    }
}
