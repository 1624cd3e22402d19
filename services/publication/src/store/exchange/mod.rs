//! The book of the exchange: what is kept of each installation's services, in order, and what the upper
//! platform has of it.

pub(crate) mod days;
pub(crate) mod key;
pub(crate) mod levels;
pub(crate) mod links;
pub(crate) mod national;

use jiff::Timestamp;
use platform::{
    database::{
        Txn, below,
        many::{self, Column as Values},
    },
    facts::history::Place,
};
use sea_orm::{
    ActiveModelTrait as _, ColumnTrait as _, Condition, ConnectionTrait, DbErr, EntityTrait as _,
    IntoActiveModel as _, QueryFilter as _, QueryOrder as _, QuerySelect as _, QueryTrait as _,
    Select,
    sea_query::{Expr, OnConflict},
};
use uuid::Uuid;

use crate::entity::{
    exchange_fact::{self, Column},
    exchange_lane,
};
use key::{LaneKey, OWN, kept};

/// The last place of a lane.
pub(crate) fn end(lane: &exchange_lane::Model) -> Place {
    Place { position: lane.position, fact_id: lane.fact_id }
}

/// A lane, if anything is kept of it.
pub(crate) async fn lane(
    connection: &impl ConnectionTrait,
    key: &LaneKey,
) -> Result<Option<exchange_lane::Model>, DbErr> {
    exchange_lane::Entity::find_by_id((key.origin.clone(), key.producer.clone()))
        .one(connection)
        .await
}

/// A lane; nobody else changes it until the transaction ends.
pub(crate) async fn hold(
    txn: &Txn,
    key: &LaneKey,
    now: Timestamp,
) -> Result<exchange_lane::Model, DbErr> {
    let first = exchange_lane::Model {
        origin: key.origin.clone(),
        producer: key.producer.clone(),
        position: 0,
        fact_id: Uuid::nil(),
        kept_at: now.as_microsecond(),
        cuts: 0,
        withdrawn: 0,
        outside: 0,
    };
    let there =
        OnConflict::columns([exchange_lane::Column::Origin, exchange_lane::Column::Producer])
            .do_nothing()
            .to_owned();
    exchange_lane::Entity::insert(first.into_active_model().reset_all())
        .on_conflict(there)
        .exec_without_returning(txn)
        .await?;
    let row = exchange_lane::Entity::find_by_id((key.origin.clone(), key.producer.clone()));
    let row = row.lock_exclusive().one(txn).await?;
    row.ok_or_else(|| DbErr::RecordNotFound("exchange_lane".to_owned()))
}

/// Writes a lane that is held.
pub(crate) async fn put(txn: &Txn, lane: exchange_lane::Model) -> Result<(), DbErr> {
    lane.into_active_model().reset_all().update(txn).await.map(drop)
}

/// All lanes, in order.
pub(crate) async fn lanes(
    connection: &impl ConnectionTrait,
) -> Result<Vec<exchange_lane::Model>, DbErr> {
    ordered().all(connection).await
}

fn ordered() -> Select<exchange_lane::Entity> {
    exchange_lane::Entity::find()
        .order_by_asc(exchange_lane::Column::Origin)
        .order_by_asc(exchange_lane::Column::Producer)
}

/// A page of the lanes of a region and those below it, and this installation's own if they are asked for.
pub(crate) async fn page(
    connection: &impl ConnectionTrait,
    (region, own): (&str, bool),
    after: Option<(String, String)>,
    limit: u64,
) -> Result<Vec<exchange_lane::Model>, DbErr> {
    use exchange_lane::Column::{Origin, Producer};
    let mut whose =
        Condition::any().add(Condition::all().add(Origin.ne(OWN)).add(below(Origin, region)));
    if own {
        whose = whose.add(Origin.eq(OWN));
    }
    ordered()
        .filter(whose)
        .apply_if(after, |rows, (origin, producer)| {
            let same = Condition::all().add(Origin.eq(origin.clone())).add(Producer.gt(producer));
            rows.filter(Condition::any().add(Origin.gt(origin)).add(same))
        })
        .limit(limit)
        .all(connection)
        .await
}

/// The statement of what follows a position, in order.
fn following(key: &LaneKey, after: i64, limit: u64) -> Select<exchange_fact::Entity> {
    kept(key).filter(Column::Position.gt(after)).order_by_asc(Column::Position).limit(limit)
}

/// The place of a position in a lane: what is kept there. None if nothing is.
pub(crate) async fn place(
    connection: &impl ConnectionTrait,
    key: &LaneKey,
    position: i64,
) -> Result<Option<Place>, DbErr> {
    if position == 0 {
        return Ok(Some(Place::START));
    }
    let id: Option<Uuid> = kept(key)
        .filter(Column::Position.eq(position))
        .select_only()
        .column(Column::FactId)
        .into_tuple()
        .one(connection)
        .await?;
    Ok(id.map(|fact_id| Place { position, fact_id }))
}

