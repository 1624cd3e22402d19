//! What tracing costs the write path: `SubmitRating` by 64 callers against three processes that
//! differ only in their telemetry, each with a database and a Redis of its own:
//!
//! - off: no collector is configured; ids are made for logs and errors all the same
//! - on: every trace is sent, to a collector on the same machine that decodes and counts
//! - sampled: one trace in a hundred is sent there
//!
//! Rounds are interleaved; the median of each ratio to "off" is quoted, and the processor time of
//! the server for each rating, which other work on the machine disturbs less. `PINGYI_BENCH_AGAINST`
//! names another build of the binary to be measured as well, with nothing configured.
//!
//! ```sh
//! PINGYI_TEST_STORE=postgres PINGYI_TEST_POSTGRES=postgres://user@host/postgres \\
//!     cargo bench -p e2e --bench telemetry
//! ```

#![allow(clippy::unwrap_used, reason = "a measurement that cannot go on has failed")]
#![allow(clippy::print_stdout, reason = "figures are printed")]

mod callers;

use std::sync::Arc;

use callers::{ACTS, SPAN, median, rate};
use e2e::{
    citizens::Citizens, collector::Collector, process::Process, redis_server::RedisServer, until,
};
use pingyi::demo::tokens::Tokens;
use platform::{auth::Signer, clock::Clock, database::Location, keys::Keys, testing::TestPlace};
use tonic::transport::Endpoint;

const PINGYI: &str = env!("CARGO_BIN_EXE_pingyi-under-test");
/// How many rounds: what is looked for is small.
const ROUNDS: usize = 11;
/// How many callers.
const CALLERS: usize = 64;

struct Measured {
    name: &'static str,
    kiosk: String,
    invitations: Arc<Vec<String>>,
    process: Process,
    // Kept for as long as the process runs.
    place: TestPlace,
    _redis: RedisServer,
}

impl Measured {
    async fn start(name: &'static str, program: &str, telemetry: &[(&str, &str)]) -> Option<Self> {
        let place = TestPlace::new().await;
        let Location::Postgres(database) = place.location.clone() else {
            return None;
        };
        let redis = RedisServer::start().await;
        let redis_url = redis.url();
        let region = concat!(env!("CARGO_MANIFEST_DIR"), "/../services/pingyi/sample/652301");
        let variables = [
            ("PINGYI__DATABASE__URL", database.as_str()),
            ("PINGYI__REDIS__URL", redis_url.as_str()),
            ("PINGYI__CATALOG__REGION", region),
            // Nobody answers there, and nothing is measured that would need it.
            ("PINGYI__PEERS__TICKETING", "http://127.0.0.1:9"),
            // The acts are rated over and over.
            ("PINGYI__RATINGS__PER_ACT", "0"),
            ("PINGYI__RATINGS__PER_MINUTE", "0"),
        ];
        let variables = [&variables, telemetry].concat();
        let arguments = ["catalog", "intake", "--dev"];
        let process = Process::serve(program, place.folder(), &arguments, &variables).await;
        let keys = Keys::read(&place.folder().join(".pingyi/keys")).unwrap();
        let tokens = Tokens::new(Signer::new(&keys, Clock::System).unwrap());
        let endpoint = Endpoint::from_shared(format!("http://{}", process.address)).unwrap();
        let citizens = Citizens::at(endpoint.connect_lazy(), &tokens);
        until("intake knows the catalog", async || citizens.apply().await.is_ok()).await;
        let mut invitations = Vec::new();
        for _ in 0..ACTS {
            invitations.push(citizens.invitation().await);
        }
        let kiosk = tokens.kiosk().unwrap();
        let invitations = Arc::new(invitations);
        Some(Self { name, kiosk, invitations, process, place, _redis: redis })
    }
}

#[tokio::main]
async fn main() {
    let collector = Collector::counting().await;
    let endpoint = ("PINGYI__TELEMETRY__ENDPOINT", collector.endpoint.as_str());
    let sampled = [endpoint, ("PINGYI__TELEMETRY__RATIO", "0.01")];
    #[expect(clippy::disallowed_methods, reason = "whoever measures says against what")]
    let other = std::env::var("PINGYI_BENCH_AGAINST").ok();
    let mut measured = Vec::new();
    for (name, program, telemetry) in [
        ("off", Some(PINGYI), &sampled[..0]),
        ("on", Some(PINGYI), &sampled[..1]),
        ("sampled", Some(PINGYI), &sampled[..]),
        ("other", other.as_deref(), &sampled[..0]),
    ] {
        let Some(program) = program else { continue };
        let Some(started) = Measured::start(name, program, telemetry).await else {
            println!("PINGYI_TEST_STORE=postgres is needed");
            return;
        };
        measured.push(started);
    }
    let names: Vec<String> = measured.iter().map(|m| format!("{:>10}", m.name)).collect();
    println!("{:>6} {}   spans received, CPU µs per rating", "round", names.join(""));
    let (mut rounds, mut costs): (Vec<Vec<f64>>, Vec<Vec<f64>>) = Default::default();
    let mut last = Vec::new();
    for round in 0..ROUNDS {
        let before = collector.count();
        let (mut row, mut cost) = (vec![0.0; measured.len()], vec![0.0; measured.len()]);
        last.clear();
        for turn in 0..measured.len() {
            // Who comes first has the caches of who came before: everyone does once.
            let who = (turn + round) % measured.len();
            let m = &measured[who];
            let ticks = m.process.cpu_ticks();
            let figure = rate(&m.process.address, CALLERS, &m.kiosk, &m.invitations).await;
            let ticks = m.process.cpu_ticks() - ticks;
            row[who] = figure.per_second;
            cost[who] = ticks as f64 * 10_000.0 / figure.ratings as f64;
            last.push((m.name, figure));
        }
        let told = row.iter().map(|rate| format!("{rate:>10.0}")).collect::<String>();
        let costly = cost.iter().map(|cost| format!("{cost:>7.1}")).collect::<String>();
        println!("{:>6} {told}   {:>8} {costly}", round + 1, collector.count() - before);
        rounds.push(row);
        costs.push(cost);
    }
    println!("\nmedian ratios to off of {ROUNDS} interleaved rounds of {SPAN:?}:");
    for (who, m) in measured.iter().enumerate() {
        let ratio = median(rounds.iter().map(|row| row[who] / row[0]).collect());
        let cost = median(costs.iter().map(|row| row[who]).collect());
        let dearer = median(costs.iter().map(|row| row[who] / row[0]).collect());
        println!("{:<8} {ratio:.3}   {cost:.1} µs of the server's CPU each, {dearer:.3}", m.name);
    }
    for (name, figure) in last {
        println!("{name:<8} p50 {:>6.1} ms  p99 {:>6.1} ms", figure.p50_ms, figure.p99_ms);
    }
    for m in measured {
        let log = m.process.log();
        for line in log.lines().filter(|line| line.contains("spans were not delivered")) {
            println!("{}: {line}", m.name);
        }
        m.process.stop().await;
        drop(m.place);
    }
}
