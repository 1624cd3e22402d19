//! Following another service's facts. They come early from the stream. On a gap, an empty stream, a
//! Redis that is away or a second of silence, the consumer asks the producer. Both sources also
//! name the place they continue from. A consumer that gets another history than it has applied
//! stops until an operator reconciles the two: see `history`.

mod apply;
mod stream;

use std::{
    sync::{Arc, atomic::Ordering},
    time::Duration,
};

use proto::fact::v1::{Fact, ListFactsRequest, fact_service_client::FactServiceClient};
use redis::aio::MultiplexedConnection;
use sea_orm::DbErr;
use tokio::time::{Instant, timeout};
use tonic::{Code, Status, transport::Channel};
use tonic_types::StatusExt as _;

use crate::{
    auth::PeerToken,
    bus::Bus,
    clock::Clock,
    database::Store,
    facts::{
        aside::Which,
        consume::{Consumer, FollowCount},
        cursor::{self, Lease},
        history::{OtherHistory, Place, confirm},
        place_of,
    },
    stop::Stop,
    trouble::Kind,
};

/// How many facts are applied in one transaction at most: many, since figures are summed in memory
/// and each is written once, and each statement of a busy database waits its turn, however few it
/// writes.
const BATCH: usize = 4_000;
/// How many times one round asks a producer at most.
const PAGES: usize = 5;
/// With so many facts in one round the producer is busy: then facts are left to gather before the
/// next round, so that many share a transaction. A few are applied at once.
const BUSY: u64 = 16;
/// How long they are left to gather.
const GATHER: Duration = Duration::from_millis(80);
/// After this much silence the producer is asked.
const SILENCE: Duration = Duration::from_secs(1);
/// Pause after a temporary failure.
const PAUSE: Duration = Duration::from_millis(200);

/// How long a producer may take to answer, up to the last byte: a page is 1 MiB, and a line between
/// peers carries more than 70 KB a second.
const ASK: Duration = Duration::from_secs(15);
/// How long a round may take, however much it applies. Each wait in it has its own limit; this one
/// is for cases nobody thought of. Facts already committed stay committed.
const ROUND: Duration = Duration::from_secs(120);

/// Follows one producer for one consumer.
pub struct Follower<C> {
    /// What applies the facts.
    pub consumer: Arc<C>,
    /// The consumer's store.
    pub store: Store,
    /// The bus.
    pub bus: Bus,
    /// The clock.
    pub clock: Clock,
    /// The producer it follows.
    pub producer: &'static str,
    /// The producer's endpoint.
    pub peer: Channel,
    /// Our caller at the producer.
    pub token: PeerToken,
    /// What it has done so far.
    pub count: Arc<FollowCount>,
}

/// What one replica remembers while it follows.
struct Mind {
    redis: Option<MultiplexedConnection>,
    lease: Lease,
    /// The position from which the producer has confirmed everything the stream announced, since
    /// the last break: before that a stream may hold facts that a failover has undone.
    confirmed: Option<i64>,
    /// Whether the producer was asked since the last break: a stream is empty at first, and may
    /// never show that the producer went back.
    asked: bool,
    /// Whether this process has tried all facts that were set aside.
    tried_all: bool,
    /// When waiting facts are tried again, and after which position.
    retry_at: Instant,
    retry_after: i64,
}

/// Why a round ended.
enum RoundError {
    Split(OtherHistory),
    Passing(String),
}

impl From<DbErr> for RoundError {
    fn from(error: DbErr) -> Self {
        Self::Passing(error.to_string())
    }
}

impl From<OtherHistory> for RoundError {
    fn from(other: OtherHistory) -> Self {
        Self::Split(other)
    }
}

impl From<Status> for RoundError {
    fn from(status: Status) -> Self {
        Self::Passing(format!("{:?}: {}", status.code(), status.message()))
    }
}

/// The result of asking the producer.
struct Answer {
    at: Place,
    /// Whether the producer had no more.
    is_all: bool,
}

/// A part of the producer's history.
struct HistoryPart {
    /// The producer's fact at the place we asked from; its last fact if it is not that far. None
    /// from a producer of a version that does not send it.
    from: Option<Place>,
    facts: Vec<Fact>,
    head: i64,
}

