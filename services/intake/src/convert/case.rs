//! Cases and the service acts in them.

use domain::{
    deadline::Deadline,
    id::{ActId, CaseId},
    rating::{InvolvedAgency, ServiceAct},
};
use platform::{clock::instant, convert, status::Failure};
use prost::Message;
use proto::{intake::v1 as wire, r#type::v1 as shared};

use super::{broken, deadline, kept};
use crate::entity::{case_file, service_act};

/// What an applicant filled in, for sealing.
#[derive(Clone, PartialEq, Message)]
pub(crate) struct Entries {
    /// The entries.
    #[prost(message, repeated, tag = "1")]
    pub(crate) entries: Vec<wire::FormEntry>,
}

pub(crate) fn act_to_row(
    act: &ServiceAct,
    real_name: bool,
    window: Option<&Deadline>,
) -> service_act::Model {
    service_act::Model {
        id: act.id.0,
        case_id: act.case_id.0,
        stage: i16::try_from(i32::from(convert::stage_to_wire(act.stage))).unwrap_or_default(),
        service_number: i32::try_from(act.service_number).unwrap_or(i32::MAX),
        region_code: act.region_code.clone(),
        agency_id: act.agency_id.clone(),
        item_code: act.item_code.clone(),
        item_version: i32::try_from(act.item_version).unwrap_or(i32::MAX),
        terminal_id: act.terminal_id.clone(),
        line_id: act.line_id.clone(),
        served_at: act.served_at.as_microsecond(),
        policy: act.policy.clone(),
        real_name,
        closes_at: window.map(|window| window.due_at.as_microsecond()),
        rating_window: window.map(|window| convert::deadline_to_wire(window).encode_to_vec()),
        window_before: None,
        provisional: window.is_some_and(|window| window.provisional),
        window_id: act.window_id.clone(),
        staff_id: act.staff_id.clone(),
        staff_unconfirmed: act.staff_unconfirmed,
        hall_id: act.hall_id.clone(),
        platform_id: act.platform_id.clone(),
        reported_at: act.reported_at.map(|at| at.as_microsecond()),
        involved: involved_to_row(&act.involved),
        batch_id: None,
        default_due_at: None,
        number_index: None,
        phone_index: None,
        offered: true,
    }
}

/// An act of a row in the form of facts and answers.
pub(crate) fn act_row_to_wire(row: &service_act::Model) -> shared::ServiceAct {
    let text = |text: &Option<String>| text.clone().unwrap_or_default();
    let parts = row.involved.as_deref().map(shared::ServiceAct::decode);
    let parts = parts.and_then(Result::ok).unwrap_or_default();
    shared::ServiceAct {
        act_id: row.id.to_string(),
        case_id: row.case_id.to_string(),
        stage: row.stage.into(),
        service_number: u32::try_from(row.service_number).unwrap_or_default(),
        region_code: row.region_code.clone(),
        agency_id: row.agency_id.clone(),
        item_code: row.item_code.clone(),
        item_version: u32::try_from(row.item_version).unwrap_or_default(),
        terminal_id: text(&row.terminal_id),
        line_id: text(&row.line_id),
        served_at: Some(convert::to_wire(instant(row.served_at))),
        policy: row.policy.clone(),
        window_id: text(&row.window_id),
        staff_id: text(&row.staff_id),
        staff_unconfirmed: row.staff_unconfirmed,
        hall_id: text(&row.hall_id),
        platform_id: text(&row.platform_id),
        involved: parts.involved,
        participants: parts.participants,
        reported_at: row.reported_at.map(|at| convert::to_wire(instant(at))),
    }
}

pub(crate) fn act_from_row(row: &service_act::Model) -> Result<ServiceAct, Failure> {
    Ok(ServiceAct {
        id: ActId(row.id),
        case_id: CaseId(row.case_id),
        stage: convert::stage(row.stage.into()).map_err(|why| broken("service_act", why))?,
        service_number: u32::try_from(row.service_number).unwrap_or_default(),
        region_code: row.region_code.clone(),
        agency_id: row.agency_id.clone(),
        item_code: row.item_code.clone(),
        item_version: u32::try_from(row.item_version).unwrap_or_default(),
        terminal_id: row.terminal_id.clone(),
        line_id: row.line_id.clone(),
        served_at: instant(row.served_at),
        policy: row.policy.clone(),
        window_id: row.window_id.clone(),
        staff_id: row.staff_id.clone(),
        staff_unconfirmed: row.staff_unconfirmed,
        hall_id: row.hall_id.clone(),
        platform_id: row.platform_id.clone(),
        reported_at: row.reported_at.map(instant),
        involved: involved_from_row(row.involved.as_deref())?,
    })
}

/// All that had a part in a package, as kept in a row; none without a package.
pub(crate) fn involved_to_row(involved: &[InvolvedAgency]) -> Option<Vec<u8>> {
    let involved: Vec<_> = involved.iter().map(convert::involved_to_wire).collect();
    let kept = shared::ServiceAct { involved, ..shared::ServiceAct::default() };
    (!kept.involved.is_empty()).then(|| kept.encode_to_vec())
}

/// The same of an act, with those who have a part in its case.
pub(crate) fn act_parts_to_row(
    involved: &[InvolvedAgency],
    participants: &[InvolvedAgency],
) -> Option<Vec<u8>> {
    let wire = |parts: &[InvolvedAgency]| parts.iter().map(convert::involved_to_wire).collect();
    let kept = shared::ServiceAct {
        involved: wire(involved),
        participants: wire(participants),
        ..shared::ServiceAct::default()
    };
    (kept != shared::ServiceAct::default()).then(|| kept.encode_to_vec())
}

/// All that had a part in a package.
pub(crate) fn involved_from_row(bytes: Option<&[u8]>) -> Result<Vec<InvolvedAgency>, Failure> {
    let Some(bytes) = bytes else { return Ok(Vec::new()) };
    let kept = shared::ServiceAct::decode(bytes).map_err(|e| Failure::Internal(e.to_string()))?;
    Ok(kept.involved.into_iter().map(convert::involved).collect())
}

/// The rating window of an act, if it ever closes.
pub(crate) fn window_of(row: &service_act::Model) -> Result<Option<Deadline>, Failure> {
    row.rating_window.as_deref().map(deadline).transpose()
}

/// The window of an act before, the oldest first.
pub(crate) fn window_before(row: &service_act::Model) -> Result<Vec<shared::Deadline>, Failure> {
    let Some(before) = &row.window_before else { return Ok(Vec::new()) };
    Ok(kept::<wire::ResolveInvitationResponse>(before)?.window_before)
}

/// An act with the current window in place of the former one, which stays on record. A default
/// rating that is still to come waits for it.
pub(crate) fn window_anew(
    act: service_act::Model,
    anew: &Deadline,
) -> Result<service_act::Model, Failure> {
    let mut window_before = window_before(&act)?;
    window_before.extend(window_of(&act)?.as_ref().map(convert::deadline_to_wire));
    let before = wire::ResolveInvitationResponse {
        window_before,
        ..wire::ResolveInvitationResponse::default()
    };
    let closes_at = Some(anew.due_at.as_microsecond());
    Ok(service_act::Model {
        closes_at,
        rating_window: Some(convert::deadline_to_wire(anew).encode_to_vec()),
        window_before: Some(before.encode_to_vec()),
        provisional: anew.provisional,
        default_due_at: closes_at.filter(|_| act.default_due_at.is_some()),
        ..act
    })
}

/// A case as callers see it; the invitation only if its holder asks.
pub(crate) fn case_to_wire(
    case: &case_file::Model,
    invitation: Option<wire::Invitation>,
) -> Result<wire::Case, Failure> {
    let state = match case.completed_at {
        None => wire::CaseState::Accepted,
        Some(_) => wire::CaseState::Completed,
    };
    Ok(wire::Case {
        case_id: case.id.to_string(),
        project_number: case.project_number.clone(),
        item_code: case.item_code.clone(),
        item_name: case.item_name.clone(),
        state: state.into(),
        accepted_at: Some(convert::to_wire(instant(case.accepted_at))),
        completed_at: case.completed_at.map(|at| convert::to_wire(instant(at))),
        promised: Some(convert::deadline_to_wire(&deadline(&case.promised)?)),
        invitation,
        late_reason: case.late_reason.clone().unwrap_or_default(),
        promised_before: promised_before(case)?,
    })
}

fn promised_before(case: &case_file::Model) -> Result<Vec<shared::Deadline>, Failure> {
    let Some(kept) = &case.promised_before else { return Ok(Vec::new()) };
    let kept = wire::Case::decode(kept.as_slice());
    kept.map(|kept| kept.promised_before).map_err(|error| Failure::Internal(error.to_string()))
}

/// A case with the current promise in place of the former one, which stays on record.
pub(crate) fn promise_anew(
    case: case_file::Model,
    anew: &Deadline,
) -> Result<case_file::Model, Failure> {
    let mut promised_before = promised_before(&case)?;
    promised_before.push(convert::deadline_to_wire(&deadline(&case.promised)?));
    let kept = wire::Case { promised_before, ..wire::Case::default() };
    Ok(case_file::Model {
        promised: convert::deadline_to_wire(anew).encode_to_vec(),
        promised_before: Some(kept.encode_to_vec()),
        provisional: anew.provisional,
        ..case
    })
}

/// A language's name in BCP 47, or nothing.
pub(crate) fn language(text: &str) -> Result<(), &'static str> {
    let parts = |c: u8| c.is_ascii_alphanumeric() || c == b'-';
    let name = text.len() <= 35 && text.bytes().all(parts);
    if name { Ok(()) } else { Err("is no language (BCP 47)") }
}
