//! What a report leads to: a new case, new steps of a known one, no change, or a refusal.

use std::{collections::HashMap, sync::Arc};

use domain::{
    calendar::Calendar,
    case::{Stage, late_reason, promise},
    deadline::day_of,
    item::{Item, ItemState},
    profile::Profile,
    report::{CLOCKS_APART, CaseStep, KnownStep, new_steps},
    violation::Violations,
};
use jiff::Timestamp;
use platform::{
    clock::instant,
    convert::{self, deadline_to_wire, rater_kind_to_wire, stage_to_wire},
    people::BlindIndex,
    reference::Snapshot,
    status::Failure,
};
use prost::Message as _;
use proto::catalog::v1::{Unit, UnitKind, UnitNature};

use super::report::ParsedReport;
use crate::{
    Intake,
    app::{
        case::{
            offer::{self, GivenService, hall_of, offer},
            take_in::history::{CaseHistory, Key, ReportOutcome, Writes},
        },
        message::invite,
    },
    convert::{
        case::{involved_from_row, involved_to_row},
        deadline,
        people::Applicant,
        to_column,
    },
    entity::{case_file, case_step, former_applicant, service_act},
    error::{Error, case::CaseError},
    facts::{applicant_changed, case_completed, case_submitted},
};

/// Items in the versions that known cases are bound to.
pub(super) type Items = HashMap<(String, i32), Arc<Item>>;

pub(super) struct Decider<'a> {
    pub(super) intake: &'a Intake,
    pub(super) items: &'a Items,
    pub(super) at: Timestamp,
    /// The business system that reports.
    pub(super) by: &'a str,
}

