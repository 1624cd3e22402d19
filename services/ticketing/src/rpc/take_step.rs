//! What the verbs of a ticket have in common: recognise the request, load the ticket within the
//! caller's reach, decide in `domain`, write row, step and fact in one transaction.

use domain::{ticket::Act, violation::Violations};
use platform::{auth::Officer, convert::to_wire, facts};
use prost::Message;
use proto::{
    fact::v1::{TicketStepped, fact::Body},
    ticketing::v1::{Step, Ticket, step},
};
use uuid::Uuid;

use crate::{
    Ticketing,
    convert::{self, finding_of, put_into_row, state_to_wire, ticket_from_row, ticket_to_wire},
    error::Error,
    store,
};

/// A step as asked for by one of the verbs.
pub(super) struct Asked<'a, R> {
    /// The RPC's name.
    pub(super) rpc: &'static str,
    /// The request's own identity.
    pub(super) request_id: &'a str,
    /// The ticket.
    pub(super) ticket_id: &'a str,
    /// The request's field that holds the step.
    pub(super) field: &'static str,
    /// The step.
    pub(super) act: Option<step::Act>,
    /// The whole request, to recognise it by.
    pub(super) request: &'a R,
}

/// Takes one step.
pub(super) async fn take_step<R: Message>(
    ticketing: &Ticketing,
    caller: &Officer,
    asked: Asked<'_, R>,
) -> Result<Ticket, Error> {
    let Asked { rpc, request_id, ticket_id, field, act, request } = asked;
    let mut wrong = Violations::default();
    let no_uuid = |text: &str| text.parse::<Uuid>().map_err(|_| "is no UUID");
    let request_id = wrong.take("request_id", no_uuid(request_id));
    let ticket_id = wrong.take("ticket_id", no_uuid(ticket_id));
    let decoded = match act.clone() {
        None => {
            wrong.add(field, "is missing");
            None
        }
        Some(act) => match convert::act(act) {
            Ok(act) => Some(act),
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

    let txn = ticketing.store.begin().await?;
    let mut row = store::ticket(&txn, caller, ticket_id).await?.ok_or(Error::TicketNotFound)?;
    if let Some(answer) = shell.requests.replay(&txn, key).await? {
        return Ok(answer);
    }
    let ticket = ticket_from_row(&row)?;
    let known = ticketing.reference.now();
    let policy = convert::opening_of(&row)?.act.unwrap_or_default().policy;
    let profile = known.policy(&policy).ok_or(Error::NotKnownYet("the policy profile"))?;
    let calendar = known.calendar().ok_or(Error::NotKnownYet("the calendar"))?;
    let calendar = calendar.of(&row.region_code);
    let at = shell.clock.now();
    let before = ticket.sequence;
    let ticket = ticket.step(&decoded, caller.office(), at, profile, &calendar)?;

    put_into_row(&ticket, &mut row);
    let step =
        Step { sequence: ticket.sequence, at: Some(to_wire(at)), by: caller.id().to_owned(), act };
    if !store::update_ticket(&txn, &row, before).await? {
        return Err(Error::TicketChanged);
    }
    store::insert_step(&txn, &shell.sealer, ticket_id, &step).await?;
    let rating_ids = store::rating_ids(&txn, ticket_id).await?;
    let steps = store::steps(&txn, &shell.sealer, ticket_id).await?;
    let effects = store::effects(&txn, ticket_id).await?;
    let answer = ticket_to_wire(&row, rating_ids, steps, effects)?;
    shell.requests.keep(&txn, key, &shell.clock, &answer).await?;
    let stepped = Body::TicketStepped(TicketStepped {
        ticket_id: ticket_id.to_string(),
        sequence: ticket.sequence,
        state: state_to_wire(&ticket.state).into(),
        finding: finding_of(&ticket.state).into(),
        at: Some(to_wire(at)),
        followed_up: matches!(decoded, Act::FollowUp { .. }),
    });
    facts::commit(txn, &shell.clock, vec![stepped]).await?;
    shell.bus.committed(crate::NAME);
    Ok(answer)
}
