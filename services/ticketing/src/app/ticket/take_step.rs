//! The shared part of all steps of a ticket: recognise the request, load the ticket if it is within
//! the caller's reach, decide in `domain`, write row, step and facts in one transaction.

use domain::{
    id::TicketId,
    ticket::{
        FollowUpOutcome, Setting, Ticket as DomainTicket, TicketState, TicketStep, impartial,
    },
    violation::Violations,
};
use jiff::Timestamp;
use platform::{auth::Officer, convert::to_wire, database::Txn, once::Recognised};
use prost::Message;
use proto::{
    fact::v1::{TicketLinked, TicketStepped, UpperNoticeAnswered, fact::Body},
    ticketing::v1::{Step, Ticket, step},
};
use uuid::Uuid;

use super::{
    checks::{check_documents, check_own, check_units, main_ticket, other_of_act},
    show::show,
};
use crate::{
    app::appeal::exclude::exclude_all,
    convert::ticket::{
        DEADLINES_IN_SHORT, TicketParts, finding_of, follow_up_ended, follow_up_opened, missed,
        next_due_on, opening_of, put_into_rows, rated_by_opening, state_to_wire,
        step as step_from_wire, ticket_from_rows,
    },
    entity::TicketRows,
    error::{Error, TicketError},
    state::Ticketing,
    store,
};

/// A step in one of the verbs' requests.
pub(crate) struct StepRequest<'a, R> {
    /// The RPC's name.
    pub(crate) rpc: &'static str,
    /// The request's own identity.
    pub(crate) request_id: &'a str,
    /// The ticket.
    pub(crate) ticket_id: &'a str,
    /// The request's field that holds the step.
    pub(crate) field: &'static str,
    /// The step.
    pub(crate) step: Option<step::Act>,
    /// The whole request, for recognising a repeat.
    pub(crate) request: &'a R,
}

/// Takes one step.
pub(crate) async fn take_step<R: Message>(
    ticketing: &Ticketing,
    caller: &Officer,
    asked: StepRequest<'_, R>,
) -> Result<Ticket, Error> {
    let StepRequest { rpc, request_id, ticket_id, field, step: act, request } = asked;
    let mut wrong = Violations::default();
    let no_uuid = |text: &str| text.parse::<Uuid>().map_err(|_| "is no UUID");
    let request_id = wrong.take("request_id", no_uuid(request_id));
    let ticket_id = wrong.take("ticket_id", no_uuid(ticket_id));
    let decoded = match act.clone() {
        None => {
            wrong.add(field, "is missing");
            None
        }
        Some(step) => match step_from_wire(step) {
            Ok(step) => Some(step),
            Err(more) => {
                wrong.0.extend(more.0);
                None
            }
        },
    };
    let (Some(request_id), Some(ticket_id), Some(decoded)) =
        wrong.finish((request_id, ticket_id, decoded))?
    else {
        return Err(Violations::default().into());
    };
    let shell = &ticketing.shell;
    let key = shell.requests.key(caller.id().as_bytes(), rpc, request_id, request);

    let txn = shell.once(&ticketing.store, key).await?;
    let row = store::ticket::ticket(&txn, caller, ticket_id).await?.ok_or(TicketError::NotFound)?;
    let txn = match txn.recognise().await? {
        Recognised::Before(answer) => return Ok(answer),
        Recognised::New(txn) => txn,
    };
    let mut rated = rated_by_opening(&row)?;
    rated.extend(store::ticket::rated(&txn, ticket_id).await?);
    impartial(&decoded, caller.id(), &rated)?;
    // Locked, so that a job which looks at its deadlines comes before or after.
    let locked = store::ticket::locked(&txn, ticket_id).await?;
    let before = locked.ok_or(TicketError::NotFound)?;
    let known = ticketing.reference.now();
    let policy = opening_of(&before.ticket)?.act.unwrap_or_default().policy;
    let profile = known.policy(&policy).ok_or(TicketError::NotKnownYet("the policy profile"))?;
    let calendar = known.calendar().ok_or(TicketError::NotKnownYet("the calendar"))?;
    let calendar = calendar.of(&before.ticket.region_code);
    let at = shell.clock.now();
    let mut rows = before.clone();
    let other = other_of_act(&txn, &before, &decoded).await?;
    match (&decoded, &act) {
        (TicketStep::Link { .. }, Some(step::Act::Link(link))) => {
            let main = main_ticket(&txn, caller, ticket_id, &link.main_ticket_id).await?;
            rows.ticket.main_ticket_id = Some(main);
        }
        (TicketStep::Unlink { .. }, _) => rows.ticket.main_ticket_id = None,
        _ => {}
    }
    if let TicketStep::Correct { sequence, .. } = &decoded {
        check_own(ticketing, &txn, caller, ticket_id, *sequence).await?;
    }
    let setting = Setting {
        ticket: TicketId(ticket_id),
        office: caller.office(),
        by: caller.id(),
        agency: caller.agency(),
        at,
        profile,
        calendar: &calendar,
        act_has_open_ticket: other.is_some(),
    };
    let ticket = ticket_from_rows(&before)?.step(&decoded, &setting)?;
    check_units(&decoded, caller, &before, &known, at)?;
    check_documents(&txn, ticket_id, &decoded).await?;
    put_into_rows(&ticket, &mut rows);
    if ticket.state == TicketState::Linked && rows.ticket.main_ticket_id.is_none() {
        rows.ticket.main_ticket_id = other;
    }

    let (sequence, by) = (ticket.sequence, caller.id().to_owned());
    let step = Step { sequence, at: Some(to_wire(at)), by, act };
    if !store::ticket::update_ticket(&txn, &before, &rows).await? {
        return Err(TicketError::Changed.into());
    }
    store::ticket::insert_step(&txn, &shell.sealer, ticket_id, &step).await?;
    // The answer is kept with the request. A ticket grows with every step, so only the new parts
    // are kept: the total grows with the steps and not with their square.
    let ratings = store::ticket::ratings_of(&txn, &[ticket_id]).await?.remove(&ticket_id);
    let ratings = ratings.unwrap_or_default();
    let parts = TicketParts {
        rating_ids: ratings.ids,
        rating_count: ratings.count,
        steps: vec![step],
        effects: store::ticket::effects(&txn, ticket_id).await?,
    };
    let answer = show(ticketing, &rows, parts, DEADLINES_IN_SHORT).await?;
    let mut facts = facts(&rows, &ticket, &decoded, at);
    match &decoded {
        // Before the step's own: whoever knows that it is closed knows what is asked of it.
        TicketStep::Close => facts.insert(0, follow_up_opened(&rows, &ticket, profile)),
        TicketStep::FollowUp { outcome, .. } if *outcome != FollowUpOutcome::NotReached => {
            let satisfied = *outcome == FollowUpOutcome::Satisfied;
            facts.push(follow_up_ended(&rows, &ticket, profile, satisfied, false));
        }
        _ => {}
    }
    if let TicketState::Excluded { ground } = ticket.state
        && before.ticket.state != rows.ticket.state
    {
        let law = (ground, profile.as_ref());
        facts.extend(exclude_all(ticketing, &txn, caller, &rows.ticket, law).await?);
    }
    facts.extend(facts_of_linked(&txn, &rows, &ticket, &decoded, at).await?);
    Ok(txn.finish(answer, facts).await?)
}

