//! Takes a rater's own answer to the follow-up of their ticket (T06, P08): once per closing.

use domain::{id::ActId, violation::Violations};
use platform::{
    auth::{Citizen, Rater},
    clock::instant,
    convert::to_wire,
    once::Recognised,
};
use proto::{
    fact::v1::{FollowUpAnswered, fact::Body},
    intake::v1::{AnswerFollowUpRequest, AnswerFollowUpResponse, answer_follow_up_request::Right},
};
use uuid::Uuid;

use crate::{
    Intake,
    convert::request_id,
    entity::follow_up_answer,
    error::{
        Error,
        rating::{follow_up::FollowUpError, invitation::InvitationError},
    },
    store::{
        case::acts,
        rating::{handlings, outcomes},
    },
};

pub(crate) async fn run(
    intake: &Intake,
    caller: Rater,
    request: AnswerFollowUpRequest,
) -> Result<AnswerFollowUpResponse, Error> {
    let request_id = request_id(&request.request_id)?;
    let mut wrong = Violations::default();
    wrong.require(request.satisfied.is_some(), "satisfied", "is missing");
    let by_login = matches!(request.right, Some(Right::TicketId(_)));
    let known = caller.citizen().is_some() || !by_login;
    wrong.require(known, "ticket_id", "is for those who are known by name");
    wrong.require(request.right.is_some(), "right", "is missing");
    let satisfied = wrong.finish(request.satisfied)?.unwrap_or_default();
    let act_id = act_of(intake, &caller, request.right.as_ref()).await?;
    let requests = &intake.shell.requests;
    let key = requests.key(act_id.0.as_bytes(), "AnswerFollowUp", request_id, &request);

    let txn = match intake.shell.once(&intake.store, key).await?.recognise().await? {
        Recognised::Before(answer) => return Ok(answer),
        Recognised::New(txn) => txn,
    };
    let ticket = outcomes::of(&*txn, &[act_id.0]).await?.pop().ok_or(FollowUpError::NotDue)?;
    let ticket_id = ticket.ticket_id;
    let closed_at = handlings::lock_due(&txn, ticket_id).await?.ok_or(FollowUpError::NotDue)?;
    let answered_at = intake.shell.clock.now();
    let new = follow_up_answer::Model {
        ticket_id,
        closed_at,
        satisfied,
        answered_at: answered_at.as_microsecond(),
    };
    let first = handlings::answer(&txn, new.clone()).await?;
    if first.as_ref().is_some_and(|first| first.satisfied != satisfied) {
        return Err(FollowUpError::Answered.into());
    }
    let told = FollowUpAnswered {
        ticket_id: ticket_id.to_string(),
        closed_at: Some(to_wire(instant(closed_at))),
        satisfied,
        at: Some(to_wire(answered_at)),
    };
    // The same answer in another request is the same answer.
    let facts = if first.is_none() { vec![Body::FollowUpAnswered(told)] } else { Vec::new() };
    let kept = first.unwrap_or(new);
    let answered_at = Some(to_wire(instant(kept.answered_at)));
    let answer =
        AnswerFollowUpResponse { ticket_id: ticket_id.to_string(), satisfied, answered_at };
    Ok(txn.finish(answer, facts).await?)
}

/// The act that the caller has a right to. A receipt's code is none: it follows from the rating's
/// identity, which the officers of its ticket see.
async fn act_of(intake: &Intake, caller: &Rater, right: Option<&Right>) -> Result<ActId, Error> {
    let (act_id, refusal): (ActId, Error) = match right {
        Some(Right::TicketId(id)) => {
            let not_found = || Error::from(FollowUpError::TicketNotFound);
            let id = id.parse::<Uuid>().map_err(|_| not_found())?;
            let act = handlings::act_of(intake.store.read(), id).await?.ok_or_else(not_found)?;
            (ActId(act), not_found())
        }
        token => {
            let token = match token {
                Some(Right::Token(token)) => token.as_str(),
                _ => "",
            };
            let act = intake.shell.invitations.open(token)?;
            acts::act(&intake.store, act).await?.ok_or(InvitationError::NotFound)?;
            (act, InvitationError::OfAnother.into())
        }
    };
    let by_login = matches!(right, Some(Right::TicketId(_)));
    match caller.citizen() {
        Some(citizen) if !holds(intake, citizen, act_id, by_login).await? => Err(refusal),
        _ => Ok(act_id),
    }
}

/// Whether a citizen known by name is the one for whom an act was opened; by login only if that is
/// known.
async fn holds(
    intake: &Intake,
    citizen: &Citizen,
    act_id: ActId,
    by_login: bool,
) -> Result<bool, Error> {
    let index = acts::holder_of_act(&intake.store, act_id.0).await?;
    Ok(match index {
        Some(index) => index == intake.shell.blind.number(citizen.number()),
        None => !by_login,
    })
}

#[cfg(test)]
mod tests;
