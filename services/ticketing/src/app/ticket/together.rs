//! Steps of different tickets in one transaction. While one transaction is committed, the steps that
//! are asked for wait; the next one takes all of them: it loads their tickets, decides each step in
//! `domain`, writes tickets, steps, answers and facts, and commits once. A single step waits for
//! nobody. A refused step writes nothing, and the others are taken. A step that touches more than
//! its own ticket, or whose ticket somebody else holds, has a transaction of its own.

use std::collections::HashMap;

use platform::status::{Failure, cannot_write};
use proto::ticketing::v1::Ticket;
use tokio::sync::oneshot;
use uuid::Uuid;

use super::decide::{Beside, Company, Decision, decide};
use crate::{
    entity::TicketRows,
    error::{Error, TicketError},
    state::{
        Ticketing,
        steps::{Answer, AskedStep, WaitingStep},
    },
    store,
};

/// Takes a step and waits until it is durable.
pub(super) async fn take(ticketing: &Ticketing, asked: AskedStep) -> Answer {
    let (answer, taken) = oneshot::channel();
    if let Some(mut turn) = ticketing.steps.put(WaitingStep { asked, answer })? {
        let ticketing = ticketing.clone();
        // A task of its own: whoever asked may go away, and others wait for this turn.
        tokio::spawn(async move {
            while let Some(waiting) = turn.next() {
                take_waiting(&ticketing, waiting).await;
            }
        });
    }
    taken.await.unwrap_or_else(|_| Err(TicketError::GivenUp.into()))
}

/// Takes some steps, of a ticket one each, and answers them.
async fn take_waiting(ticketing: &Ticketing, waiting: Vec<WaitingStep>) {
    let (asked, answers): (Vec<_>, Vec<_>) =
        waiting.into_iter().map(|waiting| (waiting.asked, waiting.answer)).unzip();
    let outcomes = match take_all(ticketing, &asked, Company::Others).await {
        Ok(outcomes) => outcomes,
        // Nobody needs to try each one with a store that is away.
        Err(Error::Failure(Failure::Store(error))) if cannot_write(&error) => {
            let away = |_: &AskedStep| Some(Err(error.clone().into()));
            asked.iter().map(away).collect()
        }
        // One of them, perhaps: that one alone is refused.
        Err(_) => asked.iter().map(|_| None).collect(),
    };
    for ((asked, answer), outcome) in asked.into_iter().zip(answers).zip(outcomes) {
        match outcome {
            // Whoever asked may be gone; the step is taken all the same.
            Some(taken) => drop(answer.send(taken)),
            None => {
                let ticketing = ticketing.clone();
                tokio::spawn(async move { answer.send(take_alone(&ticketing, asked).await) });
            }
        }
    }
}

/// Takes one step in a transaction of its own.
async fn take_alone(ticketing: &Ticketing, asked: AskedStep) -> Answer {
    let answer = take_all(ticketing, &[asked], Company::Nobody).await?.pop().flatten();
    answer.unwrap_or_else(|| Err(TicketError::NotFound.into()))
}