/// The places after a position, at most so many.
pub(crate) async fn places(
    connection: &impl ConnectionTrait,
    key: &LaneKey,
    after: i64,
    limit: u64,
) -> Result<Vec<Place>, DbErr> {
    let rows: Vec<(i64, Uuid)> = following(key, after, limit)
        .select_only()
        .columns([Column::Position, Column::FactId])
        .into_tuple()
        .all(connection)
        .await?;
    Ok(rows.into_iter().map(|(position, fact_id)| Place { position, fact_id }).collect())
}

/// The facts after a position, in order, at most so many.
pub(crate) async fn facts(
    connection: &impl ConnectionTrait,
    key: &LaneKey,
    after: i64,
    limit: u64,
) -> Result<Vec<exchange_fact::Model>, DbErr> {
    following(key, after, limit).all(connection).await
}

/// Keeps facts at the end of a lane that is held.
pub(crate) async fn append(txn: &Txn, rows: Vec<exchange_fact::Model>) -> Result<(), DbErr> {
    let columns = vec![
        ("origin", Values::Text(rows.iter().map(|row| row.origin.clone()).collect())),
        ("producer", Values::Text(rows.iter().map(|row| row.producer.clone()).collect())),
        ("cut", Values::Int(rows.iter().map(|row| row.cut).collect())),
        ("position", Values::Big(rows.iter().map(|row| row.position).collect())),
        ("fact_id", Values::Uuid(rows.iter().map(|row| row.fact_id).collect())),
        ("recorded_at", Values::Big(rows.iter().map(|row| row.recorded_at).collect())),
        ("day", Values::Int(rows.iter().map(|row| row.day).collect())),
        ("level", Values::Small(rows.iter().map(|row| row.level).collect())),
        ("body", Values::Bytes(rows.into_iter().map(|row| row.body).collect())),
    ];
    many::insert(txn, "exchange_fact", columns, "").await
}

/// Withdraws everything after a place from a lane that is held: it stays on record under the cut's number,
/// and is in no sum any more. Returns how many facts that were.
pub(crate) async fn withdraw(
    txn: &Txn,
    lane: &mut exchange_lane::Model,
    after: Place,
) -> Result<u64, DbErr> {
    let key = LaneKey::of(lane);
    lane.cuts += 1;
    let gone = exchange_fact::Entity::update_many()
        .col_expr(Column::Cut, Expr::value(lane.cuts))
        .filter(Column::Origin.eq(&key.origin))
        .filter(Column::Producer.eq(&key.producer))
        .filter(Column::Cut.eq(0))
        .filter(Column::Position.gt(after.position))
        .exec(txn)
        .await?
        .rows_affected;
    levels::recount(txn, &key).await?;
    lane.withdrawn = lane.withdrawn.saturating_add_unsigned(gone);
    (lane.position, lane.fact_id) = (after.position, after.fact_id);
    Ok(gone)
}

/// Withdraws what is kept of this installation's own facts after a position, since they are in no history any
/// more. Returns how many that were.
pub(crate) async fn forget(
    txn: &Txn,
    producer: &str,
    after: i64,
    now: Timestamp,
) -> Result<u64, DbErr> {
    let key = LaneKey::own(producer);
    if lane(txn, &key).await?.is_none_or(|lane| lane.position <= after) {
        return Ok(0);
    }
    let mut lane = hold(txn, &key, now).await?;
    let after = place(txn, &key, after).await?.unwrap_or(Place::START);
    let gone = withdraw(txn, &mut lane, after).await?;
    put(txn, lane).await?;
    Ok(gone)
}

#[cfg(test)]
mod tests {
    use platform::testing::{TestPlace, plan};

    use super::*;
    use crate::{Migrator, NAME};

    #[tokio::test]
    async fn p10_facts_of_a_lane_are_found_by_an_index() {
        let place = TestPlace::new().await;
        let store = place.store::<Migrator>(NAME).await;
        let key = LaneKey::own("intake");
        let follows = following(&key, 7, 500);
        let of_level = levels::of(&key, 7);
        let of_day = days::rows(&key, (20_000, 7), 500);
        let next = days::next(&key, 20_000, 20_009);
        for (statement, index) in [
            (follows.build(store.backend()), "exchange_fact"),
            (of_level.build(store.backend()), "exchange_fact"),
            (of_day.build(store.backend()), "exchange_fact_day"),
            (next.build(store.backend()), "exchange_fact_day"),
        ] {
            let found = plan(&store, statement).await;
            assert!(found.contains(index) && !found.contains("Seq Scan"), "{found}");
            assert!(!found.contains("SCAN "), "{found}");
        }
    }
}
