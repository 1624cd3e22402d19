//! What a business system reports of a case (I21): every step so far, in one message that can be
//! sent again, late and in any order. Known data are never taken back.

use jiff::{SignedDuration, Timestamp};

use crate::{
    case::Stage,
    codes::{Number, RegionCode, normal_phone, number_of},
    deadline::day_of,
    rating::{InvolvedAgency, RaterKind},
    violation::{Violations, identifier, plain_text},
};

/// The longest project number, in characters (GB/T 39046: an..50).
pub const MAX_PROJECT_NUMBER: usize = 50;
/// The most steps a case has.
pub const MAX_STEPS: usize = 64;
/// The most agencies that have a part in a package.
pub const MAX_INVOLVED: usize = 50;
/// The longest name of a person or organisation, in characters.
const MAX_NAME: usize = 100;
/// How far a business system's clock may run ahead of ours; a later time is refused, since it has
/// not happened yet.
pub const CLOCKS_APART: SignedDuration = SignedDuration::from_mins(5);

/// A step of a case (环节).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CaseStep {
    /// The stage.
    pub stage: Stage,
    /// Which service at that stage, from 1.
    pub number: u32,
    /// When it happened, by the business system.
    pub at: Timestamp,
    /// The window it happened at, if any.
    pub window_id: Option<String>,
    /// Who served there, if known.
    pub staff_id: Option<String>,
    /// The agency of the step, if not the item's own.
    pub agency_id: Option<String>,
    /// The platform it happened on, if it did on one.
    pub platform_id: Option<String>,
}

/// Who applied; empty texts are not known.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Applicant<'a> {
    /// What they are.
    pub kind: RaterKind,
    /// Name.
    pub name: &'a str,
    /// Identity number or unified social credit code.
    pub number: &'a str,
    /// Mobile phone.
    pub phone: &'a str,
}

/// What is reported of a case.
#[derive(Clone, Copy, Debug)]
pub struct Report<'a> {
    /// Project number.
    pub project_number: &'a str,
    /// Who applied.
    pub applicant: Applicant<'a>,
    /// Every step so far.
    pub steps: &'a [CaseStep],
    /// The batch it was handled in; empty if none.
    pub batch_number: &'a str,
    /// All that have a part in it, if it is a package.
    pub involved: &'a [InvolvedAgency],
}

impl Report<'_> {
    /// Checks a report that comes in at `now`.
    ///
    /// # Errors
    /// Everything wrong with it, at once.
    pub fn check(&self, now: Timestamp) -> Result<(), Violations> {
        let mut wrong = Violations::default();
        let number = self.project_number;
        wrong.require(!number.trim().is_empty(), "project_number", "is missing");
        wrong.take("project_number", identifier(number));
        let length = number.chars().count() <= MAX_PROJECT_NUMBER;
        wrong.require(length, "project_number", "is longer than 50 characters");
        wrong.take("batch_number", identifier(self.batch_number));
        self.applicant.check(now, &mut wrong);
        self.check_steps(now, &mut wrong);
        wrong.require(self.involved.len() <= MAX_INVOLVED, "involved", "are more than 50");
        for (n, part) in self.involved.iter().take(MAX_INVOLVED).enumerate() {
            let twice = self.involved[..n].contains(part);
            wrong.require(!twice, &format!("involved[{n}]"), "is named twice");
            wrong.take(&format!("involved[{n}].agency_id"), identifier(&part.agency_id));
            let region = RegionCode::parse(&part.region_code);
            wrong.take(&format!("involved[{n}].region_code"), region);
        }
        wrong.finish(())
    }

    fn check_steps(&self, now: Timestamp, wrong: &mut Violations) {
        wrong.require(self.steps.len() <= MAX_STEPS, "steps", "are more than 64");
        let latest = now.saturating_add(CLOCKS_APART).unwrap_or(Timestamp::MAX);
        let accepted_at = self.accepted_at();
        wrong.require(accepted_at.is_some(), "steps", "lack the first acceptance");
        for (n, step) in self.steps.iter().take(MAX_STEPS).enumerate() {
            let at = format!("steps[{n}]");
            let twice = self.steps[..n].iter().any(|earlier| earlier.is(step.stage, step.number));
            wrong.require(!twice, &at, "is reported twice");
            let field = format!("{at}.service_number");
            wrong.require((1..=1_000).contains(&step.number), &field, "is not from 1 to 1000");
            let field = format!("{at}.happened_at");
            let before = accepted_at.is_some_and(|accepted_at| step.at < accepted_at);
            wrong.require(!before, &field, "lies before the case was accepted");
            wrong.require(step.at <= latest, &field, "lies ahead of this server's clock");
            let once = step.stage != Stage::Completion || step.number == 1;
            wrong.require(once, &at, "is a second completion");
            for (name, id) in [
                ("window_id", &step.window_id),
                ("staff_id", &step.staff_id),
                ("agency_id", &step.agency_id),
                ("platform_id", &step.platform_id),
            ] {
                wrong.take(&format!("{at}.{name}"), identifier(id.as_deref().unwrap_or_default()));
            }
            let placed = step.staff_id.is_none() || step.window_id.is_some();
            let field = format!("{at}.staff_id");
            wrong.require(placed, &field, "is named without the window they served at");
        }
    }

    /// When the case was accepted: the time of its first acceptance.
    #[must_use]
    pub fn accepted_at(&self) -> Option<Timestamp> {
        let first = self.steps.iter().find(|step| step.is(Stage::Acceptance, 1));
        first.map(|step| step.at)
    }

    /// When it was completed, if it was.
    #[must_use]
    pub fn completed_at(&self) -> Option<Timestamp> {
        let done = self.steps.iter().find(|step| step.stage == Stage::Completion);
        done.map(|step| step.at)
    }
}

