//! A full disk under SQLite: a failed write is not acknowledged, and an acknowledged one stays,
//! however the process ends afterwards.

use std::time::Duration;

use e2e::tmpfs::Tmpfs;
use platform::database::Location;

use crate::{
    crowd::{Crowd, Place},
    findings::{Findings, wait},
    recount::{cases_kept, recount},
    stores::Stores,
    town::{ANSWER, Replica, citizens, common, concerns, knows_catalog, tokens},
};

const PATIENCE: Duration = Duration::from_secs(30);
/// How many invitations exist before the disk is full, for ratings then, in the meantime, and
/// afterwards. There are few enough that the database's log does not restart: after that it needs
/// no room for a while.
const INVITED: [usize; 3] = [100, 50, 100];
/// How long it may take until an operator can see that writes fail, or work again.
const SEEN: Duration = Duration::from_secs(15);

/// How the process ends.
#[derive(Clone, Copy, PartialEq)]
enum End {
    Killed,
    Asked,
}

async fn a_full_disk_loses_nothing(end: End) {
    if !concerns("sqlite") {
        return;
    }
    let mut findings = Findings::default();
    let disk = Tmpfs::of_mebibytes(128);
    let folder = tempfile::tempdir().unwrap();
    let tokens = tokens(folder.path());
    let mut replica = Replica::new(folder.path(), &["all"]);
    let stores = disk.folder().join("stores");
    replica.set("PINGYI__DATABASE__URL", format!("sqlite:{}", stores.display()));
    common(&mut replica);
    replica.begin();
    replica.up().await.unwrap();
    let citizens = citizens(&replica, &tokens, ANSWER);
    knows_catalog(&citizens).await.unwrap();
    let mut invited = Vec::new();
    for number in INVITED {
        let mut invitations = Vec::new();
        for _ in 0..number {
            invitations.push(citizens.invitation().await);
        }
        invited.push(invitations);
    }
    let [first, meanwhile, late] = invited.try_into().unwrap();

    let place = Place::at(&replica, &tokens);
    let crowd = Crowd::invited(first, &[place], 8, Duration::from_millis(20), 1);
    let ledger = crowd.ledger.clone();
    let more = async |number| {
        let before = ledger.count();
        wait("more ratings are acknowledged", PATIENCE, async || {
            let more = ledger.count() - before;
            if more >= number { Ok(()) } else { Err(format!("{more} of {number}")) }
        })
        .await
    };
    more(INVITED[0] / 2).await.unwrap();
    findings.check(ledger.refusals().is_empty(), || format!("{:?}", ledger.refusals()));
    disk.fill();
    ledger.invite(meanwhile);
    let refused =
        wait("someone who rates is told that nothing can be saved", PATIENCE, async || {
            let refusals = ledger.refusals();
            let refused = refusals.contains_key("SubmitRating: Unavailable");
            if refused { Ok(()) } else { Err(format!("{refusals:?}")) }
        });
    findings.take(refused.await);
    let seen =
        wait("`pingyi healthcheck` fails and says why", SEEN, async || match replica.health() {
            Err(told) if told.contains("intake cannot write to its store") => Ok(told),
            other => Err(format!("it says {other:?}")),
        });
    if let Some((told, after)) = findings.take(seen.await) {
        eprintln!("after {after:?} the healthcheck says: {told}");
    }
    let log = replica.process().log();
    let says_why = |line: &&str| line.contains("StoreCannotWrite") && line.contains("disk is full");
    let lines = log.lines().filter(says_why).count();
    findings.check((1..=4).contains(&lines), || format!("the log says why {lines} times"));
    disk.free();
    let well = wait("it is well again by itself", SEEN, async || replica.health());
    findings.take(well.await);
    ledger.invite(late);
    findings.take(more(INVITED[2]).await);
    for wrong in crowd.end().await {
        findings.add(wrong);
    }
    let acked = ledger.acked();
    eprintln!("{} acknowledged; refused: {:?}", acked.len(), ledger.refusals());

    match end {
        End::Killed => replica.kill(),
        End::Asked => replica.stop().await,
    }
    replica.begin();
    findings.take(replica.up().await);
    let stores = Stores::at(&Location::Sqlite(stores)).await;
    recount(&stores, &acked, PATIENCE, &mut findings).await;
    cases_kept(&stores, &ledger.cases(), &mut findings).await;
    findings.verdict(|| replica.complaints(12));
}

#[tokio::test(flavor = "multi_thread")]
async fn sqlite_full_disk_loses_nothing_that_was_acknowledged() {
    a_full_disk_loses_nothing(End::Killed).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn sqlite_full_disk_loses_nothing_when_the_process_is_asked_to_end() {
    a_full_disk_loses_nothing(End::Asked).await;
}
