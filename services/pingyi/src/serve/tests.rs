//! Two processes that know each other by certificates.

mod terminals;

use std::{path::PathBuf, sync::atomic::Ordering};

use platform::{
    server::listen,
    testing::{TestPlace, certificates::Authority, wait::until},
    tls::{Clients, Identity, ServerTls},
};

use super::*;
use crate::client::healthcheck;

struct Split {
    place: TestPlace,
    keys: Keys,
    authority: Authority,
    own: Identity,
    /// Who signs certificates of callers, if they are asked for any.
    client_ca: Option<PathBuf>,
    terminals: Terminals,
}

impl Split {
    async fn new() -> Self {
        let (place, keys, authority) = (TestPlace::new().await, Keys::make(), Authority::new());
        for role in Role::ALL {
            role.migrate(&place.location).await.unwrap();
        }
        let own = authority.server(place.folder(), "own", &["localhost"]);
        let terminals = Terminals::default();
        Self { place, keys, authority, own, client_ca: None, terminals }
    }

    /// A process of these roles; it asks catalog there, and believes these.
    async fn process(
        &self,
        roles: &[Role],
        catalog: Option<SocketAddr>,
        ca: Option<&std::path::Path>,
    ) -> Result<Running, RunError> {
        let tls = ServerTls::read(&self.own, self.client_ca.clone(), Clock::System).unwrap();
        let clients = Clients::new(ca, None).unwrap();
        let at = |address: SocketAddr| format!("https://localhost:{}", address.port());
        start(Plan {
            roles: roles.to_vec(),
            location: self.place.location.clone(),
            bus: Bus::embedded(),
            keys: self.keys.clone(),
            clock: Clock::System,
            listener: listen(([127, 0, 0, 1], 0).into()).await.unwrap(),
            access: Access {
                server: Some(tls),
                clients,
                terminals: self.terminals.clone(),
                ..Access::default()
            },
            peers: catalog.map(|address| (Role::Catalog, at(address))).into_iter().collect(),
            region: Some(RegionText::sample()),
            messages: None,
            ratings: RatingLimits::NONE,
            documents: None,
            transparency: Transparency::default(),
            reporting: Reports::default(),
            measuring: Measuring::default(),
            drain: Duration::ZERO,
        })
        .await
    }
}

/// What a process has taken from catalog, and how often it could not.
fn taken(running: &Running) -> (u64, u64) {
    let of_catalog = running.follows.iter().filter(|(_, producer, _)| *producer == catalog::NAME);
    of_catalog.fold((0, 0), |(applied, failed), (_, _, count)| {
        let [here, not] = [&count.applied, &count.failed].map(|one| one.load(Ordering::Relaxed));
        (applied + here, failed + not)
    })
}

async fn ended(running: Running) {
    running.stop.stop();
    running.ended().await.unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn s04_services_take_each_others_facts_over_tls_from_who_is_known_and_nobody_else() {
    let split = Split::new().await;
    let ca = split.authority.write(split.place.folder(), "ca.crt");
    let catalog = split.process(&[Role::Catalog], None, Some(&ca)).await.unwrap();
    let at = Some(catalog.address);
    let others = [Role::Intake, Role::Ticketing, Role::Publication];

    let stranger = Authority::new().write(split.place.folder(), "stranger.crt");
    let fooled = split.process(&others, at, Some(&stranger)).await.unwrap();
    until("it cannot ask", async || taken(&fooled).1 > 0).await;
    assert_eq!(taken(&fooled).0, 0);
    ended(fooled).await;
    let nobody = split.process(&others, at, None).await.map(drop).unwrap_err().to_string();
    assert!(nobody.contains("peers.catalog: \"https://localhost:"), "{nobody}");
    assert!(nobody.contains("no file of authorities"), "{nobody}");

    // Its own services ask each other without leaving the process.
    let running = split.process(&others, at, Some(&ca)).await.unwrap();
    until("facts come", async || taken(&running).0 > 0).await;
    let asked = |ca: Option<&std::path::Path>| {
        let address = running.address.to_string();
        let mut arguments = vec!["--address", address.as_str()];
        if let Some(ca) = ca {
            arguments.extend(["--ca", ca.to_str().unwrap(), "--name", "localhost"]);
        }
        healthcheck::asked(&arguments)
    };
    healthcheck::run(asked(Some(&ca))).await.unwrap();
    assert!(healthcheck::run(asked(None)).await.is_err(), "in the clear");
    assert!(healthcheck::run(asked(Some(&stranger))).await.is_err());
    ended(running).await;
    ended(catalog).await;
}
