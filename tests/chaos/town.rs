//! Whole deployments of real processes: PostgreSQL, Redis, and replicas behind networks that fail.

use std::{
    collections::BTreeMap,
    path::{Path, PathBuf},
    process::Output,
    time::Duration,
};

use e2e::{
    citizens::Citizens,
    cut::Cut,
    postgres_server::PostgresServer,
    process::{Process, free_port, run},
    redis_server::RedisServer,
};
use pingyi::demo::tokens::Tokens;
use platform::{auth::Signer, clock::Clock, database::Location, keys::Keys};
use tempfile::TempDir;
use tonic::transport::{Channel, Endpoint};

use crate::{
    findings::{Findings, wait},
    stores::Stores,
};

pub(crate) const PINGYI: &str = env!("CARGO_BIN_EXE_pingyi-under-test");
/// The sample region, whose terminal the citizens stand at.
pub(crate) const REGION: &str =
    concat!(env!("CARGO_MANIFEST_DIR"), "/../services/pingyi/sample/652301");
/// How long a patient caller waits for an answer before it tries elsewhere.
pub(crate) const ANSWER: Duration = Duration::from_secs(3);
/// How long a process may take to serve: two cores, many tests.
pub(crate) const START: Duration = Duration::from_secs(60);

/// Whether the tests of this run use `store`: each pass of `tests/run` is for one of the two.
#[expect(clippy::disallowed_methods, reason = "tests/run says by environment what to test on")]
pub(crate) fn concerns(store: &str) -> bool {
    std::env::var("PINGYI_TEST_STORE").as_deref().unwrap_or("sqlite") == store
}

/// One process of a deployment; it always comes up at the same place.
pub(crate) struct Replica {
    pub(crate) port: u16,
    pub(crate) variables: Vec<(String, String)>,
    roles: Vec<String>,
    folder: PathBuf,
    process: Option<Process>,
    /// How often it ended by itself.
    pub(crate) own_ends: usize,
}

impl Replica {
    pub(crate) fn new(folder: &Path, roles: &[&str]) -> Self {
        Self {
            port: free_port(),
            variables: Vec::new(),
            roles: roles.iter().map(|role| (*role).to_owned()).collect(),
            folder: folder.to_owned(),
            process: None,
            own_ends: 0,
        }
    }

    pub(crate) fn set(&mut self, name: &str, value: impl Into<String>) {
        self.variables.retain(|(known, _)| known != name);
        self.variables.push((name.to_owned(), value.into()));
    }

    /// Starts it without waiting for it.
    pub(crate) fn begin(&mut self) {
        let roles: Vec<&str> = self.roles.iter().map(String::as_str).collect();
        let process =
            Process::begin_at(self.port, PINGYI, &self.folder, &roles, &borrowed(&self.variables));
        self.process = Some(process);
    }

    /// Starts it again if it has ended by itself, as a supervisor does.
    pub(crate) fn supervise(&mut self) {
        if self.process.as_mut().is_some_and(|process| process.ended().is_some()) {
            self.own_ends += 1;
            self.begin();
        }
    }

    pub(crate) fn kill(&mut self) {
        if let Some(process) = self.process.take() {
            process.kill();
        }
    }

    /// Stops it, and waits until it has ended.
    pub(crate) async fn stop(&mut self) {
        if let Some(process) = self.process.take() {
            process.stop().await;
        }
    }

    /// Freezes it, until [`Self::thaw`].
    pub(crate) fn freeze(&mut self) {
        self.supervise();
        self.process().signal("STOP");
    }

    pub(crate) fn thaw(&self) {
        self.process().signal("CONT");
    }

    pub(crate) fn process(&self) -> &Process {
        self.process.as_ref().expect("it runs")
    }

    pub(crate) fn address(&self) -> String {
        format!("127.0.0.1:{}", self.port)
    }

    pub(crate) fn channel(&self, patience: Duration) -> Channel {
        let endpoint = Endpoint::from_shared(format!("http://{}", self.address())).unwrap();
        endpoint.connect_timeout(patience).timeout(patience).connect_lazy()
    }

    /// The output of `pingyi healthcheck`: nothing if it is healthy.
    pub(crate) fn health(&self) -> Result<(), String> {
        told(&run(PINGYI, &self.folder, &["healthcheck", "--address", &self.address()], &[]))
            .map(|_| ())
    }

