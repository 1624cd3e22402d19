//! A machine whose clock is wrong: leases it took by its own clock become free for others after
//! their time.

use std::{
    path::{Path, PathBuf},
    time::Duration,
};

use e2e::citizens::rating;
use proto::r#type::v1::Level;

use crate::{
    crowd::Acked,
    findings::{Findings, wait},
    recount::{at_heads, recount},
    town::{ANSWER, Replica, Town, concerns},
};

const PATIENCE: Duration = Duration::from_secs(30);
/// How long the others may take before they apply again.
const TAKEN_OVER: Duration = Duration::from_secs(15);

/// The library that gives a process a false time; Debian's `faketime`, which `tests/run` installs.
fn another_time() -> PathBuf {
    let libraries = std::fs::read_dir("/usr/lib").unwrap().flatten();
    let mut found = libraries.map(|entry| entry.path().join("faketime/libfaketimeMT.so.1"));
    found.find(|path| path.exists()).expect("libfaketime, of Debian's package faketime")
}

/// From its next start on its clock is wrong by so much, as `faketime` writes it.
pub(crate) fn set_clock(replica: &mut Replica, by: &str) {
    replica.set("LD_PRELOAD", another_time().display().to_string());
    replica.set("FAKETIME", by);
    replica.set("FAKETIME_DONT_FAKE_MONOTONIC", "1");
}

/// From its next start on its clock is wrong by the content of a file, at each reading.
pub(crate) fn steer_clock(replica: &mut Replica, file: &Path) {
    replica.set("LD_PRELOAD", another_time().display().to_string());
    replica.set("FAKETIME_TIMESTAMP_FILE", file.display().to_string());
    replica.set("FAKETIME_NO_CACHE", "1");
    replica.set("FAKETIME_DONT_FAKE_MONOTONIC", "1");
}

/// From its next start on its clock is right.
pub(crate) fn right_clock(replica: &mut Replica) {
    replica.variables.retain(|(name, _)| name != "LD_PRELOAD" && !name.starts_with("FAKETIME"));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_clock_that_jumps_does_not_stop_facts() {
    if !concerns("postgres") {
        return;
    }
    let mut findings = Findings::default();
    let mut town = Town::down(&[&["all"], &["all"]]).await;
    let stores = town.stores().await;
    let (ahead, right) = (0, 1);
    // A process with a right clock publishes the region.
    town.replicas[right].begin();
    town.replicas[right].up().await.unwrap();
    let citizens = town.citizens(right, ANSWER);
    crate::town::knows_catalog(&citizens).await.unwrap();
    town.replicas[right].stop().await;

    set_clock(&mut town.replicas[ahead], "+1d");
    town.replicas[ahead].begin();
    town.replicas[ahead].up().await.unwrap();
    // It applies alone: so it has taken every lease.
    let case = town.citizens(ahead, ANSWER).apply().await.unwrap();
    let served_at = case.completed_at.unwrap().seconds;
    let now = platform::clock::Clock::System.now().as_second();
    assert!(served_at - now > 80_000, "its clock is {} seconds ahead", served_at - now);
    wait("it applies alone", PATIENCE, async || at_heads(&stores).await).await.unwrap();
    town.replicas[right].begin();
    town.replicas[right].up().await.unwrap();
    town.replicas[ahead].kill();

    let mut acked = Vec::new();
    for _ in 0..10 {
        let token = citizens.invitation().await;
        let request = rating(&token, Level::VeryDissatisfied);
        acked.push(Acked { id: citizens.rate_until_acknowledged(request).await, level: 5 });
    }
    let counted = recount(&stores, &acked, TAKEN_OVER, &mut findings).await;
    eprintln!("{counted:?}");
    findings.take(town.replicas[right].up().await);
    findings.verdict(|| town.evidence());
}