impl Decider<'_> {
    /// Decides one report. Decisions on earlier ones of the same transaction are known.
    pub(super) fn decide(
        &self,
        report: &ParsedReport,
        known: &mut HashMap<Key, CaseHistory>,
        writing: &mut Writes,
    ) -> Result<ReportOutcome, Error> {
        let snapshot = self.intake.reference.now();
        let key = (report.item.region_code.clone(), report.project_number().to_owned());
        let mut now = match known.get(&key) {
            Some(found) => found.clone(),
            None => CaseHistory {
                case: self.new_case(report, &snapshot)?,
                steps: Vec::new(),
                created: true,
                changed: true,
            },
        };
        let first = !known.contains_key(&key);
        let (case, items) = (&now.case, self.items);
        let item = items.get(&(case.item_code.clone(), case.item_version));
        let unconfirmed = match item {
            Some(item) => offer::parts(case, item)?.1,
            None => Vec::new(),
        };
        if !first {
            same_case(&now.case, report, &self.intake.shell.blind)?;
            if now.case.pushed.as_ref() == Some(&report.hash) {
                let (created, changed) = (false, false);
                let remarks = report.remarks.clone();
                return Ok(ReportOutcome {
                    case: now.case,
                    created,
                    changed,
                    unconfirmed,
                    remarks,
                });
            }
        }
        let stored: Vec<KnownStep> = now.steps.iter().map(known_step).collect::<Result<_, _>>()?;
        let new = new_steps(&stored, &report.steps)?;
        if !first {
            not_before_acceptance(&now.case, &new)?;
        }
        let mut more = Writes::default();
        let mut remarks = report.remarks.clone();
        let supplemented = !first && self.supplement(&mut now.case, report, &mut more)?;
        let changed = first || supplemented || !new.is_empty();
        if first {
            more.facts.push(case_submitted(&now.case));
        }
        self.complete(&mut now.case, report, &mut more)?;
        self.take_steps(&mut now, &new, &snapshot, &writing.acts, (&mut more, &mut remarks))?;
        let created = first;
        if changed {
            now.case.pushed = Some(report.hash.clone());
            now.changed = true;
        }
        let case = now.case.clone();
        known.insert(key, now);
        writing.steps.append(&mut more.steps);
        writing.acts.append(&mut more.acts);
        writing.messages.append(&mut more.messages);
        writing.former.append(&mut more.former);
        writing.facts.append(&mut more.facts);
        Ok(ReportOutcome { case, created, changed, unconfirmed, remarks })
    }

    fn new_case(
        &self,
        report: &ParsedReport,
        snapshot: &Snapshot,
    ) -> Result<case_file::Model, Error> {
        let item = &report.item;
        if item.state == ItemState::Cancelled {
            return Err(CaseError::ItemCancelled.into());
        }
        let not_yet = |what| Error::NotKnownYet { reason: "CATALOG_NOT_KNOWN_YET", what };
        let accepted_at = report.report().accepted_at().unwrap_or(self.at);
        let profile = snapshot.profile_on(&item.region_code, day_of(accepted_at));
        let profile = profile.ok_or_else(|| not_yet("the policy profile"))?;
        let calendar = snapshot.calendar().ok_or_else(|| not_yet("the calendar"))?;
        let promised = promise(item).due(accepted_at, &calendar.of(&item.region_code))?;
        let id = self.intake.shell.clock.new_id();
        let (blind, applicant) = (&self.intake.shell.blind, &report.applicant);
        let some = |text: &String| Some(text.clone()).filter(|text| !text.is_empty());
        Ok(case_file::Model {
            id,
            region_code: item.region_code.clone(),
            project_number: report.project_number().to_owned(),
            item_code: item.code.clone(),
            item_version: i32::try_from(item.version).unwrap_or(i32::MAX),
            item_name: item.content.name.clone(),
            line_id: item.content.line_id.clone(),
            agency_id: item.content.agency_id.clone(),
            terminal_id: String::new(),
            policy: profile.policy(),
            real_name: report.report().applicant.is_real_name(),
            accepted_at: accepted_at.as_microsecond(),
            completed_at: None,
            promised: deadline_to_wire(&promised).encode_to_vec(),
            promised_before: None,
            provisional: promised.provisional,
            entries: Vec::new(),
            late_reason: None,
            mode: to_column(report.mode),
            rater_kind: to_column(rater_kind_to_wire(report.rater_kind)),
            applicant: Some(applicant.seal(&self.intake.shell.sealer, id)?),
            number_index: some(&applicant.number).map(|number| blind.number(&number).to_vec()),
            phone_index: some(&applicant.phone).map(|phone| blind.phone(&phone).to_vec()),
            batch_number: report.batch_number.clone(),
            involved: involved_to_row(&report.involved),
            pushed: None,
        })
    }

    /// The applicant may become known, or their name, phone or language may be corrected; true if
    /// so. A changed phone or number holds the acts opened from now on, never the acts that are
    /// open. The former applicant stays on record, and the change is a fact (S03), since it is the
    /// word of the rated party.
    fn supplement(
        &self,
        case: &mut case_file::Model,
        report: &ParsedReport,
        writing: &mut Writes,
    ) -> Result<bool, Error> {
        let reported = &report.applicant;
        let shell = &self.intake.shell;
        let mut applicant = match &case.applicant {
            Some(sealed) => Applicant::open(&shell.sealer, sealed, case.id)?,
            None => Applicant::default(),
        };
        let before = applicant.clone();
        // Data that applicants entered at a terminal stay theirs: nobody can redirect their
        // messages.
        let own = !case.terminal_id.is_empty();
        for (kept, reported) in [
            (&mut applicant.name, &reported.name),
            (&mut applicant.number, &reported.number),
            (&mut applicant.phone, &reported.phone),
            (&mut applicant.language, &reported.language),
        ] {
            if !reported.is_empty() && (kept.is_empty() || !own) {
                kept.clone_from(reported);
            }
        }
        if applicant == before {
            return Ok(false);
        }
        let index = |text: &str, index: [u8; 16]| (!text.is_empty()).then(|| index.to_vec());
        let number_index = index(&applicant.number, shell.blind.number(&applicant.number));
        let phone_index = index(&applicant.phone, shell.blind.phone(&applicant.phone));
        if number_index != case.number_index || phone_index != case.phone_index {
            let id = shell.clock.new_id();
            let known = before != Applicant::default();
            let sealed = known.then(|| before.seal_former(&shell.sealer, id)).transpose()?;
            let former = former_applicant::Model {
                id,
                case_id: case.id,
                applicant: sealed,
                number_index: std::mem::replace(&mut case.number_index, number_index),
                phone_index: std::mem::replace(&mut case.phone_index, phone_index),
                replaced_at: self.at.as_microsecond(),
                replaced_by: self.by.to_owned(),
            };
            writing.facts.push(applicant_changed(case, &former));
            writing.former.push(former);
        }
        case.real_name |= !applicant.number.is_empty();
        case.applicant = Some(applicant.seal(&shell.sealer, case.id)?);
        Ok(true)
    }

    /// Completes the case if the report does and it was not complete: with a public reason if it is
    /// late.
    fn complete(
        &self,
        case: &mut case_file::Model,
        report: &ParsedReport,
        writing: &mut Writes,
    ) -> Result<(), Error> {
        let Some(completed_at) = report.report().completed_at() else { return Ok(()) };
        if case.completed_at.is_some() {
            return Ok(());
        }
        let promised = deadline(&case.promised)?;
        case.late_reason = late_reason(&promised, completed_at, report.late_reason.clone())?;
        case.completed_at = Some(completed_at.as_microsecond());
        writing.facts.push(case_completed(case));
        Ok(())
    }

    fn take_steps(
        &self,
        now: &mut CaseHistory,
        new: &[&CaseStep],
        snapshot: &Snapshot,
        now_writing: &[service_act::Model],
        (writing, remarks): (&mut Writes, &mut Vec<String>),
    ) -> Result<(), Error> {
        let not_yet = |what| Error::NotKnownYet { reason: "CATALOG_NOT_KNOWN_YET", what };
        let case = &now.case;
        let profile: &Profile =
            snapshot.policy(&case.policy).ok_or_else(|| not_yet("the policy profile"))?;
        let calendar: &Calendar = snapshot.calendar().ok_or_else(|| not_yet("the calendar"))?;
        let item = self.items.get(&(case.item_code.clone(), case.item_version));
        let item = item.ok_or_else(|| not_yet("the item"))?;
        let (involved, unconfirmed) = offer::parts(case, item)?;
        let mut wrong = Violations::default();
        let today = day_of(self.at);
        let of_kind =
            |id: &str, day, kind| snapshot.unit(id, day).filter(|unit: &&Unit| unit.kind() == kind);
        for (n, part) in involved_from_row(case.involved.as_deref())?.iter().enumerate() {
            let agency = of_kind(&part.agency_id, today, UnitKind::Agency);
            let field = format!("involved[{n}].agency_id");
            wrong.require(agency.is_some(), &field, "is no agency known here");
            let own = agency.is_some_and(|agency| agency.region_code == part.region_code);
            let known = own || of_kind(&part.region_code, today, UnitKind::Region).is_some();
            wrong.require(known, &format!("involved[{n}].region_code"), "is no region known here");
        }
        for step in new {
            let field = |name: &str| format!("steps.{:?}.{name}", step.stage);
            let day = day_of(step.at);
            let window = step.window_id.as_deref();
            let unit = window.and_then(|id| of_kind(id, day, UnitKind::Window));
            let stands = window.is_none() || unit.is_some();
            wrong.require(stands, &field("window_id"), "is no window known here");
            let platform = step.platform_id.as_deref();
            let is_platform = platform.is_none_or(|id| {
                let unit = of_kind(id, day, UnitKind::Platform);
                unit.is_some_and(|unit| unit.nature() != UnitNature::BusinessSystem)
            });
            wrong.require(is_platform, &field("platform_id"), "is no platform known here");
            let staff = step.staff_id.as_deref();
            let serves = |id: &str| {
                let staff = of_kind(id, day, UnitKind::Staff);
                let at =
                    |staff: &Unit| staff.window_id.is_empty() || Some(&*staff.window_id) == window;
                staff.is_some_and(at)
            };
            // Rosters change faster than the catalog: whoever served, the case was handled.
            let staff_unconfirmed = staff.is_some_and(|id| !serves(id));
            if staff_unconfirmed {
                remarks.push(format!("{}: does not serve there", field("staff_id")));
            }
            let part = |id: &str| involved.iter().find(|part| part.agency_id == id);
            let named = step.agency_id.as_deref().filter(|id| *id != case.agency_id);
            // A mere claim about another agency does not count against anybody there: the act is
            // the claimant's own, without window and person.
            let is_claim = |id: &&str| unconfirmed.iter().any(|part| part.agency_id == *id);
            let claim = named.filter(|id| part(id).is_none()).filter(is_claim).is_some();
            let agency = named.filter(|_| !claim);
            let has_part = agency.is_none_or(|id| part(id).is_some());
            wrong.require(has_part, &field("agency_id"), "has no part in the package");
            let server = agency.unwrap_or(&case.agency_id);
            let foreign =
                |unit: &Unit| unit.nature() == UnitNature::Departmental && unit.agency_id != server;
            let own = claim || !unit.is_some_and(foreign);
            let unit = unit.filter(|_| !claim);
            wrong.require(own, &field("window_id"), "is another department's");
            let given = GivenService {
                stage: step.stage,
                number: step.number,
                // If an agency of another level serves in a hall, it is rated in the hall's region.
                region_code: match unit {
                    Some(window) => Some(window.region_code.clone()),
                    None => agency.and_then(part).map(|part| part.region_code.clone()),
                },
                agency_id: agency.map(str::to_owned),
                window_id: step.window_id.clone().filter(|_| !claim),
                staff_id: step.staff_id.clone().filter(|_| !claim),
                staff_unconfirmed,
                hall_id: match unit {
                    Some(window) => Some(window.hall_id.clone()).filter(|id| !id.is_empty()),
                    None => hall_of(snapshot, case),
                },
                platform_id: step.platform_id.clone().filter(|_| !claim),
                reported_at: Some(step.at),
            };
            let region = given.region_code.as_deref().unwrap_or(&case.region_code);
            let calendar = calendar.of(region);
            let shell = &self.intake.shell;
            let offered = offer(shell, profile, &calendar, (case, item), given, self.at)?;
            if let Some(offered) = offered {
                writing.facts.extend(offered.fact());
                // For a batch that is rated as one there is one question at each stage.
                let (batch, stage) = (offered.row.batch_id, offered.row.stage);
                let asked = |act: &service_act::Model| {
                    batch.is_some() && act.batch_id == batch && act.stage == stage
                };
                if !now_writing.iter().chain(&writing.acts).any(asked) {
                    let planned = invite::plan(self.intake, profile, case, &offered.row);
                    writing.messages.extend(planned);
                }
                writing.acts.push(offered.row);
            }
            let row = case_step::Model {
                case_id: case.id,
                stage: to_column(stage_to_wire(step.stage)),
                service_number: i32::try_from(step.number).unwrap_or(i32::MAX),
                reported_at: Some(step.at.as_microsecond()),
                received_at: self.at.as_microsecond(),
                agency_id: named.unwrap_or(&case.agency_id).to_owned(),
                window_id: step.window_id.clone(),
                staff_id: step.staff_id.clone(),
            };
            writing.steps.push(row.clone());
            now.steps.push(row);
        }
        Ok(wrong.finish(())?)
    }
}

