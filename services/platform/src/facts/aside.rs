//! Facts that were set aside, each with a reason; none stays so for ever. A waiting fact is tried
//! again every second. A broken or unknown one is tried again when a process (perhaps a newer
//! version) begins to apply, and when an operator asks for it. Dropping one is a fact.

use std::collections::BTreeMap;

use prost::Message as _;
use proto::fact::v1::{Fact, FactDropped, fact::Body};
use sea_orm::{
    ActiveValue::Set, ColumnTrait as _, Condition, DbErr, EntityTrait as _, QueryFilter as _,
    QueryOrder as _, QuerySelect as _, sea_query::OnConflict,
};

use crate::{
    clock::Clock,
    database::{Store, Txn},
    facts::{commit, consume::Obstacle, entity::fact_parked},
};

/// Why a fact was set aside.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(i16)]
pub enum Kind {
    /// It has no meaning for this version.
    Broken = 1,
    /// It holds something that this version does not know.
    Unknown = 2,
    /// Another fact must come first.
    Waits = 3,
}

impl Kind {
    /// Its name, for operators.
    #[must_use]
    pub fn name(kind: i16) -> &'static str {
        match kind {
            k if k == Self::Unknown as i16 => "unknown",
            k if k == Self::Waits as i16 => "waits",
            _ => "broken",
        }
    }

    fn of(left: &Obstacle) -> Self {
        match left {
            Obstacle::Broken(_) => Self::Broken,
            Obstacle::Unknown(_) => Self::Unknown,
            Obstacle::Waits(_) => Self::Waits,
        }
    }
}

/// Which facts to try again: all, or those that an operator or the time asks for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Which {
    All,
    Due,
}

/// Everything set aside, by producer and position.
///
/// # Errors
/// If the store fails.
pub async fn list(store: &Store) -> Result<Vec<fact_parked::Model>, DbErr> {
    fact_parked::Entity::find()
        .order_by_asc(fact_parked::Column::Producer)
        .order_by_asc(fact_parked::Column::Position)
        .all(store.read())
        .await
}

/// How many facts are set aside, by producer and whether they wait for something else.
pub(crate) async fn counts(store: &Store) -> Result<BTreeMap<(String, bool), u64>, DbErr> {
    let kinds: Vec<(String, i16, i64)> = fact_parked::Entity::find()
        .select_only()
        .columns([fact_parked::Column::Producer, fact_parked::Column::Kind])
        .column_as(fact_parked::Column::Position.count(), "n")
        .group_by(fact_parked::Column::Producer)
        .group_by(fact_parked::Column::Kind)
        .into_tuple()
        .all(store.read())
        .await?;
    let mut counts = BTreeMap::new();
    for (producer, kind, n) in kinds {
        let waits = kind == Kind::Waits as i16;
        *counts.entry((producer, waits)).or_default() += n.unsigned_abs();
    }
    Ok(counts)
}

/// Asks for a new try of a producer's facts: one, or all. Returns how many there are.
///
/// # Errors
/// If the store fails.
pub async fn retry(store: &Store, producer: &str, position: Option<i64>) -> Result<u64, DbErr> {
    let mut asked = fact_parked::Entity::update_many()
        .set(fact_parked::ActiveModel { asked: Set(true), ..Default::default() })
        .filter(fact_parked::Column::Producer.eq(producer));
    if let Some(position) = position {
        asked = asked.filter(fact_parked::Column::Position.eq(position));
    }
    Ok(asked.exec(store.write()).await?.rows_affected)
}

