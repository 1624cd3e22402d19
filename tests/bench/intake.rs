//! How fast ratings become durable, against anchors in the same run on the same machine:
//!
//! - M1: `SubmitRating`, 64 callers ÷ pgbench single-row insert into the same table, 64 clients
//! - M2: the same ÷ pgbench transaction of equal work (rating and fact)
//! - M3: the same ÷ an answer that does nothing behind the same layers, 64 and 256 callers
//! - M4: 256 streams of a client without a gRPC library ÷ the insert of M1
//! - M5: 64 and 256 callers ÷ one transaction per request behind the same layers
//! - M7: a lone caller's median ÷ that of one statement per request (each after its act was read)
//! - M8: the 99th percentile ÷ how long a batch takes, 64 and 256 callers
//! - M9: on SQLite, 64 callers ÷ one transaction per request
//! - M10: memory of the process, idle and at its peak (with the catalog's), and how long it takes
//!   until it serves
//!
//! Rounds are interleaved; the median of each ratio is quoted, absolute rates beside it. The real
//! binary runs as it is shipped, with identity checks, validation, encryption, facts and the relay
//! to Redis on. `pingyi load` measures it in the same rounds, and says so if anything it was
//! acknowledged is not there. Needs a PostgreSQL to itself, a redis-server and pgbench:
//!
//! ```sh
//! PINGYI_TEST_STORE=postgres PINGYI_TEST_POSTGRES=postgres://user@host/postgres \\
//!     cargo bench --profile dist -p e2e --bench intake
//! ```

#![allow(clippy::unwrap_used, reason = "a measurement that cannot go on has failed")]
#![allow(clippy::print_stdout, reason = "figures are printed")]

mod anchors;
mod callers;
mod load;
mod measured;
mod per_request;
mod plain;

use std::{
    env,
    io::{BufRead as _, BufReader},
    path::Path,
    process::{Child, Command, Stdio},
};

use anchors::{Anchors, PgBench};
use callers::{Figure, SPAN, median, rate};
use e2e::redis_server::RedisServer;
use load::{Loaded, submit};
use measured::Measured;
use per_request::{How, serve};
use platform::{database::Location, keys::Keys, testing::TestPlace};

const PINGYI: &str = env!("CARGO_BIN_EXE_pingyi-under-test");
/// How many rounds.
const ROUNDS: usize = 5;
/// How often a start is measured.
const STARTS: usize = 11;

/// What a round measured: everything in ratings per second but what says otherwise.
struct Round {
    group64: Figure,
    group256: Figure,
    alone: Figure,
    loaded64: Loaded,
    loaded256: Loaded,
    plain256: f64,
    insert: f64,
    rating_and_fact: f64,
    echo64: Figure,
    echo256: Figure,
    each64: Figure,
    each256: Figure,
    statement: Figure,
    commit64_ms: f64,
    commit256_ms: f64,
    sqlite64: Figure,
    sqlite_loaded64: Loaded,
    sqlite_each64: Figure,
}

/// A server to compare with, in a process of its own like the one that is measured: this program,
/// told so.
struct Compared {
    child: Child,
    address: String,
}

impl Compared {
    async fn start(how: How, location: &Location, folder: &Path) -> Self {
        let store = match location {
            Location::Postgres(url) => url.clone(),
            Location::Sqlite(folder) => format!("sqlite:{}", folder.display()),
        };
        let mut command = Command::new(env::current_exe().unwrap());
        command.args([how.name(), &store]).arg(folder).stdout(Stdio::piped());
        let mut child = command.spawn().unwrap();
        let mut address = String::new();
        BufReader::new(child.stdout.take().unwrap()).read_line(&mut address).unwrap();
        Self { child, address: address.trim().to_owned() }
    }

    /// Being it.
    async fn be(how: How, store: &str, folder: &Path) {
        let keys = Keys::read(&folder.join(".pingyi/keys")).unwrap();
        println!("{}", serve(how, &Location::parse(store).unwrap(), &keys).await);
        std::future::pending::<()>().await;
    }
}

