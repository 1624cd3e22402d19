//! Deployments inside the test's process: all services as one, or each on its own.

use std::time::Duration;

use pingyi::{
    demo::tokens::Tokens,
    recover,
    roles::Role,
    sample::RegionText,
    serve::{self, Running, start},
};
use platform::{
    bus::Bus,
    clock::Clock,
    database::Store,
    documents::Place,
    facts::{consume::FollowCount, reconcile::Plan},
    keys::Keys,
    testing::TestPlace,
};
use sea_orm::{ConnectionTrait as _, Statement};
use tokio::net::TcpListener;
use tonic::transport::{Channel, Endpoint};

/// Services running in this process over real sockets and a real store.
pub struct Deployment {
    running: Vec<Running>,
    /// Signs tokens for callers.
    pub tokens: Tokens,
    /// Where the stores are.
    pub place: TestPlace,
    /// The deployment's keys.
    pub keys: Keys,
}

impl Deployment {
    /// All services in one process, the bus within it.
    pub async fn embedded() -> Self {
        let place = TestPlace::new().await;
        Self::of(place, vec![Role::ALL.to_vec()], &|_| Bus::embedded(), Clock::System).await
    }

    /// Each service a process of its own as far as it can tell: own sockets, own connections, and
    /// nothing between them but gRPC and Redis.
    ///
    /// # Panics
    /// If the address is malformed.
    pub async fn apart(redis: &str) -> Self {
        let bus = |keys: &Keys| Bus::redis(redis, keys).expect("a Redis address");
        let place = TestPlace::new().await;
        Self::of(place, Role::ALL.map(|role| vec![role]).to_vec(), &bus, Clock::System).await
    }

    /// Processes with these roles.
    ///
    /// # Panics
    /// If one does not start.
    pub async fn of(
        place: TestPlace,
        processes: Vec<Vec<Role>>,
        bus: &dyn Fn(&Keys) -> Bus,
        clock: Clock,
    ) -> Self {
        Self::in_region(RegionText::sample(), place, processes, bus, clock).await
    }

    /// Processes with these roles, for a region.
    ///
    /// # Panics
    /// If one does not start.
    pub async fn in_region(
        region: RegionText,
        place: TestPlace,
        processes: Vec<Vec<Role>>,
        bus: &dyn Fn(&Keys) -> Bus,
        clock: Clock,
    ) -> Self {
        let keys = Keys::make();
        for role in Role::ALL {
            role.migrate(&place.location).await.expect("migrations run");
        }
        let mut listeners = Vec::new();
        let mut peers = Vec::new();
        for roles in processes {
            let listener = TcpListener::bind("127.0.0.1:0").await.expect("a free port");
            let address = listener.local_addr().expect("an address");
            peers.extend(roles.iter().map(|role| (*role, format!("http://{address}"))));
            listeners.push((listener, roles));
        }
        let mut running = Vec::new();
        for (listener, roles) in listeners {
            let plan = serve::Plan {
                roles,
                location: place.location.clone(),
                bus: bus(&keys),
                keys: keys.clone(),
                clock: clock.clone(),
                listener,
                access: Default::default(),
                peers: peers.clone(),
                region: Some(region.clone()),
                messages: None,
                ratings: Default::default(),
                documents: Some(Place::Folder(place.folder().join("documents"))),
                transparency: Default::default(),
                reporting: serve::Reports::default(),
                measuring: Default::default(),
                drain: Duration::ZERO,
            };
            running.push(start(plan).await.expect("the process starts"));
        }
        let tokens = Tokens::new(running[0].shell.signer.clone());
        Self { running, tokens, place, keys }
    }

    /// Where a service answers, as `http://…`.
    ///
    /// # Panics
    /// If it does not run.
    #[must_use]
    pub fn address(&self, role: Role) -> String {
        let runs = |running: &&Running| running.stores.iter().any(|s| s.service() == role.name());
        let running = self.running.iter().find(runs).expect("the role runs");
        format!("http://{}", running.address)
    }

    /// A connection to a service.
    ///
    /// # Panics
    /// If the address is malformed.
    #[must_use]
    pub fn channel(&self, role: Role) -> Channel {
        Endpoint::from_shared(self.address(role)).expect("an address").connect_lazy()
    }

    /// A service's store.
    ///
    /// # Panics
    /// If it does not run.
    #[must_use]
    pub fn store(&self, role: Role) -> &Store {
        let mut stores = self.running.iter().flat_map(|running| &running.stores);
        stores.find(|store| store.service() == role.name()).expect("the role runs")
    }

    /// What a consumer has done with a producer's facts.
    ///
    /// # Panics
    /// If it does not follow it.
    #[must_use]
    pub fn follow(&self, consumer: Role, producer: Role) -> &FollowCount {
        let mut follows = self.running.iter().flat_map(|running| &running.follows);
        let found = follows.find(|(c, p, _)| *c == consumer.name() && *p == producer.name());
        found.map(|(.., count)| count.as_ref()).expect("it follows")
    }

    /// Brings a service back to the histories it follows, or says what that would be.
    ///
    /// # Panics
    /// If a store fails.
    pub async fn reconcile(&self, consumer: Role, really: bool) -> Vec<Plan> {
        let shell = &self.running[0].shell;
        let plans = recover::plans(&self.place.location, shell, consumer, really).await;
        plans.expect("it is compared")
    }

    /// The first column of a query against a service's store, as text.
    ///
    /// # Panics
    /// If the query fails.
    pub async fn column(&self, role: Role, sql: &str) -> Vec<String> {
        let store = self.store(role);
        let statement = Statement::from_string(store.backend(), sql.to_owned());
        let rows = store.read().query_all_raw(statement).await.expect("the query runs");
        rows.iter()
            .map(|row| {
                let uuid = row.try_get_by_index::<sea_orm::prelude::Uuid>(0);
                let number = row.try_get_by_index::<i64>(0);
                match (uuid, number) {
                    (Ok(uuid), _) => uuid.to_string(),
                    (_, Ok(number)) => number.to_string(),
                    _ => row.try_get_by_index::<String>(0).expect("text, number or UUID"),
                }
            })
            .collect()
    }

    /// Stops every process and waits until it has ended.
    ///
    /// # Panics
    /// If one ended with an error.
    pub async fn end(self) {
        for running in &self.running {
            running.stop.stop();
        }
        for running in self.running {
            running.ended().await.expect("an orderly end");
        }
    }
}
