//! Officers take steps of tickets while further ratings join the same tickets: no two of them wait
//! for each other in a circle.

use std::{
    sync::{
        Arc,
        atomic::{AtomicBool, AtomicU64, Ordering},
    },
    time::Duration,
};

use e2e::citizens::{rating, signed};
use pingyi::roles::Role;
use platform::clock::Clock;
use proto::{
    ticketing::v1::{
        AssignTicketRequest, Assignment, Contact, Means, RecordContactRequest,
        ticket_service_client::TicketServiceClient,
    },
    r#type::v1::Level,
};
use tokio::task::JoinSet;
use tonic::{Code, transport::Channel};

use crate::{
    crowd::Acked,
    findings::{Findings, wait},
    recount::recount,
    town::{ANSWER, Town, concerns},
};

const AGENCY: &str = "652301-a03";
/// How many acts are rated again and again, each with an officer of its own.
const ACTS: usize = 120;
/// How often each: as often as an act can be rated within a minute.
const RATINGS: usize = 4;
/// After how many steps it is enough.
const ROUNDS: u64 = 600;
/// After how many ratings it is enough.
const GIVEN: u64 = 300;
const PATIENCE: Duration = Duration::from_secs(60);

/// Calls the rater back again and again; returns what was wrong with the answers.
async fn call_back(
    channel: Channel,
    officer: String,
    ticket_id: String,
    home: Arc<AtomicBool>,
    steps: Arc<AtomicU64>,
) -> Vec<String> {
    let mut wrong = Vec::new();
    while !home.load(Ordering::Relaxed) {
        let request = RecordContactRequest {
            request_id: Clock::System.new_id().to_string(),
            ticket_id: ticket_id.clone(),
            contact: Some(Contact {
                means: Means::Phone.into(),
                reached: true,
                note: "已联系".to_owned(),
            }),
            seen_step_count: None,
        };
        let mut client = TicketServiceClient::new(channel.clone());
        match client.record_contact(signed(request, &officer)).await {
            Ok(_) => {
                steps.fetch_add(1, Ordering::Relaxed);
            }
            Err(status) if status.code() == Code::Aborted => {}
            Err(status) => {
                let (code, message) = (status.code(), status.message());
                wrong.push(format!("a step is answered with {code:?}: {message}"));
            }
        }
    }
    wrong
}

#[tokio::test(flavor = "multi_thread")]
async fn officers_and_facts_do_not_deadlock() {
    if !concerns("postgres") {
        return;
    }
    let mut findings = Findings::default();
    let mut town = Town::of(&[&["all"]]).await;
    let stores = town.stores().await;
    let citizens = town.citizens(0, ANSWER);
    let (mut tokens, mut acked) = (Vec::new(), Vec::new());
    for _ in 0..ACTS {
        let token = citizens.invitation().await;
        let id = citizens.rate_until_acknowledged(rating(&token, Level::Dissatisfied)).await;
        acked.push(Acked { id, level: 4 });
        tokens.push(token);
    }
    let tickets = wait("every act has its ticket", PATIENCE, async || {
        let tickets = stores.column(Role::Ticketing, "SELECT id FROM ticket").await?;
        if tickets.len() == ACTS { Ok(tickets) } else { Err(format!("{}", tickets.len())) }
    });
    let (tickets, _) = tickets.await.unwrap();

    let (channel, officer) =
        (town.replicas[0].channel(ANSWER), town.tokens.handler(AGENCY).unwrap());
    let (home, steps) = (Arc::new(AtomicBool::new(false)), Arc::new(AtomicU64::new(0)));
    let mut officers = JoinSet::new();
    for ticket_id in tickets {
        let request = AssignTicketRequest {
            request_id: Clock::System.new_id().to_string(),
            ticket_id: ticket_id.clone(),
            assignment: Some(Assignment { assignee: "652301-s11".to_owned() }),
            seen_step_count: None,
        };
        let mut client = TicketServiceClient::new(channel.clone());
        client.assign_ticket(signed(request, &officer)).await.unwrap();
        officers.spawn(call_back(
            channel.clone(),
            officer.clone(),
            ticket_id,
            Arc::clone(&home),
            Arc::clone(&steps),
        ));
    }
    let given = Arc::new(AtomicU64::new(0));
    let mut raters = JoinSet::new();
    for token in tokens {
        let (citizens, home, given) = (citizens.clone(), Arc::clone(&home), Arc::clone(&given));
        raters.spawn(async move {
            let mut acked = Vec::new();
            for _ in 0..RATINGS {
                if home.load(Ordering::Relaxed) {
                    break;
                }
                let request = rating(&token, Level::VeryDissatisfied);
                let id = citizens.rate_until_acknowledged(request).await;
                acked.push(Acked { id, level: 5 });
                given.fetch_add(1, Ordering::Relaxed);
            }
            acked
        });
    }
    let enough = wait("steps are taken and ratings given", PATIENCE, async || {
        let (steps, given) = (steps.load(Ordering::Relaxed), given.load(Ordering::Relaxed));
        let deadlocks = town.postgres.log().matches("deadlock detected").count();
        // Once is enough to know.
        if (steps > ROUNDS && given > GIVEN) || deadlocks > 0 {
            return Ok((steps, given));
        }
        Err(format!("{steps} of {ROUNDS} and {given} of {GIVEN}"))
    });
    if let Some(((steps, given), after)) = findings.take(enough.await) {
        eprintln!("{steps} steps and {given} ratings in {after:?}");
    }
    home.store(true, Ordering::Relaxed);
    while let Some(wrong) = officers.join_next().await {
        for wrong in wrong.unwrap().into_iter().take(3) {
            findings.add(wrong);
        }
    }
    while let Some(given) = raters.join_next().await {
        acked.extend(given.unwrap());
    }
    recount(&stores, &acked, PATIENCE, &mut findings).await;
    let log = town.postgres.log();
    let deadlocks: Vec<&str> =
        log.lines().filter(|line| line.contains("deadlock detected")).collect();
    findings.check(deadlocks.is_empty(), || {
        format!("PostgreSQL found {} deadlocks: {}", deadlocks.len(), deadlocks[0])
    });
    town.check_health(&mut findings).await;
    findings.verdict(|| town.evidence());
}
