//! How fast ratings become durable, against anchors in the same run on the same machine:
//!
//! - M1: `SubmitRating`, 64 callers ÷ pgbench single-row insert into the same table, 64 clients
//! - M2: the same ÷ pgbench transaction of equal work (rating and fact)
//! - M5: the same ÷ one transaction per request in a server with the same layers, 64 and 256
//!
//! Rounds are interleaved; the median of each ratio is quoted, absolute rates beside it. The real
//! binary runs in its release build, with identity checks, validation, encryption, facts and
//! the relay to Redis on. Needs a PostgreSQL to itself, a redis-server and pgbench:
//!
//! ```sh
//! PINGYI_TEST_STORE=postgres PINGYI_TEST_POSTGRES=postgres://user@host/postgres \\
//!     cargo bench -p e2e --bench intake
//! ```

#![allow(clippy::unwrap_used, reason = "a measurement that cannot go on has failed")]
#![allow(clippy::print_stdout, reason = "figures are printed")]

mod anchors;
mod callers;
mod per_request;

use std::sync::Arc;

use anchors::{Anchors, PgBench};
use callers::{ACTS, Figure, SPAN, median, rate};
use e2e::{citizens::Citizens, process::Process, redis_server::RedisServer, until};
use pingyi::demo::tokens::Tokens;
use platform::{auth::Signer, clock::Clock, database::Location, keys::Keys, testing::TestPlace};
use tonic::transport::Endpoint;

const PINGYI: &str = env!("CARGO_BIN_EXE_pingyi-under-test");
/// How many rounds.
const ROUNDS: usize = 5;

#[tokio::main]
async fn main() {
    let place = TestPlace::new().await;
    let Location::Postgres(database) = place.location.clone() else {
        println!("PINGYI_TEST_STORE=postgres is needed");
        return;
    };
    let redis = RedisServer::start().await;
    let redis_url = redis.url();
    let region = concat!(env!("CARGO_MANIFEST_DIR"), "/../services/pingyi/sample/652301");
    let variables = [
        ("PINGYI__DATABASE__URL", database.as_str()),
        ("PINGYI__REDIS__URL", redis_url.as_str()),
        ("PINGYI__CATALOG__REGION", region),
    ];
    let catalog = Process::serve(PINGYI, place.folder(), &["catalog", "--dev"], &variables).await;
    let peer = format!("http://{}", catalog.address);
    // No ticketing runs here: nobody answers there, and nothing is measured that would need it.
    let peers = [
        ("PINGYI__PEERS__CATALOG", peer.as_str()),
        ("PINGYI__PEERS__TICKETING", "http://127.0.0.1:9"),
    ];
    let with_peers = [&variables[..], &peers].concat();
    let intake = Process::serve(PINGYI, place.folder(), &["intake", "--dev"], &with_peers).await;

    let keys = Keys::read(&place.folder().join(".pingyi/keys")).unwrap();
    let tokens = Tokens::new(Signer::new(&keys, Clock::System).unwrap());
    let kiosk = tokens.kiosk().unwrap();
    let endpoint = Endpoint::from_shared(format!("http://{}", intake.address)).unwrap();
    let citizens = Citizens::at(endpoint.connect_lazy(), &tokens);
    until("intake knows the catalog", async || citizens.apply().await.is_ok()).await;
    let mut invitations = Vec::new();
    for _ in 0..ACTS {
        invitations.push(citizens.invitation().await);
    }
    let invitations = Arc::new(invitations);
    let anchors = Anchors::new(&database, place.folder()).await;
    let one_by_one = per_request::serve(&place, &keys).await;

    let columns = ["group@64", "group@256", "insert@64", "rating+fact@64", "each@64", "each@256"];
    println!("{:>6} {}", "round", columns.map(|c| format!("{c:>15}")).join(""));
    let mut rounds: Vec<[f64; 6]> = Vec::new();
    let mut last = None;
    for round in 1..=ROUNDS {
        let group64 = rate(&intake.address, 64, &kiosk, &invitations).await;
        let insert = anchors.run(PgBench::Insert, 64, SPAN).await;
        let group256 = rate(&intake.address, 256, &kiosk, &invitations).await;
        let equal = anchors.run(PgBench::RatingAndFact, 64, SPAN).await;
        let each64 = rate(&one_by_one, 64, &kiosk, &invitations).await;
        let each256 = rate(&one_by_one, 256, &kiosk, &invitations).await;
        let row = [
            group64.per_second,
            group256.per_second,
            insert,
            equal,
            each64.per_second,
            each256.per_second,
        ];
        println!("{round:>6} {}", row.map(|v| format!("{v:>15.0}")).join(""));
        rounds.push(row);
        last = Some((group64, group256, each64, each256));
    }
    let ratio = |above: usize, below: usize| {
        median(rounds.iter().map(|row| row[above] / row[below]).collect())
    };
    println!("\nmedian ratios of {ROUNDS} interleaved rounds of {SPAN:?}:");
    println!("M1  group@64 / insert@64           {:.2}   floor 0.9  target 1.3", ratio(0, 2));
    println!("M2  group@64 / rating+fact@64      {:.2}   floor 1.8  target 2.8", ratio(0, 3));
    println!("M5  group@64 / each@64             {:.2}   floor 2.5  target 3.5", ratio(0, 4));
    println!("M5  group@256 / each@256           {:.2}   floor 4    target 5", ratio(1, 5));
    if let Some((group64, group256, each64, each256)) = last {
        for (name, figure) in [
            ("group@64", group64),
            ("group@256", group256),
            ("each@64", each64),
            ("each@256", each256),
        ] {
            let Figure { ratings, p50_ms, p99_ms, .. } = figure;
            println!("{name:<10} p50 {p50_ms:>6.1} ms  p99 {p99_ms:>6.1} ms of {ratings}");
        }
    }
    drop(intake);
    drop(catalog);
}
