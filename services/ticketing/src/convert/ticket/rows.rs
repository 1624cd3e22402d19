//! A ticket and its rows, both ways.

use std::mem;

use domain::{
    deadline::{day_of, end_of, iso_date},
    ticket::{Due, DueEnd, Dues, Finding, Opening, Part, Ticket, TicketState},
};
use jiff::{Timestamp, civil::Date};
use platform::{
    clock::instant,
    convert::{self, Meaningless, finding_to_wire, ground_to_wire},
    status::Failure,
};
use prost::Message as _;
use proto::r#type::v1 as wire;

use crate::entity::{TicketRows, ticket, ticket_deadline, ticket_part};

/// A due time that sorts last: nothing is due.
pub(crate) const NOTHING_DUE: i64 = i64::MAX;

/// A day, in microseconds.
const DAY: i64 = 24 * 60 * 60 * 1_000_000;

/// What opened a ticket, in its column.
mod opened_by {
    pub(super) const RATING: i16 = 1;
    pub(super) const MATTER: i16 = 2;
    pub(super) const UPPER_NOTICE: i16 = 3;
    pub(super) const PROBLEM: i16 = 4;
}

pub(crate) fn state_to_wire(state: TicketState) -> wire::TicketState {
    match state {
        TicketState::Received => wire::TicketState::Received,
        TicketState::Opened => wire::TicketState::Opened,
        TicketState::Assigned => wire::TicketState::Assigned,
        TicketState::Contacted { .. } => wire::TicketState::Contacted,
        TicketState::Verified { .. } => wire::TicketState::Verified,
        TicketState::SolutionFedBack => wire::TicketState::SolutionFedBack,
        TicketState::Rectified { .. } => wire::TicketState::Rectified,
        TicketState::FedBack { .. } => wire::TicketState::FedBack,
        TicketState::Reported { .. } => wire::TicketState::Reported,
        TicketState::Accepted { .. } => wire::TicketState::Accepted,
        TicketState::Closed { .. } => wire::TicketState::Closed,
        TicketState::Confirmed { .. } => wire::TicketState::Confirmed,
        TicketState::ExclusionProposed { .. } => wire::TicketState::ExclusionProposed,
        TicketState::Excluded { .. } => wire::TicketState::Excluded,
        TicketState::Linked => wire::TicketState::Linked,
        TicketState::Annulled => wire::TicketState::Annulled,
    }
}

fn state_column(state: TicketState) -> i16 {
    i16::try_from(i32::from(state_to_wire(state))).unwrap_or_default()
}

fn state(row: &ticket::Model) -> Result<TicketState, Meaningless> {
    let finding = || -> Result<Finding, Meaningless> { convert::finding(row.finding.into()) };
    let ground = || convert::ground(row.ground.into());
    let count = |n: i32| u32::try_from(n).unwrap_or_default();
    let attempts = count(row.contact_attempts);
    Ok(match wire::TicketState::try_from(i32::from(row.state)) {
        Ok(wire::TicketState::Received) => TicketState::Received,
        Ok(wire::TicketState::Opened) => TicketState::Opened,
        Ok(wire::TicketState::Assigned) => TicketState::Assigned,
        Ok(wire::TicketState::Contacted) => {
            TicketState::Contacted { reached: row.reached, attempts }
        }
        Ok(wire::TicketState::Verified) => TicketState::Verified { finding: finding()? },
        Ok(wire::TicketState::SolutionFedBack) => TicketState::SolutionFedBack,
        Ok(wire::TicketState::Rectified) => TicketState::Rectified { finding: finding()? },
        Ok(wire::TicketState::FedBack) => TicketState::FedBack { finding: finding()? },
        Ok(wire::TicketState::Reported) => TicketState::Reported { finding: finding()? },
        Ok(wire::TicketState::Accepted) => TicketState::Accepted { finding: finding()? },
        Ok(wire::TicketState::Closed) => {
            TicketState::Closed { finding: finding()?, attempts: count(row.follow_up_attempts) }
        }
        Ok(wire::TicketState::Confirmed) => TicketState::Confirmed { finding: finding()? },
        Ok(wire::TicketState::ExclusionProposed) => {
            TicketState::ExclusionProposed { ground: ground()? }
        }
        Ok(wire::TicketState::Excluded) => TicketState::Excluded { ground: ground()? },
        Ok(wire::TicketState::Linked) => TicketState::Linked,
        Ok(wire::TicketState::Annulled) => TicketState::Annulled,
        Ok(wire::TicketState::Unspecified) | Err(_) => return Err(Meaningless("is no state")),
    })
}

