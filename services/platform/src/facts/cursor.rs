//! How far a consumer has applied a producer's facts, in which history, and which replica does it.

use std::time::Duration;

use sea_orm::{
    ActiveValue::Set,
    ColumnTrait as _, Condition, ConnectionTrait as _, DbBackend, DbErr, EntityTrait as _,
    ExprTrait as _, QueryFilter as _, QueryOrder as _, QuerySelect as _, Statement,
    sea_query::{Expr, OnConflict},
};
use tokio::time::Instant;
use uuid::Uuid;

use crate::{
    database::{Store, Txn},
    facts::{entity::fact_cursor, history::Place},
};

/// How long one replica's lease to apply a producer's facts runs; renewed at half of it.
const LEASE: Duration = Duration::from_secs(5);

/// The row of a producer; created if there is none.
pub(super) async fn of(store: &Store, producer: &str) -> Result<fact_cursor::Model, DbErr> {
    if let Some(row) = fact_cursor::Entity::find_by_id(producer).one(store.read()).await? {
        return Ok(row);
    }
    let first = fact_cursor::Model {
        producer: producer.to_owned(),
        position: 0,
        holder: Uuid::nil(),
        leased_until: 0,
        fact_id: None,
        fact_position: None,
        halted: None,
        whole_at: 0,
        reconciled: 0,
    };
    let once = OnConflict::column(fact_cursor::Column::Producer).do_nothing().to_owned();
    fact_cursor::Entity::insert(fact_cursor::ActiveModel::from(first.clone()))
        .on_conflict(once)
        .exec_without_returning(store.write())
        .await?;
    Ok(first)
}

/// The row of every producer that is followed.
pub(crate) async fn list(store: &Store) -> Result<Vec<fact_cursor::Model>, DbErr> {
    fact_cursor::Entity::find().order_by_asc(fact_cursor::Column::Producer).all(store.read()).await
}

/// The place a row stands at.
pub(super) fn place(row: &fact_cursor::Model) -> Place {
    let named = row.fact_id.filter(|_| row.fact_position == Some(row.position));
    Place { position: row.position, fact_id: named.unwrap_or_default() }
}

/// Moves it from one place to another, unless someone else did, or it is halted.
///
/// # Errors
/// [`DbErr::RecordNotUpdated`] in that case.
pub(super) async fn step(txn: &Txn, producer: &str, from: Place, to: Place) -> Result<(), DbErr> {
    let moved = fact_cursor::Entity::update_many()
        .set(fact_cursor::ActiveModel {
            position: Set(to.position),
            fact_id: Set(Some(to.fact_id)),
            fact_position: Set(Some(to.position)),
            ..Default::default()
        })
        .filter(fact_cursor::Column::Producer.eq(producer))
        .filter(at(from))
        .filter(fact_cursor::Column::Halted.is_null())
        .exec(txn)
        .await?;
    if moved.rows_affected == 1 { Ok(()) } else { Err(DbErr::RecordNotUpdated) }
}

/// Whether a row stands at a place.
fn at(place: Place) -> Condition {
    let (id, of) = (fact_cursor::Column::FactId, fact_cursor::Column::FactPosition);
    let named = match place.fact_id.is_nil() {
        false => Condition::all().add(id.eq(place.fact_id)).add(of.eq(place.position)),
        true => Condition::any()
            .add(id.is_null())
            .add(id.eq(Uuid::nil()))
            .add(of.is_null())
            .add(of.ne(place.position)),
    };
    Condition::all().add(fact_cursor::Column::Position.eq(place.position)).add(named)
}

/// Locks it at its place until the transaction ends.
///
/// # Errors
/// [`DbErr::RecordNotUpdated`] if it is halted.
pub(super) async fn hold(txn: &Txn, producer: &str) -> Result<fact_cursor::Model, DbErr> {
    let row = fact_cursor::Entity::find_by_id(producer).lock_exclusive().one(txn).await?;
    row.filter(|row| row.halted.is_none()).ok_or(DbErr::RecordNotUpdated)
}