/// Gives up a fact for good, on record: a fact of this service states which one, and why it could
/// not be applied. False if it is not set aside (any more).
///
/// # Errors
/// If the store fails.
pub async fn drop(
    store: &Store,
    clock: &Clock,
    producer: &str,
    position: i64,
) -> Result<bool, DbErr> {
    let txn = store.begin().await?;
    let key = (producer.to_owned(), position);
    let Some(row) = fact_parked::Entity::find_by_id(key.clone()).one(&txn).await? else {
        return Ok(false);
    };
    let gone = fact_parked::Entity::delete_by_id(key).exec(&txn).await?;
    if gone.rows_affected == 0 {
        return Ok(false);
    }
    let fact = Fact::decode(row.body.as_slice()).unwrap_or_default();
    let dropped = Body::FactDropped(FactDropped {
        producer: producer.to_owned(),
        position: position.unsigned_abs(),
        fact_id: fact.fact_id,
        reason: row.reason,
    });
    commit(txn, clock, vec![dropped]).await?;
    Ok(true)
}

/// Sets facts aside.
pub(super) async fn put(
    txn: &Txn,
    clock: &Clock,
    producer: &str,
    facts: &[(&Fact, Obstacle)],
) -> Result<(), DbErr> {
    if facts.is_empty() {
        return Ok(());
    }
    let parked_at = clock.now().as_microsecond();
    let rows = facts.iter().map(|(fact, left)| fact_parked::ActiveModel {
        producer: Set(producer.to_owned()),
        position: Set(fact.position.cast_signed()),
        body: Set(fact.encode_to_vec()),
        reason: Set(left.to_string()),
        parked_at: Set(parked_at),
        kind: Set(Kind::of(left) as i16),
        asked: Set(false),
    });
    // After another failure it keeps its first time, and gets the new reason.
    let key = [fact_parked::Column::Producer, fact_parked::Column::Position];
    let again = OnConflict::columns(key)
        .update_columns([
            fact_parked::Column::Body,
            fact_parked::Column::Reason,
            fact_parked::Column::Kind,
            fact_parked::Column::Asked,
        ])
        .to_owned();
    fact_parked::Entity::insert_many(rows).on_conflict(again).exec_without_returning(txn).await?;
    Ok(())
}

/// Facts of a producer to try again, after a position, in order.
pub(super) async fn due(
    store: &Store,
    producer: &str,
    which: Which,
    after: i64,
    limit: u64,
) -> Result<Vec<fact_parked::Model>, DbErr> {
    let mut query = fact_parked::Entity::find()
        .filter(fact_parked::Column::Producer.eq(producer))
        .filter(fact_parked::Column::Position.gt(after))
        .order_by_asc(fact_parked::Column::Position)
        .limit(limit);
    if which == Which::Due {
        let now = Condition::any()
            .add(fact_parked::Column::Kind.eq(Kind::Waits as i16))
            .add(fact_parked::Column::Asked.eq(true));
        query = query.filter(now);
    }
    query.all(store.read()).await
}

/// Locks facts that were set aside, to apply them; returns whether an operator asked for one of
/// them.
///
/// # Errors
/// [`DbErr::RecordNotUpdated`] if one of them is not set aside any more.
pub(super) async fn hold(txn: &Txn, producer: &str, facts: &[Fact]) -> Result<bool, DbErr> {
    let positions = facts.iter().map(|fact| fact.position.cast_signed());
    let rows = fact_parked::Entity::find()
        .filter(fact_parked::Column::Producer.eq(producer))
        .filter(fact_parked::Column::Position.is_in(positions))
        .order_by_asc(fact_parked::Column::Position)
        .lock_exclusive()
        .all(txn)
        .await?;
    if rows.len() != facts.len() {
        return Err(DbErr::RecordNotUpdated);
    }
    Ok(rows.iter().any(|row| row.asked))
}

/// Removes those that were applied.
pub(super) async fn settle(
    txn: &Txn,
    producer: &str,
    applied: impl Iterator<Item = i64>,
) -> Result<(), DbErr> {
    fact_parked::Entity::delete_many()
        .filter(fact_parked::Column::Producer.eq(producer))
        .filter(fact_parked::Column::Position.is_in(applied))
        .exec(txn)
        .await?;
    Ok(())
}