/// The states in which a ticket is open: `domain` says which.
pub(crate) fn open_states() -> impl Iterator<Item = wire::TicketState> {
    [
        wire::TicketState::Received,
        wire::TicketState::Opened,
        wire::TicketState::Assigned,
        wire::TicketState::Contacted,
        wire::TicketState::Verified,
        wire::TicketState::SolutionFedBack,
        wire::TicketState::Rectified,
        wire::TicketState::FedBack,
        wire::TicketState::Reported,
        wire::TicketState::Accepted,
        wire::TicketState::ExclusionProposed,
    ]
    .into_iter()
}

/// The finding of a state on the wire; unspecified before there is one.
pub(crate) fn finding_of(state: TicketState) -> wire::Finding {
    state.finding().map_or(wire::Finding::Unspecified, finding_to_wire)
}

/// The ticket of some rows.
pub(crate) fn ticket_from_rows(rows: &TicketRows) -> Result<Ticket, Failure> {
    let row = &rows.ticket;
    let broken = |why: Meaningless| Failure::Internal(format!("ticket {}: {why}", row.id));
    let mut dues = Vec::with_capacity(rows.deadlines.len());
    for deadline in &rows.deadlines {
        dues.push(due(deadline).map_err(broken)?);
    }
    let part = |part: &ticket_part::Model| Part {
        agency: part.agency_id.clone(),
        answered: part.answered,
    };
    Ok(Ticket {
        opening: opening(row).map_err(broken)?,
        state: state(row).map_err(broken)?,
        sequence: u32::try_from(row.sequence).unwrap_or_default(),
        clock_started_at: instant(row.clock_started_at),
        clock_stopped_at: row.clock_stopped_at.map(instant),
        dispatched: row.dispatched && row.state != state_column(TicketState::Received),
        dues: Dues(dues),
        agency: row.agency_id.clone(),
        parts: rows.parts.iter().map(part).collect(),
        assignee: row.assignee.clone(),
        township: row.township,
        closed_at: row.closed_at.map(instant),
    })
}

fn opening(row: &ticket::Model) -> Result<Opening, Meaningless> {
    let day: Option<Date> = match &row.named_day {
        None => None,
        Some(day) => Some(iso_date(day).map_err(Meaningless)?),
    };
    match row.opened_by {
        opened_by::RATING => Ok(Opening::Rating { real_name: row.real_name }),
        opened_by::MATTER => Ok(Opening::Matter { real_name: row.real_name, hotline_due_on: day }),
        opened_by::UPPER_NOTICE => Ok(Opening::UpperNotice { due_on: day }),
        opened_by::PROBLEM => Ok(Opening::Problem),
        _ => Err(Meaningless("is opened by nothing known")),
    }
}

