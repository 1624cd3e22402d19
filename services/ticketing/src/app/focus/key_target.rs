//! Key targets: proposed from the figures, then step by step.

use domain::{
    deadline::day_of,
    focus::{Improvement, KeyTarget, TargetCommand, Verdict, Window, impartial, improvement},
    profile::KeyTargetRule,
    violation::Violations,
};
use platform::{
    auth::{Authority, Officer},
    convert::to_wire,
    crypto::Sealer,
    database::Txn,
    once::Recognised,
    reference::Snapshot,
};
use proto::{
    catalog::v1::UnitKind,
    fact::v1::{KeyTargetStepped, fact::Body},
    ticketing::v1::{
        AdvanceKeyTargetRequest, Concentration, FocusNote, FocusProposal, KeyTarget as WireTarget,
        KeyTargetStep, ProposeKeyTargetRequest, key_target_step::Act,
    },
    r#type::v1::{FocusBasis, FocusKind},
};
use uuid::Uuid;

use super::{
    bound, broken,
    figures::{Figures, Question},
    first_day, profile_of,
};
use crate::{
    convert::focus::{
        improvement_to_wire, kind_of, sample_of, target, target_command, target_into,
    },
    entity::focus_record,
    error::{Error, FocusError},
    state::Ticketing,
    store::focus::{
        proposals,
        records::{self, Kind},
    },
};

/// Proposes a key target.
pub(crate) async fn propose(
    ticketing: &Ticketing,
    caller: &Authority,
    request: ProposeKeyTargetRequest,
) -> Result<WireTarget, Error> {
    let officer = caller.officer();
    let mut wrong = Violations::default();
    let no_uuid = |text: &str| text.parse::<Uuid>().map_err(|_| "is no UUID");
    let request_id = wrong.take("request_id", no_uuid(&request.request_id));
    let kinds = [FocusKind::Staff, FocusKind::Agency, FocusKind::Line, FocusKind::Region];
    wrong.require(kinds.contains(&request.kind()), "kind", "cannot be a key target");
    wrong.require(!request.object_id.is_empty(), "object_id", "is missing");
    let Some(request_id) = wrong.finish(request_id)? else {
        return Err(Violations::default().into());
    };
    let shell = &ticketing.shell;
    let key = shell.requests.key(officer.id().as_bytes(), "ProposeKeyTarget", request_id, &request);
    let txn = shell.once(&ticketing.store, key).await?;
    let txn = match txn.recognise().await? {
        Recognised::Before(answer) => return Ok(answer),
        Recognised::New(txn) => txn,
    };
    let profile = profile_of(ticketing, officer)?;
    let (kind, object_id) = (request.kind(), request.object_id.as_str());
    let rule = profile.key_target.as_ref().map(|rule| &rule.value);
    rule.filter(|rule| is_object(rule, kind)).ok_or(FocusError::NoRule)?;
    let at = shell.clock.now();
    let agency_id = agency_of(&ticketing.reference.now(), officer, &request, at)?;
    impartial("propose", officer.id(), person(kind, object_id))?;
    let figures =
        Figures::read(&txn, officer.region(), Question::today(kind, &profile, ticketing)).await?;
    let told = figures.of(object_id);
    let before = figures.to_wire(&profile, object_id, &told);
    if told.verdict != Verdict::Found {
        return Err(FocusError::NotConcentrated(before.explanation).into());
    }
    let new = NewTarget { region: officer.region(), agency_id, policy: profile.policy(), before };
    let content = keep(ticketing, &txn, new, KeyTarget::proposed(), at).await?;
    let told = vec![fact(&content, at)];
    Ok(txn.finish(content, told).await?)
}