impl Drop for Compared {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

#[tokio::main]
async fn main() {
    let arguments: Vec<String> = env::args().collect();
    if let [_, how, store, folder] = arguments.as_slice()
        && let Some(how) = How::named(how)
    {
        return Compared::be(how, store, Path::new(folder)).await;
    }
    let place = TestPlace::new().await;
    let Location::Postgres(database) = place.location.clone() else {
        println!("PINGYI_TEST_STORE=postgres is needed");
        return;
    };
    let (redis, other_redis) = (RedisServer::start().await, RedisServer::start().await);
    let folder = place.folder();
    let served = Measured::start(&place.location, &redis, folder).await;
    let embedded_folder = folder.join("embedded");
    std::fs::create_dir(&embedded_folder).unwrap();
    let sqlite = Location::Sqlite(embedded_folder.join("stores"));
    let embedded = Measured::start(&sqlite, &other_redis, &embedded_folder).await;
    let anchors = Anchors::new(&database, folder).await;
    let each = Compared::start(How::Transaction, &place.location, folder).await;
    let statement = Compared::start(How::Statement, &place.location, folder).await;
    let echo = Compared::start(How::Echo, &place.location, folder).await;
    let sqlite_each = Compared::start(How::Transaction, &sqlite, &embedded_folder).await;

    let at = async |of: &Measured, address: &str, callers| {
        rate(address, callers, &of.kiosk, &of.invitations).await
    };
    let mut rounds = Vec::new();
    for number in 1..=ROUNDS {
        let group64 = at(&served, &served.process.address, 64).await;
        let insert = anchors.run(PgBench::Insert, 64, SPAN).await;
        let loaded64 = submit(folder, &served.process.address, 64);
        let group256 = at(&served, &served.process.address, 256).await;
        let rating_and_fact = anchors.run(PgBench::RatingAndFact, 64, SPAN).await;
        let (streams, process) = (256, &served.process);
        let plain256 =
            plain::rate(&process.address, streams, &served.kiosk, &served.invitations).await;
        let commit64_ms = anchors.commit_ms(group64.from, group64.until).await;
        let commit256_ms = anchors.commit_ms(group256.from, group256.until).await;
        let round = Round {
            loaded256: submit(folder, &served.process.address, 256),
            echo64: at(&served, &echo.address, 64).await,
            echo256: at(&served, &echo.address, 256).await,
            each64: at(&served, &each.address, 64).await,
            each256: at(&served, &each.address, 256).await,
            alone: at(&served, &served.process.address, 1).await,
            statement: at(&served, &statement.address, 1).await,
            sqlite64: at(&embedded, &embedded.process.address, 64).await,
            sqlite_each64: at(&embedded, &sqlite_each.address, 64).await,
            sqlite_loaded64: submit(&embedded_folder, &embedded.process.address, 64),
            group64,
            group256,
            loaded64,
            plain256,
            insert,
            rating_and_fact,
            commit64_ms,
            commit256_ms,
        };
        told(number, &round);
        rounds.push(round);
    }
    summed_up(&rounds);

    let mut starts = Vec::new();
    for _ in 0..STARTS {
        starts.push(served.start_up(folder).await.as_secs_f64() * 1e3);
    }
    let alone = served.idle_alone(folder).await / 1024;
    let (idle, peak) = (served.idle_memory / 1024, served.process.peak_memory() / 1024);
    let (start, slowest) = (median(starts.clone()), starts.into_iter().fold(0.0, f64::max));
    println!(
        "M10  peak {peak} MB, idle {alone} MB, serving after {start:.0} ms (at most {slowest:.0})"
    );
    println!("     with the catalog in one process: idle {idle} MB");
    println!("                                     floor 60 MB, 25 MB, 300 ms  target 30, 15, 100");
    let (idle, peak) = (embedded.idle_memory / 1024, embedded.process.peak_memory() / 1024);
    println!("     on SQLite at 64 callers: peak {peak} MB, idle {idle} MB");
}

fn told(number: usize, round: &Round) {
    println!("round {number}");
    for (name, figure) in [
        ("alone", round.alone),
        ("group@64", round.group64),
        ("group@256", round.group256),
        ("echo@64", round.echo64),
        ("echo@256", round.echo256),
        ("each@64", round.each64),
        ("each@256", round.each256),
        ("statement@1", round.statement),
        ("sqlite@64", round.sqlite64),
        ("sqlite each@64", round.sqlite_each64),
    ] {
        let Figure { per_second, p50_ms, p99_ms, .. } = figure;
        println!("  {name:<16}{per_second:>8.0}/s   p50 {p50_ms:>6.2}  p99 {p99_ms:>6.2} ms");
    }
    for (name, figure) in [
        ("load@64", round.loaded64),
        ("load@256", round.loaded256),
        ("sqlite load@64", round.sqlite_loaded64),
    ] {
        let Loaded { per_second, p50_ms, p99_ms, .. } = figure;
        println!("  {name:<16}{per_second:>8.0}/s   p50 {p50_ms:>6.2}  p99 {p99_ms:>6.2} ms");
    }
    println!("  {:<16}{:>8.0}/s", "plain@256", round.plain256);
    println!("  {:<16}{:>8.0}/s", "insert@64", round.insert);
    println!("  {:<16}{:>8.0}/s", "rating+fact@64", round.rating_and_fact);
    let (commit64, commit256) = (round.commit64_ms, round.commit256_ms);
    println!("  a batch takes {commit64:.2} ms at 64 callers, {commit256:.2} at 256");
}

fn summed_up(rounds: &[Round]) {
    let of = |ratio: &dyn Fn(&Round) -> f64| median(rounds.iter().map(ratio).collect());
    println!("\nmedian ratios of {ROUNDS} interleaved rounds of {SPAN:?}:");
    let line = |what: &str, value: f64, bounds: &str| println!("{what:<44}{value:>6.2}   {bounds}");
    let insert = of(&|r| r.group64.per_second / r.insert);
    let equal = of(&|r| r.group64.per_second / r.rating_and_fact);
    line("M1  group@64 / insert@64", insert, "floor 0.9  target 1.3");
    line("    pingyi load@64 / insert@64", of(&|r| r.loaded64.per_second / r.insert), "");
    line("    pingyi load@256 / insert@64", of(&|r| r.loaded256.per_second / r.insert), "");
    line("M2  group@64 / rating+fact@64", equal, "floor 1.8  target 2.8");
    let equal = of(&|r| r.loaded64.per_second / r.rating_and_fact);
    line("    pingyi load@64 / rating+fact@64", equal, "");
    let echo = of(&|r| r.group64.per_second / r.echo64.per_second);
    line("M3  group@64 / echo@64", echo, "floor 0.3  target 0.42");
    let echo = of(&|r| r.group256.per_second / r.echo256.per_second);
    line("    group@256 / echo@256", echo, "floor 0.3  target 0.42");
    line("M4  plain@256 / insert@64", of(&|r| r.plain256 / r.insert), "floor 1.5  target 2.3");
    let each = of(&|r| r.group64.per_second / r.each64.per_second);
    line("M5  group@64 / each@64", each, "floor 2.5  target 3.5");
    let each = of(&|r| r.group256.per_second / r.each256.per_second);
    line("    group@256 / each@256", each, "floor 4    target 5");
    let alone = of(&|r| r.alone.p50_ms / r.statement.p50_ms);
    line("M7  alone, p50 / statement@1, p50", alone, "floor 1.25 target 1.1");
    let tail = of(&|r| r.group64.p99_ms / r.commit64_ms);
    line("M8  group@64, p99 / batch", tail, "floor 6    target 4");
    let tail = of(&|r| r.group256.p99_ms / r.commit256_ms);
    line("    group@256, p99 / batch", tail, "floor 6    target 4");
    let each = of(&|r| r.sqlite64.per_second / r.sqlite_each64.per_second);
    line("M9  sqlite@64 / sqlite each@64", each, "floor 2.5  target 4");
    let each = of(&|r| r.sqlite_loaded64.per_second / r.sqlite_each64.per_second);
    line("    sqlite pingyi load@64 / sqlite each@64", each, "");
}