fn due(row: &ticket_deadline::Model) -> Result<Due, Meaningless> {
    let deadline = wire::Deadline::decode(row.deadline.as_slice())
        .map_err(|_| Meaningless("a deadline cannot be read"))?;
    let at = || row.ended_at.map(instant).ok_or(Meaningless("an ended deadline lacks its time"));
    let successor = || {
        let number = row.superseded_by.and_then(|number| usize::try_from(number - 1).ok());
        number.ok_or(Meaningless("a superseded deadline lacks its successor"))
    };
    let end = match wire::DeadlineEnd::try_from(i32::from(row.end)) {
        Ok(wire::DeadlineEnd::Running) => DueEnd::Running,
        Ok(wire::DeadlineEnd::Met) => DueEnd::Met { at: at()? },
        Ok(wire::DeadlineEnd::Superseded) => DueEnd::Superseded { by: successor()?, at: at()? },
        Ok(wire::DeadlineEnd::Moved) => DueEnd::Moved { to: successor()?, at: at()? },
        Ok(wire::DeadlineEnd::Lapsed) => DueEnd::Lapsed { at: at()? },
        Ok(wire::DeadlineEnd::Unspecified) | Err(_) => {
            return Err(Meaningless("a deadline ended in no known way"));
        }
    };
    Ok(Due { deadline: convert::deadline(deadline)?, end })
}

/// Puts a ticket into its rows. Rows of deadlines that are there keep what is theirs alone.
pub(crate) fn put_into_rows(ticket: &Ticket, rows: &mut TicketRows) {
    let number = |value: i32| i16::try_from(value).unwrap_or_default();
    let count = |value: u32| i32::try_from(value).unwrap_or(i32::MAX);
    let row = &mut rows.ticket;
    row.state = state_column(ticket.state);
    row.clock_stopped_at = ticket.clock_stopped_at.map(Timestamp::as_microsecond);
    row.dispatched = ticket.dispatched;
    row.finding = number(finding_of(ticket.state).into());
    row.clock_started_at = ticket.clock_started_at.as_microsecond();
    row.sequence = count(ticket.sequence);
    row.due_at = ticket.due_at().map_or(NOTHING_DUE, Timestamp::as_microsecond);
    row.agency_id.clone_from(&ticket.agency);
    row.assignee.clone_from(&ticket.assignee);
    row.township = ticket.township;
    row.closed_at = ticket.closed_at.map(Timestamp::as_microsecond);
    row.real_name = ticket.opening.real_name();
    let (opened_by, day) = match ticket.opening {
        Opening::Rating { .. } => (opened_by::RATING, None),
        Opening::Matter { hotline_due_on, .. } => (opened_by::MATTER, hotline_due_on),
        Opening::UpperNotice { due_on } => (opened_by::UPPER_NOTICE, due_on),
        Opening::Problem => (opened_by::PROBLEM, None),
    };
    (row.opened_by, row.named_day) = (opened_by, day.map(|day| day.to_string()));
    match ticket.state {
        TicketState::Contacted { reached, attempts } => {
            (row.reached, row.contact_attempts) = (reached, count(attempts));
        }
        TicketState::Closed { attempts, .. } => row.follow_up_attempts = count(attempts),
        _ => {}
    }
    row.ground = match ticket.state {
        TicketState::ExclusionProposed { ground } | TicketState::Excluded { ground } => {
            number(ground_to_wire(ground).into())
        }
        // A proposal that was not upheld is on record in its step.
        _ => 0,
    };
    // The day of the event is never counted: nobody has to look before it ends. The job that watches
    // puts the exact instant here.
    let waits = ticket.waits_since().filter(|_| ticket.clock_stopped_at.is_none());
    row.take_by = match (waits, row.nobody_at) {
        (Some(since), None) => {
            let first = end_of(day_of(since)).map(Timestamp::as_microsecond);
            row.take_by.max(first)
        }
        _ => None,
    };
    let (id, region, agency) = (row.id, row.region_code.clone(), row.agency_id.clone());
    let mut before = mem::take(&mut rows.deadlines).into_iter();
    for (n, due) in (1..).zip(&ticket.dues.0) {
        let row = deadline_row(id, n, due, before.next());
        // Nobody is urged or late while its clock stands still.
        let running = !ticket.stands_still(due);
        rows.deadlines.push(ticket_deadline::Model {
            region_code: region.clone(),
            agency_id: agency.clone(),
            running_until: row.running_until.filter(|_| running),
            watch_at: row.watch_at.filter(|_| running),
            ..row
        });
    }
    let part = |part: &Part| ticket_part::Model {
        ticket_id: id,
        agency_id: part.agency.clone(),
        answered: part.answered,
    };
    rows.parts = ticket.parts.iter().map(part).collect();
}

