//! The robot that rates (评价链路自检, S07): it gives all five levels by every channel, again and again, to
//! show that the negative ones arrive. Its ratings are in no figure, so nobody may hide a real one among
//! them, and nobody may take a citizen's for the robot's afterwards. So a robot's rating is known by the code
//! of its item alone, which begins with the agency's unified social credit code, never changes, and is frozen
//! in the act before anybody rates it. A robot's agency has a credit code that no organisation can have: its
//! registering office is 000000, which is none (GB 32100 takes it from GB/T 2260).
//!
//! Only that agency's own system can report cases of its items. Such a case names no applicant, no window and
//! no member of staff: there is nobody in it who could be served.

use jiff::{SignedDuration, Timestamp};

use crate::{report::Report, violation::Violations};

/// What a robot's credit code begins with: its kind (其他), and the registering office that is none.
pub const PREFIX: &str = "Y1000000";
/// How old the last proof of a level may be, in minutes, unless another number is asked for: a robot rates
/// every minute, and what is late by ten did not come.
pub const PROOF_MINUTES: u32 = 10;
/// The greatest age that can be asked for, in minutes: a week.
pub const MAX_PROOF_MINUTES: u32 = 7 * 24 * 60;

/// Whether a credit code, or the code of an item, is a robot's.
///
/// ```
/// use domain::canary::is_robots;
/// assert!(is_robots("Y1000000PY6523035T") && is_robots("Y1000000PY6523035T4002014901000"));
/// assert!(!is_robots("11652301PY6523035C4002014901000") && !is_robots("") && !is_robots("机器人机器人"));
/// assert!(!is_robots("000000000000000000"), "what stands for an unknown code is no robot's");
/// ```
#[must_use]
pub fn is_robots(code: &str) -> bool {
    code.len() >= 18 && code.starts_with(PREFIX)
}

/// What is wrong with a report of a robot's case: it must be about nobody.
#[must_use]
pub fn violations(report: &Report<'_>) -> Violations {
    let mut wrong = Violations::default();
    let who = &report.applicant;
    for (field, text) in [("name", who.name), ("number", who.number), ("phone", who.phone)] {
        let field = format!("applicant.{field}");
        wrong.require(text.is_empty(), &field, "is given in a robot's case");
    }
    for (n, step) in report.steps.iter().enumerate() {
        let served = step.window_id.is_some() || step.staff_id.is_some();
        let field = format!("steps[{n}]");
        wrong.require(!served, &field, "names who served in a robot's case");
    }
    wrong.require(report.involved.is_empty(), "involved", "is given in a robot's case");
    wrong.require(report.batch_number.is_empty(), "batch_number", "is given in a robot's case");
    wrong
}

/// Whether a level's proof is missing: none came within so many minutes.
#[must_use]
pub fn is_missing(given_at: Option<Timestamp>, now: Timestamp, minutes: u32) -> bool {
    let within = SignedDuration::from_mins(minutes.into());
    given_at.is_none_or(|at| now.duration_since(at) > within)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{
        codes::{ItemCode, is_uscc},
        rating::RaterKind,
        report::Applicant,
    };

    #[test]
    fn s07_a_robots_code_is_well_formed_and_no_real_organisations() {
        assert!(is_uscc("Y1000000PY6523035T"));
        assert!(ItemCode::parse("Y1000000PY6523035T4002014901000").is_ok());
        // Bodies of the nation are registered by the office of 100000.
        for real in ["11100000000014021M", "11370800MB2855926Y", "12441500196720244T"] {
            assert!(!is_robots(real), "{real}");
        }
    }

    #[test]
    fn s07_a_robots_case_is_about_nobody() {
        let nobody = Applicant { kind: RaterKind::NaturalPerson, name: "", number: "", phone: "" };
        let report = |applicant| Report {
            project_number: "P-1",
            applicant,
            steps: &[],
            batch_number: "",
            involved: &[],
        };
        assert_eq!(violations(&report(nobody)).0, []);
        let someone = Applicant {
            kind: RaterKind::NaturalPerson,
            name: "示例",
            number: "11010519491231002X",
            phone: "13800000000",
        };
        let told = violations(&report(someone)).0;
        let fields: Vec<&str> = told.iter().map(|wrong| wrong.field.as_str()).collect();
        assert_eq!(fields, ["applicant.name", "applicant.number", "applicant.phone"]);
    }

    #[test]
    fn s07_a_proof_is_missing_once_it_is_older_than_asked_for() {
        let now: Timestamp = "2026-03-02T01:10:00Z".parse().unwrap();
        let at = |text: &str| Some(text.parse::<Timestamp>().unwrap());
        assert!(is_missing(None, now, PROOF_MINUTES));
        assert!(!is_missing(at("2026-03-02T01:00:00Z"), now, PROOF_MINUTES));
        assert!(is_missing(at("2026-03-02T00:59:59Z"), now, PROOF_MINUTES));
    }
}