/// A named key target from what the figures proposed by themselves; returns its identity and its
/// facts.
pub(crate) async fn name_proposed(
    ticketing: &Ticketing,
    txn: &Txn,
    officer: &Officer,
    proposal: &FocusProposal,
    (agency_id, reason): (&str, &str),
    at: jiff::Timestamp,
) -> Result<(String, Vec<Body>), Error> {
    let before = proposal.figures.clone().unwrap_or_default();
    let profile = bound(ticketing, &proposal.policy)?;
    let rule = profile.key_target.as_ref().ok_or(FocusError::NoRule)?;
    let object = ProposeKeyTargetRequest {
        kind: before.kind,
        object_id: before.object_id.clone(),
        agency_id: agency_id.to_owned(),
        ..ProposeKeyTargetRequest::default()
    };
    let agency_id = agency_of(&ticketing.reference.now(), officer, &object, at)?;
    let new = NewTarget { region: officer.region(), agency_id, policy: profile.policy(), before };
    let proposed = keep(ticketing, txn, new, KeyTarget::proposed(), at).await?;
    let command = TargetCommand::Name { reason: reason.to_owned() };
    let target = KeyTarget::proposed().step(&command, officer.office(), at, &rule.value)?;
    let id = proposed.target_id.parse::<Uuid>().unwrap_or_default();
    let mut content = proposed.clone();
    target_into(&target, &mut content);
    let sealer = &ticketing.shell.sealer;
    let row = row_of(sealer, id, &content, &target)?;
    if !records::update(txn, &row, 0).await? {
        return Err(FocusError::Changed.into());
    }
    let step = KeyTargetStep {
        sequence: target.sequence,
        at: Some(to_wire(at)),
        by: officer.id().to_owned(),
        act: Some(Act::Naming(FocusNote { text: reason.to_owned() })),
    };
    records::insert_step(txn, sealer, id, target.sequence, &step).await?;
    Ok((content.target_id.clone(), vec![fact(&proposed, at), fact(&content, at)]))
}

/// What a new key target begins with.
struct NewTarget<'a> {
    region: &'a str,
    agency_id: String,
    policy: String,
    before: Concentration,
}

/// Keeps a new key target.
async fn keep(
    ticketing: &Ticketing,
    txn: &Txn,
    new: NewTarget<'_>,
    target: KeyTarget,
    at: jiff::Timestamp,
) -> Result<WireTarget, Error> {
    let id = ticketing.shell.clock.new_id();
    let mut content = WireTarget {
        target_id: id.to_string(),
        region_code: new.region.to_owned(),
        agency_id: new.agency_id,
        policy: new.policy,
        before: Some(new.before),
        opened_at: Some(to_wire(at)),
        ..WireTarget::default()
    };
    target_into(&target, &mut content);
    let row = row_of(&ticketing.shell.sealer, id, &content, &target)?;
    match records::insert(txn, row).await? {
        true => Ok(content),
        false => Err(FocusError::AlreadyOpen.into()),
    }
}

fn row_of(
    sealer: &Sealer,
    id: Uuid,
    content: &WireTarget,
    target: &KeyTarget,
) -> Result<focus_record::Model, Error> {
    Ok(focus_record::Model {
        id,
        kind: Kind::KeyTarget as i16,
        region_code: content.region_code.clone(),
        agency_id: content.agency_id.clone(),
        for_agency: target.state.is_for_agency(),
        open_object: (!target.state.is_over()).then(|| open_object(content)),
        sequence: i32::try_from(target.sequence).unwrap_or(i32::MAX),
        content: records::seal(sealer, id, content)?,
    })
}

