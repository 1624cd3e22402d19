//! When a case is late, and what it then has to say.

#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

use domain::{
    case::{LateRefused, late_reason},
    deadline::{DayUnit, Deadline, DeadlineRule},
};

#[test]
fn c05_a_case_has_a_public_reason_if_and_only_if_it_is_past_its_promised_limit() {
    let due_on = "2026-03-11".parse().unwrap();
    let promised = Deadline {
        rule: DeadlineRule {
            subject: "complete_case".to_owned(),
            event: "case_accepted".to_owned(),
            days: 7,
            unit: DayUnit::Working,
            clause: "承诺办结时限".to_owned(),
        },
        event_at: "2026-03-02T01:00:00Z".parse().unwrap(),
        due_on,
        due_at: "2026-03-11T16:00:00Z".parse().unwrap(),
        provisional: false,
        calendar_version: String::new(),
        derivation: Vec::new(),
        pauses: Vec::new(),
    };
    let of =
        |at: &str, reason: &str| late_reason(&promised, at.parse().unwrap(), reason.to_owned());
    let (in_time, late) = ("2026-03-11T15:59:59.999999Z", "2026-03-11T16:00:00Z");
    for blank in ["", " \n　"] {
        assert_eq!(of(in_time, blank), Ok(None));
        assert_eq!(of(late, blank), Err(LateRefused::ReasonNeeded { due_on }));
    }
    assert_eq!(of(late, "系统故障"), Ok(Some("系统故障".to_owned())));
    let refused = of(in_time, "系统故障").unwrap_err();
    assert_eq!(refused, LateRefused::NotLate { due_on });
    assert!(refused.to_string().contains("2026-03-11"), "{refused}");
}
