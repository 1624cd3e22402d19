//! Following another service's facts: each is applied exactly once, in the transaction that moves
//! the cursor. Facts come early from the stream; a hole, an empty stream, a Redis that is away or
//! a second of silence means: ask the producer.

use std::{
    future::Future,
    sync::{
        Arc,
        atomic::{AtomicU64, Ordering},
    },
    time::Duration,
};

use jiff::Timestamp;
use prost::Message as _;
use proto::fact::v1::{Fact, ListFactsRequest, fact_service_client::FactServiceClient};
use redis::{
    aio::MultiplexedConnection,
    streams::{StreamReadOptions, StreamReadReply},
};
use sea_orm::{
    ActiveValue::Set, ColumnTrait as _, Condition, DatabaseTransaction, DbErr, EntityTrait as _,
    QueryFilter as _, sea_query::OnConflict,
};
use tonic::{Code, Status, transport::Channel};
use tracing::Instrument as _;
use uuid::Uuid;

use crate::{
    auth::PeerToken,
    bus::{Bus, stream},
    clock::Clock,
    database::Store,
    facts::{
        applying::Applying,
        entity::{fact_cursor, fact_parked},
    },
    status::{is_away, is_row_refused},
    stop::Stop,
    telemetry::{UNDONE, trace},
};

/// How many facts are applied in one transaction at most.
const BATCH: usize = 500;
/// After this much silence the producer is asked.
const SILENCE: Duration = Duration::from_secs(1);
/// How long one replica's lease to apply a producer's facts runs; renewed at half of it.
const LEASE: Duration = Duration::from_secs(5);
/// Pause after a failure that may pass.
const PAUSE: Duration = Duration::from_millis(200);

/// Why a fact is not applied.
#[derive(Debug, thiserror::Error)]
pub enum ApplyError {
    /// It cannot be applied as it is; it is set aside with this reason.
    #[error("{0}")]
    Park(String),
    /// It cannot be applied before another producer's facts have come; it is tried again.
    #[error("waits for {0}")]
    Wait(String),
    /// The store failed.
    #[error(transparent)]
    Store(#[from] DbErr),
}

/// What a service does with others' facts. Order across producers is not given.
pub trait Consumer: Send + Sync + 'static {
    /// The producers it follows.
    fn producers(&self) -> &'static [&'static str];

    /// Applies one fact inside the transaction that moves the cursor.
    fn apply(
        &self,
        txn: &DatabaseTransaction,
        fact: &Fact,
    ) -> impl Future<Output = Result<(), ApplyError>> + Send;

    /// Told after facts of `producer` were committed.
    fn applied(&self, producer: &str) -> impl Future<Output = ()> + Send;
}

/// What a follower has done so far.
#[derive(Debug, Default)]
pub struct FollowCount {
    /// Facts applied.
    pub applied: AtomicU64,
    /// Of these, facts the stream did not bring and the producer was asked for.
    pub repaired: AtomicU64,
    /// Facts set aside.
    pub parked: AtomicU64,
}

/// Why following ended for good.
#[derive(Debug, thiserror::Error)]
#[error("{consumer} cannot follow {producer}: {reason}")]
pub struct FollowError {
    /// Who follows.
    pub consumer: &'static str,
    /// Whom.
    pub producer: &'static str,
    /// Why not.
    pub reason: String,
}

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
    /// Whom it follows.
    pub producer: &'static str,
    /// Where the producer answers.
    pub peer: Channel,
    /// Who we are there.
    pub token: PeerToken,
    /// What it has done so far.
    pub count: Arc<FollowCount>,
}