fn deadline_row(
    ticket_id: uuid::Uuid,
    number: i32,
    due: &Due,
    kept: Option<ticket_deadline::Model>,
) -> ticket_deadline::Model {
    let due_at = due.deadline.due_at.as_microsecond();
    let (end, ended_at, superseded_by) = match due.end {
        DueEnd::Running => (wire::DeadlineEnd::Running, None, None),
        DueEnd::Met { at } => (wire::DeadlineEnd::Met, Some(at), None),
        DueEnd::Superseded { by, at } => {
            (wire::DeadlineEnd::Superseded, Some(at), i32::try_from(by + 1).ok())
        }
        DueEnd::Lapsed { at } => (wire::DeadlineEnd::Lapsed, Some(at), None),
        DueEnd::Moved { to, at } => {
            (wire::DeadlineEnd::Moved, Some(at), i32::try_from(to + 1).ok())
        }
    };
    let (urged_at, escalated_at, deadline) = match kept {
        Some(kept) => (kept.urged_at, kept.escalated_at, kept.deadline),
        None => (None, None, convert::deadline_to_wire(&due.deadline).encode_to_vec()),
    };
    ticket_deadline::Model {
        ticket_id,
        number,
        subject: due.deadline.rule.subject.clone(),
        due_at,
        running_until: due.runs().then_some(due_at),
        end: i16::try_from(i32::from(end)).unwrap_or_default(),
        ended_at: ended_at.map(Timestamp::as_microsecond),
        superseded_by,
        provisional: due.awaits_notice(),
        region_code: String::new(),
        agency_id: String::new(),
        urged_at,
        escalated_at,
        watch_at: due.runs().then(|| watch_at(due_at, urged_at, escalated_at)).flatten(),
        deadline,
    }
}

/// When a running deadline is to be looked at next: when its last day begins, for urging, and when
/// that is over, for escalating; then never again.
pub(crate) fn watch_at(
    due_at: i64,
    urged_at: Option<i64>,
    escalated_at: Option<i64>,
) -> Option<i64> {
    match (urged_at, escalated_at) {
        (_, Some(_)) => None,
        (Some(_), None) => Some(due_at),
        // A day in Asia/Shanghai has 24 hours.
        (None, None) => Some(due_at - DAY),
    }
}

/// A deadline as officers see it, with how it ended; `now` says whether a running one is overdue,
/// unless its clock stands still.
pub(super) fn deadline_to_wire(
    row: &ticket_deadline::Model,
    now: Timestamp,
) -> Result<wire::Deadline, Failure> {
    let kept = wire::Deadline::decode(row.deadline.as_slice())
        .map_err(|error| Failure::Internal(error.to_string()))?;
    let ended_at = row.ended_at.map(instant);
    let number = |end| i16::try_from(i32::from(end)).unwrap_or_default();
    let moved = number(wire::DeadlineEnd::Moved);
    let stopped = row.end == number(wire::DeadlineEnd::Running) && row.running_until.is_none();
    Ok(wire::Deadline {
        end: row.end.into(),
        ended_at: ended_at.map(convert::to_wire),
        superseded_by: row.superseded_by.and_then(|by| u32::try_from(by).ok()).unwrap_or_default(),
        missed: row.end != moved && !stopped && instant(row.due_at) <= ended_at.unwrap_or(now),
        number: u32::try_from(row.number).unwrap_or_default(),
        ..kept
    })
}