    /// Waits until it serves.
    pub(crate) async fn up(&mut self) -> Result<Duration, String> {
        let what = format!("{:?} at {} serves", self.roles, self.port);
        let up = wait(&what, START, async || {
            self.supervise();
            self.health()
        })
        .await;
        Ok(up?.1)
    }

    /// Its log so far.
    pub(crate) fn log(&self) -> String {
        std::fs::read_to_string(self.folder.join(format!("{}.log", self.port))).unwrap_or_default()
    }

    /// Its last words when it ended by itself, and how often it did.
    pub(crate) fn last_words(&self) -> BTreeMap<String, usize> {
        let mut words = BTreeMap::new();
        for word in self.log().lines().filter_map(|line| line.strip_prefix("pingyi: ")) {
            *words.entry(word.to_owned()).or_default() += 1;
        }
        words
    }

    /// The end of its log: warnings and errors.
    pub(crate) fn complaints(&self, lines: usize) -> String {
        let log = self.log();
        let bad = |line: &&str| {
            ["WARN", "ERROR", "pingyi: ", "panicked"].iter().any(|word| line.contains(word))
        };
        let bad: Vec<&str> = log.lines().filter(bad).collect();
        let last = &bad[bad.len().saturating_sub(lines)..];
        format!(
            "{:?} at {}, {} complaints:\n{}\n",
            self.roles,
            self.port,
            bad.len(),
            last.join("\n")
        )
    }
}

fn borrowed(variables: &[(String, String)]) -> Vec<(&str, &str)> {
    variables.iter().map(|(name, value)| (name.as_str(), value.as_str())).collect()
}

/// The output of a program that ended well, or the error output of one that did not.
pub(crate) fn told(output: &Output) -> Result<String, String> {
    let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
    if output.status.success() {
        return Ok(text(&output.stdout));
    }
    Err(format!("{} {}", text(&output.stdout), text(&output.stderr)).trim().to_owned())
}

/// The network between a replica and its servers.
pub(crate) struct Networks {
    pub(crate) database: Cut,
    pub(crate) redis: Cut,
}

/// A deployment on PostgreSQL and Redis of its own.
pub(crate) struct Town {
    // Dropped in this order: processes before the servers they use.
    pub(crate) replicas: Vec<Replica>,
    pub(crate) networks: Vec<Networks>,
    pub(crate) redis: RedisServer,
    pub(crate) postgres: PostgresServer,
    pub(crate) tokens: Tokens,
    pub(crate) folder: TempDir,
}

impl Town {
    /// One process for each list of roles; all of them are up.
    pub(crate) async fn of(processes: &[&[&str]]) -> Self {
        let mut town = Self::down(processes).await;
        for replica in &mut town.replicas {
            replica.begin();
            // Processes that need each other cannot wait for each other.
            if processes.iter().all(|roles| *roles == ["all"]) {
                replica.up().await.unwrap();
            }
        }
        town.all_up().await.unwrap();
        town
    }

