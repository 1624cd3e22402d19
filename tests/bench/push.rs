//! How fast business systems push cases in bulk (M11): `pingyi load import`, streams of 10,000 cases
//! one after the other, ÷ pgbench inserting a hundred rows in a statement over one connection: the
//! cases alone, and all the rows a case comes to. Rounds are interleaved.
//!
//! ```sh
//! PINGYI_TEST_STORE=postgres PINGYI_TEST_POSTGRES=postgres://user@host/postgres \\
//!     cargo bench --profile dist -p e2e --bench push
//! ```

#![allow(clippy::unwrap_used, reason = "a measurement that cannot go on has failed")]
#![allow(clippy::print_stdout, reason = "figures are printed")]

mod anchors;
mod callers;
mod load;
mod measured;

use anchors::{Anchors, PgBench};
use callers::{SPAN, median};
use e2e::redis_server::RedisServer;
use measured::Measured;
use platform::{database::Location, testing::TestPlace};

const PINGYI: &str = env!("CARGO_BIN_EXE_pingyi-under-test");
/// How many rounds.
const ROUNDS: usize = 5;
/// Rows of a statement of the anchor.
const ROWS: f64 = 100.0;

#[tokio::main]
async fn main() {
    let place = TestPlace::new().await;
    let Location::Postgres(database) = place.location.clone() else {
        println!("PINGYI_TEST_STORE=postgres is needed");
        return;
    };
    let redis = RedisServer::start().await;
    let served = Measured::start(&place.location, &redis, place.folder()).await;
    let anchors = Anchors::new(&database, place.folder()).await;
    let mut rounds = Vec::new();
    for round in 1..=ROUNDS {
        let pushed = load::import(place.folder(), &served.process.address);
        let cases = ROWS * anchors.run(PgBench::Cases, 1, SPAN).await;
        let all = ROWS * anchors.run(PgBench::CasesAndAll, 1, SPAN).await;
        println!("round {round}: pushed {pushed:.0}/s  case rows {cases:.0}/s  whole {all:.0}/s");
        rounds.push((pushed / cases, pushed / all));
    }
    let cases = median(rounds.iter().map(|(cases, _)| *cases).collect());
    let all = median(rounds.iter().map(|(_, all)| *all).collect());
    println!("\nmedian ratios of {ROUNDS} interleaved rounds of {SPAN:?}:");
    println!("M11  pushed / whole cases, all rows of each   {all:.2}   floor 0.5  target 0.8");
    println!("     pushed / rows of the table of cases      {cases:.2}");
}