impl<C: Consumer> Follower<C> {
    /// Follows until stopped.
    ///
    /// # Errors
    /// [`FollowError`] if the cursor is ahead of the producer: a backup was restored.
    pub async fn run(self, stop: Stop) -> Result<(), FollowError> {
        let mut redis = None;
        let mut lease = Lease { holder: self.clock.new_id(), renew_at: Timestamp::MIN };
        let mut wakes = self.bus.wakes(self.producer);
        while !stop.is_stopped() {
            wakes.borrow_and_update();
            let round = async {
                if !self.bus.is_shared() {
                    return self.ask_producer(false, u64::MAX).await.map(|()| SILENCE);
                }
                if !self.hold(&mut lease).await? {
                    return Ok(SILENCE);
                }
                self.follow_stream(&mut redis).await.map(|()| Duration::ZERO)
            };
            let outcome = tokio::select! {
                outcome = round => outcome,
                () = stop.stopped() => break,
            };
            let pause = match outcome {
                Ok(Duration::ZERO) => continue,
                Ok(pause) => pause,
                Err(RoundError::Ahead(reason)) => {
                    let consumer = self.store.service();
                    return Err(FollowError { consumer, producer: self.producer, reason });
                }
                Err(RoundError::Passing(reason)) => {
                    let consumer = self.store.service();
                    tracing::warn!(consumer, producer = self.producer, reason, "following again");
                    PAUSE
                }
            };
            tokio::select! {
                _ = wakes.changed() => {}
                () = tokio::time::sleep(pause) => {}
                () = stop.stopped() => {}
            }
        }
        self.give_back(&lease).await;
        Ok(())
    }

    /// Takes or renews the lease to apply; false while another replica holds it. For economy only:
    /// that a fact is applied once, the cursor itself sees to.
    async fn hold(&self, lease: &mut Lease) -> Result<bool, DbErr> {
        let now = self.clock.now();
        if now < lease.renew_at {
            return Ok(true);
        }
        self.cursor().await?;
        let until = now.saturating_add(LEASE).unwrap_or(now).as_microsecond();
        let free = Condition::any()
            .add(fact_cursor::Column::Holder.eq(lease.holder))
            .add(fact_cursor::Column::LeasedUntil.lt(now.as_microsecond()));
        let taken = fact_cursor::Entity::update_many()
            .set(fact_cursor::ActiveModel {
                holder: Set(lease.holder),
                leased_until: Set(until),
                ..Default::default()
            })
            .filter(fact_cursor::Column::Producer.eq(self.producer))
            .filter(free)
            .exec(self.store.write())
            .await?;
        if taken.rows_affected == 1 {
            lease.renew_at = now.saturating_add(LEASE / 2).unwrap_or(now);
        }
        Ok(taken.rows_affected == 1)
    }

    /// Gives the lease back, so that the next replica need not wait for its end.
    async fn give_back(&self, lease: &Lease) {
        let giving = fact_cursor::Entity::update_many()
            .set(fact_cursor::ActiveModel { leased_until: Set(0), ..Default::default() })
            .filter(fact_cursor::Column::Producer.eq(self.producer))
            .filter(fact_cursor::Column::Holder.eq(lease.holder))
            .exec(self.store.write());
        if !matches!(tokio::time::timeout(SILENCE, giving).await, Ok(Ok(_))) {
            tracing::warn!(producer = self.producer, "not given back: the lease runs out");
        }
    }

    /// Takes what the stream brings within a second, and asks the producer for what it does not.
    async fn follow_stream(
        &self,
        redis: &mut Option<MultiplexedConnection>,
    ) -> Result<(), RoundError> {
        let cursor = self.cursor().await?;
        let facts = match self.read_stream(redis, cursor).await {
            Ok(facts) => facts,
            Err(error) => {
                *redis = None;
                tracing::warn!(producer = self.producer, error = %error, "stream away");
                tokio::time::sleep(PAUSE).await;
                Vec::new()
            }
        };
        let fits = |(n, fact): (u64, &Fact)| fact.position == cursor.unsigned_abs() + 1 + n;
        let gapless = (0..).zip(&facts).all(fits);
        match facts.first() {
            Some(_) if gapless => self.apply(cursor, facts).await,
            // Up to where the stream begins: from there on it is sooner.
            Some(first) => self.ask_producer(true, first.position.saturating_sub(1)).await,
            None => self.ask_producer(true, u64::MAX).await,
        }
    }

