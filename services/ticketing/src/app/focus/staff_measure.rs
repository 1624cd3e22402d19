//! Measures about staff: opened from verified findings, then step by step.

use domain::{
    deadline::day_of,
    focus::{MeasureCommand, StaffMeasure, VerifiedFindings, impartial},
    profile::{KeyTargetDuty, Profile},
    violation::Violations,
};
use platform::{
    auth::{Authority, Officer},
    convert::to_wire,
    once::Recognised,
};
use proto::{
    catalog::v1::UnitKind,
    fact::v1::{StaffMeasureStepped, fact::Body},
    ticketing::v1::{
        AdvanceStaffMeasureRequest, KeyTarget, OpenStaffMeasureRequest, StaffMeasure as WireMeasure,
    },
    r#type::v1::FocusKind,
};
use uuid::Uuid;

use super::{bound, broken, profile_of, tickets};
use crate::{
    convert::focus::{measure, measure_command, measure_into, outcome_to_wire, target},
    entity::focus_record,
    error::{Error, FocusError},
    state::Ticketing,
    store::focus::records::{self, Kind},
};

/// Opens measures.
pub(crate) async fn open(
    ticketing: &Ticketing,
    caller: &Authority,
    request: OpenStaffMeasureRequest,
) -> Result<WireMeasure, Error> {
    let officer = caller.officer();
    let mut wrong = Violations::default();
    let no_uuid = |text: &str| text.parse::<Uuid>().map_err(|_| "is no UUID");
    let request_id = wrong.take("request_id", no_uuid(&request.request_id));
    wrong.require(!request.staff_id.is_empty(), "staff_id", "is missing");
    let named = tickets::named(&mut wrong, &request.ticket_ids);
    let target_id = match request.target_id.as_str() {
        "" => Some(None),
        id => wrong.take("target_id", no_uuid(id)).map(Some),
    };
    let (Some(request_id), Some(target_id)) = wrong.finish((request_id, target_id))? else {
        return Err(Violations::default().into());
    };
    let shell = &ticketing.shell;
    let key = shell.requests.key(officer.id().as_bytes(), "OpenStaffMeasure", request_id, &request);
    let txn = shell.once(&ticketing.store, key).await?;
    let txn = match txn.recognise().await? {
        Recognised::Before(answer) => return Ok(answer),
        Recognised::New(txn) => txn,
    };
    let staff_id = request.staff_id.as_str();
    impartial("open", officer.id(), Some(staff_id))?;
    let profile = profile_of(ticketing, officer)?;
    profile.key_target.as_ref().ok_or(FocusError::NoRule)?;
    let at = shell.clock.now();
    let known = ticketing.reference.now();
    let staff = known.unit(staff_id, day_of(at)).filter(|unit| unit.kind() == UnitKind::Staff);
    let staff = staff.filter(|unit| officer.reaches(&unit.region_code));
    let staff = staff.ok_or(FocusError::NoObject)?;
    let mut findings = VerifiedFindings { tickets: 0, key_target: false };
    for ticket in tickets::read(&txn, officer, &named).await? {
        if !tickets::found_true_of(&txn, &ticket, staff_id).await? {
            let zh = "所列工单须均涉及该人员，且核实结论为情况属实。";
            return Err(FocusError::Unfounded(zh).into());
        }
        findings.tickets += 1;
    }
    if let Some(id) = target_id {
        let row = records::record(&txn, officer, Kind::KeyTarget, id).await?;
        let row = row.ok_or(FocusError::NotFound)?;
        let content: KeyTarget = records::open(&shell.sealer, &row)?;
        let state = target(&content).map_err(broken(id))?.state;
        let object = content.before.unwrap_or_default();
        let same = object.kind() == FocusKind::Staff && object.object_id == staff_id;
        findings.key_target = same && state.is_for_agency();
    }
    if !findings.suffice() {
        let zh = "须有三件以上核实属实的差评工单，或该人员已列为重点对象，方可启动。";
        return Err(FocusError::Unfounded(zh).into());
    }
    let id = shell.clock.new_id();
    let mut content = WireMeasure {
        measure_id: id.to_string(),
        region_code: officer.region().to_owned(),
        agency_id: staff.agency_id.clone(),
        staff_id: staff_id.to_owned(),
        policy: profile.policy(),
        ticket_ids: named.iter().map(Uuid::to_string).collect(),
        target_id: request.target_id.clone(),
        opened_at: Some(to_wire(at)),
        ..WireMeasure::default()
    };
    measure_into(&StaffMeasure::verified(), &mut content);
    let row = focus_record::Model {
        id,
        kind: Kind::StaffMeasure as i16,
        region_code: content.region_code.clone(),
        agency_id: content.agency_id.clone(),
        for_agency: true,
        open_object: Some(open_key(&content.region_code, staff_id)),
        sequence: 0,
        content: records::seal(&shell.sealer, id, &content)?,
    };
    if !records::insert(&txn, row).await? {
        return Err(FocusError::AlreadyOpen.into());
    }
    let told = vec![fact(&content, at)];
    Ok(txn.finish(content, told).await?)
}

