//! Database sessions that stand still: no answer comes, and no error. Neither calls, jobs nor facts
//! wait for one for ever, and the service works without these connections.

use std::{
    collections::BTreeSet,
    time::{Duration, Instant},
};

use e2e::{
    citizens::{Citizens, rating, signed},
    process::signal,
};
use pingyi::roles::Role;
use proto::{
    catalog::v1::{ListItemsRequest, catalog_service_client::CatalogServiceClient},
    intake::v1::{ListMessagesRequest, message_service_client::MessageServiceClient},
    publication::v1::{
        Dimension, GetFiguresRequest, statistics_service_client::StatisticsServiceClient,
    },
    ticketing::v1::{ListTicketsRequest, ticket_service_client::TicketServiceClient},
    r#type::v1::Level,
};
use tokio::task::JoinSet;
use tonic::{Code, Status, transport::Channel};

use crate::{
    crowd::Acked,
    findings::{Findings, wait},
    recount::{at_heads, recount},
    stores::Stores,
    town::{ANSWER, REGION, Town, concerns},
};

/// How long an operation may take without a fault.
const PATIENCE: Duration = Duration::from_secs(25);
/// How long facts and calls may be delayed: until the statement is given up, and the pool's other
/// connections have been tested.
const UNANSWERED: Duration = Duration::from_secs(90);
/// How long one call may wait for an answer that does not come: for a connection, for its
/// statement, and a moment more.
const CALL: Duration = Duration::from_secs(30);

/// Stops the sessions of an application, whose processes run on this machine. One in the middle of a
/// transaction that locks goes on: nobody could end its locks, and at some hours of the day jobs have
/// something to do at any moment.
async fn stand_still(stores: &Stores, application: &str) -> Vec<u32> {
    let sql = format!(
        "SELECT CAST(pid AS text) FROM pg_stat_activity WHERE application_name LIKE '{application}'"
    );
    let sessions = stores.column(Role::Intake, &sql).await.unwrap();
    let sessions: Vec<u32> = sessions.iter().filter_map(|pid| pid.parse().ok()).collect();
    sessions.iter().for_each(|pid| signal(*pid, "STOP"));
    let locks = "SELECT CAST(pid AS text) FROM pg_stat_activity \
                 WHERE state LIKE 'idle in transaction%' OR backend_xid IS NOT NULL";
    let locks = stores.column(Role::Intake, locks).await.unwrap();
    let locks = |pid: &u32| locks.contains(&pid.to_string());
    let (locking, still): (Vec<u32>, Vec<u32>) = sessions.into_iter().partition(locks);
    go_on(&locking);
    still
}

fn go_on(still: &[u32]) {
    still.iter().for_each(|pid| signal(*pid, "CONT"));
}

async fn rate(citizens: &Citizens) -> Acked {
    let request = rating(&citizens.invitation().await, Level::VeryDissatisfied);
    Acked { id: citizens.rate_until_acknowledged(request).await, level: 5 }
}

/// It is as if the database's machine had lost its power while new connections reach another.
#[tokio::test(flavor = "multi_thread")]
async fn sessions_of_the_database_that_stand_still_hold_up_facts_for_a_while_only() {
    if !concerns("postgres") {
        return;
    }
    let mut findings = Findings::default();
    let mut town = Town::of(&[&["all"]]).await;
    let stores = town.stores().await;
    let citizens = town.citizens(0, ANSWER);
    let mut acked = vec![rate(&citizens).await];
    let applied = wait("all is applied", PATIENCE, async || at_heads(&stores).await);
    applied.await.unwrap();
    let still = stand_still(&stores, "pingyi-publication").await;
    acked.push(rate(&citizens).await);
    let applied = wait("all is applied again", UNANSWERED, async || at_heads(&stores).await);
    let applied = findings.take(applied.await);
    eprintln!("{} sessions stood still; all was applied again after {applied:?}", still.len());
    go_on(&still);
    recount(&stores, &acked, PATIENCE, &mut findings).await;
    town.check_health(&mut findings).await;
    findings.verdict(|| town.evidence());
}

/// The sample region's code.
fn region() -> String {
    REGION[REGION.len() - 6..].to_owned()
}

/// The troubles in a log that are reported and not over.
fn lasting(log: &str) -> Vec<String> {
    let mut lasting = BTreeSet::new();
    for line in log.lines() {
        let Some((_, which)) = line.split_once("service=") else { continue };
        let ends = [" cause=", " lasted_seconds="].iter().find_map(|end| which.find(end));
        let which = which[..ends.unwrap_or(which.len())].to_owned();
        if line.contains("trouble lasts") {
            lasting.insert(which);
        } else if line.contains("trouble over") {
            lasting.remove(&which);
        }
    }
    lasting.into_iter().collect()
}