    async fn read_stream(
        &self,
        redis: &mut Option<MultiplexedConnection>,
        cursor: i64,
    ) -> redis::RedisResult<Vec<Fact>> {
        if redis.is_none() {
            *redis = self.bus.connect(None).await?;
        }
        let Some(connection) = redis else {
            return Ok(Vec::new());
        };
        let block = usize::try_from(SILENCE.as_millis()).unwrap_or_default();
        let options = StreamReadOptions::default().count(BATCH).block(block);
        let key = stream(self.producer);
        let id = format!("{cursor}-0");
        let mut read = redis::cmd("XREAD");
        read.arg(options).arg("STREAMS").arg(&key).arg(id);
        // A Redis that hangs is one that is away.
        let reply = tokio::time::timeout(SILENCE * 2, read.query_async(connection)).await;
        let reply: Option<StreamReadReply> = reply.map_err(std::io::Error::from)??;
        let entries = reply.into_iter().flat_map(|reply| reply.keys).flat_map(|key| key.ids);
        let decode = |entry: redis::streams::StreamId| {
            let (bytes, seal): (Vec<u8>, Vec<u8>) = (entry.get("fact")?, entry.get("seal")?);
            let ours = self.bus.is_sealed(self.producer, &bytes, &seal);
            ours.then(|| Fact::decode(bytes.as_slice()).ok()).flatten()
        };
        // An entry that is no fact of ours is left out, which makes a hole, which is repaired.
        Ok(entries.filter_map(decode).collect())
    }

    /// Asks the producer for what it has now, up to `until`; what comes meanwhile, the stream may
    /// bring sooner.
    async fn ask_producer(&self, repairing: bool, mut until: u64) -> Result<(), RoundError> {
        let client = FactServiceClient::new(self.peer.clone());
        let mut client = client.max_decoding_message_size(64 << 20);
        loop {
            let cursor = self.cursor().await?;
            if cursor.unsigned_abs() >= until {
                return Ok(());
            }
            let mut request = tonic::Request::new(ListFactsRequest {
                producer: self.producer.to_owned(),
                after: cursor.unsigned_abs(),
                limit: u32::try_from(BATCH).unwrap_or(u32::MAX),
            });
            self.token.put(request.metadata_mut());
            let answer = client.list_facts(request).await?.into_inner();
            until = until.min(answer.head);
            if answer.facts.is_empty() {
                return Ok(());
            }
            let count = answer.facts.len() as u64;
            self.apply(cursor, answer.facts).await?;
            if repairing {
                self.count.repaired.fetch_add(count, Ordering::Relaxed);
            }
        }
    }

    async fn cursor(&self) -> Result<i64, DbErr> {
        let row = fact_cursor::Entity::find_by_id(self.producer).one(self.store.read()).await?;
        if let Some(row) = row {
            return Ok(row.position);
        }
        let first = fact_cursor::ActiveModel {
            producer: Set(self.producer.to_owned()),
            position: Set(0),
            holder: Set(Uuid::nil()),
            leased_until: Set(0),
        };
        let once = OnConflict::column(fact_cursor::Column::Producer).do_nothing().to_owned();
        fact_cursor::Entity::insert(first)
            .on_conflict(once)
            .exec_without_returning(self.store.write())
            .await?;
        Ok(0)
    }

    /// Applies gapless facts after `cursor`: together if all go well, else one by one, setting
    /// aside those that cannot be applied.
    async fn apply(&self, cursor: i64, facts: Vec<Fact>) -> Result<(), RoundError> {
        let mut spans = Applying::default();
        let together = self.apply_together(cursor, &facts, &mut spans).await;
        if together.is_err() {
            spans.end_as(UNDONE);
        }
        match together {
            Ok(()) => {}
            Err(ApplyError::Store(error)) if is_away(&error) || moved(&error) => {
                return Err(error.into());
            }
            // One by one, so that what comes before a fact that waits or is refused goes on.
            Err(_) => {
                for (cursor, fact) in (cursor..).zip(&facts) {
                    self.apply_or_park(cursor, fact).await?;
                }
            }
        }
        self.count.applied.fetch_add(facts.len() as u64, Ordering::Relaxed);
        self.consumer.applied(self.producer).await;
        // What a consumer tells because of these facts stands in its own store now.
        self.bus.committed(self.store.service());
        Ok(())
    }

