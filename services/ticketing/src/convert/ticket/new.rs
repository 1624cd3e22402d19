//! A new ticket: its rows and its fact.

use domain::{
    calendar::{Calendar, OutOfRange},
    profile::Profile,
    ticket::{Opening, Part, Ticket},
};
use jiff::Timestamp;
use platform::{clock::Clock, convert::to_wire, facts::history::Place};
use prost::Message as _;
use proto::fact::v1::{
    MatterOpening, MatterRaised, ProblemOpening, RatingOpening, RatingSubmitted, TicketOpened,
    TicketStepped, UpperNoticeOpening, fact::Body, ticket_opened,
};
use uuid::Uuid;

use super::{
    authority_region, finding_of, is_township, participants_of, put_into_rows, state_to_wire,
};
use crate::entity::{TicketRows, ticket};

/// How soon after its end a ticket's item and window must have another one for that to be a relapse,
/// in days: ours, no document names a number.
pub(crate) const RELAPSE_DAYS: i64 = 90;

/// What is known of a new ticket.
pub(crate) struct NewTicket<'a> {
    pub(crate) opening: Opening,
    /// The act rated, the matter, or the notice.
    pub(crate) act_id: Uuid,
    /// The rating, or the parts of what opened it that it shares with a rating.
    pub(crate) said: RatingSubmitted,
    pub(crate) matter: Option<&'a MatterRaised>,
    /// Where the matter's fact stands.
    pub(crate) place: Option<Place>,
    /// The number of an upper platform's notice.
    pub(crate) upper_number: Option<String>,
    pub(crate) received_at: Timestamp,
    pub(crate) relapse_of: Option<Uuid>,
}

/// Opens a ticket.
///
/// # Errors
/// [`OutOfRange`] if a deadline reaches a year without a known calendar.
pub(crate) fn open(
    clock: &Clock,
    profile: &Profile,
    calendar: &Calendar,
    new: NewTicket<'_>,
) -> Result<(TicketRows, Body), OutOfRange> {
    let NewTicket { opening, act_id, said, matter, place, upper_number, received_at, relapse_of } =
        new;
    let act = said.act.clone().unwrap_or_default();
    let region = &act.region_code;
    let agency = act.agency_id.clone();
    let township = is_township(region);
    let mut ticket =
        Ticket::open(opening, agency.clone(), township, received_at, profile, calendar)?;
    ticket.parts = Part::of_case(&agency, participants_of(&act));
    let opened_at = clock.now();
    let row = ticket::Model {
        id: clock.new_id(),
        act_id,
        region_code: region.clone(),
        agency_id: agency,
        real_name: false,
        opened_at: opened_at.as_microsecond(),
        clock_started_at: 0,
        state: 0,
        finding: 0,
        sequence: 0,
        due_at: 0,
        opening: said.encode_to_vec(),
        deadlines: Vec::new(),
        matter: matter.map(MatterRaised::encode_to_vec),
        fact_position: place.as_ref().map(|place| place.position),
        fact_id: place.map(|place| place.fact_id),
        opened_by: 0,
        named_day: None,
        upper_number,
        assignee: None,
        township,
        reached: false,
        contact_attempts: 0,
        follow_up_attempts: 0,
        ground: 0,
        main_ticket_id: None,
        relapse_of,
        item_code: act.item_code.clone(),
        window_id: act.window_id.clone(),
        closed_at: None,
        authority_region: authority_region(region),
        take_by: None,
        nobody_at: None,
        clock_stopped_at: None,
        dispatched: true,
    };
    let mut rows = TicketRows { ticket: row, deadlines: Vec::new(), parts: Vec::new() };
    put_into_rows(&ticket, &mut rows);
    let next_due_on = next_due_on(&ticket);
    let opened = opened(&rows.ticket, opening, said, act_id, matter);
    let state = state_to_wire(ticket.state).into();
    let opened = TicketOpened { next_due_on, state, ..opened };
    Ok((rows, Body::TicketOpened(opened)))
}

fn opened(
    row: &ticket::Model,
    opening: Opening,
    said: RatingSubmitted,
    act_id: Uuid,
    matter: Option<&MatterRaised>,
) -> TicketOpened {
    let matter_id = matter.map(|matter| matter.matter_id.clone()).unwrap_or_default();
    let opening = match opening {
        Opening::Rating { .. } => {
            ticket_opened::Opening::Rating(RatingOpening { rating_id: said.rating_id })
        }
        Opening::Matter { .. } => ticket_opened::Opening::Matter(MatterOpening { matter_id }),
        Opening::Problem => ticket_opened::Opening::Problem(ProblemOpening { matter_id }),
        Opening::UpperNotice { due_on } => {
            ticket_opened::Opening::UpperNotice(UpperNoticeOpening {
                notice_id: act_id.to_string(),
                number: row.upper_number.clone().unwrap_or_default(),
                due_on: due_on.map(|day| day.to_string()).unwrap_or_default(),
            })
        }
    };
    TicketOpened {
        ticket_id: row.id.to_string(),
        act: said.act,
        level: said.level,
        channel: said.channel,
        real_name: row.real_name,
        private: said.private,
        opened_at: Some(to_wire(platform::clock::instant(row.opened_at))),
        opening: Some(opening),
        relapse_of: row.relapse_of.map(|id| id.to_string()).unwrap_or_default(),
        ..TicketOpened::default()
    }
}

/// The first instant from which a closed ticket of the same item and window counts as relapsed.
pub(crate) fn relapses_since(at: Timestamp) -> i64 {
    let day = 24 * 60 * 60 * 1_000_000;
    at.as_microsecond().saturating_sub(RELAPSE_DAYS * day)
}

/// The acts whose deadlines a ticket has missed by now, each once.
pub(crate) fn missed(ticket: &Ticket, at: Timestamp) -> Vec<String> {
    let missed = ticket.dues.0.iter().filter(|due| due.is_missed(at));
    let mut acts: Vec<String> = missed.map(|due| due.deadline.rule.subject.clone()).collect();
    acts.sort_unstable();
    acts.dedup();
    acts
}

/// The day that raters and systems are shown.
pub(crate) fn next_due_on(ticket: &Ticket) -> String {
    ticket.next_due().map(|deadline| deadline.due_on.to_string()).unwrap_or_default()
}

/// The fact that a ticket took a step of the system.
pub(crate) fn stepped(ticket_id: Uuid, ticket: &Ticket, at: Timestamp) -> TicketStepped {
    TicketStepped {
        ticket_id: ticket_id.to_string(),
        sequence: ticket.sequence,
        state: state_to_wire(ticket.state).into(),
        finding: finding_of(ticket.state).into(),
        at: Some(to_wire(at)),
        missed: missed(ticket, at),
        next_due_on: next_due_on(ticket),
        agency_id: ticket.agency.clone(),
        ..TicketStepped::default()
    }
}
