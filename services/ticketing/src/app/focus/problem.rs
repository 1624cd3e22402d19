//! Concentrated problems: recorded from the figures and the tickets, then step by step.

use std::collections::BTreeSet;

use domain::{
    deadline::day_of,
    focus::{Problem, ProblemCommand, Verdict, Window},
    profile::{ProblemDuty, Profile},
    violation::Violations,
};
use platform::{
    auth::{Authority, Officer},
    convert::to_wire,
    database::Txn,
    once::Recognised,
};
use proto::{
    fact::v1::{ProblemStepped, fact::Body},
    ticketing::v1::{
        AdvanceProblemRequest, FocusProposal, Problem as WireProblem, RecordProblemRequest,
        problem_step::Act,
    },
    r#type::v1::{FocusBasis, FocusKind},
};
use uuid::Uuid;

use super::{
    bound, broken,
    complaints::ComplaintFigures,
    figures::{Figures, Question},
    first_day, profile_of, tickets,
};
use crate::{
    convert::focus::{complaints_to_wire, problem, problem_command, problem_into},
    entity::focus_record,
    error::{Error, FocusError},
    state::Ticketing,
    store::{
        self,
        focus::{
            proposals,
            records::{self, Kind},
        },
    },
};

/// Records a problem.
pub(crate) async fn record(
    ticketing: &Ticketing,
    caller: &Authority,
    request: RecordProblemRequest,
) -> Result<WireProblem, Error> {
    let officer = caller.officer();
    let mut wrong = Violations::default();
    let no_uuid = |text: &str| text.parse::<Uuid>().map_err(|_| "is no UUID");
    let request_id = wrong.take("request_id", no_uuid(&request.request_id));
    wrong.require(!request.item_code.is_empty(), "item_code", "is missing");
    let named = tickets::named(&mut wrong, &request.ticket_ids);
    let Some(request_id) = wrong.finish(request_id)? else {
        return Err(Violations::default().into());
    };
    let shell = &ticketing.shell;
    let key = shell.requests.key(officer.id().as_bytes(), "RecordProblem", request_id, &request);
    let txn = shell.once(&ticketing.store, key).await?;
    let txn = match txn.recognise().await? {
        Recognised::Before(answer) => return Ok(answer),
        Recognised::New(txn) => txn,
    };
    let profile = profile_of(ticketing, officer)?;
    let mut agencies = Vec::new();
    for ticket in tickets::read(&txn, officer, &named).await? {
        if tickets::item_of(&ticket)? != request.item_code {
            return Err(FocusError::Unfounded("所列工单与该事项无关。").into());
        }
        agencies.push(ticket.agency_id);
    }
    agencies.dedup();
    let (kind, counted) = match request.tag_code.as_str() {
        "" => (FocusKind::Item, request.item_code.clone()),
        tag => (FocusKind::ItemTag, format!("{} {tag}", request.item_code)),
    };
    let figures =
        Figures::read(&txn, officer.region(), Question::today(kind, &profile, ticketing)).await?;
    let told = figures.of(&counted);
    let before = figures.to_wire(&profile, &counted, &told);
    if told.verdict != Verdict::Found {
        return Err(FocusError::NotConcentrated(before.explanation).into());
    }
    let (id, at) = (shell.clock.new_id(), shell.clock.now());
    // Of several agencies none answers for all.
    let agency_id = agencies.pop().filter(|_| agencies.is_empty()).unwrap_or_default();
    let mut content = WireProblem {
        problem_id: id.to_string(),
        region_code: officer.region().to_owned(),
        agency_id,
        policy: profile.policy(),
        before: Some(before),
        ticket_ids: named.iter().map(Uuid::to_string).collect(),
        opened_at: Some(to_wire(at)),
        ..WireProblem::default()
    };
    problem_into(&Problem::recorded(), &mut content);
    keep(ticketing, &txn, id, &content).await?;
    let told = vec![fact(&content, at)];
    Ok(txn.finish(content, told).await?)
}

/// A recorded problem from what the figures proposed by themselves; returns its identity and its
/// fact.
pub(crate) async fn record_proposed(
    ticketing: &Ticketing,
    txn: &Txn,
    officer: &Officer,
    proposal: &FocusProposal,
    at: jiff::Timestamp,
) -> Result<(String, Vec<Body>), Error> {
    let id = ticketing.shell.clock.new_id();
    let before = proposal.figures.clone().unwrap_or_default();
    let mut agencies = BTreeSet::new();
    for ticket in proposal.ticket_ids.iter().filter_map(|id| id.parse().ok()) {
        let ticket = store::ticket::ticket(txn, officer, ticket).await?;
        agencies.extend(ticket.map(|ticket| ticket.agency_id));
    }
    // Of several agencies none answers for all.
    let agency_id = match before.kind() {
        FocusKind::Agency => before.object_id.clone(),
        _ => agencies.pop_first().filter(|_| agencies.is_empty()).unwrap_or_default(),
    };
    let mut content = WireProblem {
        problem_id: id.to_string(),
        region_code: officer.region().to_owned(),
        agency_id,
        policy: proposal.policy.clone(),
        before: Some(before),
        ticket_ids: proposal.ticket_ids.clone(),
        opened_at: Some(to_wire(at)),
        ..WireProblem::default()
    };
    problem_into(&Problem::recorded(), &mut content);
    keep(ticketing, txn, id, &content).await?;
    Ok((content.problem_id.clone(), vec![fact(&content, at)]))
}