impl<C: Consumer> Follower<C> {
    /// Follows until stopped.
    pub async fn run(self, stop: Stop) {
        let mut mind = Mind {
            redis: None,
            lease: Lease::of(self.clock.new_id()),
            confirmed: None,
            asked: false,
            tried_all: false,
            retry_at: Instant::now(),
            retry_after: 0,
        };
        let mut wakes = self.bus.wakes(self.producer);
        while !stop.is_stopped() {
            wakes.borrow_and_update();
            let outcome = tokio::select! {
                outcome = timeout(ROUND, self.round(&mut mind)) => outcome.unwrap_or_else(|_| {
                    Err(RoundError::Passing(format!("a round did not end within {ROUND:?}")))
                }),
                () = stop.stopped() => break,
            };
            let pause = match outcome {
                Ok(pause) => pause,
                Err(error) => {
                    // From now on the facts may come from another database than before.
                    (mind.confirmed, mind.asked) = (None, false);
                    self.failed(error).await;
                    PAUSE
                }
            };
            if pause.is_zero() {
                continue;
            }
            tokio::select! {
                _ = wakes.changed() => {}
                () = tokio::time::sleep(pause) => {}
                () = stop.stopped() => {}
            }
        }
        mind.lease.give_back(&self.store, self.producer).await;
    }

    /// Looks once for new facts; returns how long to rest before the next look. Every replica
    /// checks whether it must stop, for its own readiness; one of them applies.
    async fn round(&self, mind: &mut Mind) -> Result<Duration, RoundError> {
        let row = cursor::of(&self.store, self.producer).await?;
        let from = cursor::place(&row);
        self.count.position.store(row.position.unsigned_abs(), Ordering::Relaxed);
        let split = Kind::OtherHistory(self.producer);
        if let Some(why) = row.halted {
            // Not ready, even if others are away; then the places of both now, for readers of this
            // start's log.
            if mind.asked {
                self.store.troubles().meet(split, why);
            } else {
                mind.asked = true;
                let why = self.halted_still(from).await.unwrap_or(why);
                self.store.troubles().meet(split, why);
            }
            return Ok(SILENCE);
        }
        if row.position < row.whole_at {
            let (position, whole_at) = (row.position, row.whole_at);
            let why = format!("reconciled, and applied again up to {position} of {whole_at}");
            self.store.troubles().meet(split, why);
        } else {
            self.store.troubles().end(split);
        }
        if self.bus.is_shared() && !mind.lease.hold(&self.store, self.producer).await? {
            // Another replica applies. When the lease returns to this one, everything may have
            // changed.
            (mind.confirmed, mind.asked) = (None, false);
            return Ok(SILENCE);
        }
        let before = self.count.applied.load(Ordering::Relaxed);
        let rest = if self.bus.is_shared() && mind.asked {
            self.follow_stream(mind, from).await?
        } else {
            // A replica that is far behind renews its lease in between.
            mind.asked = self.ask_producer(from, i64::MAX).await?.is_all;
            if self.bus.is_shared() || !mind.asked { Duration::ZERO } else { SILENCE }
        };
        self.store.troubles().end(Kind::Following(self.producer));
        self.retry(mind).await?;
        let applied = self.count.applied.load(Ordering::Relaxed) - before;
        if (BUSY..BATCH as u64).contains(&applied) {
            tokio::time::sleep(GATHER).await;
        }
        Ok(rest)
    }

    /// The places of both histories now; none if they cannot be read.
    async fn halted_still(&self, from: Place) -> Option<String> {
        let theirs = self.list(from.position, 1).await.ok()?.from?;
        let why = confirm(from, theirs).err()?.to_string();
        cursor::halt(&self.store, self.producer, from, &why).await.ok()?;
        Some(why)
    }

    /// Tries again the facts set aside: all of them once, the waiting ones every second.
    async fn retry(&self, mind: &mut Mind) -> Result<(), RoundError> {
        if mind.tried_all && Instant::now() < mind.retry_at {
            return Ok(());
        }
        // A part in each round: with many facts set aside it still follows, and keeps its lease.
        let which = if mind.tried_all { Which::Due } else { Which::All };
        mind.retry_after = self.resume(which, mind.retry_after).await?;
        mind.tried_all |= mind.retry_after == 0;
        mind.retry_at = Instant::now() + SILENCE;
        Ok(())
    }

