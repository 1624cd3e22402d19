//! How consumers hear early that there are new facts: a Redis stream between processes, a wake-up
//! within one. Neither is trusted: whoever hears nothing for a second asks the producer.

use std::{collections::BTreeMap, sync::Arc};

use redis::{AsyncConnectionConfig, aio::MultiplexedConnection};
use tokio::sync::watch;

/// The services that tell facts.
pub const PRODUCERS: [&str; 4] = ["catalog", "intake", "ticketing", "publication"];

/// The bus of one process.
#[derive(Clone)]
pub struct Bus {
    wakes: Arc<BTreeMap<&'static str, watch::Sender<u64>>>,
    redis: Option<redis::Client>,
}

impl Bus {
    /// A bus within this process only.
    #[must_use]
    pub fn embedded() -> Self {
        let wakes = PRODUCERS.map(|producer| (producer, watch::Sender::new(0)));
        Self { wakes: Arc::new(wakes.into()), redis: None }
    }

    /// A bus between processes; connects when first used.
    ///
    /// # Errors
    /// If the URL is malformed.
    pub fn redis(url: &str) -> redis::RedisResult<Self> {
        Ok(Self { redis: Some(redis::Client::open(url)?), ..Self::embedded() })
    }

    /// Says that `producer` has committed facts.
    pub fn committed(&self, producer: &str) {
        if let Some(wake) = self.wakes.get(producer) {
            wake.send_modify(|n| *n = n.wrapping_add(1));
        }
    }

    /// Wakes whenever `producer` has committed facts in this process.
    #[must_use]
    pub fn wakes(&self, producer: &str) -> watch::Receiver<u64> {
        match self.wakes.get(producer) {
            Some(wake) => wake.subscribe(),
            None => watch::Sender::new(0).subscribe(),
        }
    }

    /// Whether facts are announced between processes.
    #[must_use]
    pub fn is_shared(&self) -> bool {
        self.redis.is_some()
    }

    /// A connection of its own, without a response timeout, so that reads may block.
    pub(crate) async fn connect(&self) -> redis::RedisResult<Option<MultiplexedConnection>> {
        let Some(client) = &self.redis else {
            return Ok(None);
        };
        let config = AsyncConnectionConfig::new().set_response_timeout(None);
        client.get_multiplexed_async_connection_with_config(&config).await.map(Some)
    }
}

/// The stream a producer's facts are announced on.
#[must_use]
pub fn stream(producer: &str) -> String {
    format!("facts:{producer}")
}