/// Removes those after a position, which are in no history any more.
pub(super) async fn forget(txn: &Txn, producer: &str, after: i64) -> Result<u64, DbErr> {
    let gone = fact_parked::Entity::delete_many()
        .filter(fact_parked::Column::Producer.eq(producer))
        .filter(fact_parked::Column::Position.gt(after))
        .exec(txn)
        .await?;
    Ok(gone.rows_affected)
}

/// One of a producer's facts that are broken or unknown, or have waited for more than a minute;
/// none if there is none.
pub(super) async fn stuck(
    store: &Store,
    clock: &Clock,
    producer: &str,
) -> Result<Option<String>, DbErr> {
    let minute_ago = clock.now().as_microsecond() - 60_000_000;
    let stuck = Condition::any()
        .add(fact_parked::Column::Kind.ne(Kind::Waits as i16))
        .add(fact_parked::Column::ParkedAt.lt(minute_ago));
    let row = fact_parked::Entity::find()
        .filter(fact_parked::Column::Producer.eq(producer))
        .filter(stuck)
        .order_by_asc(fact_parked::Column::Position)
        .limit(1)
        .one(store.read())
        .await?;
    Ok(row.map(|row| format!("{} at {}: {}", Kind::name(row.kind), row.position, row.reason)))
}

#[cfg(test)]
mod tests {
    use sea_orm_migration::prelude::{MigrationTrait, MigratorTrait, async_trait};

    use super::*;
    use crate::{
        facts::{identity, migration},
        testing::TestPlace,
    };

    struct House;

    #[async_trait::async_trait]
    impl MigratorTrait for House {
        fn migrations() -> Vec<Box<dyn MigrationTrait>> {
            vec![Box::new(migration::Migration), Box::new(identity::Migration)]
        }
    }

    fn fact(position: u64) -> Fact {
        Fact { position, fact_id: format!("fact {position}"), ..Fact::default() }
    }

    #[tokio::test]
    async fn a_fact_tried_in_vain_stays_since_when_it_is_and_one_that_waits_long_is_told() {
        let place = TestPlace::new().await;
        let store = place.store::<House>("ticketing").await;
        let clock = Clock::manual("2026-03-02T01:00:00Z".parse().unwrap());
        let facts = [fact(7), fact(8)];
        let waits = |why: &str| Obstacle::Waits(why.to_owned());
        let txn = store.begin().await.unwrap();
        let left = [(&facts[0], waits("one")), (&facts[1], waits("another"))];
        put(&txn, &clock, "intake", &left).await.unwrap();
        txn.commit().await.unwrap();
        let since = clock.now();
        assert_eq!(stuck(&store, &clock, "intake").await.unwrap(), None, "a moment is no trouble");
        clock.set("2026-03-02T01:02:00Z".parse().unwrap());
        let txn = store.begin().await.unwrap();
        assert!(!hold(&txn, "intake", &facts).await.unwrap(), "nobody asked for it");
        settle(&txn, "intake", [8].into_iter()).await.unwrap();
        put(&txn, &clock, "intake", &[(&facts[0], waits("a third"))]).await.unwrap();
        txn.commit().await.unwrap();
        let rows = list(&store).await.unwrap();
        let [row] = rows.as_slice() else { panic!("{rows:?}") };
        assert_eq!((row.position, row.parked_at), (7, since.as_microsecond()));
        assert_eq!(row.reason, "waits for a third");
        let told = stuck(&store, &clock, "intake").await.unwrap().unwrap();
        assert_eq!(told, "waits at 7: waits for a third");
        let txn = store.begin().await.unwrap();
        let gone = hold(&txn, "intake", &facts).await;
        assert!(
            matches!(gone, Err(DbErr::RecordNotUpdated)),
            "one is not there any more: {gone:?}"
        );
        txn.rollback().await.unwrap();
        assert_eq!(retry(&store, "intake", Some(7)).await.unwrap(), 1);
        let txn = store.begin().await.unwrap();
        assert!(hold(&txn, "intake", &facts[..1]).await.unwrap(), "an operator did");
        txn.rollback().await.unwrap();
    }
}
