//! The book of the exchange: what is kept of each installation's services, in order, and what the upper
//! platform has of it.

pub(crate) mod days;
pub(crate) mod key;
pub(crate) mod levels;
pub(crate) mod links;
pub(crate) mod national;
#[cfg(test)]
pub(crate) mod testing;

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
use key::{LaneKey, OWN, kept, up_to};

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

/// When the fact that follows a position was recorded.
pub(crate) async fn recorded_after(
    connection: &impl ConnectionTrait,
    key: &LaneKey,
    after: i64,
) -> Result<Option<i64>, DbErr> {
    following(key, after, 1)
        .select_only()
        .column(Column::RecordedAt)
        .into_tuple()
        .one(connection)
        .await
}

/// When the first rating of a level after a position was recorded.
pub(crate) async fn rated_after(
    connection: &impl ConnectionTrait,
    key: &LaneKey,
    (after, level): (i64, i16),
) -> Result<Option<i64>, DbErr> {
    following(key, after, 1)
        .filter(Column::Level.eq(level))
        .select_only()
        .column(Column::RecordedAt)
        .into_tuple()
        .one(connection)
        .await
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

/// The last place kept at a position or before.
async fn last_up_to(
    connection: &impl ConnectionTrait,
    key: &LaneKey,
    position: i64,
) -> Result<Place, DbErr> {
    let last: Option<(i64, Uuid)> = up_to(key, position)
        .select_only()
        .columns([Column::Position, Column::FactId])
        .into_tuple()
        .one(connection)
        .await?;
    Ok(last.map_or(Place::START, |(position, fact_id)| Place { position, fact_id }))
}

/// Withdraws what is kept after a place from a lane that is held, but no more positions than `most`, from the
/// end: it stays on record under the cut's number, and is in no sum any more. Its days are compared again.
/// Returns how many facts that were.
pub(crate) async fn withdraw(
    txn: &Txn,
    lane: &mut exchange_lane::Model,
    after: Place,
    most: i64,
) -> Result<u64, DbErr> {
    let key = LaneKey::of(lane);
    let rests = lane.position.saturating_sub(most);
    let rests = match rests > after.position {
        true => last_up_to(txn, &key, rests).await?,
        false => after,
    };
    let after = if rests.position > after.position { rests } else { after };
    lane.cuts += 1;
    if let Some(day) = days::first_after(txn, &key, after.position).await? {
        links::compare_again(txn, &key, day).await?;
    }
    let gone = exchange_fact::Entity::update_many()
        .col_expr(Column::Cut, Expr::value(lane.cuts))
        .filter(Column::Origin.eq(&key.origin))
        .filter(Column::Producer.eq(&key.producer))
        .filter(Column::Cut.eq(0))
        .filter(Column::Position.gt(after.position))
        .exec(txn)
        .await?
        .rows_affected;
    levels::cut(txn, &key, after.position).await?;
    lane.withdrawn = lane.withdrawn.saturating_add_unsigned(gone);
    (lane.position, lane.fact_id) = (after.position, after.fact_id);
    Ok(gone)
}

/// Withdraws all that is kept of a lane after a position: it is in no history any more, or is not what its service
/// wrote. Returns how many facts that were.
pub(crate) async fn take_back(
    txn: &Txn,
    key: &LaneKey,
    after: i64,
    now: Timestamp,
) -> Result<u64, DbErr> {
    if lane(txn, key).await?.is_none_or(|lane| lane.position <= after) {
        return Ok(0);
    }
    let mut lane = hold(txn, key, now).await?;
    let after = last_up_to(txn, key, after).await?;
    let gone = withdraw(txn, &mut lane, after, i64::MAX).await?;
    put(txn, lane).await?;
    Ok(gone)
}

#[cfg(test)]
mod tests {
    use platform::testing::{TestPlace, plan};

    use super::*;
    use crate::{Migrator, NAME, rpc::exchange::testing::at};

    #[tokio::test]
    async fn p10_facts_of_a_lane_are_found_by_an_index() {
        let place = TestPlace::new().await;
        let store = place.store::<Migrator>(NAME).await;
        let key = LaneKey::own("intake");
        let follows = following(&key, 7, 500);
        let of_level = levels::of(&key, (7, 10_000));
        let blocks = levels::blocks(&key, 3);
        let of_day = days::rows(&key, (20_000, 7), 500);
        let next = days::next(&key, 20_000, 20_009);
        for (statement, index) in [
            (follows.build(store.backend()), "exchange_fact"),
            (up_to(&key, 7).build(store.backend()), "exchange_fact"),
            (of_level.build(store.backend()), "exchange_fact"),
            (blocks.build(store.backend()), "exchange_block"),
            (of_day.build(store.backend()), "exchange_fact_day"),
            (next.build(store.backend()), "exchange_fact_day"),
            (days::last_before(&key, 20_000).build(store.backend()), "exchange_fact_day"),
        ] {
            let found = plan(&store, statement).await;
            assert!(found.contains(index) && !found.contains("Seq Scan"), "{found}");
            assert!(!found.contains("SCAN "), "{found}");
        }
        // Not by days: that begins with the lane's first. Only a table with rows shows it.
        lane_of(&store, (1, 600)).await;
        store.write().execute_unprepared("ANALYZE exchange_fact").await.unwrap();
        let found = plan(&store, days::of_end(&key, 590).build(store.backend())).await;
        assert!(found.contains("exchange_fact") && !found.contains("exchange_fact_day"), "{found}");
    }

    /// A lane of ratings of the fourth level, at positions from one up to another.
    async fn lane_of(store: &platform::database::Store, (from, to): (i64, i64)) {
        let key = LaneKey::own("intake");
        let txn = store.begin().await.unwrap();
        let mut lane = hold(&txn, &key, at("2026-03-02T00:00:00Z")).await.unwrap();
        let row = |position: i64| exchange_fact::Model {
            origin: String::new(),
            producer: "intake".to_owned(),
            cut: 0,
            position,
            fact_id: Uuid::from_u128(position.unsigned_abs().into()),
            recorded_at: 0,
            day: 20_000,
            level: 4,
            body: vec![1],
        };
        let rows: Vec<_> = (from..=to).map(row).collect();
        let last = rows.last().unwrap();
        (lane.position, lane.fact_id) = (last.position, last.fact_id);
        for rows in rows.chunks(500) {
            for row in rows {
                let counted = (levels::block_of(row.position), 4);
                levels::add(&txn, &key, counted, 1).await.unwrap();
            }
            append(&txn, rows.to_vec()).await.unwrap();
        }
        put(&txn, lane).await.unwrap();
        txn.commit().await.unwrap();
    }

    #[tokio::test]
    async fn p10_withdrawing_the_end_of_a_lane_counts_no_more_than_its_last_block() {
        let place = TestPlace::new().await;
        let store = place.store::<Migrator>(NAME).await;
        let key = LaneKey::own("intake");
        lane_of(&store, (9_990, 10_020)).await;
        // Whoever counts the first block again misses this.
        let marked = "UPDATE exchange_block SET n = 7000 WHERE block = 0";
        store.write().execute_unprepared(marked).await.unwrap();
        let txn = store.begin().await.unwrap();
        let mut lane = hold(&txn, &key, at("2026-03-02T00:00:00Z")).await.unwrap();
        let place_of = |position: i64| Place {
            position,
            fact_id: Uuid::from_u128(position.unsigned_abs().into()),
        };
        // No more than four positions at once; then the rest.
        let gone = withdraw(&txn, &mut lane, place_of(10_009), 4).await.unwrap();
        assert_eq!((gone, end(&lane)), (4, place_of(10_016)));
        let gone = withdraw(&txn, &mut lane, place_of(10_009), 40).await.unwrap();
        assert_eq!((gone, end(&lane)), (7, place_of(10_009)));
        assert_eq!(levels::of_lane(&txn, &key).await.unwrap(), [(4, 7_010)]);
        let mut waits = levels::after(&txn, &key, 9_994).await.unwrap();
        waits.sort_unstable();
        assert_eq!(waits, [(4, 5), (4, 10)], "of the block of the position, and of those after it");
        // At a block's border: the one that ends there is counted. And before everything.
        withdraw(&txn, &mut lane, place_of(9_999), 40).await.unwrap();
        assert_eq!(levels::of_lane(&txn, &key).await.unwrap(), [(4, 10)]);
        withdraw(&txn, &mut lane, Place::START, i64::MAX).await.unwrap();
        assert_eq!(levels::of_lane(&txn, &key).await.unwrap(), []);
        assert_eq!((lane.withdrawn, lane.cuts), (31, 4));
    }
}