impl CaseStep {
    /// Whether it is the service of that number at that stage.
    #[must_use]
    pub fn is(&self, stage: Stage, number: u32) -> bool {
        (self.stage, self.number) == (stage, number)
    }
}

impl Applicant<'_> {
    /// Whether they are known (实名, I13): by their number. Anyone could write a name alone.
    #[must_use]
    pub fn is_real_name(&self) -> bool {
        !self.number.trim().is_empty()
    }

    /// Their number in the form for storing and comparing, and any doubt about it.
    ///
    /// # Errors
    /// Why it can be none of theirs.
    pub fn number(&self, now: Timestamp) -> Result<Number, String> {
        number_of(self.kind, self.number, day_of(now))
    }

    fn check(&self, now: Timestamp, wrong: &mut Violations) {
        wrong.take("applicant.name", plain_text(self.name, MAX_NAME));
        let one_line = !self.name.contains('\n');
        wrong.require(one_line, "applicant.name", "holds a line break");
        wrong.take("applicant.number", self.number(now));
        let phone = normal_phone(self.phone);
        let mobile = phone.len() == 11 && phone.bytes().all(|b| b.is_ascii_digit());
        let phone = phone.is_empty() || mobile;
        wrong.require(phone, "applicant.phone", "is not a phone number of 11 digits");
    }
}

/// A known step.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct KnownStep {
    /// The stage.
    pub stage: Stage,
    /// Which service at that stage.
    pub number: u32,
    /// When it happened, by the report; none where this system took the step itself.
    pub reported_at: Option<Timestamp>,
}

/// A step was reported before, with another time.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{stage:?} {number} was reported before with another time, {reported_at}")]
pub struct StepDiffers {
    /// The stage.
    pub stage: Stage,
    /// Which service at that stage.
    pub number: u32,
    /// The time reported before; it stays.
    pub reported_at: Timestamp,
}

