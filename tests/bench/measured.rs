//! A deployment to be measured: the real binary with catalog and intake, on a store of its own.

#![allow(dead_code, reason = "not every measurement looks at everything")]

use std::{
    path::Path,
    process::{Command, Stdio},
    sync::Arc,
    time::{Duration, Instant},
};

use e2e::{
    citizens::Citizens,
    process::{Process, free_port},
    redis_server::RedisServer,
    until,
};
use pingyi::demo::tokens::Tokens;
use platform::{auth::Signer, clock::Clock, database::Location, keys::Keys};
use tokio::net::TcpStream;
use tonic::transport::Endpoint;
use tonic_health::pb::{HealthCheckRequest, health_client::HealthClient};

use crate::{PINGYI, callers::ACTS};

/// Catalog and intake in one process. No ticketing: nothing is measured that would need it.
const SERVED: [&str; 3] = ["catalog", "intake", "--dev"];

/// A running deployment and what its callers need.
pub(crate) struct Measured {
    pub(crate) process: Process,
    pub(crate) keys: Keys,
    /// A kiosk's access token.
    pub(crate) kiosk: String,
    pub(crate) invitations: Arc<Vec<String>>,
    /// Resident before anyone asked for anything, in KiB.
    pub(crate) idle_memory: u64,
    variables: Vec<(&'static str, String)>,
}

impl Measured {
    /// Starts it.
    pub(crate) async fn start(location: &Location, redis: &RedisServer, folder: &Path) -> Self {
        let database = match location {
            Location::Postgres(url) => url.clone(),
            Location::Sqlite(folder) => format!("sqlite:{}", folder.display()),
        };
        let region = concat!(env!("CARGO_MANIFEST_DIR"), "/../services/pingyi/sample/652301");
        let variables = vec![
            ("PINGYI__DATABASE__URL", database),
            ("PINGYI__CATALOG__REGION", region.to_owned()),
            ("PINGYI__PEERS__TICKETING", "http://127.0.0.1:9".to_owned()),
            ("PINGYI__REDIS__URL", redis.url()),
            // The acts are rated over and over.
            ("PINGYI__RATINGS__PER_ACT", "0".to_owned()),
            ("PINGYI__RATINGS__PER_MINUTE", "0".to_owned()),
        ];
        let told: Vec<_> = variables.iter().map(|(name, value)| (*name, value.as_str())).collect();
        let process = Process::serve(PINGYI, folder, &SERVED, &told).await;
        let idle_memory = process.memory();
        let keys = Keys::read(&folder.join(".pingyi/keys")).unwrap();
        let tokens = Tokens::new(Signer::new(&keys, Clock::System).unwrap());
        let kiosk = tokens.kiosk().unwrap();
        let endpoint = Endpoint::from_shared(format!("http://{}", process.address)).unwrap();
        let citizens = Citizens::at(endpoint.connect_lazy(), &tokens);
        until("intake knows the catalog", async || citizens.apply().await.is_ok()).await;
        let mut invitations = Vec::new();
        for _ in 0..ACTS {
            invitations.push(citizens.invitation().await);
        }
        let invitations = Arc::new(invitations);
        Self { process, keys, kiosk, invitations, idle_memory, variables }
    }

    /// How long another process of it takes from its start until it says that it serves.
    pub(crate) async fn start_up(&self, folder: &Path) -> Duration {
        let address = format!("127.0.0.1:{}", free_port());
        let mut command = Command::new(PINGYI);
        command.arg("serve").args(SERVED).current_dir(folder).stderr(Stdio::null());
        command.envs(self.variables.iter().map(|(name, value)| (name, value)));
        let began = Instant::now();
        let mut child = command.env("PINGYI__LISTEN__ADDRESS", &address).spawn().unwrap();
        while TcpStream::connect(&address).await.is_err() {
            tokio::time::sleep(Duration::from_micros(500)).await;
        }
        let channel = Endpoint::from_shared(format!("http://{address}")).unwrap();
        let mut health = HealthClient::new(channel.connect().await.unwrap());
        let request = HealthCheckRequest { service: "pingyi.intake.v1.RatingService".to_owned() };
        // It listens before it knows how it is.
        while health.check(request.clone()).await.is_err() {
            tokio::time::sleep(Duration::from_micros(500)).await;
        }
        let took = began.elapsed();
        child.kill().unwrap();
        child.wait().unwrap();
        took
    }

    /// What intake in a process of its own holds, as in a pod, before anyone asks it for anything;
    /// in KiB.
    pub(crate) async fn idle_alone(&self, folder: &Path) -> u64 {
        let catalog = format!("http://{}", self.process.address);
        let told = self.variables.iter().map(|(name, value)| (*name, value.as_str()));
        let told: Vec<_> = told.chain([("PINGYI__PEERS__CATALOG", catalog.as_str())]).collect();
        Process::serve(PINGYI, folder, &["intake", "--dev"], &told).await.memory()
    }
}