/// A caller that asks a service again and again; the answers come from its store.
#[derive(Clone, Copy, Debug)]
enum Asks {
    Catalog,
    Intake,
    Ticketing,
    Publication,
}

impl Asks {
    const ALL: [Self; 4] = [Self::Catalog, Self::Intake, Self::Ticketing, Self::Publication];

    async fn ask(self, channel: Channel, token: &str) -> Result<(), Status> {
        match self {
            Self::Catalog => {
                let region_code = region();
                let asked = ListItemsRequest { region_code, ..ListItemsRequest::default() };
                CatalogServiceClient::new(channel).list_items(asked).await.map(drop)
            }
            Self::Intake => {
                let mut client = MessageServiceClient::new(channel);
                client.list_messages(signed(ListMessagesRequest::default(), token)).await.map(drop)
            }
            Self::Ticketing => {
                let mut client = TicketServiceClient::new(channel);
                client.list_tickets(signed(ListTicketsRequest::default(), token)).await.map(drop)
            }
            Self::Publication => {
                let asked = GetFiguresRequest {
                    dimension: Dimension::Region.into(),
                    key: region(),
                    from: "2026-01-01".to_owned(),
                    to: "2026-12-31".to_owned(),
                    ..GetFiguresRequest::default()
                };
                StatisticsServiceClient::new(channel).get_figures(asked).await.map(drop)
            }
        }
    }

    /// Asks until there was one answer, some time after something went wrong; returns the time of
    /// the longest call. A refusal must state that the store is away.
    async fn until_answered_again(
        self,
        channel: Channel,
        token: String,
    ) -> Result<Duration, String> {
        let (begun, mut longest, mut was_refused) = (Instant::now(), Duration::ZERO, false);
        while begun.elapsed() < UNANSWERED {
            let asked = Instant::now();
            let answer = self.ask(channel.clone(), &token).await;
            longest = longest.max(asked.elapsed());
            match answer {
                Ok(()) if was_refused || begun.elapsed() > CALL => return Ok(longest),
                Ok(()) => {}
                Err(status) if status.code() == Code::Unavailable => was_refused = true,
                Err(status) => return Err(format!("{self:?}: {status:?}")),
            }
        }
        Err(format!("{self:?}: not answered again within {UNANSWERED:?}"))
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn sessions_that_stand_still_hold_up_every_call_and_every_job_for_a_while_only() {
    if !concerns("postgres") {
        return;
    }
    let mut findings = Findings::default();
    let mut town = Town::of(&[&["all"]]).await;
    let stores = town.stores().await;
    let citizens = town.citizens(0, ANSWER);
    let mut acked = vec![rate(&citizens).await];
    let (channel, token) = (town.replicas[0].channel(UNANSWERED), town.tokens.authority());
    let token = token.unwrap();
    for asks in Asks::ALL {
        asks.ask(channel.clone(), &token).await.unwrap();
    }
    // A session that stands still within a transaction keeps its locks, and nobody can end it.
    let applied = wait("all is applied", PATIENCE, async || at_heads(&stores).await);
    applied.await.unwrap();
    // So many that some sessions are stopped in the middle of an answer.
    let mut asking = JoinSet::new();
    for asks in Asks::ALL.repeat(6) {
        asking.spawn(asks.until_answered_again(channel.clone(), token.clone()));
    }
    tokio::time::sleep(Duration::from_millis(500)).await;
    let still = stand_still(&stores, "pingyi-%").await;
    let mut longest = Duration::ZERO;
    while let Some(answered) = asking.join_next().await {
        longest = longest.max(findings.take(answered.unwrap()).unwrap_or_default());
    }
    eprintln!("{} sessions stood still; the longest call took {longest:?}", still.len());
    findings.check(longest <= CALL, || format!("a call took {longest:?}"));
    let patient = town.citizens(0, ANSWER);
    let invited = wait("applications are accepted", UNANSWERED, async || {
        patient.apply().await.map(drop).map_err(|status| status.to_string())
    });
    findings.take(invited.await);
    acked.push(rate(&patient).await);
    let applied = wait("all is applied again", UNANSWERED, async || at_heads(&stores).await);
    findings.take(applied.await);
    // Everything that could not work works again, while those sessions still stand.
    let well = wait("no trouble lasts", UNANSWERED, async || {
        town.replicas[0].health()?;
        let lasting = lasting(&town.replicas[0].log());
        if lasting.is_empty() { Ok(()) } else { Err(lasting.join("; ")) }
    });
    findings.take(well.await);
    go_on(&still);
    recount(&stores, &acked, PATIENCE, &mut findings).await;
    town.check_health(&mut findings).await;
    findings.verdict(|| town.evidence());
}
