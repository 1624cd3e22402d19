//! A replica that stops in the middle of a transaction: frozen, or gone without notice. It cannot
//! hold what every writer of its service needs, since the counter of facts is locked and released
//! within one message to the database. It soon loses its other locks, and its later writes are
//! refused completely.

use std::{
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
    time::{Duration, Instant},
};

use pingyi::roles::Role;
use tokio::task::JoinSet;

use crate::{
    crowd::{Crowd, Place},
    findings::{Findings, wait},
    recount::{cases_kept, recount},
    town::{ANSWER, Town, concerns},
};

/// How long a stopped replica may stop others.
const STOPPED: Duration = Duration::from_secs(5);
/// How long the test waits to measure the real time.
const PATIENCE: Duration = Duration::from_secs(25);
/// How long the test checks whether one stop came at the right moment.
const LOOK: Duration = Duration::from_millis(800);
/// Sessions that have written something and are now idle.
const HOLDS: &str = "SELECT count(*) FROM pg_stat_activity AS holder \
    WHERE state LIKE 'idle in transaction%' AND backend_xid IS NOT NULL \
    AND state_change < clock_timestamp() - interval '250 milliseconds'";

/// How a replica stops.
#[derive(Clone, Copy, PartialEq)]
enum Stop {
    Frozen,
    Vanished,
}

impl Stop {
    fn stop(self, town: &mut Town) {
        match self {
            Self::Frozen => town.replicas[0].freeze(),
            Self::Vanished => {
                town.networks[0].database.go_dark();
                town.networks[0].redis.go_dark();
            }
        }
    }

    fn go_on(self, town: &Town) {
        match self {
            Self::Frozen => town.replicas[0].thaw(),
            Self::Vanished => {
                town.networks[0].database.mend();
                town.networks[0].redis.mend();
            }
        }
    }
}

async fn stops_nobody(stop: Stop) {
    if !concerns("postgres") {
        return;
    }
    let mut findings = Findings::default();
    let mut town = Town::of(&[&["all"], &["all"]]).await;
    let stores = town.stores().await;
    // A process that applies facts writes in a transaction of several statements, the counter's
    // among them.
    let home = Arc::new(AtomicBool::new(false));
    let mut applicants = JoinSet::new();
    for _ in 0..12 {
        let (citizens, home) = (town.citizens(0, ANSWER), Arc::clone(&home));
        applicants.spawn(async move {
            while !home.load(Ordering::Relaxed) {
                if citizens.apply().await.is_err() {
                    tokio::time::sleep(Duration::from_millis(50)).await;
                }
            }
        });
    }
    let other = Place::at(&town.replicas[1], &town.tokens);
    let crowd = Crowd::begin(&[other], 8, Duration::from_millis(5), 3);
    let ledger = crowd.ledger.clone();
    wait("the other replica acknowledges", PATIENCE, async || {
        if ledger.count() > 20 { Ok(()) } else { Err(format!("{}", ledger.count())) }
    })
    .await
    .unwrap();

    // Again and again, until it stops at exactly that moment.
    let caught = wait("it stops in a transaction", Duration::from_secs(60), async || {
        let at = Instant::now();
        stop.stop(&mut town);
        let holds = wait("it holds something", LOOK, async || {
            match stores.number(Role::Intake, HOLDS).await? {
                0 => Err("it does not".to_owned()),
                _ => Ok(()),
            }
        })
        .await;
        holds.map(|_| at).inspect_err(|_| stop.go_on(&town))
    });
    let (at, _) = caught.await.unwrap();
    if stop == Stop::Vanished {
        // The power fails: nothing of it is left, and the servers get no notice.
        town.replicas[0].kill();
    }
    let before = ledger.count();
    let again = wait("the other replica acknowledges again", PATIENCE, async || {
        if ledger.count() > before { Ok(at.elapsed()) } else { Err("nothing yet".to_owned()) }
    });
    if let Some((after, _)) = findings.take(again.await) {
        eprintln!("others were acknowledged again {after:?} after the stop");
        findings.check(after <= STOPPED, || format!("it stopped the others for {after:?}"));
    }
    let let_go = wait("what it held is let go", PATIENCE, async || {
        match stores.number(Role::Intake, HOLDS).await? {
            0 => Ok(at.elapsed()),
            holding => Err(format!("{holding} sessions hold something")),
        }
    });
    if let Some((after, _)) = findings.take(let_go.await) {
        eprintln!("what it held was let go {after:?} after the stop");
        findings.check(after <= STOPPED, || format!("it held something for {after:?}"));
    }
    let going = wait("it goes on acknowledging", PATIENCE, async || {
        let more = ledger.count() - before;
        if more >= 50 { Ok(()) } else { Err(format!("{more} of 50")) }
    });
    findings.take(going.await);
    if stop == Stop::Frozen {
        stop.go_on(&town);
        let citizens = town.citizens(0, ANSWER);
        let well = wait("the one that was frozen serves again", PATIENCE, async || {
            citizens.apply().await.map_err(|status| status.to_string())
        });
        findings.take(well.await);
    }
    home.store(true, Ordering::Relaxed);
    while applicants.join_next().await.is_some() {}
    for wrong in crowd.end().await {
        findings.add(wrong);
    }
    eprintln!("{} acknowledged; refused: {:?}", ledger.count(), ledger.refusals());
    recount(&stores, &ledger.acked(), PATIENCE, &mut findings).await;
    cases_kept(&stores, &ledger.cases(), &mut findings).await;
    findings.take(town.replicas[1].up().await);
    findings.verdict(|| town.evidence());
}

#[tokio::test(flavor = "multi_thread")]
async fn a_frozen_replica_stops_nobody() {
    stops_nobody(Stop::Frozen).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_replica_that_vanished_without_a_word_stops_nobody() {
    stops_nobody(Stop::Vanished).await;
}
