//! Gaps in a stream of announced facts, wherever they are: what comes before a gap is applied, and
//! the producer is asked for the rest.

use std::time::Duration;

use e2e::citizens::rating;
use pingyi::roles::Role;
use proto::r#type::v1::Level;
use sea_orm::{ConnectionTrait as _, Database, DatabaseConnection, TransactionTrait as _};

use crate::{
    crowd::Acked,
    findings::{Findings, wait},
    recount::recount,
    stores::Stores,
    town::{ANSWER, Town, concerns},
};

const PATIENCE: Duration = Duration::from_secs(30);
/// How long facts may take to be applied with a gap among them.
const REPAIRED: Duration = Duration::from_secs(10);
const HEAD: &str = "SELECT position FROM fact_counter WHERE id = 1";
const WAITING: &str = "SELECT count(DISTINCT application_name) FROM pg_stat_activity \
    WHERE wait_event_type = 'Lock' AND application_name IN ('pingyi-ticketing', 'pingyi-publication')";

/// Waits until the last fact of intake is announced; its position.
async fn announced(town: &Town, stores: &Stores) -> i64 {
    let announced = wait("intake's last fact is announced", PATIENCE, async || {
        let head = stores.number(Role::Intake, HEAD).await?;
        let entry = format!("XRANGE facts:intake {head}-0 {head}-0");
        let found = town.redis.command(&entry).await.map_err(|error| error.to_string())?;
        match found {
            redis::Value::Array(entries) if !entries.is_empty() => Ok(head),
            _ => Err(format!("{head} is not")),
        }
    });
    announced.await.unwrap().0
}

async fn negative(town: &Town) -> Acked {
    let citizens = town.citizens(0, ANSWER);
    let token = citizens.invitation().await;
    let id = citizens.rate_until_acknowledged(rating(&token, Level::Dissatisfied)).await;
    Acked { id, level: 4 }
}

async fn connect(town: &Town) -> DatabaseConnection {
    Database::connect(town.postgres.url()).await.unwrap()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_hole_right_behind_the_cursor_is_repaired() {
    if !concerns("postgres") {
        return;
    }
    let mut findings = Findings::default();
    let mut town = Town::of(&[&["all"]]).await;
    let stores = town.stores().await;
    let mut acked = vec![negative(&town).await];
    recount(&stores, &acked, PATIENCE, &mut findings).await;

    // Its consumers wait for their cursor, which is locked here.
    let held = connect(&town).await;
    let holding = held.begin().await.unwrap();
    for consumer in ["ticketing", "publication"] {
        let hold = format!(
            "SELECT position FROM {consumer}.fact_cursor WHERE producer = 'intake' FOR UPDATE"
        );
        holding.execute_unprepared(&hold).await.unwrap();
    }
    acked.push(negative(&town).await);
    let taken = announced(&town, &stores).await;
    wait("both consumers wait", PATIENCE, async || {
        match stores.number(Role::Intake, WAITING).await? {
            2 => Ok(()),
            n => Err(format!("{n} do")),
        }
    })
    .await
    .unwrap();
    // The entries they wait with end there at most. Of the later ones they have the first and then
    // a gap.
    for _ in 0..5 {
        acked.push(negative(&town).await);
    }
    let last = announced(&town, &stores).await;
    let hole = taken + 3;
    assert!(hole < last, "{hole} of {last}");
    let gone = town.redis.command(&format!("XDEL facts:intake {hole}-0")).await.unwrap();
    assert_eq!(gone, redis::Value::Int(1));
    holding.rollback().await.unwrap();

    let repaired = wait("what follows the hole is applied", REPAIRED, async || {
        for consumer in [Role::Ticketing, Role::Publication] {
            let cursor = "SELECT position FROM fact_cursor WHERE producer = 'intake'";
            let cursor = stores.number(consumer, cursor).await?;
            if cursor < last {
                return Err(format!("{consumer} is at {cursor}, the hole at {hole} of {last}"));
            }
        }
        Ok(())
    });
    if let Some(((), after)) = findings.take(repaired.await) {
        eprintln!("repaired after {after:?}");
    }
    // And once more while everything runs: any entry, again and again.
    for _ in 0..20 {
        acked.push(negative(&town).await);
        let last = stores.number(Role::Intake, HEAD).await.unwrap();
        // It may not be announced yet, or be gone.
        let _ = town.redis.command(&format!("XDEL facts:intake {}-0", last - 1)).await;
    }
    town.check_health(&mut findings).await;
    recount(&stores, &acked, REPAIRED, &mut findings).await;
    findings.verdict(|| town.evidence());
}
