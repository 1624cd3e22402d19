//! Announces a producer's facts on its Redis stream. Keeps no state: it goes on from the stream's
//! own last entry, and Redis refuses an entry that is not greater, so two relays cannot double.

use std::time::Duration;

use redis::{
    aio::MultiplexedConnection,
    streams::{StreamMaxlen, StreamRangeReply},
};

use crate::{
    bus::{Bus, stream},
    database::Store,
    facts,
    stop::Stop,
};

/// How many entries a stream keeps, about; older facts are asked from the producer.
const STREAM_LENGTH: usize = 100_000;
/// How many facts go out in one round trip.
const BATCH: u64 = 500;
/// How long the relay leaves commits to gather after a round, so that many share the next.
const PAUSE: Duration = Duration::from_millis(10);
/// How long the relay sleeps at most: another replica's commits do not wake it.
const TICK: Duration = Duration::from_millis(500);

/// How long Redis may take to answer.
const ANSWER: Duration = Duration::from_secs(2);

/// Why a round of the relay ended.
#[derive(Debug, thiserror::Error)]
enum RelayError {
    #[error("redis: {0}")]
    Redis(#[from] redis::RedisError),
    #[error("store: {0}")]
    Store(#[from] sea_orm::DbErr),
}

/// Announces the facts of `store` until stopped; a Redis that is away is tried again.
pub async fn run(store: Store, bus: Bus, stop: Stop) {
    while !stop.is_stopped() {
        let round = async {
            match bus.connect(Some(ANSWER)).await? {
                None => {
                    stop.stopped().await;
                    Ok(())
                }
                Some(connection) => announce(&store, &bus, &stop, connection).await,
            }
        };
        let ended = tokio::select! {
            ended = round => ended,
            () = stop.stopped() => return,
        };
        if let Err(error) = ended {
            tracing::warn!(producer = store.service(), error = %error, "relay interrupted");
            tokio::select! {
                () = tokio::time::sleep(TICK) => {}
                () = stop.stopped() => {}
            }
        }
    }
}

async fn announce(
    store: &Store,
    bus: &Bus,
    stop: &Stop,
    mut connection: MultiplexedConnection,
) -> Result<(), RelayError> {
    let key = stream(store.service());
    let mut wakes = bus.wakes(store.service());
    // An empty stream begins at the head: what it lacks, consumers ask from the producer. The
    // alternative, telling everything again, would flood a stream with years of facts.
    let mut last = begin(store, &mut connection, &key).await?;
    while !stop.is_stopped() {
        wakes.borrow_and_update();
        let batch = facts::list_encoded(store, last, BATCH).await?;
        let more = batch.len() as u64 == BATCH;
        let mut pipeline = redis::pipe();
        for (position, fact) in batch {
            last = position;
            let id = format!("{last}-0");
            let length = StreamMaxlen::Approx(STREAM_LENGTH);
            let seal = bus.seal(store.service(), &fact);
            pipeline.xadd_maxlen(&key, length, id, &[("fact", fact), ("seal", seal)]).ignore();
        }
        if !pipeline.is_empty()
            && let Err(error) = pipeline.exec_async(&mut connection).await
        {
            // Another relay was faster, or the stream is another one than before: look again.
            if error.code() != Some("ERR") {
                return Err(error.into());
            }
            last = begin(store, &mut connection, &key).await?;
            continue;
        }
        if !more {
            let rest = async {
                tokio::time::sleep(PAUSE).await;
                let _ = tokio::time::timeout(TICK, wakes.changed()).await;
            };
            tokio::select! {
                () = rest => {}
                () = stop.stopped() => {}
            }
        }
    }
    Ok(())
}

/// Where to go on: after the stream's last entry. A last entry that is not the fact this store has
/// at that position comes from a history that was undone (a restored backup): the stream begins
/// anew then.
async fn begin(
    store: &Store,
    connection: &mut MultiplexedConnection,
    key: &str,
) -> Result<i64, RelayError> {
    let reply: StreamRangeReply = redis::cmd("XREVRANGE")
        .arg(key)
        .arg("+")
        .arg("-")
        .arg("COUNT")
        .arg(1)
        .query_async(connection)
        .await?;
    let Some(entry) = reply.ids.first() else { return Ok(facts::head(store).await?) };
    let position = entry.id.split('-').next().and_then(|position| position.parse::<i64>().ok());
    let announced: Option<Vec<u8>> = entry.get("fact");
    if let (Some(position), Some(announced)) = (position, announced) {
        let own = facts::list_encoded(store, position - 1, 1).await?;
        if own.first().is_some_and(|(_, fact)| *fact == announced) {
            return Ok(position);
        }
    }
    tracing::warn!(stream = key, "the stream tells another history and begins anew");
    let _: i64 = redis::cmd("DEL").arg(key).query_async(connection).await?;
    Ok(facts::head(store).await?)
}