    async fn apply_together(
        &self,
        cursor: i64,
        facts: &[Fact],
        spans: &mut Applying,
    ) -> Result<(), ApplyError> {
        let now = self.clock.now();
        let txn = self.store.begin().await?;
        // First, so that of two replicas one waits here and then sees that the work is done.
        let count = i64::try_from(facts.len()).unwrap_or(i64::MAX);
        self.move_cursor(&txn, cursor, cursor + count).await?;
        for fact in facts {
            let span = spans.begin(fact, now);
            self.consumer.apply(&txn, fact).instrument(span).await?;
        }
        Ok(txn.commit().await?)
    }

    async fn apply_or_park(&self, cursor: i64, fact: &Fact) -> Result<(), RoundError> {
        let mut spans = Applying::default();
        let alone = self.apply_together(cursor, std::slice::from_ref(fact), &mut spans).await;
        let reason = match alone {
            Ok(()) => return Ok(()),
            Err(ApplyError::Store(error)) if !is_row_refused(&error) => {
                spans.end_as(UNDONE);
                return Err(error.into());
            }
            Err(error @ ApplyError::Wait(_)) => {
                spans.end_as(UNDONE);
                return Err(RoundError::Passing(error.to_string()));
            }
            Err(error) => error.to_string(),
        };
        spans.end_as("parked");
        trace::within(&fact.traceparent, || {
            let (producer, position) = (self.producer, fact.position);
            tracing::error!(producer, position, reason, "fact parked");
        });
        let txn = self.store.begin().await?;
        let parked = fact_parked::ActiveModel {
            producer: Set(self.producer.to_owned()),
            position: Set(cursor + 1),
            body: Set(fact.encode_to_vec()),
            reason: Set(reason),
            parked_at: Set(self.clock.now().as_microsecond()),
        };
        fact_parked::Entity::insert(parked).exec_without_returning(&txn).await?;
        self.move_cursor(&txn, cursor, cursor + 1).await?;
        txn.commit().await?;
        self.count.parked.fetch_add(1, Ordering::Relaxed);
        Ok(())
    }

    async fn move_cursor(
        &self,
        txn: &DatabaseTransaction,
        from: i64,
        to: i64,
    ) -> Result<(), DbErr> {
        let moved = fact_cursor::Entity::update_many()
            .set(fact_cursor::ActiveModel { position: Set(to), ..Default::default() })
            .filter(fact_cursor::Column::Producer.eq(self.producer))
            .filter(fact_cursor::Column::Position.eq(from))
            .exec(txn)
            .await?;
        if moved.rows_affected == 1 { Ok(()) } else { Err(DbErr::RecordNotUpdated) }
    }
}

/// Whether another replica moved the cursor first: its work stands, ours is undone.
fn moved(error: &DbErr) -> bool {
    matches!(error, DbErr::RecordNotUpdated)
}

/// A replica's right to apply a producer's facts.
struct Lease {
    holder: Uuid,
    /// When it must be renewed; before that it is held.
    renew_at: Timestamp,
}

enum RoundError {
    Ahead(String),
    Passing(String),
}

impl From<DbErr> for RoundError {
    fn from(error: DbErr) -> Self {
        Self::Passing(error.to_string())
    }
}

impl From<Status> for RoundError {
    fn from(status: Status) -> Self {
        if status.code() == Code::FailedPrecondition {
            Self::Ahead(status.message().to_owned())
        } else {
            Self::Passing(format!("{:?}: {}", status.code(), status.message()))
        }
    }
}