/// Takes steps of different tickets in one transaction. None: that one needs a transaction of its
/// own, or its ticket is not there.
async fn take_all(
    ticketing: &Ticketing,
    asked: &[AskedStep],
    company: Company,
) -> Result<Vec<Option<Answer>>, Error> {
    let shell = &ticketing.shell;
    let txn = shell.together(&ticketing.store).await?;
    // Locked, so that a job which looks at their deadlines comes before or after, and a copy of a
    // request waits.
    let ids: Vec<Uuid> = asked.iter().map(|asked| asked.ticket_id).collect();
    let tickets = match company {
        Company::Others => store::ticket::lock_free(&txn, &ids).await?,
        Company::Nobody => {
            let mut alone = Vec::new();
            for id in &ids {
                alone.extend(store::ticket::locked(&txn, *id).await?);
            }
            alone
        }
    };
    let mut tickets: HashMap<Uuid, TicketRows> =
        tickets.into_iter().map(|rows| (rows.ticket.id, rows)).collect();
    let keys: Vec<_> = asked.iter().map(|asked| asked.key).collect();
    let (before, txn) = txn.recognise::<Ticket>(&keys).await?;
    let mut beside = Beside::load(&txn, &ids).await?;

    let (mut outcomes, mut answers) = (Vec::with_capacity(asked.len()), Vec::new());
    let (mut changes, mut steps, mut told) = (Vec::new(), Vec::new(), Vec::new());
    for (asked, before) in asked.iter().zip(before) {
        let rows = tickets.remove(&asked.ticket_id);
        let decided = match (rows, before) {
            // Of another transaction, or nobody's.
            (None, _) => Ok(Decision::Alone),
            (Some(rows), _) if !store::ticket::reaches(&asked.by, &rows) => {
                Err(TicketError::NotFound.into())
            }
            (_, Err(reused)) => Err(reused.into()),
            (_, Ok(Some(answer))) => {
                outcomes.push(Some(Ok(answer)));
                continue;
            }
            (Some(rows), Ok(None)) => {
                decide(ticketing, &txn, asked, rows, &mut beside, company).await
            }
        };
        outcomes.push(match decided {
            Ok(Decision::Take(taken)) => {
                answers.push((asked.key, taken.answer.clone()));
                changes.push((taken.before, taken.rows));
                steps.push((asked.ticket_id, taken.step));
                told.extend(taken.told);
                Some(Ok(taken.answer))
            }
            Ok(Decision::Alone) => None,
            Err(error) => Some(Err(error)),
        });
    }
    store::ticket::update_locked(&txn, &changes).await?;
    store::ticket::insert_steps(&txn, &shell.sealer, &steps).await?;
    txn.finish(&answers, told).await?;
    Ok(outcomes)
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use platform::testing::AGENCY;
    use proto::{
        fact::v1::fact::Body,
        r#type::v1::{Level, TicketState},
    };
    use sea_orm::{ConnectionTrait as _, DbBackend};
    use tokio::task::JoinSet;
    use tonic::{Code, Status};

    use super::*;
    use crate::{
        app::ticket::take_step::{StepRequest, take_step},
        rpc::testing::{
            Fixture, OTHER_AGENCY, assign, authority, follow_up, handler, request_id, to_closed,
        },
    };

    type Taking = JoinSet<(String, Result<Ticket, Status>)>;

    /// Asks for a step without waiting for it.
    fn ask(fixture: &Fixture, taking: &mut Taking, by: &str, ticket_id: &str) {
        let (ticketing, caller) = (fixture.ticketing.clone(), handler(by));
        let ticket_id = ticket_id.to_owned();
        taking.spawn(async move {
            let id = request_id();
            let asked = StepRequest {
                rpc: "AssignTicket",
                request_id: &id,
                ticket_id: &ticket_id,
                seen: None,
                field: "assignment",
                step: Some(assign()),
                request: &(),
            };
            let taken = take_step(&ticketing, &caller, asked).await.map_err(Status::from);
            (ticket_id, taken)
        });
    }

    #[tokio::test]
    async fn t02_steps_of_many_tickets_at_once_are_each_taken_or_refused_alone() {
        let fixture = Fixture::new().await;
        let mut tickets = Vec::new();
        for _ in 0..20 {
            tickets.push(fixture.ticket().await);
        }
        // Refused by its state, by its reach, and because nobody knows it.
        fixture.steps(&tickets[0], to_closed()).await;
        let (told, unknown) = (fixture.told().await.len(), request_id());
        let mut taking = Taking::new();
        for id in &tickets {
            ask(&fixture, &mut taking, AGENCY, id);
        }
        ask(&fixture, &mut taking, OTHER_AGENCY, &tickets[1]);
        ask(&fixture, &mut taking, AGENCY, &unknown);
        let (mut taken, mut refused) = (BTreeSet::new(), Vec::new());
        for (id, answer) in taking.join_all().await {
            match answer {
                Ok(ticket) => {
                    assert_eq!((ticket.ticket_id.as_str(), ticket.steps.len()), (id.as_str(), 1));
                    assert_eq!(ticket.assignee, "652301-s01");
                    assert!(taken.insert(id));
                }
                Err(why) => refused.push((id, i32::from(why.code()))),
            }
        }
        assert_eq!(taken, tickets[1..].iter().cloned().collect());
        refused.sort();
        let mut never = [
            (tickets[0].clone(), i32::from(Code::FailedPrecondition)),
            (tickets[1].clone(), i32::from(Code::NotFound)),
            (unknown, i32::from(Code::NotFound)),
        ];
        never.sort();
        assert_eq!(refused, never);
        assert_eq!(fixture.told().await.len(), told + 19, "one fact of each step");
        for id in &tickets[1..] {
            assert_eq!(fixture.read(authority("652301"), id).await.unwrap().steps.len(), 1);
        }
    }

    #[tokio::test]
    async fn t03_of_two_tickets_of_one_act_that_begin_again_at_once_one_is_open() {
        let fixture = Fixture::new().await;
        let act_id = fixture.ticketing.shell.clock.new_id();
        let mut tickets = Vec::new();
        for day in ["02", "05"] {
            fixture.at(&format!("2026-03-{day}T01:00:00Z"));
            let told = fixture.apply(&fixture.rating(act_id, Level::VeryDissatisfied)).await;
            let [Body::TicketOpened(opened)] = told.as_slice() else { panic!("{told:?}") };
            fixture.steps(&opened.ticket_id, to_closed()).await;
            tickets.push(opened.ticket_id.clone());
        }
        let upset = |id| fixture.step(id, follow_up(false));
        let (one, other) = tokio::join!(upset(&tickets[0]), upset(&tickets[1]));
        let mut states = [one, other].map(|ticket| ticket.unwrap().state());
        states.sort_by_key(|state| i32::from(*state));
        let mut expected = [TicketState::Opened, TicketState::Linked];
        expected.sort_by_key(|state| i32::from(*state));
        assert_eq!(states, expected);
    }

    #[tokio::test]
    async fn t02_a_ticket_that_somebody_holds_keeps_the_steps_of_no_other_waiting() {
        let fixture = Fixture::new().await;
        let store = &fixture.ticketing.store;
        // On SQLite all writers wait for each other.
        if store.backend() != DbBackend::Postgres {
            return;
        }
        let (held, free) = (fixture.ticket().await, fixture.ticket().await);
        let holder = store.begin().await.unwrap();
        let id = held.parse().unwrap();
        assert!(store::ticket::locked(&holder, id).await.unwrap().is_some());
        let mut taking = Taking::new();
        ask(&fixture, &mut taking, AGENCY, &held);
        ask(&fixture, &mut taking, AGENCY, &free);
        let (first, taken) = taking.join_next().await.unwrap().unwrap();
        assert_eq!(first, free);
        taken.unwrap();
        holder.execute_unprepared("SELECT 1").await.unwrap();
        holder.rollback().await.unwrap();
        let (second, taken) = taking.join_next().await.unwrap().unwrap();
        assert_eq!(second, held);
        taken.unwrap();
    }
}
