//! The complaints that are counted for focus.

use std::collections::BTreeMap;

use domain::focus::Window;
use jiff::civil::Date;
use platform::{
    database::{Txn, below},
    facts::history::Place,
};
use proto::r#type::v1::FocusKind;
use sea_orm::{
    ActiveModelTrait as _, ColumnTrait as _, Condition, ConnectionTrait, DbErr, EntityTrait as _,
    IntoActiveModel as _, QueryFilter as _, QueryOrder as _, QuerySelect as _, Select,
    sea_query::{Expr, OnConflict},
};
use uuid::Uuid;

use super::counts::{day_of_column, day_to_column};
use crate::entity::{focus_matter, ticket};

/// How many complaints one statement writes.
const ROWS: usize = 500;

/// Keeps complaints; a repeat is kept once.
pub(crate) async fn insert(txn: &Txn, rows: Vec<focus_matter::Model>) -> Result<(), DbErr> {
    for rows in rows.chunks(ROWS) {
        let once = OnConflict::column(focus_matter::Column::MatterId).do_nothing().to_owned();
        let rows = rows.iter().cloned().map(|row| row.into_active_model().reset_all());
        let kept = focus_matter::Entity::insert_many(rows).on_conflict(once);
        kept.exec_without_returning(txn).await?;
    }
    Ok(())
}

/// Removes the complaints with facts after a position.
pub(crate) async fn delete_after(txn: &Txn, after: i64) -> Result<u64, DbErr> {
    let newer = focus_matter::Column::FactPosition.gt(after);
    Ok(focus_matter::Entity::delete_many().filter(newer).exec(txn).await?.rows_affected)
}

/// The last fact of intake, at this position or before, that brought a complaint.
pub(crate) async fn last_trace(
    connection: &impl ConnectionTrait,
    up_to: i64,
) -> Result<Option<Place>, DbErr> {
    let last = focus_matter::Entity::find()
        .filter(focus_matter::Column::FactPosition.lte(up_to))
        .order_by_desc(focus_matter::Column::FactPosition)
        .limit(1)
        .one(connection)
        .await?;
    Ok(last
        .map(|row| Place { position: row.fact_position, fact_id: row.fact_id.unwrap_or_default() }))
}

fn column(kind: FocusKind) -> focus_matter::Column {
    match kind {
        FocusKind::Agency => focus_matter::Column::AgencyId,
        _ => focus_matter::Column::ItemCode,
    }
}

fn within(region: &str, window: Window) -> Condition {
    let days = (day_to_column(window.from), day_to_column(window.until));
    below(focus_matter::Column::RegionCode, region)
        .add(focus_matter::Column::Day.between(days.0, days.1))
}

/// How many complaints each agency or each item had, in a region and below it; all of them under the
/// empty name, whatever they name.
pub(crate) async fn by_object(
    connection: &impl ConnectionTrait,
    kind: FocusKind,
    region: &str,
    window: Window,
) -> Result<BTreeMap<String, u64>, DbErr> {
    let counted = of_window(kind, region, window).into_tuple::<(String, i64)>();
    let mut objects = BTreeMap::new();
    let mut all = 0;
    for (object_id, n) in counted.all(connection).await? {
        let n = u64::try_from(n).unwrap_or_default();
        all += n;
        objects.insert(object_id, n);
    }
    objects.insert(String::new(), all);
    Ok(objects)
}

fn of_window(kind: FocusKind, region: &str, window: Window) -> Select<focus_matter::Entity> {
    focus_matter::Entity::find()
        .select_only()
        .column(column(kind))
        .column_as(Expr::cust("COUNT(*)"), "n")
        .filter(within(region, window))
        .group_by(column(kind))
}

/// The first day of which a complaint of a region is known.
pub(crate) async fn first_day(
    connection: &impl ConnectionTrait,
    region: &str,
) -> Result<Option<Date>, DbErr> {
    let first: Option<i32> = focus_matter::Entity::find()
        .select_only()
        .column(focus_matter::Column::Day)
        .filter(below(focus_matter::Column::RegionCode, region))
        .order_by_asc(focus_matter::Column::Day)
        .limit(1)
        .into_tuple()
        .one(connection)
        .await?;
    Ok(first.map(day_of_column))
}

/// The tickets of an object's complaints in a window, the newest first, so many at most.
pub(crate) async fn tickets(
    connection: &impl ConnectionTrait,
    (kind, object_id): (FocusKind, &str),
    region: &str,
    window: Window,
    limit: u64,
) -> Result<Vec<Uuid>, DbErr> {
    let matters: Vec<Uuid> = focus_matter::Entity::find()
        .select_only()
        .column(focus_matter::Column::MatterId)
        .filter(within(region, window))
        .filter(column(kind).eq(object_id))
        .order_by_desc(focus_matter::Column::Day)
        .order_by_desc(focus_matter::Column::MatterId)
        .limit(limit)
        .into_tuple()
        .all(connection)
        .await?;
    ticket::Entity::find()
        .select_only()
        .column(ticket::Column::Id)
        .filter(ticket::Column::ActId.is_in(matters))
        .order_by_desc(ticket::Column::OpenedAt)
        .limit(limit)
        .into_tuple()
        .all(connection)
        .await
}

#[cfg(test)]
mod tests {
    use jiff::civil::date;
    use platform::testing::{TestPlace, plan};
    use sea_orm::QueryTrait as _;

    use super::*;
    use crate::{Migrator, NAME};

    #[tokio::test]
    async fn t13_the_complaints_of_a_window_are_found_by_an_index() {
        let place = TestPlace::new().await;
        let store = place.store::<Migrator>(NAME).await;
        let window = Window::ending_on(date(2026, 3, 31));
        let asked = of_window(FocusKind::Item, "652301", window).build(store.backend());
        let found = plan(&store, asked).await;
        assert!(found.contains("focus_matter_day"), "{found}");
    }
}