/// The facts of a step.
fn facts(rows: &TicketRows, ticket: &DomainTicket, step: &TicketStep, at: Timestamp) -> Vec<Body> {
    let reached = |outcome| outcome != FollowUpOutcome::NotReached;
    let followed_up = matches!(step, TicketStep::FollowUp { outcome, .. } if reached(*outcome));
    let stepped = TicketStepped {
        ticket_id: rows.ticket.id.to_string(),
        sequence: ticket.sequence,
        state: state_to_wire(ticket.state).into(),
        finding: finding_of(ticket.state).into(),
        at: Some(to_wire(at)),
        followed_up,
        began_again: followed_up && ticket.state == TicketState::Opened,
        missed: missed(ticket, at),
        next_due_on: next_due_on(ticket),
        agency_id: ticket.agency.clone(),
    };
    let mut facts = vec![Body::TicketStepped(stepped)];
    let linked = ticket.state == TicketState::Linked && !matches!(step, TicketStep::Correct { .. });
    if linked || matches!(step, TicketStep::Unlink { .. }) {
        facts.push(linked_to(rows.ticket.id, rows.ticket.main_ticket_id, at));
    }
    facts
}

fn linked_to(ticket_id: Uuid, main: Option<Uuid>, at: Timestamp) -> Body {
    Body::TicketLinked(TicketLinked {
        ticket_id: ticket_id.to_string(),
        main_ticket_id: main.map(|id| id.to_string()).unwrap_or_default(),
        at: Some(to_wire(at)),
    })
}

