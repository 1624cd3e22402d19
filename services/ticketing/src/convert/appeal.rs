//! Appeals, exclusions and their duties.

use domain::{
    appeal::{Appeal, AppealState, ExclusionKind, kind_of},
    calendar::Calendar,
    deadline::Deadline,
    profile::{ExclusionDuty, ExclusionGround, Office, Party, Profile},
};
use jiff::Timestamp;
use platform::{
    clock::instant,
    convert::{self, Meaningless, ground_to_wire, to_wire},
    status::Failure,
};
use prost::Message as _;
use proto::{ticketing::v1 as wire, r#type::v1 as shared};
use uuid::Uuid;

use crate::entity::{appeal, exclusion, exclusion_duty};

/// A wire number in the form of a column.
pub(crate) fn column(number: impl Into<i32>) -> i16 {
    i16::try_from(number.into()).unwrap_or_default()
}

/// A ground from the wire or a column; none if none is stated.
pub(crate) fn stated_ground(number: i32) -> Result<Option<ExclusionGround>, Meaningless> {
    if number == 0 { Ok(None) } else { convert::ground(number).map(Some) }
}

pub(crate) fn kind_to_wire(ground: ExclusionGround) -> shared::ExclusionKind {
    match kind_of(ground) {
        ExclusionKind::Excluded => shared::ExclusionKind::Excluded,
        ExclusionKind::Withdrawn => shared::ExclusionKind::Withdrawn,
    }
}

pub(crate) fn duty_to_wire(duty: ExclusionDuty) -> shared::ExclusionDuty {
    match duty {
        ExclusionDuty::Verified => shared::ExclusionDuty::Verified,
        ExclusionDuty::OnAppeal => shared::ExclusionDuty::OnAppeal,
        ExclusionDuty::InWriting => shared::ExclusionDuty::InWriting,
        ExclusionDuty::NotifyAuthority => shared::ExclusionDuty::NotifyAuthority,
        ExclusionDuty::ReviewedByAuthority => shared::ExclusionDuty::ReviewedByAuthority,
        ExclusionDuty::FiledByAuthority => shared::ExclusionDuty::FiledByAuthority,
        ExclusionDuty::CorrectedUpstream => shared::ExclusionDuty::CorrectedUpstream,
    }
}

/// A duty from the wire or a column.
pub(crate) fn duty(number: i32) -> Result<ExclusionDuty, Meaningless> {
    match shared::ExclusionDuty::try_from(number) {
        Ok(shared::ExclusionDuty::Verified) => Ok(ExclusionDuty::Verified),
        Ok(shared::ExclusionDuty::OnAppeal) => Ok(ExclusionDuty::OnAppeal),
        Ok(shared::ExclusionDuty::InWriting) => Ok(ExclusionDuty::InWriting),
        Ok(shared::ExclusionDuty::NotifyAuthority) => Ok(ExclusionDuty::NotifyAuthority),
        Ok(shared::ExclusionDuty::ReviewedByAuthority) => Ok(ExclusionDuty::ReviewedByAuthority),
        Ok(shared::ExclusionDuty::FiledByAuthority) => Ok(ExclusionDuty::FiledByAuthority),
        Ok(shared::ExclusionDuty::CorrectedUpstream) => Ok(ExclusionDuty::CorrectedUpstream),
        Ok(shared::ExclusionDuty::Unspecified) | Err(_) => {
            Err(Meaningless("is missing or unknown"))
        }
    }
}

pub(crate) fn office_to_wire(office: Office) -> wire::AppealParty {
    match office {
        Office::HandlingAgency => wire::AppealParty::HandlingAgency,
        Office::Authority => wire::AppealParty::Authority,
    }
}

fn office(number: i16) -> Result<Office, Meaningless> {
    match wire::AppealParty::try_from(i32::from(number)) {
        Ok(wire::AppealParty::HandlingAgency) => Ok(Office::HandlingAgency),
        Ok(wire::AppealParty::Authority) => Ok(Office::Authority),
        _ => Err(Meaningless("is no office")),
    }
}

/// Who decides appeals under a profile.
fn decider(profile: &Profile) -> wire::AppealParty {
    match profile.appeal_to.value {
        Party::RatedParty | Party::Staff | Party::HandlingAgency => {
            wire::AppealParty::HandlingAgency
        }
        Party::Authority => wire::AppealParty::Authority,
        Party::OwnGovernment => wire::AppealParty::OwnGovernment,
        Party::CityOrCountyGovernment => wire::AppealParty::CityOrCountyGovernment,
        Party::UpperPlatform => wire::AppealParty::UpperPlatform,
    }
}

pub(crate) fn state_to_wire(state: AppealState) -> wire::AppealState {
    match state {
        AppealState::Lodged => wire::AppealState::Lodged,
        AppealState::UnderReview => wire::AppealState::UnderReview,
        AppealState::Upheld { .. } => wire::AppealState::Upheld,
        AppealState::Completed { .. } => wire::AppealState::Completed,
        AppealState::Rejected => wire::AppealState::Rejected,
        AppealState::Withdrawn => wire::AppealState::Withdrawn,
        AppealState::Annulled => wire::AppealState::Annulled,
    }
}

fn state(row: &appeal::Model) -> Result<AppealState, Meaningless> {
    let earned = || convert::ground(row.ground.into());
    match wire::AppealState::try_from(i32::from(row.state)) {
        Ok(wire::AppealState::Lodged) => Ok(AppealState::Lodged),
        Ok(wire::AppealState::UnderReview) => Ok(AppealState::UnderReview),
        Ok(wire::AppealState::Upheld) => Ok(AppealState::Upheld { ground: earned()? }),
        Ok(wire::AppealState::Completed) => Ok(AppealState::Completed { ground: earned()? }),
        Ok(wire::AppealState::Rejected) => Ok(AppealState::Rejected),
        Ok(wire::AppealState::Withdrawn) => Ok(AppealState::Withdrawn),
        Ok(wire::AppealState::Annulled) => Ok(AppealState::Annulled),
        Ok(wire::AppealState::Unspecified) | Err(_) => Err(Meaningless("is no state")),
    }
}

/// The duties of some records, in their order.
pub(crate) fn duties_of(records: &[exclusion_duty::Model]) -> Result<Vec<ExclusionDuty>, Failure> {
    let broken = |why: Meaningless| Failure::Internal(format!("a duty: {why}"));
    records.iter().map(|record| duty(record.duty).map_err(broken)).collect()
}

/// The appeal of a row.
pub(crate) fn appeal_from_row(
    row: &appeal::Model,
    records: &[exclusion_duty::Model],
) -> Result<Appeal, Failure> {
    let broken = |why: Meaningless| Failure::Internal(format!("appeal {}: {why}", row.id));
    Ok(Appeal {
        state: state(row).map_err(broken)?,
        office: office(row.office).map_err(broken)?,
        lodged_by: row.lodged_by.clone(),
        staff_id: Some(row.staff_id.clone()).filter(|staff| !staff.is_empty()),
        done: duties_of(records)?,
    })
}

/// Deadlines in the form of a column.
pub(crate) fn deadlines_to_column(deadlines: Vec<shared::Deadline>) -> Vec<u8> {
    wire::Appeal { deadlines, ..wire::Appeal::default() }.encode_to_vec()
}

/// The words of an appeal, opened; all empty where they are not shown.
#[derive(Clone, Debug, Default)]
pub(crate) struct AppealWords {
    pub(crate) statement: String,
    pub(crate) reason: String,
    /// One for each duty on record.
    pub(crate) notes: Vec<String>,
}

/// An appeal as officers see it.
pub(crate) fn appeal_to_wire(
    row: &appeal::Model,
    records: &[exclusion_duty::Model],
    words: AppealWords,
    profile: &Profile,
    now: Timestamp,
) -> Result<wire::Appeal, Failure> {
    let appeal = appeal_from_row(row, records)?;
    let kept = wire::Appeal::decode(row.deadlines.as_slice())
        .map_err(|error| Failure::Internal(error.to_string()))?;
    let from = match appeal.staff_id {
        Some(_) => wire::AppealParty::Staff,
        None => office_to_wire(appeal.office),
    };
    let AppealWords { statement, reason, notes } = words;
    let mut notes = notes.into_iter();
    let record = |record: &exclusion_duty::Model| wire::DutyRecord {
        duty: record.duty,
        at: Some(to_wire(instant(record.at))),
        by: record.done_by.clone(),
        document_number: record.document_number.clone(),
        note: notes.next().unwrap_or_default(),
    };
    let decision = row.decided_at.map(|at| wire::AppealDecision {
        ground: row.ground.into(),
        reason,
        at: Some(to_wire(instant(at))),
        by: row.decided_by.clone(),
        document_number: row.document_number.clone(),
    });
    let left = appeal.duties_left(profile);
    Ok(wire::Appeal {
        appeal_id: row.id.to_string(),
        rating_id: row.rating_id.to_string(),
        ticket_id: row.ticket_id.to_string(),
        state: row.state.into(),
        region_code: row.region_code.clone(),
        agency_id: row.agency_id.clone(),
        from: from.into(),
        staff_id: row.staff_id.clone(),
        lodged_by: row.lodged_by.clone(),
        lodged_at: Some(to_wire(instant(row.lodged_at))),
        to: decider(profile).into(),
        deadlines: kept.deadlines,
        overdue: appeal.state.is_open() && row.due_at <= now.as_microsecond(),
        statement,
        document_ids: row.document_ids.split_whitespace().map(str::to_owned).collect(),
        duties: records.iter().map(record).collect(),
        duties_left: left.into_iter().map(|duty| duty_to_wire(duty).into()).collect(),
        decision,
        deadlines_before: deadlines_before(row)?,
    })
}

fn deadlines_before(row: &appeal::Model) -> Result<Vec<shared::Deadline>, Failure> {
    let Some(before) = &row.deadlines_before else { return Ok(Vec::new()) };
    let before = wire::Appeal::decode(before.as_slice());
    before.map(|before| before.deadlines_before).map_err(|e| Failure::Internal(e.to_string()))
}

/// An appeal with its deadlines by a newer calendar; each that changed stays on record. None if none
/// changed, with it whether any still waits for a notice. Where the calendar does not reach far
/// enough, a deadline stays.
pub(crate) fn appeal_anew(
    row: &appeal::Model,
    calendar: &Calendar,
) -> Result<(Option<AppealAnew>, bool), Failure> {
    let kept = wire::Appeal::decode(row.deadlines.as_slice())
        .map_err(|error| Failure::Internal(error.to_string()))?;
    let (mut moved, mut before, mut waits) = (Vec::new(), deadlines_before(row)?, false);
    let (mut deadlines, mut due_at) = (Vec::new(), row.due_at);
    for kept in kept.deadlines {
        let broken = |why: Meaningless| Failure::Internal(format!("appeal {}: {why}", row.id));
        let deadline = convert::deadline(kept.clone()).map_err(broken)?;
        let Ok(Some(anew)) = deadline.anew(calendar) else {
            waits |= deadline.provisional;
            deadlines.push(kept);
            continue;
        };
        waits |= anew.provisional;
        before.push(kept);
        deadlines.push(convert::deadline_to_wire(&anew));
        if deadline.due_at.as_microsecond() == due_at && anew.rule.subject == DECIDE {
            due_at = anew.due_at.as_microsecond();
        }
        moved.push((deadline, anew));
    }
    if moved.is_empty() {
        return Ok((None, waits));
    }
    let before = wire::Appeal { deadlines_before: before, ..wire::Appeal::default() };
    let row = appeal::Model {
        due_at,
        deadlines: deadlines_to_column(deadlines),
        deadlines_before: Some(before.encode_to_vec()),
        provisional: waits,
        ..row.clone()
    };
    Ok((Some(AppealAnew { row, moved }), waits))
}

/// An appeal by a newer calendar.
pub(crate) struct AppealAnew {
    pub(crate) row: appeal::Model,
    /// The deadlines that changed, before and now.
    pub(crate) moved: Vec<(Deadline, Deadline)>,
}

/// The profile's field for the time to decide.
pub(crate) const DECIDE: &str = "decide_appeal";

/// An exclusion as officers see it.
pub(crate) fn exclusion_to_wire(
    row: &exclusion::Model,
    reinstate_reason: String,
) -> Result<wire::Exclusion, Failure> {
    let broken = |why: Meaningless| Failure::Internal(format!("exclusion {}: {why}", row.id));
    let ground = convert::ground(row.ground.into()).map_err(broken)?;
    let at = |micros: i64| to_wire(instant(micros));
    Ok(wire::Exclusion {
        exclusion_id: row.id.to_string(),
        rating_id: row.rating_id.to_string(),
        ticket_id: row.ticket_id.to_string(),
        region_code: row.region_code.clone(),
        agency_id: row.agency_id.clone(),
        ground: ground_to_wire(ground).into(),
        kind: kind_to_wire(ground).into(),
        since: Some(at(row.since)),
        decided_by: row.decided_by.clone(),
        decided_by_office: row.office.into(),
        appeal_id: row.appeal_id.map(|id| id.to_string()).unwrap_or_default(),
        completed_at: row.completed_at.map(at),
        clause: row.clause.clone(),
        reinstated_at: row.reinstated_at.map(at),
        reinstated_by: row.reinstated_by.clone(),
        reinstate_reason,
    })
}

/// The appeal that changes a ticket.
#[derive(Clone, Copy)]
pub(crate) struct Cause<'a> {
    /// Who lodges, decides or withdraws it, or ends its exclusion; empty if nobody does.
    pub(crate) by: &'a str,
    /// Nil if there is none.
    pub(crate) appeal_id: Uuid,
    /// Nil if it is in no history any more.
    pub(crate) rating_id: Uuid,
}

/// The step of a ticket that the effect of an appeal is on record by.
pub(crate) fn effect_step(
    sequence: u32,
    kind: wire::appeal_effect::Kind,
    cause: Cause<'_>,
    at: Timestamp,
) -> wire::Step {
    let named = |id: Uuid| if id.is_nil() { String::new() } else { id.to_string() };
    let effect = wire::AppealEffect {
        kind: kind.into(),
        appeal_id: named(cause.appeal_id),
        rating_id: named(cause.rating_id),
    };
    wire::Step {
        sequence,
        at: Some(to_wire(at)),
        by: cause.by.to_owned(),
        act: Some(wire::step::Act::AppealEffect(effect)),
    }
}
