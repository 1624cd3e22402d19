//! Announces a producer's facts on its Redis stream. It keeps no state: it continues from the
//! stream's own last entry, and Redis refuses an entry that is not greater, so two relays cannot
//! announce twice.

use std::{collections::HashMap, time::Duration};

use redis::{
    aio::MultiplexedConnection,
    streams::{StreamMaxlen, StreamRangeReply},
};

use crate::{
    bus::{Bus, stream},
    database::Store,
    facts::{self, FactBytes, Page, history::Place},
    stop::Stop,
    trouble::Kind,
};

/// How many entries a stream keeps, about; for older facts, consumers ask the producer.
const STREAM_LENGTH: usize = 100_000;
/// How many facts go out in one round trip.
const BATCH: u64 = 500;
/// How long the relay waits after a round, so that many commits share the next.
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

/// Announces the facts of `store` until stopped; if Redis is away, it tries again.
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
            store.troubles().meet(Kind::Relay, error);
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
    // An empty stream begins at the head: consumers ask the producer for the rest. Announcing
    // everything again would flood a stream with years of facts.
    let mut last = begin(store, &mut connection, &key).await?;
    store.troubles().end(Kind::Relay);
    while !stop.is_stopped() {
        wakes.borrow_and_update();
        let Page { from, facts } = facts::page_encoded(store, last.position, BATCH).await?;
        if !last.is_in_history_with(from) {
            // The store has gone back behind what this relay has announced.
            last = begin(store, &mut connection, &key).await?;
            continue;
        }
        let more = facts.len() as u64 == BATCH;
        let mut pipeline = redis::pipe();
        for FactBytes { at, fact } in facts {
            let (id, after) = (format!("{}-0", at.position), last.fact_id.as_bytes().to_vec());
            last = at;
            let length = StreamMaxlen::Approx(STREAM_LENGTH);
            let seal = bus.seal(store.service(), &after, &fact);
            let fields = [("fact", fact), ("after", after), ("seal", seal)];
            pipeline.xadd_maxlen(&key, length, id, &fields).ignore();
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

/// The place to continue from: after the stream's last entry. If the last entry is not this store's
/// fact at that position, it comes from a history that was undone (a failover, a restored backup).
/// If Redis does not accept it as its last (somebody deleted later entries), nothing can follow it.
/// In both cases the stream begins again.
async fn begin(
    store: &Store,
    connection: &mut MultiplexedConnection,
    key: &str,
) -> Result<Place, RelayError> {
    let there: bool = redis::cmd("EXISTS").arg(key).query_async(connection).await?;
    if !there {
        return Ok(facts::last(store).await?);
    }
    let mut about: HashMap<String, redis::Value> =
        redis::cmd("XINFO").arg("STREAM").arg(key).query_async(connection).await?;
    let greatest: Option<String> = match about.remove("last-generated-id") {
        Some(id) => Some(redis::from_redis_value(id).map_err(redis::RedisError::from)?),
        None => None,
    };
    let mut last = redis::cmd("XREVRANGE");
    last.arg(key).arg("+").arg("-").arg("COUNT").arg(1);
    let reply: StreamRangeReply = last.query_async(connection).await?;
    let entry = reply.ids.into_iter().next().filter(|entry| greatest == Some(entry.id.clone()));
    let announced = entry.and_then(|entry| {
        let position = entry.id.split('-').next()?.parse::<i64>().ok()?;
        Some((position, entry.get::<Vec<u8>>("fact")?))
    });
    if let Some((position, announced)) = announced {
        let own = facts::page_encoded(store, position - 1, 1).await?.facts;
        if let Some(own) = own.first()
            && own.fact == announced
        {
            return Ok(own.at);
        }
    }
    tracing::warn!(stream = key, "the stream has another history: it is deleted and written again");
    let _: i64 = redis::cmd("DEL").arg(key).query_async(connection).await?;
    Ok(facts::last(store).await?)
}