/// The facts about the tickets that this one handles: handed over itself, it takes them with it, and
/// its end answers every notice among them.
async fn facts_of_linked(
    txn: &Txn,
    rows: &TicketRows,
    ticket: &DomainTicket,
    step: &TicketStep,
    at: Timestamp,
) -> Result<Vec<Body>, Error> {
    let id = rows.ticket.id;
    let corrects = matches!(step, TicketStep::Correct { .. });
    let excluded = matches!(ticket.state, TicketState::Excluded { .. });
    if let (TicketState::Linked, Some(main), false) =
        (ticket.state, rows.ticket.main_ticket_id, corrects)
    {
        let handed_on = store::ticket::hand_on(txn, id, main).await?;
        return Ok(handed_on.into_iter().map(|id| linked_to(id, Some(main), at)).collect());
    }
    if !matches!(step, TicketStep::Close) && (!excluded || corrects) {
        return Ok(Vec::new());
    }
    let answered = |(ticket_id, number): (Uuid, String)| {
        Body::UpperNoticeAnswered(UpperNoticeAnswered {
            ticket_id: ticket_id.to_string(),
            number,
            finding: finding_of(ticket.state).into(),
            at: Some(to_wire(at)),
        })
    };
    Ok(store::ticket::notices(txn, id).await?.into_iter().map(answered).collect())
}

#[cfg(test)]
mod tests {
    use platform::{
        auth::Caller,
        testing::{AGENCY, REGION, principal},
    };
    use proto::{
        fact::v1::{MatterRaised, RatingSubmitted},
        r#type::v1::{Finding, Level},
    };
    use tonic::{Code, Status};
    use tonic_types::StatusExt as _;

    use super::*;
    use crate::rpc::testing::{
        Fixture, accept, assign, close, contact, feed_back, follow_up, handler, rectify, report,
        verify,
    };

    /// A staff member of the agency who is also its officer.
    fn clerk(id: &str) -> Officer {
        principal(id, Caller::Handler { region: REGION.to_owned(), agency: AGENCY.to_owned() })
    }

    fn assigned(assignee: &str) -> step::Act {
        step::Act::Assignment(proto::ticketing::v1::Assignment { assignee: assignee.to_owned() })
    }

    fn refused(answer: Result<Ticket, Status>) -> (Code, String) {
        let status = answer.unwrap_err();
        let details = status.get_error_details();
        (status.code(), details.error_info().unwrap().reason.clone())
    }

    fn served_by(rating: RatingSubmitted, staff: &str) -> RatingSubmitted {
        let mut rating = rating;
        rating.act.as_mut().unwrap().staff_id = staff.to_owned();
        rating
    }

    #[tokio::test]
    async fn t02_whoever_is_rated_takes_no_step_of_that_ticket_and_is_not_its_assignee() {
        let fixture = Fixture::new().await;
        let act_id = fixture.ticketing.shell.clock.new_id();
        let first = served_by(fixture.rating(act_id, Level::VeryDissatisfied), "652301-s07");
        let told = fixture.apply(&first).await;
        let [Body::TicketOpened(opened)] = told.as_slice() else { panic!("{told:?}") };
        let id = opened.ticket_id.as_str();
        // Another rating joins, and names someone else.
        let second = served_by(fixture.rating(act_id, Level::Dissatisfied), "652301-s08");
        fixture.apply(&second).await;
        let never = (Code::PermissionDenied, "RATED_STAFF_MEMBER".to_owned());
        let rated = [clerk("652301-s07"), clerk("652301-s08")];
        for assignee in ["652301-s07", "652301-s08", " 652301-s08 "] {
            assert_eq!(refused(fixture.step(id, assigned(assignee)).await), never, "{assignee}");
        }
        let finding = Finding::Clear;
        for step in [
            assign(),
            contact(),
            verify(finding),
            rectify(),
            feed_back(),
            report(),
            accept(),
            close(),
            follow_up(true),
        ] {
            for rated in &rated {
                assert_eq!(
                    refused(fixture.step_by(rated, id, step.clone()).await),
                    never,
                    "{step:?}"
                );
            }
            fixture.step(id, step).await.unwrap();
        }
        let other = fixture.ticket().await;
        fixture.step_by(&rated[0], &other, assign()).await.unwrap();
    }

    #[tokio::test]
    async fn t02_whom_a_matter_is_about_takes_no_step_of_its_ticket() {
        let fixture = Fixture::new().await;
        let staff = "652301-s07".to_owned();
        for matter in [
            MatterRaised { staff_id: staff.clone(), ..fixture.matter() },
            MatterRaised { unit_id: staff.clone(), ..fixture.matter() },
        ] {
            let id = fixture.ticket_of(&matter).await;
            let never = (Code::PermissionDenied, "RATED_STAFF_MEMBER".to_owned());
            assert_eq!(refused(fixture.step_by(&clerk(&staff), &id, assign()).await), never);
            assert_eq!(refused(fixture.step(&id, assigned(&staff)).await), never);
            fixture.step_by(&handler(AGENCY), &id, assign()).await.unwrap();
        }
    }
}