/// Says how often the history was reconciled that a store begins to fold.
pub(super) async fn begin(store: &Store, producer: &str, reconciled: i64) -> Result<(), DbErr> {
    fact_cursor::Entity::update_many()
        .set(fact_cursor::ActiveModel { reconciled: Set(reconciled), ..Default::default() })
        .filter(fact_cursor::Column::Producer.eq(producer))
        .exec(store.write())
        .await?;
    Ok(())
}

/// Stops applying for good, until an operator reconciles.
pub(super) async fn halt(
    store: &Store,
    producer: &str,
    from: Place,
    why: &str,
) -> Result<(), DbErr> {
    fact_cursor::Entity::update_many()
        .set(fact_cursor::ActiveModel { halted: Set(Some(why.to_owned())), ..Default::default() })
        .filter(fact_cursor::Column::Producer.eq(producer))
        .filter(at(from))
        .exec(store.write())
        .await?;
    Ok(())
}

/// Goes back to a place, after everything behind it was taken back, and continues from there; it is
/// whole again at `whole_at`. It moves only if it is still at the expected place.
///
/// # Errors
/// [`DbErr::RecordNotUpdated`] if it has moved since.
pub(super) async fn go_back(
    txn: &Txn,
    producer: &str,
    from: Place,
    to: Place,
    whole_at: i64,
) -> Result<(), DbErr> {
    let moved = fact_cursor::Entity::update_many()
        .set(fact_cursor::ActiveModel {
            position: Set(to.position),
            fact_id: Set(Some(to.fact_id)),
            fact_position: Set(Some(to.position)),
            halted: Set(None),
            whole_at: Set(whole_at),
            ..Default::default()
        })
        .col_expr(
            fact_cursor::Column::Reconciled,
            Expr::col(fact_cursor::Column::Reconciled).add(1),
        )
        .filter(fact_cursor::Column::Producer.eq(producer))
        .filter(at(from))
        .exec(txn)
        .await?;
    if moved.rows_affected == 1 { Ok(()) } else { Err(DbErr::RecordNotUpdated) }
}

/// A replica's right to apply a producer's facts. It only saves work: the cursor itself ensures
/// that a fact is applied once. It uses the database's clock: a replica whose own clock is a day
/// ahead would otherwise block the others for a day after its end.
pub(super) struct Lease {
    holder: Uuid,
    /// When it must be renewed; it is held until then.
    renew_at: Option<Instant>,
}

impl Lease {
    pub(super) fn of(holder: Uuid) -> Self {
        Self { holder, renew_at: None }
    }

    /// Takes or renews it; false while another replica holds it.
    pub(super) async fn hold(&mut self, store: &Store, producer: &str) -> Result<bool, DbErr> {
        if self.renew_at.is_some_and(|renew_at| Instant::now() < renew_at) {
            return Ok(true);
        }
        of(store, producer).await?;
        let asked = Instant::now();
        let taken = store.write().execute_raw(self.taking(store, producer)).await?;
        let held = taken.rows_affected() == 1;
        self.renew_at = held.then(|| asked + LEASE / 2);
        Ok(held)
    }