/// The new steps. Known steps that are not in the report stay: reports come late and in any order.
///
/// # Errors
/// [`StepDiffers`] for a changed time: a time is reported once.
pub fn new_steps<'s>(
    known: &[KnownStep],
    told: &'s [CaseStep],
) -> Result<Vec<&'s CaseStep>, StepDiffers> {
    let mut new = Vec::new();
    for step in told {
        match known.iter().find(|known| step.is(known.stage, known.number)) {
            None => new.push(step),
            Some(KnownStep { reported_at: Some(reported_at), .. }) if *reported_at != step.at => {
                let (stage, number) = (step.stage, step.number);
                return Err(StepDiffers { stage, number, reported_at: *reported_at });
            }
            Some(_) => {}
        }
    }
    Ok(new)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(text: &str) -> Timestamp {
        text.parse().unwrap()
    }

    fn step(stage: Stage, number: u32, when: &str) -> CaseStep {
        CaseStep {
            stage,
            number,
            at: at(when),
            window_id: None,
            staff_id: None,
            agency_id: None,
            platform_id: None,
        }
    }

    const PERSON: Applicant<'static> = Applicant {
        kind: RaterKind::NaturalPerson,
        name: "示例办事人",
        number: "11010519491231002X",
        phone: "13800000000",
    };

    fn report<'a>(steps: &'a [CaseStep], applicant: Applicant<'a>) -> Report<'a> {
        Report {
            project_number: "652301202603020001",
            applicant,
            steps,
            batch_number: "",
            involved: &[],
        }
    }

    fn fields(report: Report<'_>) -> Vec<String> {
        let wrong = report.check(at("2026-03-02T01:00:00Z"));
        let wrong = wrong.map(|()| Violations::default()).unwrap_or_else(|wrong| wrong);
        wrong.0.into_iter().map(|violation| violation.field).collect()
    }

    #[test]
    fn i21_everything_wrong_with_a_report_is_said_at_once() {
        let long = "9".repeat(51);
        let steps = [
            step(Stage::Completion, 1, "2026-03-02T00:59:00Z"),
            step(Stage::Completion, 2, "2026-03-02T03:00:00Z"),
            CaseStep {
                staff_id: Some("s\u{202E}".to_owned()),
                ..step(Stage::Approval, 0, "2026-03-02T00:00:00Z")
            },
        ];
        let part = InvolvedAgency { agency_id: "a".to_owned(), region_code: "652301".to_owned() };
        let (number, name) = ("110105194912310021", "名".repeat(101));
        let wrong = Report {
            project_number: &long,
            batch_number: "批\n次",
            involved: &[part.clone(), part],
            ..report(&steps, Applicant { name: &name, number, phone: "138", ..PERSON })
        };
        let expected = [
            "project_number",
            "batch_number",
            "applicant.name",
            "applicant.number",
            "applicant.phone",
            "steps",
            "steps[1].happened_at",
            "steps[1]",
            "steps[2].service_number",
            "steps[2].staff_id",
            "steps[2].staff_id",
            "involved[1]",
        ];
        assert_eq!(fields(wrong), expected);
    }

    #[test]
    fn i02_numbers_are_checked_by_what_the_applicant_is() {
        let steps = [step(Stage::Acceptance, 1, "2026-03-02T00:59:00Z")];
        for (kind, number, holds) in [
            (RaterKind::NaturalPerson, "11010519491231002X", true),
            (RaterKind::NaturalPerson, "11010519491231002x", true),
            (RaterKind::NaturalPerson, "110105194912310020", false),
            (RaterKind::NaturalPerson, "E12345678", true),
            (RaterKind::NaturalPerson, "", true),
            (RaterKind::LegalPerson, "11652301PY6523035C", true),
            (RaterKind::LegalPerson, "11652301PY6523035D", true),
            (RaterKind::LegalPerson, "11652301py6523035c ", true),
            (RaterKind::NaturalPerson, "1.10105E+17", false),
            (RaterKind::LegalPerson, "123", false),
            (RaterKind::OtherOrganization, "自治组织示例1号", true),
            (RaterKind::OtherOrganization, "11652301PY6523035D", true),
        ] {
            let applicant = Applicant { kind, number, ..PERSON };
            assert_eq!(fields(report(&steps, applicant)).is_empty(), holds, "{kind:?} {number}");
        }
    }

    #[test]
    fn i21_a_clock_a_little_ahead_is_borne_and_one_hours_ahead_is_refused() {
        for (when, holds) in [("2026-03-02T01:05:00Z", true), ("2026-03-02T01:05:01Z", false)] {
            let steps = [step(Stage::Acceptance, 1, when)];
            assert_eq!(fields(report(&steps, PERSON)).is_empty(), holds, "{when}");
        }
    }

    #[test]
    fn i21_only_what_is_new_is_new_and_no_time_is_changed_afterwards() {
        let accepted = step(Stage::Acceptance, 1, "2026-03-01T01:00:00Z");
        let completed = step(Stage::Completion, 1, "2026-03-02T00:00:00Z");
        let known = |step: &CaseStep| KnownStep {
            stage: step.stage,
            number: step.number,
            reported_at: Some(step.at),
        };
        let both = [completed.clone(), accepted.clone()];
        assert_eq!(new_steps(&[], &both).unwrap().len(), 2);
        assert_eq!(new_steps(&[known(&accepted)], &both).unwrap(), [&completed]);
        let all = [known(&accepted), known(&completed)];
        assert!(
            new_steps(&all, std::slice::from_ref(&accepted)).unwrap().is_empty(),
            "older, late"
        );
        let moved = [step(Stage::Acceptance, 1, "2026-03-01T01:00:01Z")];
        assert_eq!(new_steps(&all, &moved).unwrap_err().reported_at, accepted.at);
        let own = KnownStep { reported_at: None, ..known(&accepted) };
        assert!(new_steps(&[own], &moved).unwrap().is_empty(), "this system knows better");
    }
}