/// Nothing in a case happened before it was accepted, whatever a second acceptance states.
fn not_before_acceptance(case: &case_file::Model, new: &[&CaseStep]) -> Result<(), Error> {
    let accepted_at = instant(case.accepted_at);
    let earliest = accepted_at.saturating_sub(CLOCKS_APART).unwrap_or(accepted_at);
    let mut wrong = Violations::default();
    for step in new {
        let field = format!("steps.{:?}.happened_at", step.stage);
        wrong.require(step.at >= earliest, &field, "lies before the case was accepted");
    }
    Ok(wrong.finish(())?)
}

/// A case does not change its identity: other data mean a mistake, or another case.
fn same_case(
    case: &case_file::Model,
    report: &ParsedReport,
    blind: &BlindIndex,
) -> Result<(), Error> {
    let item = &report.item;
    if case.agency_id != item.content.agency_id {
        // Of another agency's case the answer reveals nothing else.
        return Err(CaseError::Differs { differs: vec!["project_number"] }.into());
    }
    let mut differs = Vec::new();
    let mut require = |holds: bool, what| {
        if !holds {
            differs.push(what);
        }
    };
    require(case.item_code == item.code, "item_code");
    let own = !case.terminal_id.is_empty();
    require(own || case.mode == to_column(report.mode), "mode");
    let kind = to_column(rater_kind_to_wire(report.rater_kind));
    require(own || case.rater_kind == kind, "applicant.kind");
    let number = &report.applicant.number;
    let same = |known: &Vec<u8>| number.is_empty() || *known == blind.number(number);
    require(case.number_index.as_ref().is_none_or(same), "applicant.number");
    let batch = report.batch_number.is_none() || case.batch_number == report.batch_number;
    require(batch, "batch_number");
    let involved = report.involved.is_empty() || case.involved == involved_to_row(&report.involved);
    require(involved, "involved");
    if differs.is_empty() { Ok(()) } else { Err(CaseError::Differs { differs }.into()) }
}

fn known_step(row: &case_step::Model) -> Result<KnownStep, Failure> {
    let stage: Stage = convert::stage(row.stage.into())
        .map_err(|why| Failure::Internal(format!("case_step: {why}")))?;
    Ok(KnownStep {
        stage,
        number: u32::try_from(row.service_number).unwrap_or_default(),
        reported_at: row.reported_at.map(instant),
    })
}
