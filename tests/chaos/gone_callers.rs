//! Callers that go away in the middle of their calls: a begun call ends, done or not done, and
//! leaves nothing on a connection that someone else gets next.

use std::{
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
    time::{Duration, Instant},
};

use e2e::citizens::{ON_THE_SPOT, accepted_before, rating, signed};
use pingyi::roles::Role;
use platform::{clock::Clock, convert::to_wire};
use proto::{
    intake::v1::{
        Applicant, CaseReport, CompleteCaseRequest, PushCaseRequest, ServiceMode, Step,
        case_service_client::CaseServiceClient,
    },
    r#type::v1::{Level, RaterKind, Stage},
};
use tokio::task::JoinSet;
use tonic::transport::Channel;

use crate::{
    crowd::{Acked, Crowd, Place},
    dice::Dice,
    findings::{Findings, wait},
    recount::{cases_kept, recount},
    town::{ANSWER, Town, concerns},
};

const AGENCY: &str = "652301-a03";
/// How long callers come and go.
const LOAD: Duration = Duration::from_secs(10);
const PATIENCE: Duration = Duration::from_secs(30);
/// A session that has been in a transaction for so long while nobody uses it.
const LEAKED: &str = "SELECT pid || ' ' || application_name || ': ' || left(query, 60) \
    FROM pg_stat_activity WHERE state LIKE 'idle in transaction%' \
    AND state_change < clock_timestamp() - interval '1 second'";

/// A business system that reports its cases and does not wait for the answers.
struct BusinessSystem {
    hasty: Vec<Channel>,
    patient: Channel,
    token: String,
    dice: Dice,
}

impl BusinessSystem {
    fn report(number: &str, at: jiff::Timestamp) -> CaseReport {
        let accepted = Step {
            stage: Stage::Acceptance.into(),
            service_number: 1,
            happened_at: Some(to_wire(at)),
            ..Step::default()
        };
        CaseReport {
            project_number: number.to_owned(),
            item_code: ON_THE_SPOT.to_owned(),
            mode: ServiceMode::OnSite.into(),
            applicant: Some(Applicant {
                kind: RaterKind::NaturalPerson.into(),
                name: "示例办事人".to_owned(),
                ..Applicant::default()
            }),
            steps: vec![accepted],
            ..CaseReport::default()
        }
    }

    fn cases(&mut self, in_haste: bool) -> CaseServiceClient<Channel> {
        let n = usize::try_from(self.dice.next() % self.hasty.len() as u64).unwrap();
        CaseServiceClient::new(if in_haste { &self.hasty[n] } else { &self.patient }.clone())
    }

    /// Pushes and completes cases until stopped; returns how many were completed in the end.
    async fn run(mut self, stop: Arc<AtomicBool>) -> u32 {
        let mut completed = 0;
        while !stop.load(Ordering::Relaxed) {
            let number = Clock::System.new_id().to_string();
            let accepted = accepted_before(Clock::System.now());
            let push = PushCaseRequest { report: Some(Self::report(&number, accepted)) };
            let complete = CompleteCaseRequest {
                request_id: Clock::System.new_id().to_string(),
                project_number: number,
                late_reason: String::new(),
            };
            // Repeats of both change nothing: twice the caller does not wait, once it does.
            for in_haste in [true, true, false] {
                let push = signed(push.clone(), &self.token);
                let _ = self.cases(in_haste).push_case(push).await;
            }
            for in_haste in [true, true, false] {
                let complete = signed(complete.clone(), &self.token);
                let answer = self.cases(in_haste).complete_case(complete).await;
                completed += u32::from(!in_haste && answer.is_ok());
            }
        }
        completed
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn callers_that_go_away_in_the_middle_leave_no_transaction_behind() {
    if !concerns("postgres") {
        return;
    }
    let mut findings = Findings::default();
    let mut town = Town::of(&[&["all"]]).await;
    let stores = town.stores().await;
    let crowd = Crowd::begin(&[Place::at(&town.replicas[0], &town.tokens)], 16, Duration::ZERO, 2);
    crowd.ledger.set_hasty(true);
    let stop = Arc::new(AtomicBool::new(false));
    let mut systems = JoinSet::new();
    for n in 0..6 {
        let waiting = |ms| town.replicas[0].channel(Duration::from_millis(ms));
        let system = BusinessSystem {
            hasty: [1, 2, 3, 5, 10, 20].map(waiting).to_vec(),
            patient: town.replicas[0].channel(ANSWER),
            token: town.tokens.system(AGENCY).unwrap(),
            dice: Dice::of(n),
        };
        systems.spawn(system.run(Arc::clone(&stop)));
    }
    tokio::time::sleep(LOAD).await;
    stop.store(true, Ordering::Relaxed);
    crowd.ledger.set_hasty(false);
    let mut completed = 0;
    while let Some(ended) = systems.join_next().await {
        completed += ended.unwrap();
    }
    let refusals = crowd.ledger.refusals();
    let gone: u64 = refusals.values().sum();
    let ledger = crowd.ledger.clone();
    for wrong in crowd.end().await {
        findings.add(wrong);
    }
    eprintln!(
        "{completed} cases completed, {} acknowledged, {gone} gone: {refusals:?}",
        ledger.count()
    );
    findings.check(gone > 100 && completed > 0, || "too few went away to show anything".to_owned());

    let idle = wait("no session is left in a transaction", Duration::from_secs(5), async || {
        let leaked = stores.column(Role::Intake, LEAKED).await?;
        if leaked.is_empty() { Ok(()) } else { Err(format!("{leaked:?}")) }
    });
    findings.take(idle.await);
    let warnings = town.postgres.log().matches("already a transaction in progress").count();
    findings.check(warnings == 0, || {
        format!("PostgreSQL warns {warnings} times: already a transaction in progress")
    });
    let mut acked = ledger.acked();
    let citizens = town.citizens(0, ANSWER);
    let begun = Instant::now();
    for _ in 0..5 {
        let token = citizens.invitation().await;
        let request = rating(&token, Level::VeryDissatisfied);
        let id = citizens.rate_until_acknowledged(request).await;
        let ticket = format!("SELECT rating_id FROM ticket_rating WHERE rating_id = '{id}'");
        let ticket =
            wait("a negative rating has its ticket", Duration::from_secs(10), async || {
                let found = stores.column(Role::Ticketing, &ticket).await?;
                if found.is_empty() { Err("none".to_owned()) } else { Ok(()) }
            });
        acked.push(Acked { id, level: 5 });
        if findings.take(ticket.await).is_none() {
            break;
        }
    }
    eprintln!("five negative ratings and their tickets took {:?}", begun.elapsed());
    town.check_health(&mut findings).await;
    recount(&stores, &acked, PATIENCE, &mut findings).await;
    cases_kept(&stores, &ledger.cases(), &mut findings).await;
    findings.verdict(|| town.evidence());
}
