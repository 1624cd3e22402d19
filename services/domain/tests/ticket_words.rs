//! What must be written into a step of a ticket, and what may not.

#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

#[path = "shipped/calendars.rs"]
mod calendars;
#[path = "shipped/desk.rs"]
mod desk;
#[path = "shipped/profiles.rs"]
mod profiles;

use domain::{
    profile::Office,
    ticket::{Finding, Plan, Refusal, TicketState, TicketStep},
};
use jiff::civil::{Date, date};

use desk::{Desk, at, desk, ticket_step};
use profiles::{CHANGJI, STATE_COUNCIL};

const NOW: &str = "2026-03-06T02:00:00Z";

fn changji() -> Desk {
    desk(&[STATE_COUNCIL, CHANGJI])
}

/// What a step wrong in itself is refused with, whoever takes it and in whatever state.
fn malformed(ticket_step: &TicketStep) -> String {
    let desk = changji();
    let said = [Office::HandlingAgency, Office::Authority].map(|office| {
        let setting = desk.setting(office, at(NOW));
        let refused = desk.open().step(ticket_step, &setting).unwrap_err();
        assert!(matches!(refused, Refusal::Malformed(_)), "{refused}");
        refused.to_string()
    });
    assert_eq!(said[0], said[1]);
    said[0].clone()
}

/// The same step with `text` wherever text is written.
fn rewritten(step: &str, finding: Finding, text: &str) -> TicketStep {
    let mut ticket_step = ticket_step(step, finding);
    match &mut ticket_step {
        TicketStep::Assign { assignee: field }
        | TicketStep::Contact { note: field, .. }
        | TicketStep::FeedBackSolution { summary: field, .. }
        | TicketStep::AnswerPart { answer: field, .. }
        | TicketStep::FeedBack { summary: field, .. }
        | TicketStep::Report { summary: field }
        | TicketStep::Accept { opinion: field }
        | TicketStep::Return { reason: field }
        | TicketStep::DecideExclusion { opinion: field, .. }
        | TicketStep::FollowUp { note: field, .. }
        | TicketStep::Urge { note: field }
        | TicketStep::Link { reason: field }
        | TicketStep::Unlink { reason: field } => text.clone_into(field),
        TicketStep::Rectify { measures, evidence, .. } => {
            text.clone_into(measures);
            text.clone_into(evidence);
        }
        TicketStep::Verify { reason, plan, .. } => {
            text.clone_into(reason);
            if let Some(plan) = plan {
                text.clone_into(&mut plan.text);
            }
        }
        other => panic!("{other:?} has no words"),
    }
    ticket_step
}

const TEXTS: [(&str, Finding, &[&str]); 16] = [
    ("assign", Finding::Clear, &["assignment.assignee"]),
    ("contact", Finding::Clear, &["contact.note"]),
    ("verify", Finding::Clear, &["verification.reason"]),
    ("verify", Finding::Complex, &["verification.reason", "verification.plan"]),
    ("feed back solution", Finding::Complex, &["solution.summary"]),
    ("rectify", Finding::Clear, &["rectification.measures", "rectification.evidence"]),
    ("answer part", Finding::Clear, &["part.answer"]),
    ("feed back", Finding::Clear, &["feedback.summary"]),
    ("report", Finding::Clear, &["report.summary"]),
    ("return", Finding::Clear, &["return.reason"]),
    ("uphold", Finding::Clear, &["decision.opinion"]),
    ("content", Finding::Clear, &["follow_up.note"]),
    ("upset", Finding::Clear, &["follow_up.note"]),
    ("urge", Finding::Clear, &["urging.note"]),
    ("link", Finding::Clear, &["link.reason"]),
    ("unlink", Finding::Clear, &["unlink.reason"]),
];

/// `said` of every field, as violations are shown.
fn of_each(fields: &[&str], said: &str) -> String {
    let parts: Vec<String> = fields.iter().map(|field| format!("{field}: {said}")).collect();
    parts.join("; ")
}

#[test]
fn t14_every_step_needs_its_words_and_only_an_acceptance_may_be_silent() {
    for (step, finding, fields) in TEXTS {
        for blank in ["", " \n\u{3000}"] {
            let said = malformed(&rewritten(step, finding, blank));
            let shown = "must be filled in, or a document named";
            let expected = of_each(fields, "must be filled in");
            let evidence = "rectification.evidence: must be filled in";
            let expected = expected.replace(evidence, &format!("rectification.evidence: {shown}"));
            assert_eq!(said, expected, "{step}");
        }
    }
    let desk = changji();
    let reported = desk.in_state(TicketState::Reported { finding: Finding::Clear });
    desk.take(&reported, &rewritten("accept", Finding::Clear, ""), at(NOW)).unwrap();
}

#[test]
fn t14_no_step_hides_anything_or_is_longer_than_a_thousand_characters() {
    let (longest, too_long) = ("整".repeat(1_000), "整".repeat(1_001));
    let accept: (&str, Finding, &[&str]) = ("accept", Finding::Clear, &["acceptance.opinion"]);
    for (step, finding, fields) in TEXTS.into_iter().chain([accept]) {
        let said = malformed(&rewritten(step, finding, "整\u{202E}改"));
        assert_eq!(said, of_each(fields, "holds the hidden character U+202E"), "{step}");
        if step == "assign" {
            continue;
        }
        let said = malformed(&rewritten(step, finding, &too_long));
        let expected = "has 1001 characters; at most 1000 are allowed";
        assert_eq!(said, of_each(fields, expected), "{step}");
        let desk = changji();
        let annulled = desk.in_state(TicketState::Annulled);
        let refused = desk.take(&annulled, &rewritten(step, finding, &longest), at(NOW));
        assert!(matches!(refused, Err(Refusal::State { .. })), "{step}");
    }
}

#[test]
fn t02_an_assignee_has_at_most_64_characters() {
    let desk = changji();
    let of = |length: usize| rewritten("assign", Finding::Clear, &"员".repeat(length));
    assert!(desk.take(&desk.open(), &of(64), at(NOW)).is_ok());
    assert_eq!(
        malformed(&of(65)),
        "assignment.assignee: has 65 characters; at most 64 are allowed"
    );
}

fn verify(finding: Finding, carry_out_by: Option<Date>) -> TicketStep {
    let mut step = ticket_step("verify", finding);
    if let TicketStep::Verify { plan, .. } = &mut step {
        let text = "增设窗口".to_owned();
        *plan = carry_out_by.map(|carry_out_by| Plan { text, carry_out_by, grounds: None });
    }
    step
}

#[test]
fn t03_a_plan_belongs_to_a_complex_finding_and_only_there() {
    assert_eq!(malformed(&verify(Finding::Complex, None)), "verification.plan: must be filled in");
    for finding in [Finding::Clear, Finding::Simple, Finding::NoLegalBasis] {
        assert_eq!(
            malformed(&verify(finding, Some(date(2026, 6, 30)))),
            "verification.plan: belongs to a complex finding"
        );
    }
}

#[test]
fn t03_a_plan_is_carried_out_today_at_the_earliest_by_the_calendar_of_shanghai() {
    let desk = changji();
    let contacted = desk.in_state(TicketState::Contacted { reached: true, attempts: 1 });
    let ticket_step = verify(Finding::Complex, Some(date(2026, 3, 6)));
    assert!(desk.take(&contacted, &ticket_step, at("2026-03-06T15:59:59.999999Z")).is_ok());
    let refused = desk.take(&contacted, &ticket_step, at("2026-03-06T16:00:00Z")).unwrap_err();
    assert_eq!(refused.to_string(), "verification.carry_out_by: lies in the past");
}