    async fn failed(&self, error: RoundError) {
        FollowCount::add(&self.count.failed, 1);
        let other = match error {
            RoundError::Passing(reason) => {
                self.store.troubles().meet(Kind::Following(self.producer), reason);
                return;
            }
            RoundError::Split(other) => other,
        };
        let why = other.to_string();
        // Recorded for all replicas and for every later start.
        let kept = cursor::halt(&self.store, self.producer, other.applied, &why).await;
        if let Err(error) = kept {
            self.store.troubles().meet(Kind::Following(self.producer), error);
        }
        self.store.troubles().meet(Kind::OtherHistory(self.producer), why);
    }

    /// Asks the producer for its facts, up to `until`, and for at most so many pages; the stream
    /// may bring later ones sooner.
    async fn ask_producer(&self, from: Place, mut until: i64) -> Result<Answer, RoundError> {
        let mut at = from;
        for _ in 0..PAGES {
            let HistoryPart { from: told, facts, head } = self.list(at.position, BATCH).await?;
            if let Some(told) = told {
                confirm(at, told)?;
                if !at.is_named() {
                    self.name(at, told).await?;
                    at = told;
                }
            }
            until = until.min(head);
            if facts.is_empty() {
                return Ok(Answer { at, is_all: true });
            }
            let count = facts.len();
            at = self.apply(at, facts).await?;
            if self.bus.is_shared() {
                FollowCount::add(&self.count.repaired, count);
            }
            if at.position >= until {
                return Ok(Answer { at, is_all: true });
            }
        }
        Ok(Answer { at, is_all: false })
    }

    /// A cursor of a version without ids learns its history.
    async fn name(&self, at: Place, told: Place) -> Result<(), DbErr> {
        let txn = self.store.begin().await?;
        cursor::step(&txn, self.producer, at, told).await?;
        txn.commit().await
    }

    /// Whether the producer has this fact at its place.
    async fn confirms(&self, place: Place) -> Result<bool, RoundError> {
        let answer = self.list(place.position, 1).await?;
        Ok(answer.from.is_some_and(|theirs| place.is_in_history_with(theirs)))
    }

    /// What the producer has after a position.
    async fn list(&self, after: i64, limit: usize) -> Result<HistoryPart, RoundError> {
        let client = FactServiceClient::new(self.peer.clone());
        let mut client = client.max_decoding_message_size(64 << 20);
        let mut request = tonic::Request::new(ListFactsRequest {
            producer: self.producer.to_owned(),
            after: after.unsigned_abs(),
            limit: u32::try_from(limit).unwrap_or(u32::MAX),
        });
        self.token.put(request.metadata_mut());
        let answer = match timeout(ASK, client.list_facts(request)).await {
            Ok(Ok(answer)) => answer.into_inner(),
            Ok(Err(status)) => return shorter(status),
            Err(_) => {
                let why = format!("{} does not answer within {ASK:?}", self.producer);
                return Err(RoundError::Passing(why));
            }
        };
        let from = match (after, answer.after_id.parse()) {
            (0, _) => Some(Place::START),
            (position, Ok(fact_id)) => Some(Place { position, fact_id }),
            (_, Err(_)) => None,
        };
        let gapless = (after + 1..).zip(&answer.facts);
        if !gapless.into_iter().all(|(at, fact)| place_of(fact).position == at) {
            return Err(RoundError::Passing(format!("{} sends facts with gaps", self.producer)));
        }
        Ok(HistoryPart { from, facts: answer.facts, head: answer.head.cast_signed() })
    }
}

/// A producer with fewer facts than were asked for names its last one.
fn shorter(status: Status) -> Result<HistoryPart, RoundError> {
    let info = status.get_details_error_info();
    let value = |key: &str| info.as_ref().and_then(|info| info.metadata.get(key));
    let head = value("head").and_then(|head| head.parse().ok());
    match head {
        Some(head) if status.code() == Code::FailedPrecondition => {
            let fact_id = value("head_id").and_then(|id| id.parse().ok()).unwrap_or_default();
            let last = Place { position: head, fact_id };
            Ok(HistoryPart { from: Some(last), facts: Vec::new(), head })
        }
        _ => Err(status.into()),
    }
}
