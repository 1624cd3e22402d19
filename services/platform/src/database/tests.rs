//! What a transaction guarantees, on both databases.

use std::time::Duration;

use proto::fact::v1::{CaseCompleted, fact::Body};
use sea_orm::{ConnectionTrait as _, DbBackend, Statement, StreamTrait as _};
use sea_orm_migration::prelude::{MigrationTrait, MigratorTrait, async_trait};
use tokio_stream::StreamExt as _;

use super::{Store, connect::POSTGRES_CONNECTIONS};
use crate::{
    clock::Clock,
    facts,
    status::{is_answer_lost, is_away},
    testing::{TestPlace, wait::within},
};

struct House;

#[async_trait::async_trait]
impl MigratorTrait for House {
    fn migrations() -> Vec<Box<dyn MigrationTrait>> {
        vec![Box::new(facts::migration::Migration), Box::new(facts::identity::Migration)]
    }
}

async fn number(store: &Store, sql: &str) -> i64 {
    let statement = Statement::from_string(store.backend(), sql);
    let row = store.read().query_one_raw(statement).await.unwrap().unwrap();
    row.try_get_by_index(0).unwrap()
}

const TRIES: &str = "SELECT tries FROM store_probe WHERE id = 1";
const TRY: &str = "UPDATE store_probe SET tries = tries + 1 WHERE id = 1";
const WRONG: &str = "INSERT INTO store_probe (id, tries) VALUES (1, 0)";

fn told() -> Vec<Body> {
    vec![Body::CaseCompleted(CaseCompleted::default()); 3]
}

#[tokio::test]
async fn a_transaction_of_which_a_statement_failed_is_never_acknowledged() {
    let place = TestPlace::new().await;
    let store = place.store::<House>("intake").await;
    for telling in [false, true] {
        let txn = store.begin().await.unwrap();
        txn.execute_unprepared(TRY).await.unwrap();
        txn.execute_unprepared(WRONG).await.unwrap_err();
        let committed = match telling {
            false => txn.commit().await,
            true => facts::commit(txn, &Clock::System, told()).await,
        };
        assert!(committed.is_err(), "telling {telling}");
        assert_eq!(number(&store, TRIES).await, 0);
        assert_eq!(facts::last(&store).await.unwrap().position, 0);
    }
    let txn = store.begin().await.unwrap();
    txn.execute_unprepared(TRY).await.unwrap();
    facts::commit(txn, &Clock::System, told()).await.unwrap();
    assert_eq!((number(&store, TRIES).await, facts::head(&store).await.unwrap()), (1, 3));
}

