//! The random schedule: faults of every kind, one after another and together, under a load that
//! never stops. It is short in every run of the tests; `tests/chaos/run SECONDS SEED` runs it as
//! long as you like.

use std::time::{Duration, Instant};

use e2e::tmpfs::Tmpfs;
use platform::database::Location;

use crate::{
    crowd::{Crowd, Ledger, Place},
    findings::Findings,
    recount::{Recount, cases_kept, recount},
    schedule::{Fault, Kind, OF_HALL, OF_TOWN, by_kind, events, faults},
    stores::Stores,
    town::{ANSWER, Replica, Town, citizens, common, concerns, knows_catalog, tokens},
};

/// How often the processes' supervisor checks them.
const TICK: Duration = Duration::from_millis(100);
/// How long applying everything may take once the faults are over.
const PATIENCE: Duration = Duration::from_secs(60);
/// Redis' streams that lose entries.
const STREAMS: [&str; 3] = ["facts:intake", "facts:ticketing", "facts:catalog"];

/// A number from the environment; the arguments of `tests/chaos/run`.
#[expect(clippy::disallowed_methods, reason = "tests/chaos/run says how long, and by which seed")]
fn asked(name: &str, otherwise: u64) -> u64 {
    std::env::var(name).map_or(otherwise, |number| number.parse().expect("a number"))
}

/// The deployment, and the results.
struct Run {
    seed: u64,
    length: Duration,
    faults: Vec<Fault>,
}

impl Run {
    fn asked(seconds: u64, kinds: &[Kind], replicas: u64) -> Self {
        let seed = asked("PINGYI_CHAOS_SEED", 13);
        let length = Duration::from_secs(asked("PINGYI_CHAOS_SECONDS", seconds));
        let faults = faults(seed, length, kinds, replicas);
        eprintln!("seed {seed}, {length:?}, {} faults: {:?}", faults.len(), by_kind(&faults));
        Self { seed, length, faults }
    }

    fn tell(&self, ledger: &Ledger, replicas: &[Replica], counted: &Recount) {
        eprintln!(
            "acknowledged   {} ratings, {} of them negative",
            counted.ratings, counted.negative
        );
        let refusals = ledger.refusals();
        let refused: u64 = refusals.values().sum();
        eprintln!("not answered   {refused} calls: {refusals:?}");
        for replica in replicas {
            let (times, words) = (replica.own_ends, replica.last_words());
            eprintln!("ended alone    {times} times, one of the replicas: {words:?}");
        }
        eprintln!("nobody heard   for {:?} at worst", ledger.worst_gap());
        eprintln!("all applied    {:?} after the last rating", counted.lag);
    }

    fn schedule(&self) -> String {
        let lines: Vec<String> = self.faults.iter().map(|fault| format!("{fault}\n")).collect();
        format!("seed {}:\n{}", self.seed, lines.concat())
    }
}

/// Waits until a time, and restarts ended processes meanwhile.
async fn until_time(begun: Instant, at: Duration, mut supervise: impl FnMut()) {
    loop {
        supervise();
        let left = at.saturating_sub(begun.elapsed());
        if left.is_zero() {
            return;
        }
        tokio::time::sleep(left.min(TICK)).await;
    }
}

async fn happens(town: &mut Town, ledger: &Ledger, fault: Fault) {
    let network = &town.networks[fault.replica];
    match fault.kind {
        Kind::Kill => town.replicas[fault.replica].kill(),
        Kind::Stop => town.replicas[fault.replica].stop().await,
        Kind::Freeze => town.replicas[fault.replica].freeze(),
        // It may be gone already.
        Kind::FlushAll => drop(town.redis.command("FLUSHALL").await),
        Kind::LoseEntry => lose_entry(town, fault.pick).await,
        Kind::RedisDown => town.redis.kill(),
        Kind::PostgresDown => town.postgres.stop_at_once().await,
        Kind::Cut => network.database.cut(),
        Kind::Dark => {
            network.database.go_dark();
            network.redis.go_dark();
        }
        Kind::LoseAnswers => network.database.lose_answers(),
        Kind::Haste => ledger.set_hasty(true),
        Kind::FullDisk => unreachable!("a town has no disk of its own"),
    }
}

async fn is_over(town: &mut Town, ledger: &Ledger, fault: Fault) {
    let network = &town.networks[fault.replica];
    match fault.kind {
        Kind::Kill | Kind::Stop => town.replicas[fault.replica].begin(),
        Kind::Freeze => town.replicas[fault.replica].thaw(),
        Kind::RedisDown => town.redis.restart().await,
        Kind::PostgresDown => town.postgres.begin().await,
        Kind::Cut => network.database.mend(),
        Kind::Dark => {
            network.database.mend();
            network.redis.mend();
        }
        Kind::LoseAnswers => {
            network.database.cut();
            tokio::time::sleep(TICK).await;
            network.database.mend();
        }
        Kind::Haste => ledger.set_hasty(false),
        Kind::FlushAll | Kind::LoseEntry | Kind::FullDisk => {}
    }
}