    /// The same before any process is started.
    pub(crate) async fn down(processes: &[&[&str]]) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let (postgres, redis) = (PostgresServer::start().await, RedisServer::start().await);
        let tokens = tokens(folder.path());
        let mut replicas: Vec<Replica> =
            processes.iter().map(|roles| Replica::new(folder.path(), roles)).collect();
        let mut networks = Vec::new();
        let whereabouts: Vec<(String, String)> = replicas
            .iter()
            .flat_map(|replica| {
                let at = format!("http://{}", replica.address());
                replica.roles.iter().map(move |role| (role.clone(), at.clone()))
            })
            .collect();
        for replica in &mut replicas {
            let database = Cut::to(postgres.port()).await;
            let stream = Cut::to(redis.port()).await;
            let url = format!("postgres://postgres@127.0.0.1:{}/pingyi", database.port());
            replica.set("PINGYI__DATABASE__URL", url);
            replica.set("PINGYI__REDIS__URL", format!("redis://127.0.0.1:{}", stream.port()));
            for (role, at) in whereabouts.iter().filter(|(role, _)| role != "all") {
                if role != "publication" {
                    replica.set(&format!("PINGYI__PEERS__{}", role.to_uppercase()), at);
                }
            }
            common(replica);
            networks.push(Networks { database, redis: stream });
        }
        let town = Self { replicas, networks, redis, postgres, tokens, folder };
        told(&town.pingyi(&["migrate"])).unwrap();
        town
    }

    /// Waits until every process serves and intake knows the catalog.
    pub(crate) async fn all_up(&mut self) -> Result<(), String> {
        for replica in &mut self.replicas {
            replica.up().await?;
        }
        for replica in self.replicas.iter().filter(|replica| runs_intake(replica)) {
            knows_catalog(&citizens(replica, &self.tokens, ANSWER)).await?;
        }
        Ok(())
    }

    /// Runs an operator's command, directly on the servers.
    pub(crate) fn pingyi(&self, arguments: &[&str]) -> Output {
        let (database, redis) = (self.postgres.url(), self.redis.url());
        let mut variables = vec![
            ("PINGYI__DATABASE__URL", database.as_str()),
            ("PINGYI__REDIS__URL", redis.as_str()),
            ("PINGYI__KEYS__FOLDER", "keys"),
        ];
        // The address of each service is configured alike everywhere.
        let replicas = self.replicas.iter().flat_map(|replica| borrowed(&replica.variables));
        variables.extend(replicas.filter(|(name, _)| name.starts_with("PINGYI__PEERS__")));
        run(PINGYI, self.folder.path(), arguments, &variables)
    }

    pub(crate) async fn stores(&self) -> Stores {
        Stores::at(&Location::Postgres(self.postgres.url())).await
    }

    /// Citizens who wait so long for an answer of this replica.
    pub(crate) fn citizens(&self, replica: usize, patience: Duration) -> Citizens {
        citizens(&self.replicas[replica], &self.tokens, patience)
    }

    /// Every replica is healthy at the end: none has stopped following, and none waits for an
    /// operator.
    pub(crate) async fn check_health(&mut self, findings: &mut Findings) {
        for replica in &mut self.replicas {
            findings.take(replica.up().await);
        }
    }

    /// What to look at if something is wrong.
    pub(crate) fn evidence(&self) -> String {
        self.replicas.iter().map(|replica| replica.complaints(12)).collect()
    }
}

/// A deployment's own keys, in its folder, and tokens signed with them.
pub(crate) fn tokens(folder: &Path) -> Tokens {
    let keys = Keys::read_or_make(&folder.join("keys")).unwrap();
    Tokens::new(Signer::new(&keys, Clock::System).unwrap())
}

/// The common configuration of all processes.
pub(crate) fn common(replica: &mut Replica) {
    replica.set("PINGYI__KEYS__FOLDER", "keys");
    replica.set("PINGYI__DOCUMENTS__URL", "folder:documents");
    replica.set("PINGYI__LOG__FORMAT", "text");
    replica.set("NO_COLOR", "1");
    if replica.roles.iter().any(|role| role == "all" || role == "catalog") {
        replica.set("PINGYI__CATALOG__REGION", REGION);
    }
}

fn runs_intake(replica: &Replica) -> bool {
    replica.roles.iter().any(|role| role == "all" || role == "intake")
}

pub(crate) fn citizens(replica: &Replica, tokens: &Tokens, patience: Duration) -> Citizens {
    Citizens::at(replica.channel(patience), tokens)
}

pub(crate) async fn knows_catalog(citizens: &Citizens) -> Result<(), String> {
    let known = wait("intake knows the catalog", START, async || {
        citizens.apply().await.map_err(|status| status.to_string())
    });
    known.await.map(|_| ())
}

/// An identity number that is well-formed and that nobody else was given here.
pub(crate) fn somebodys_number() -> String {
    let random = Clock::System.new_id().as_u128();
    let days = i64::try_from(random % 10_000).unwrap();
    let born = jiff::civil::date(1949, 1, 1) + jiff::Span::new().days(days);
    let body = format!("110105{}{:03}", born.strftime("%Y%m%d"), random / 10_000 % 1_000);
    let today = domain::deadline::day_of(Clock::System.now());
    let mut numbers = "0123456789X".chars().map(|check| format!("{body}{check}"));
    numbers.find(|number| domain::codes::is_id_number(number, today)).unwrap()
}