/// What measures are about, as long as they are open.
pub(crate) fn open_key(region: &str, staff_id: &str) -> String {
    format!("measure {region} {staff_id}")
}

/// Takes a step of measures.
pub(crate) async fn advance(
    ticketing: &Ticketing,
    caller: &Officer,
    request: AdvanceStaffMeasureRequest,
) -> Result<WireMeasure, Error> {
    let mut wrong = Violations::default();
    let no_uuid = |text: &str| text.parse::<Uuid>().map_err(|_| "is no UUID");
    let request_id = wrong.take("request_id", no_uuid(&request.request_id));
    let id = wrong.take("measure_id", no_uuid(&request.measure_id));
    let command = match measure_command(request.step.clone().and_then(|step| step.act)) {
        Ok(command) => Some(command),
        Err(more) => {
            wrong.0.extend(more.0);
            None
        }
    };
    let (Some(request_id), Some(id), Some(command)) = wrong.finish((request_id, id, command))?
    else {
        return Err(Violations::default().into());
    };
    let shell = &ticketing.shell;
    let key =
        shell.requests.key(caller.id().as_bytes(), "AdvanceStaffMeasure", request_id, &request);
    let txn = shell.once(&ticketing.store, key).await?;
    let row = records::record(&txn, caller, Kind::StaffMeasure, id).await?;
    let mut row = row.ok_or(FocusError::NotFound)?;
    let txn = match txn.recognise().await? {
        Recognised::Before(answer) => return Ok(answer),
        Recognised::New(txn) => txn,
    };
    let mut content: WireMeasure = records::open(&shell.sealer, &row)?;
    impartial(command.name(), caller.id(), Some(&content.staff_id))?;
    let profile = bound(ticketing, &content.policy)?;
    let (at, current) = (shell.clock.now(), measure(&content).map_err(broken(id))?);
    let before = current.sequence;
    let next = current.step(&command, caller.office(), at, duties(&profile))?;
    measure_into(&next, &mut content);
    if let MeasureCommand::Conclude { outcome, .. } = &command {
        content.set_outcome(outcome_to_wire(*outcome));
        row.open_object = None;
    }
    row.sequence = i32::try_from(next.sequence).unwrap_or(i32::MAX);
    row.content = records::seal(&shell.sealer, id, &content)?;
    if !records::update(&txn, &row, before).await? {
        return Err(FocusError::Changed.into());
    }
    let mut step = request.step.unwrap_or_default();
    (step.sequence, step.at) = (next.sequence, Some(to_wire(at)));
    caller.id().clone_into(&mut step.by);
    records::insert_step(&txn, &shell.sealer, id, next.sequence, &step).await?;
    let told = vec![fact(&content, at)];
    content.steps = vec![step];
    Ok(txn.finish(content, told).await?)
}

fn duties(profile: &Profile) -> &[KeyTargetDuty] {
    profile.key_target.as_ref().map_or(&[], |rule| &rule.value.duties[..])
}

fn fact(content: &WireMeasure, at: jiff::Timestamp) -> Body {
    Body::StaffMeasureStepped(StaffMeasureStepped {
        measure_id: content.measure_id.clone(),
        staff_id: content.staff_id.clone(),
        agency_id: content.agency_id.clone(),
        region_code: content.region_code.clone(),
        state: content.state,
        outcome: content.outcome,
        at: Some(to_wire(at)),
        sequence: content.step_count,
    })
}
