//! What the stream brings, as far as it continues from the applied facts.

use std::time::Duration;

use prost::Message as _;
use proto::fact::v1::Fact;
use redis::{
    aio::MultiplexedConnection,
    streams::{StreamId, StreamReadOptions, StreamReadReply},
};
use uuid::Uuid;

use super::{BATCH, Follower, Mind, PAUSE, RoundError, SILENCE};
use crate::{
    bus::stream,
    facts::{
        consume::{Consumer, FollowCount},
        history::{Link, Place, going_on},
        place_of,
    },
    reference::CATALOG,
    trouble::Kind,
};

/// A fact of the stream, and its link to the one before it.
struct Entry {
    fact: Fact,
    link: Link,
}

/// What a reading of the stream brought.
struct Reading {
    entries: Vec<Entry>,
    /// How many entries there were, ours or not.
    there: usize,
    /// Whether it is everything in the stream after the place.
    whole: bool,
}

impl<C: Consumer> Follower<C> {
    /// Takes what the stream brings within a second, and asks the producer for the rest. Returns
    /// how long to rest before the next look.
    pub(super) async fn follow_stream(
        &self,
        mind: &mut Mind,
        from: Place,
    ) -> Result<Duration, RoundError> {
        let away = Kind::Stream(self.producer);
        let reading = match self.read_stream(&mut mind.redis, from.position).await {
            Ok(reading) => {
                self.store.troubles().end(away);
                reading
            }
            Err(error) => {
                mind.redis = None;
                mind.confirmed = None;
                self.store.troubles().meet(away, error);
                tokio::time::sleep(PAUSE).await;
                Reading { entries: Vec::new(), there: 0, whole: false }
            }
        };
        let Reading { mut entries, there, whole } = reading;
        let brought = entries.len();
        let first = entries.first().map(|entry| entry.link.at.position);
        entries.truncate(going_on(from, entries.iter().map(|entry| entry.link)));
        // An answer confirms the entries read now that continue from it, and later entries of the
        // stream, but not those still unread by then: they may have been undone.
        let vouched = mind.confirmed.is_some_and(|since| from.position >= since);
        if let Some(last) = entries.last().map(|entry| entry.link.at)
            && (vouched || self.confirms(last).await?)
        {
            if whole && entries.len() == brought {
                mind.confirmed.get_or_insert(from.position);
            }
            self.apply(from, entries.into_iter().map(|entry| entry.fact).collect()).await?;
            return Ok(Duration::ZERO);
        }
        if there > 0 {
            FollowCount::add(&self.count.holes, 1);
        }
        // Up to the beginning of the stream: after it the stream is faster. If the stream continues
        // from here but is not confirmed, there is no such limit.
        let until = first.filter(|first| *first > from.position + 1);
        let to = self.ask_producer(from, until.map_or(i64::MAX, |first| first - 1)).await?.at;
        if whole && there == 0 {
            mind.confirmed.get_or_insert(from.position);
        }
        // Reading an unconfirmed stream does not wait: without a pause this would be a busy loop.
        let idle = there > 0 && to.position == from.position;
        Ok(if idle { PAUSE } else { Duration::ZERO })
    }

    async fn read_stream(
        &self,
        redis: &mut Option<MultiplexedConnection>,
        after: i64,
    ) -> redis::RedisResult<Reading> {
        if redis.is_none() {
            *redis = self.bus.connect(None).await?;
        }
        let Some(connection) = redis else {
            return Ok(Reading { entries: Vec::new(), there: 0, whole: false });
        };
        let block = usize::try_from(SILENCE.as_millis()).unwrap_or_default();
        // An item has its whole guide with it: of the catalog's facts fewer are in memory at once.
        let most = if self.producer == CATALOG { BATCH / 4 } else { BATCH };
        let options = StreamReadOptions::default().count(most).block(block);
        let key = stream(self.producer);
        let id = format!("{after}-0");
        let mut read = redis::cmd("XREAD");
        read.arg(options).arg("STREAMS").arg(&key).arg(id);
        // A Redis that hangs counts as away.
        let reply = tokio::time::timeout(SILENCE * 2, read.query_async(connection)).await;
        let reply: Option<StreamReadReply> = reply.map_err(std::io::Error::from)??;
        let entries = reply.into_iter().flat_map(|reply| reply.keys).flat_map(|key| key.ids);
        let entries: Vec<StreamId> = entries.collect();
        let there = entries.len();
        // An entry that is no fact of ours makes a gap, which is repaired; so is the rest behind
        // it.
        let ours = entries.iter().map_while(|entry| self.entry(entry));
        let ours: Vec<Entry> = ours.collect();
        let whole = there < most && ours.len() == there;
        Ok(Reading { entries: ours, there, whole })
    }

    fn entry(&self, entry: &StreamId) -> Option<Entry> {
        let (bytes, seal): (Vec<u8>, Vec<u8>) = (entry.get("fact")?, entry.get("seal")?);
        let after: Vec<u8> = entry.get("after")?;
        if !self.bus.is_sealed(self.producer, &after, &bytes, &seal) {
            return None;
        }
        let fact = Fact::decode(bytes.as_slice()).ok()?;
        let link = Link { at: place_of(&fact), after: Uuid::from_slice(&after).ok()? };
        Some(Entry { fact, link })
    }
}