#[tokio::test]
async fn facts_of_many_bytes_and_of_any_number_stand_as_they_were_told() {
    let place = TestPlace::new().await;
    let store = place.store::<House>("intake").await;
    let named = |n: usize| {
        let case_id = format!("'; DROP TABLE fact; -- \\ {n} 件");
        Body::CaseCompleted(CaseCompleted { case_id, ..CaseCompleted::default() })
    };
    let mut all = Vec::new();
    // On PostgreSQL the last of these are too many to send at once.
    for count in [1, 2, 500, 2_100] {
        let bodies: Vec<Body> = (0..count).map(named).collect();
        let txn = store.begin().await.unwrap();
        facts::commit(txn, &Clock::System, bodies.clone()).await.unwrap();
        all.extend(bodies);
    }
    let mut kept = Vec::new();
    while let more @ [_, ..] = &facts::list(&store, kept.len() as i64, 1_000).await.unwrap()[..] {
        for fact in more {
            kept.push(fact.clone());
        }
    }
    let positions: Vec<u64> = kept.iter().map(|fact| fact.position).collect();
    assert_eq!(positions, (1..=all.len() as u64).collect::<Vec<_>>());
    let kept: Vec<Body> = kept.into_iter().filter_map(|fact| fact.body).collect();
    assert_eq!(kept, all);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_caller_that_goes_away_at_any_moment_leaves_no_transaction_behind() {
    let place = TestPlace::new().await;
    let store = place.store::<House>("intake").await;
    let write = async || {
        let txn = store.begin().await?;
        txn.execute_unprepared(TRY).await?;
        facts::commit(txn, &Clock::System, told()).await
    };
    // In small steps, from its beginning to well after its end.
    for micros in (0..6_000).step_by(20) {
        let _ = tokio::time::timeout(Duration::from_micros(micros), write()).await;
    }
    write().await.unwrap();
    let (tries, head) = (number(&store, TRIES).await, facts::head(&store).await.unwrap());
    assert_eq!(head, tries * 3, "whole or not at all");
    assert_eq!(number(&store, "SELECT count(*) FROM fact").await, head);
    if store.backend() == DbBackend::Postgres {
        let open = "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() \
                    AND state LIKE 'idle in transaction%'";
        let left = async { while number(&store, open).await > 0 {} };
        // Sooner than the database would end them.
        within("none is left open", Duration::from_secs(1), left).await;
    }
}

#[tokio::test]
async fn who_does_nothing_in_a_transaction_loses_what_it_holds_and_nobody_waits_for_it_long() {
    let place = TestPlace::new().await;
    let store = place.store::<House>("intake").await;
    if store.backend() != DbBackend::Postgres {
        // In a store of one process nobody else could wait.
        return;
    }
    let frozen = store.begin().await.unwrap();
    frozen.execute_unprepared(TRY).await.unwrap();
    let other = store.begin().await.unwrap();
    let waited = other.execute_unprepared(TRY);
    within("what the frozen one held", Duration::from_secs(5), waited).await.unwrap();
    other.commit().await.unwrap();
    let late = frozen.commit().await.unwrap_err();
    assert!(is_away(&late), "what the frozen one does later is refused: {late}");
    assert_eq!(number(&store, TRIES).await, 1, "and refused whole");
}

#[tokio::test]
async fn who_waits_to_write_holds_nothing_that_readers_need() {
    let place = TestPlace::new().await;
    let store = place.store::<House>("intake").await;
    let holds = store.begin().await.unwrap();
    holds.execute_unprepared(TRY).await.unwrap();
    // Each waits for the row, for its connection, or for its turn.
    let mut waiting = tokio::task::JoinSet::new();
    for _ in 0..30 {
        let store = store.clone();
        waiting.spawn(async move {
            let txn = store.begin().await?;
            txn.execute_unprepared(TRY).await?;
            txn.commit().await
        });
    }
    let read = async {
        for _ in 0..100 {
            assert_eq!(number(&store, TRIES).await, 0);
        }
    };
    within("readers that do not wait", Duration::from_secs(2), read).await;
    holds.commit().await.unwrap();
    while let Some(written) = waiting.join_next().await {
        written.unwrap().unwrap();
    }
    assert_eq!(number(&store, TRIES).await, 31);
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_not_answered_is_given_up_and_its_connection_is_not_missed() {
    let place = TestPlace::new().await;
    let mut store = place.store::<House>("intake").await;
    if store.backend() != DbBackend::Postgres {
        // SQLite runs in this process.
        return;
    }
    let limit = Duration::from_millis(500);
    (store.read.limit, store.write.limit) = (limit, limit);
    let sleep = || Statement::from_string(store.backend(), "SELECT pg_sleep(20)");
    let soon = Duration::from_secs(5);
    let mut asked = tokio::task::JoinSet::new();
    for n in 0..POSTGRES_CONNECTIONS {
        let (store, sleep) = (store.clone(), sleep());
        asked.spawn(async move {
            match n % 3 {
                0 => store.read().query_one_raw(sleep).await.map(drop),
                1 => {
                    let mut rows = store.read().stream_raw(sleep).await?;
                    rows.next().await.expect("a row, or that there is none yet").map(drop)
                }
                _ => {
                    let txn = store.begin().await?;
                    txn.execute_unprepared(TRY).await?;
                    let late = txn.execute_raw(sleep).await;
                    txn.commit().await.expect_err("a statement of it was given up");
                    late.map(drop)
                }
            }
        });
    }
    let all = tokio::time::timeout(soon, asked.join_all()).await.expect("all are given up");
    for late in all {
        let late = late.unwrap_err();
        assert!(is_away(&late) && is_answer_lost(&late), "{late}");
    }
    // Again as many as there are connections.
    let mut again = tokio::task::JoinSet::new();
    for _ in 0..3 * POSTGRES_CONNECTIONS {
        let store = store.clone();
        again.spawn(async move { number(&store, TRIES).await });
    }
    let all = tokio::time::timeout(soon, again.join_all()).await.expect("no connection is missed");
    assert_eq!(all, vec![0; 3 * POSTGRES_CONNECTIONS as usize], "nothing was half written");
}
