//! A report as it arrives: parsed, checked alone, with its item.

use std::sync::Arc;

use domain::{
    canary::{self, is_robots},
    codes::{ItemCode, normal_phone},
    item::Item,
    rating::{InvolvedAgency, RaterKind},
    report::{self, CaseStep, Report},
    violation::{Violations, plain_text},
};
use jiff::Timestamp;
use platform::{
    auth::System,
    convert::{self, involved, rater_kind},
};
use prost::Message as _;
use proto::intake::v1::{CaseReport, ServiceMode};

use crate::{
    Intake,
    convert::{case::language, people::Applicant},
    error::Error,
};

/// A report that is well-formed.
pub(super) struct ParsedReport {
    pub(super) item: Arc<Item>,
    pub(super) mode: ServiceMode,
    pub(super) rater_kind: RaterKind,
    pub(super) applicant: Applicant,
    pub(super) steps: Vec<CaseStep>,
    pub(super) involved: Vec<InvolvedAgency>,
    pub(super) late_reason: String,
    pub(super) batch_number: Option<String>,
    /// The doubts about it, field by field.
    pub(super) remarks: Vec<String>,
    project_number: String,
    /// Keyed hash of all its content.
    pub(super) hash: Vec<u8>,
}

impl ParsedReport {
    pub(super) fn project_number(&self) -> &str {
        &self.project_number
    }

    /// The input for the domain's decision.
    pub(super) fn report(&self) -> Report<'_> {
        Report {
            project_number: &self.project_number,
            applicant: report::Applicant {
                kind: self.rater_kind,
                name: &self.applicant.name,
                number: &self.applicant.number,
                phone: &self.applicant.phone,
            },
            steps: &self.steps,
            batch_number: self.batch_number.as_deref().unwrap_or_default(),
            involved: &self.involved,
        }
    }
}

/// Reads a report, and finds its item.
pub(super) async fn parse(
    intake: &Intake,
    caller: &System,
    wire: &CaseReport,
    now: Timestamp,
) -> Result<ParsedReport, Error> {
    let mut wrong = Violations::default();
    let mode = ServiceMode::try_from(wire.mode).unwrap_or_default();
    wrong.require(mode != ServiceMode::Unspecified, "mode", "is missing or unknown");
    match wire.item_code.is_empty() {
        true => wrong.add("item_code", "is missing"),
        false => drop(wrong.take("item_code", ItemCode::parse(&wire.item_code))),
    }
    let longest = domain::case::MAX_LATE_REASON_CHARS;
    wrong.take("late_reason", plain_text(&wire.late_reason, longest));
    let applicant = wire.applicant.clone().unwrap_or_default();
    let kind = wrong.take("applicant.kind", rater_kind(applicant.kind));
    wrong.take("applicant.language", language(&applicant.language));
    let mut steps = Vec::with_capacity(wire.steps.len().min(report::MAX_STEPS));
    for (n, step) in wire.steps.iter().enumerate().take(report::MAX_STEPS + 1) {
        let at = |field: &str| format!("steps[{n}].{field}");
        let stage = wrong.take(&at("stage"), convert::stage(step.stage));
        let happened_at = convert::instant_of(step.happened_at.as_ref());
        let happened_at = wrong.take(&at("happened_at"), happened_at);
        let some = |text: &String| Some(text.clone()).filter(|text| !text.is_empty());
        if let (Some(stage), Some(happened_at)) = (stage, happened_at) {
            steps.push(CaseStep {
                stage,
                number: step.service_number,
                at: happened_at,
                window_id: some(&step.window_id),
                staff_id: some(&step.staff_id),
                agency_id: some(&step.agency_id),
                platform_id: some(&step.platform_id),
            });
        }
    }
    let read = steps.len() == wire.steps.len().min(report::MAX_STEPS + 1);
    let involved: Vec<InvolvedAgency> =
        wire.involved.iter().take(report::MAX_INVOLVED + 1).cloned().map(involved).collect();
    let report = Report {
        project_number: &wire.project_number,
        applicant: report::Applicant {
            kind: kind.unwrap_or(RaterKind::NaturalPerson),
            name: &applicant.name,
            number: if kind.is_some() { &applicant.number } else { "" },
            phone: &applicant.phone,
        },
        steps: &steps,
        batch_number: &wire.batch_number,
        involved: &involved,
    };
    if let Err(more) = report.check(now) {
        // If steps cannot be read, nobody can state what they lack.
        wrong.0.extend(more.0.into_iter().filter(|more| read || more.field != "steps"));
    }
    let identity = report.applicant.number(now).unwrap_or_default();
    let remarks = identity.doubt.map(|doubt| format!("applicant.number: {doubt}"));
    let kind = wrong.finish(kind)?.unwrap_or(RaterKind::NaturalPerson);
    let item = intake.reference.item(&wire.item_code, None).await?;
    let item = item.ok_or_else(|| intake.unknown.item(&wire.item_code, now))?;
    if item.content.agency_id != caller.agency() {
        let mut wrong = Violations::default();
        wrong.add("item_code", "is not an item of the caller's agency");
        return Err(wrong.into());
    }
    if is_robots(&item.code) {
        canary::violations(&report).finish(())?;
    }
    let bytes = wire.encode_to_vec();
    let number = &wire.project_number;
    let hash =
        intake.shell.requests.content(&[item.region_code.as_bytes(), number.as_bytes(), &bytes]);
    Ok(ParsedReport {
        mode,
        rater_kind: kind,
        applicant: Applicant {
            name: applicant.name.trim().to_owned(),
            number: identity.text,
            phone: normal_phone(&applicant.phone),
            language: applicant.language,
        },
        steps,
        involved,
        late_reason: wire.late_reason.clone(),
        remarks: remarks.into_iter().collect(),
        batch_number: Some(wire.batch_number.clone()).filter(|number| !number.is_empty()),
        project_number: wire.project_number.clone(),
        hash: hash.to_vec(),
        item,
    })
}