/// Takes a step of a key target.
pub(crate) async fn advance(
    ticketing: &Ticketing,
    caller: &Officer,
    request: AdvanceKeyTargetRequest,
) -> Result<WireTarget, Error> {
    let mut wrong = Violations::default();
    let no_uuid = |text: &str| text.parse::<Uuid>().map_err(|_| "is no UUID");
    let request_id = wrong.take("request_id", no_uuid(&request.request_id));
    let id = wrong.take("target_id", no_uuid(&request.target_id));
    let act = request.step.clone().and_then(|step| step.act);
    // What the figures say is known only once they were read.
    let command = match target_command(act, Improvement::TooFew) {
        Ok(command) => Some(command),
        Err(more) => {
            wrong.0.extend(more.0);
            None
        }
    };
    let (Some(request_id), Some(id), Some(mut command)) =
        wrong.finish((request_id, id, command))?
    else {
        return Err(Violations::default().into());
    };
    let shell = &ticketing.shell;
    let key = shell.requests.key(caller.id().as_bytes(), "AdvanceKeyTarget", request_id, &request);
    let txn = shell.once(&ticketing.store, key).await?;
    let row = records::record(&txn, caller, Kind::KeyTarget, id).await?;
    let mut row = row.ok_or(FocusError::NotFound)?;
    let txn = match txn.recognise().await? {
        Recognised::Before(answer) => return Ok(answer),
        Recognised::New(txn) => txn,
    };
    let mut content: WireTarget = records::open(&shell.sealer, &row)?;
    let object = content.before.clone().unwrap_or_default();
    impartial(command.name(), caller.id(), person(object.kind(), &object.object_id))?;
    let profile = bound(ticketing, &content.policy)?;
    let rule = profile.key_target.as_ref().ok_or(FocusError::NoRule)?;
    let (at, current) = (shell.clock.now(), target(&content).map_err(broken(id))?);
    if let TargetCommand::FollowUp { improvement: computed, .. } = &mut command
        && let Ok(from) = content.in_force_from.parse()
    {
        let window = Window { from, until: day_of(at) };
        let question = Question::of(object.kind(), &profile, window);
        let figures = Figures::read(&txn, caller.region(), question).await?;
        let after = figures.of(&object.object_id);
        *computed = improvement(sample_of(content.before.as_ref()), &after);
        content.after = Some(figures.to_wire(&profile, &object.object_id, &after));
        content.set_improvement(improvement_to_wire(*computed));
    }
    let before = current.sequence;
    let next = current.step(&command, caller.office(), at, &rule.value)?;
    target_into(&next, &mut content);
    if matches!(command, TargetCommand::PutInForce { .. }) {
        content.in_force_from = first_day(at);
    }
    if next.state.is_over() {
        // What led to it is no evidence again.
        let basis = FocusBasis::Ratings;
        let object = (object.kind(), object.object_id.as_str());
        proposals::weigh(&txn, &content.region_code, basis, object, day_of(at)).await?;
    }
    row.sequence = i32::try_from(next.sequence).unwrap_or(i32::MAX);
    row.for_agency = next.state.is_for_agency();
    row.open_object = (!next.state.is_over()).then(|| open_object(&content));
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

pub(crate) fn is_object(rule: &KeyTargetRule, kind: FocusKind) -> bool {
    rule.objects.iter().any(|object| kind_of(*object) == Some(kind))
}

/// Whoever it is about, if it is a person.
pub(crate) fn person(kind: FocusKind, object_id: &str) -> Option<&str> {
    (kind == FocusKind::Staff).then_some(object_id)
}

/// Which agency proposes the measures: the target itself, or that of the staff; of a line or a
/// region the one that the Authority names. All are of the caller's region.
fn agency_of(
    known: &Snapshot,
    officer: &Officer,
    request: &ProposeKeyTargetRequest,
    at: jiff::Timestamp,
) -> Result<String, Error> {
    let unit = |id: &str, kind| {
        let unit = known.unit(id, day_of(at)).filter(|unit| unit.kind() == kind);
        let unit = unit.filter(|unit| officer.reaches(&unit.region_code));
        unit.ok_or(FocusError::NoObject)
    };
    let object = request.object_id.as_str();
    let named = match request.kind() {
        FocusKind::Agency => object.to_owned(),
        FocusKind::Staff => unit(object, UnitKind::Staff)?.agency_id.clone(),
        _ if request.agency_id.is_empty() => {
            let mut wrong = Violations::default();
            wrong.add("agency_id", "must be named for a line or a region");
            return Err(wrong.into());
        }
        _ => request.agency_id.clone(),
    };
    unit(&named, UnitKind::Agency)?;
    Ok(named)
}

fn open_object(content: &WireTarget) -> String {
    let object = content.before.clone().unwrap_or_default();
    open_key(&content.region_code, object.kind(), &object.object_id)
}

/// What a key target is about, as long as it is open.
pub(crate) fn open_key(region: &str, kind: FocusKind, object_id: &str) -> String {
    format!("target {region} {} {object_id}", i32::from(kind))
}

fn fact(content: &WireTarget, at: jiff::Timestamp) -> Body {
    let object = content.before.clone().unwrap_or_default();
    Body::KeyTargetStepped(KeyTargetStepped {
        target_id: content.target_id.clone(),
        kind: object.kind,
        object_id: object.object_id,
        region_code: content.region_code.clone(),
        state: content.state,
        at: Some(to_wire(at)),
        sequence: content.step_count,
    })
}