    fn taking(&self, store: &Store, producer: &str) -> Statement {
        let lease = i64::try_from(LEASE.as_micros()).unwrap_or(i64::MAX);
        let (holder, producer) = (self.holder.into(), producer.into());
        match store.backend() {
            DbBackend::Postgres => {
                // A lease that runs longer than possible was taken by a clock that was ahead.
                let sql = "WITH clock AS (
    SELECT (extract(epoch FROM clock_timestamp()) * 1000000)::bigint AS now
)
UPDATE fact_cursor SET holder = $1, leased_until = clock.now + $3 FROM clock
WHERE producer = $2
    AND (holder = $1 OR leased_until < clock.now OR leased_until > clock.now + 2 * $3)";
                Statement::from_sql_and_values(
                    DbBackend::Postgres,
                    sql,
                    [holder, producer, lease.into()],
                )
            }
            backend => {
                let sql = "WITH clock AS (
    SELECT CAST((julianday('now') - 2440587.5) * 86400000000 AS INTEGER) AS now
)
UPDATE fact_cursor SET holder = ?1, leased_until = (SELECT now FROM clock) + ?3
WHERE producer = ?2
    AND (holder = ?1 OR leased_until < (SELECT now FROM clock)
        OR leased_until > (SELECT now FROM clock) + 2 * ?3)";
                Statement::from_sql_and_values(backend, sql, [holder, producer, lease.into()])
            }
        }
    }

    /// Gives it back, so that the next replica need not wait for its end.
    pub(super) async fn give_back(&self, store: &Store, producer: &str) {
        let giving = fact_cursor::Entity::update_many()
            .set(fact_cursor::ActiveModel { leased_until: Set(0), ..Default::default() })
            .filter(fact_cursor::Column::Producer.eq(producer))
            .filter(fact_cursor::Column::Holder.eq(self.holder))
            .exec(store.write());
        if !matches!(tokio::time::timeout(LEASE / 5, giving).await, Ok(Ok(_))) {
            tracing::warn!(producer, "the lease was not released: it ends by itself");
        }
    }
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

    const PRODUCER: &str = "intake";

    fn named(position: i64) -> Place {
        Place { position, fact_id: Uuid::from_u128(position.unsigned_abs().into()) }
    }

    async fn store() -> (TestPlace, Store) {
        let home = TestPlace::new().await;
        let store = home.store::<House>("ticketing").await;
        of(&store, PRODUCER).await.unwrap();
        (home, store)
    }

    async fn stepped(store: &Store, from: Place, to: Place) -> bool {
        let txn = store.begin().await.unwrap();
        let done = step(&txn, PRODUCER, from, to).await;
        txn.commit().await.unwrap();
        done.is_ok()
    }

    #[tokio::test]
    async fn a_cursor_moves_from_where_it_is_in_its_own_history_and_not_while_it_is_halted() {
        let (_home, store) = store().await;
        assert!(stepped(&store, Place::START, named(3)).await);
        assert!(!stepped(&store, Place::START, named(4)).await, "it is not there any more");
        let branch = Place { position: 3, fact_id: Uuid::from_u128(99) };
        assert!(!stepped(&store, branch, named(4)).await, "nor in that history");
        halt(&store, PRODUCER, named(3), "示例").await.unwrap();
        assert!(!stepped(&store, named(3), named(4)).await);
        let txn = store.begin().await.unwrap();
        go_back(&txn, PRODUCER, named(3), named(1), 9).await.unwrap();
        txn.commit().await.unwrap();
        let row = of(&store, PRODUCER).await.unwrap();
        assert_eq!((place(&row), row.halted, row.reconciled), (named(1), None, 1));
        assert_eq!(row.whole_at, 9);
    }

    #[tokio::test]
    async fn a_cursor_that_an_older_version_moved_names_no_history_until_the_next_step() {
        let (_home, store) = store().await;
        assert!(stepped(&store, Place::START, named(3)).await);
        let older = "UPDATE fact_cursor SET position = 5";
        store.write().execute_unprepared(older).await.unwrap();
        let at = place(&of(&store, PRODUCER).await.unwrap());
        assert_eq!(at, Place { position: 5, fact_id: Uuid::nil() });
        assert!(stepped(&store, at, named(6)).await);
        assert_eq!(place(&of(&store, PRODUCER).await.unwrap()), named(6));
    }

    #[tokio::test]
    async fn one_replica_holds_the_lease_and_one_of_a_clock_that_was_ahead_holds_nobody_off() {
        let (_home, store) = store().await;
        let (mut one, mut other) = (Lease::of(Uuid::from_u128(1)), Lease::of(Uuid::from_u128(2)));
        assert!(one.hold(&store, PRODUCER).await.unwrap());
        assert!(!other.hold(&store, PRODUCER).await.unwrap());
        assert!(one.hold(&store, PRODUCER).await.unwrap(), "its own is renewed");
        one.give_back(&store, PRODUCER).await;
        assert!(other.hold(&store, PRODUCER).await.unwrap());
        let ahead = "UPDATE fact_cursor SET leased_until = leased_until + 86400000000";
        store.write().execute_unprepared(ahead).await.unwrap();
        one.renew_at = None;
        assert!(one.hold(&store, PRODUCER).await.unwrap());
    }
}
