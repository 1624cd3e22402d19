//! Redis is emptied, dies, hangs, or is cut off: announcements come late, no fact is lost, and
//! raters notice nothing.

use std::time::Duration;

use crate::{
    crowd::{Crowd, Place},
    findings::{Findings, wait},
    recount::{cases_kept, recount},
    town::{Town, concerns},
};

const PATIENCE: Duration = Duration::from_secs(30);
/// How late everything may be once the fault is over.
const LATE: Duration = Duration::from_secs(15);

#[tokio::test(flavor = "multi_thread")]
async fn flushall_and_a_dead_redis_cost_seconds_not_facts() {
    if !concerns("postgres") {
        return;
    }
    let mut findings = Findings::default();
    let mut town = Town::of(&[&["all"], &["all"]]).await;
    let stores = town.stores().await;
    let places: Vec<Place> =
        town.replicas.iter().map(|replica| Place::at(replica, &town.tokens)).collect();
    let crowd = Crowd::begin(&places, 6, Duration::from_millis(10), 8);
    let ledger = crowd.ledger.clone();
    let more = async |number| {
        let before = ledger.count();
        wait("more ratings are acknowledged", PATIENCE, async || {
            let more = ledger.count() - before;
            if more >= number { Ok(()) } else { Err(format!("{more} of {number}")) }
        })
        .await
    };
    more(60).await.unwrap();
    for _ in 0..3 {
        town.redis.command("FLUSHALL").await.unwrap();
        findings.take(more(40).await);
    }
    town.redis.kill();
    findings.take(more(60).await);
    town.redis.restart().await;
    findings.take(more(40).await);
    town.networks[0].redis.cut();
    town.networks[1].redis.go_dark();
    findings.take(more(60).await);
    town.networks[0].redis.mend();
    town.networks[1].redis.mend();
    findings.take(more(40).await);
    town.redis.hang();
    findings.take(more(60).await);
    town.redis.restart().await;
    findings.take(more(40).await);
    for wrong in crowd.end().await {
        findings.add(wrong);
    }
    let refusals = ledger.refusals();
    findings.check(refusals.is_empty(), || format!("callers noticed: {refusals:?}"));
    let counted = recount(&stores, &ledger.acked(), LATE, &mut findings).await;
    cases_kept(&stores, &ledger.cases(), &mut findings).await;
    eprintln!("{counted:?}; worst gap {:?}", ledger.worst_gap());
    town.check_health(&mut findings).await;
    findings.verdict(|| town.evidence());
}
