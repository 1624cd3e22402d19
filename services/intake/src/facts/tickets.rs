//! What ticketing says of tickets: raters see where theirs stands, or the main one of a linked one, and
//! what is asked of its follow-up.

use platform::{
    convert::{Meaningless, instant_of, opening_rating},
    database::{Store, Txn},
    facts::{consume::Obstacle, history::Place, place_of},
};
use proto::{
    fact::v1::{Fact, fact::Body},
    r#type::v1 as wire,
};
use sea_orm::DbErr;
use uuid::Uuid;

use crate::{
    convert::to_column,
    store::rating::{
        handlings::{self, Said, Told},
        outcomes::{self, News},
    },
};

/// Applies facts, all at once; returns those that could not be.
pub(super) async fn apply(txn: &Txn, facts: &[&Fact]) -> Result<Vec<(u64, Obstacle)>, DbErr> {
    let (mut told, mut left) = (Vec::with_capacity(facts.len()), Vec::new());
    for fact in facts {
        match (news(fact), said(fact)) {
            (Err(why), _) | (_, Err(why)) => left.push((fact.position, why)),
            (Ok(Some(news)), _) => told.push(Told::Stepped(news)),
            (Ok(None), Ok(Some((ticket_id, said)))) => {
                told.push(Told::Beside { ticket_id, said, fact: place_of(fact) });
            }
            (Ok(None), Ok(None)) => {}
        }
    }
    handlings::put(txn, &told).await?;
    let news = told.iter().filter_map(|told| match told {
        Told::Stepped(news) => Some(news),
        Told::Beside { .. } => None,
    });
    outcomes::put(txn, news).await?;
    Ok(left)
}

/// The last fact, at this position or before, that left a trace.
pub(super) async fn last_trace(store: &Store, up_to: i64) -> Result<Option<Place>, DbErr> {
    let own = outcomes::last_trace(store.read(), up_to).await?;
    let any = handlings::last_trace(store.read(), up_to).await?;
    Ok(own.into_iter().chain(any).max_by_key(|place| place.position))
}

/// What a fact says of a ticket beside its steps.
fn said(fact: &Fact) -> Result<Option<(Uuid, Said)>, Obstacle> {
    Ok(match &fact.body {
        Some(Body::TicketLinked(linked)) => {
            let main = Some(linked.main_ticket_id.as_str()).filter(|id| !id.is_empty());
            let main = main.map(uuid).transpose()?;
            Some((uuid(&linked.ticket_id)?, Said::Linked { main }))
        }
        Some(Body::FollowUpOpened(opened)) => {
            let at = instant_of(opened.closed_at.as_ref()).map_err(broken)?.as_microsecond();
            let (required, sampled) = (opened.required, opened.sampled);
            let sequence = opened.sequence.into();
            let said = Said::Closed { at, required, sampled, sequence };
            Some((uuid(&opened.ticket_id)?, said))
        }
        _ => None,
    })
}

fn broken(why: Meaningless) -> Obstacle {
    Obstacle::Broken(why.to_string())
}

fn uuid(text: &str) -> Result<Uuid, Obstacle> {
    text.parse().map_err(|_| broken(Meaningless("is no UUID")))
}

/// What raters see of a fact. A matter's ticket belongs to no rating; it can be the main one of a
/// rating's.
fn news(fact: &Fact) -> Result<Option<News>, Obstacle> {
    let at = |at: Option<&_>| instant_of(at).map(|at| at.as_microsecond()).map_err(broken);
    let mut seen = Seen::default();
    let (ticket_id, sequence, state, at, act_id) = match &fact.body {
        Some(Body::TicketOpened(opened)) => {
            let act = opened.act.as_ref().ok_or(Meaningless("the act is missing"));
            let act = act.map_err(broken)?;
            let act_id = opening_rating(opened).map(|_| uuid(&act.act_id)).transpose()?;
            seen.next_due_on.clone_from(&opened.next_due_on);
            seen.agency_id.clone_from(&act.agency_id);
            let at = at(opened.opened_at.as_ref())?;
            let state = match state_of(opened.state)? {
                wire::TicketState::Unspecified => wire::TicketState::Opened,
                state => state,
            };
            (&opened.ticket_id, 0, state, at, act_id)
        }
        Some(Body::TicketStepped(stepped)) => {
            let state = match state_of(stepped.state)? {
                wire::TicketState::Unspecified => return Err(broken(Meaningless("is no state"))),
                state => state,
            };
            seen.finding = to_column(stepped.finding);
            seen.next_due_on.clone_from(&stepped.next_due_on);
            seen.agency_id.clone_from(&stepped.agency_id);
            (&stepped.ticket_id, stepped.sequence, state, at(stepped.at.as_ref())?, None)
        }
        Some(Body::TicketAnnulled(annulled)) => {
            let (state, at) = (wire::TicketState::Annulled, at(annulled.at.as_ref())?);
            (&annulled.ticket_id, annulled.sequence, state, at, None)
        }
        _ => return Ok(None),
    };
    let fact = place_of(fact);
    Ok(Some(News {
        ticket_id: uuid(ticket_id)?,
        act_id,
        sequence: sequence.into(),
        state: to_column(state),
        at,
        finding: seen.finding,
        next_due_on: seen.next_due_on,
        agency_id: seen.agency_id,
        fact,
    }))
}

fn state_of(state: i32) -> Result<wire::TicketState, Obstacle> {
    let unknown = |_| Obstacle::Unknown(format!("the state {state}"));
    wire::TicketState::try_from(state).map_err(unknown)
}

/// What raters see beside the state.
#[derive(Default)]
struct Seen {
    finding: i16,
    next_due_on: String,
    agency_id: String,
}