/// Removes one of the last entries of one of the streams.
async fn lose_entry(town: &Town, pick: u64) {
    let stream = STREAMS[usize::try_from(pick % 3).unwrap()];
    let last = town.redis.command(&format!("XREVRANGE {stream} + - COUNT 20")).await;
    let Ok(redis::Value::Array(entries)) = last else { return };
    let Some(n) = usize::try_from(pick / 3).unwrap().checked_rem(entries.len()) else { return };
    let redis::Value::Array(entry) = &entries[n] else { return };
    let Some(redis::Value::BulkString(id)) = entry.first() else { return };
    let delete = format!("XDEL {stream} {}", String::from_utf8_lossy(id));
    // Or Redis is away: then that is the fault.
    let _ = town.redis.command(&delete).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_schedule_of_faults_on_postgresql_and_redis_leaves_every_invariant_intact() {
    if !concerns("postgres") {
        return;
    }
    let run = Run::asked(45, &OF_TOWN, 2);
    let mut findings = Findings::default();
    let mut town = Town::of(&[&["all"], &["all"]]).await;
    let stores = town.stores().await;
    let places: Vec<Place> =
        town.replicas.iter().map(|replica| Place::at(replica, &town.tokens)).collect();
    let crowd = Crowd::begin(&places, 12, Duration::from_millis(20), run.seed);
    let (ledger, begun) = (crowd.ledger.clone(), Instant::now());
    for (at, begins, fault) in events(&run.faults) {
        until_time(begun, at, || town.replicas.iter_mut().for_each(Replica::supervise)).await;
        if begins {
            eprintln!("{fault}; {} acknowledged so far", ledger.count());
            happens(&mut town, &ledger, fault).await;
        } else {
            is_over(&mut town, &ledger, fault).await;
        }
    }
    until_time(begun, run.length, || town.replicas.iter_mut().for_each(Replica::supervise)).await;
    findings.take(town.all_up().await);
    for wrong in crowd.end().await {
        findings.add(wrong);
    }
    let counted = recount(&stores, &ledger.acked(), PATIENCE, &mut findings).await;
    cases_kept(&stores, &ledger.cases(), &mut findings).await;
    town.check_health(&mut findings).await;
    for warning in ["already a transaction in progress", "deadlock detected"] {
        let times = town.postgres.log().matches(warning).count();
        findings.check(times == 0, || format!("PostgreSQL says {times} times: {warning}"));
    }
    run.tell(&ledger, &town.replicas, &counted);
    findings.verdict(|| format!("{}{}", run.schedule(), town.evidence()));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_schedule_of_faults_on_sqlite_leaves_every_invariant_intact() {
    if !concerns("sqlite") {
        return;
    }
    let run = Run::asked(20, &OF_HALL, 1);
    let mut findings = Findings::default();
    let disk = Tmpfs::of_mebibytes(512);
    let folder = tempfile::tempdir().unwrap();
    let tokens = tokens(folder.path());
    let mut replica = Replica::new(folder.path(), &["all"]);
    let stores = disk.folder().join("stores");
    replica.set("PINGYI__DATABASE__URL", format!("sqlite:{}", stores.display()));
    common(&mut replica);
    replica.begin();
    replica.up().await.unwrap();
    knows_catalog(&citizens(&replica, &tokens, ANSWER)).await.unwrap();
    let place = Place::at(&replica, &tokens);
    let crowd = Crowd::begin(&[place], 6, Duration::from_millis(20), run.seed);
    let (ledger, begun) = (crowd.ledger.clone(), Instant::now());
    for (at, begins, fault) in events(&run.faults) {
        until_time(begun, at, || replica.supervise()).await;
        match (fault.kind, begins) {
            (Kind::FullDisk, true) => disk.fill(),
            (Kind::FullDisk, false) => disk.free(),
            (Kind::Kill, true) => replica.kill(),
            (Kind::Stop, true) => replica.stop().await,
            (Kind::Kill | Kind::Stop, false) => replica.begin(),
            (Kind::Haste, hasty) => ledger.set_hasty(hasty),
            (other, _) => unreachable!("{other:?} does not happen to a process with its SQLite"),
        }
        if begins {
            eprintln!("{fault}; {} acknowledged so far", ledger.count());
        }
    }
    until_time(begun, run.length, || replica.supervise()).await;
    findings.take(replica.up().await);
    for wrong in crowd.end().await {
        findings.add(wrong);
    }
    let stores = Stores::at(&Location::Sqlite(stores)).await;
    let counted = recount(&stores, &ledger.acked(), PATIENCE, &mut findings).await;
    cases_kept(&stores, &ledger.cases(), &mut findings).await;
    // Once more from the data on the disk.
    replica.kill();
    replica.begin();
    findings.take(replica.up().await);
    recount(&stores, &ledger.acked(), PATIENCE, &mut findings).await;
    cases_kept(&stores, &ledger.cases(), &mut findings).await;
    run.tell(&ledger, std::slice::from_ref(&replica), &counted);
    findings.verdict(|| format!("{}{}", run.schedule(), replica.complaints(12)));
}
