//! How consumers learn early that there are new facts: a Redis stream between processes, a wake-up
//! within one. Consumers do not rely on either: after a second of silence they ask the producer.

use std::{
    collections::BTreeMap,
    fs,
    path::{Path, PathBuf},
    sync::Arc,
    time::Duration,
};

use redis::{AsyncConnectionConfig, Client, TlsCertificates, aio::MultiplexedConnection};
use tokio::sync::watch;

use crate::{crypto::Hasher, keys::Keys};

/// The services that write facts.
pub const PRODUCERS: [&str; 4] = ["catalog", "intake", "ticketing", "publication"];

/// The bus of one process.
#[derive(Clone)]
pub struct Bus {
    wakes: Arc<BTreeMap<&'static str, watch::Sender<u64>>>,
    shared: Option<RedisBus>,
}

/// A bus between processes. Entries are sealed with the deployment's key, so that neither another
/// deployment nor anyone with access to Redis can announce facts on it.
#[derive(Clone)]
struct RedisBus {
    url: String,
    /// The authorities to know it by over TLS; the system's if absent.
    ca: Option<PathBuf>,
    seal: Hasher,
}

impl RedisBus {
    /// Made for each connection: its authorities may have changed.
    fn client(&self) -> redis::RedisResult<Client> {
        let Some(ca) = &self.ca else { return Client::open(self.url.as_str()) };
        let certificates = TlsCertificates { client_tls: None, root_cert: Some(fs::read(ca)?) };
        Client::build_with_tls(self.url.as_str(), certificates)
    }
}

impl Bus {
    /// A bus within this process only.
    #[must_use]
    pub fn embedded() -> Self {
        let wakes = PRODUCERS.map(|producer| (producer, watch::Sender::new(0)));
        Self { wakes: Arc::new(wakes.into()), shared: None }
    }

    /// A bus between processes; connects when first used.
    ///
    /// # Errors
    /// If the URL (`redis://…` or, with TLS, `rediss://…`) is malformed.
    pub fn redis(url: &str, keys: &Keys) -> redis::RedisResult<Self> {
        let seal = Hasher::new(&keys.hashing, "announced fact");
        let shared = RedisBus { url: url.to_owned(), ca: None, seal };
        shared.client()?;
        Ok(Self { shared: Some(shared), ..Self::embedded() })
    }

    /// The same, knowing a `rediss://` server by the authorities of a file (PEM), which is read again
    /// for each connection.
    ///
    /// # Errors
    /// If the file cannot be read or holds none.
    pub fn with_authorities(mut self, ca: Option<&Path>) -> redis::RedisResult<Self> {
        if let (Some(shared), Some(ca)) = (&mut self.shared, ca)
            && shared.url.starts_with("rediss:")
        {
            shared.ca = Some(ca.to_owned());
            shared.client()?;
        }
        Ok(self)
    }

    /// Announces that `producer` has committed facts.
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

    /// Whether facts are announced to other processes.
    #[must_use]
    pub fn is_shared(&self) -> bool {
        self.shared.is_some()
    }

    /// The seal of an announced fact and of the id of the one before it; empty within one process,
    /// where nothing is announced.
    pub(crate) fn seal(&self, producer: &str, after: &[u8], fact: &[u8]) -> Vec<u8> {
        let parts = [producer.as_bytes(), after, fact];
        let seal = |shared: &RedisBus| shared.seal.hash(&parts).to_vec();
        self.shared.as_ref().map(seal).unwrap_or_default()
    }

    /// Whether this deployment announced a fact.
    pub(crate) fn is_sealed(&self, producer: &str, after: &[u8], fact: &[u8], seal: &[u8]) -> bool {
        let parts = [producer.as_bytes(), after, fact];
        self.shared.as_ref().is_some_and(|shared| shared.seal.verify(&parts, seal))
    }

    /// A connection of its own, without a response timeout, since reads may block.
    pub(crate) async fn connect(
        &self,
        timeout: Option<Duration>,
    ) -> redis::RedisResult<Option<MultiplexedConnection>> {
        let Some(shared) = &self.shared else { return Ok(None) };
        let config = AsyncConnectionConfig::new().set_response_timeout(timeout);
        shared.client()?.get_multiplexed_async_connection_with_config(&config).await.map(Some)
    }
}

/// Whether `url` is a valid Redis URL. What follows a `#` would ask the driver to believe any
/// certificate.
#[must_use]
pub fn is_redis_url(url: &str) -> bool {
    !url.contains('#') && Client::open(url).is_ok()
}

/// The stream a producer's facts are announced on.
#[must_use]
pub fn stream(producer: &str) -> String {
    format!("facts:{producer}")
}