/// Keeps a new problem.
async fn keep(
    ticketing: &Ticketing,
    txn: &Txn,
    id: Uuid,
    content: &WireProblem,
) -> Result<(), Error> {
    let (_, counted) = counted(content);
    let row = focus_record::Model {
        id,
        kind: Kind::Problem as i16,
        region_code: content.region_code.clone(),
        agency_id: content.agency_id.clone(),
        for_agency: !content.agency_id.is_empty(),
        open_object: Some(open_key(&content.region_code, &counted)),
        sequence: 0,
        content: records::seal(&ticketing.shell.sealer, id, content)?,
    };
    match records::insert(txn, row).await? {
        true => Ok(()),
        false => Err(FocusError::AlreadyOpen.into()),
    }
}

/// What a problem is about, as long as it is open.
pub(crate) fn open_key(region: &str, counted: &str) -> String {
    format!("problem {region} {counted}")
}

/// Takes a step of a problem.
pub(crate) async fn advance(
    ticketing: &Ticketing,
    caller: &Officer,
    request: AdvanceProblemRequest,
) -> Result<WireProblem, Error> {
    let mut wrong = Violations::default();
    let no_uuid = |text: &str| text.parse::<Uuid>().map_err(|_| "is no UUID");
    let request_id = wrong.take("request_id", no_uuid(&request.request_id));
    let id = wrong.take("problem_id", no_uuid(&request.problem_id));
    let act = request.step.clone().and_then(|step| step.act);
    let command = match problem_command(act.clone()) {
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
    let key = shell.requests.key(caller.id().as_bytes(), "AdvanceProblem", request_id, &request);
    let txn = shell.once(&ticketing.store, key).await?;
    let row = records::record(&txn, caller, Kind::Problem, id).await?;
    let mut row = row.ok_or(FocusError::NotFound)?;
    let txn = match txn.recognise().await? {
        Recognised::Before(answer) => return Ok(answer),
        Recognised::New(txn) => txn,
    };
    let mut content: WireProblem = records::open(&shell.sealer, &row)?;
    let profile = bound(ticketing, &content.policy)?;
    let (at, current) = (shell.clock.now(), problem(&content).map_err(broken(id))?);
    let before = current.sequence;
    let next = current.step(&command, caller.office(), at, duties(&profile))?;
    problem_into(&next, &mut content);
    match (&command, act) {
        (ProblemCommand::SetMeasures { owner, .. }, _) => {
            owner.clone_into(&mut content.owner);
            content.in_force_from = first_day(at);
        }
        (_, Some(Act::Report(document))) => content.reported_to_own_government = Some(document),
        (_, Some(Act::Inspection(document))) => content.inspected_by_third_party = Some(document),
        (ProblemCommand::Close { .. }, _) => {
            let (kind, counted) = counted(&content);
            let from = content.in_force_from.parse().unwrap_or(day_of(at));
            let window = Window { from, until: day_of(at) };
            let region = content.region_code.clone();
            let basis = match content.before.as_ref().and_then(|before| before.complaints.as_ref())
            {
                Some(_) => FocusBasis::Complaints,
                None => FocusBasis::Ratings,
            };
            content.after = Some(if basis == FocusBasis::Complaints {
                let figures = ComplaintFigures::read(&txn, &region, window).await?;
                complaints_to_wire(kind, &counted, &figures.of(kind, &counted, 1))
            } else {
                let question = Question::of(kind, &profile, window);
                let figures = Figures::read(&txn, &region, question).await?;
                figures.to_wire(&profile, &counted, &figures.of(&counted))
            });
            // What led to it is no evidence again.
            let object = (kind, counted.as_str());
            proposals::weigh(&txn, &region, basis, object, day_of(at)).await?;
            row.open_object = None;
        }
        _ => {}
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

fn duties(profile: &Profile) -> &[ProblemDuty] {
    let rule = profile.concentrated_problem.as_ref();
    rule.map_or(&[], |rule| &rule.value[..])
}

/// What a problem is about, as it is counted.
fn counted(content: &WireProblem) -> (FocusKind, String) {
    let object = content.before.clone().unwrap_or_default();
    match object.kind() {
        FocusKind::ItemTag => {
            (FocusKind::ItemTag, format!("{} {}", object.object_id, object.tag_code))
        }
        kind => (kind, object.object_id),
    }
}

fn fact(content: &WireProblem, at: jiff::Timestamp) -> Body {
    let object = content.before.clone().unwrap_or_default();
    Body::ProblemStepped(ProblemStepped {
        problem_id: content.problem_id.clone(),
        item_code: if object.kind() == FocusKind::Agency {
            String::new()
        } else {
            object.object_id
        },
        tag_code: object.tag_code,
        region_code: content.region_code.clone(),
        state: content.state,
        at: Some(to_wire(at)),
        sequence: content.step_count,
    })
}
