//! Every state of a ticket against every step, as one table per finding, and why the rest is
//! refused.

#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

#[path = "shipped/calendars.rs"]
mod calendars;
#[path = "shipped/desk.rs"]
mod desk;
#[path = "shipped/profiles.rs"]
mod profiles;

use domain::{
    profile::Office,
    source::Source,
    ticket::{Finding, Plan, Refusal, Ticket, TicketState, TicketStep},
};
use jiff::civil::{Date, date};

use desk::{Desk, STEPS, at, ticket_step};
use profiles::{CHANGJI, STATE_COUNCIL, profile};

const NOW: &str = "2026-03-06T02:00:00Z";

fn desk(layers: &[Source<'_>]) -> Desk {
    Desk { profile: profile(layers), calendar: calendars::calendar() }
}

fn changji() -> Desk {
    desk(&[STATE_COUNCIL, CHANGJI])
}

fn states(finding: Finding) -> [TicketState; 9] {
    [
        TicketState::Opened,
        TicketState::Assigned,
        TicketState::Contacted,
        TicketState::Verified { finding },
        TicketState::Rectified { finding },
        TicketState::FedBack { finding },
        TicketState::Accepted { finding },
        TicketState::Closed { finding },
        TicketState::Confirmed { finding },
    ]
}

fn in_state(desk: &Desk, state: TicketState) -> Ticket {
    Ticket { state, ..desk.open() }
}

/// The table of all states and steps: the next state's name, or `–` for a state's refusal.
fn table(desk: &Desk, finding: Finding) -> String {
    let line = |head: &str, cells: &[String]| {
        let cells: String = cells.iter().map(|cell| format!("{cell:<10}")).collect();
        format!("{head:<10}{cells}").trim_end().to_owned() + "\n"
    };
    let mut text = line("state", &STEPS.map(str::to_owned));
    for state in states(finding) {
        let row = STEPS.map(|step| {
            let taken =
                desk.take(&in_state(desk, state.clone()), &ticket_step(step, finding), at(NOW));
            match taken {
                Ok(next) => {
                    assert!(next.state.finding().is_none_or(|found| found == finding));
                    next.state.name().to_owned()
                }
                Err(Refusal::State { .. }) => "–".to_owned(),
                Err(other) => panic!("{} × {step}: {other}", state.name()),
            }
        });
        text += &line(state.name(), &row);
    }
    text
}

const RECTIFIED: &str = "\
state     assign    contact   verify    rectify   feed back accept    close     content   upset
opened    assigned  –         –         –         –         –         –         –         –
assigned  assigned  contacted –         –         –         –         –         –         –
contacted –         contacted verified  –         –         –         –         –         –
verified  –         –         –         rectified –         –         –         –         –
rectified –         –         –         –         fed back  –         –         –         –
fed back  –         –         –         –         –         accepted  –         –         –
accepted  –         –         –         –         –         –         closed    –         –
closed    –         –         –         –         –         –         –         confirmed opened
confirmed –         –         –         –         –         –         –         –         –
";

const EXPLAINED: &str = "\
state     assign    contact   verify    rectify   feed back accept    close     content   upset
opened    assigned  –         –         –         –         –         –         –         –
assigned  assigned  contacted –         –         –         –         –         –         –
contacted –         contacted verified  –         –         –         –         –         –
verified  –         –         –         –         fed back  –         –         –         –
rectified –         –         –         –         fed back  –         –         –         –
fed back  –         –         –         –         –         accepted  –         –         –
accepted  –         –         –         –         –         –         closed    –         –
closed    –         –         –         –         –         –         –         confirmed opened
confirmed –         –         –         –         –         –         –         –         –
";

#[test]
fn t03_a_clear_claim_is_rectified_then_fed_back_accepted_and_closed() {
    assert_eq!(table(&changji(), Finding::Clear), RECTIFIED);
}

#[test]
fn t03_a_complex_claim_takes_the_same_steps() {
    assert_eq!(table(&changji(), Finding::Complex), RECTIFIED);
}

#[test]
fn t03_a_claim_without_legal_basis_is_explained_instead_of_rectified() {
    assert_eq!(table(&changji(), Finding::NoLegalBasis), EXPLAINED);
}

#[test]
fn t15_without_review_by_the_authority_a_fed_back_ticket_closes_at_once() {
    let reviewed = table(&changji(), Finding::Clear);
    let fed_back = "fed back  –         –         –         –         –         accepted  ";
    let may_close = reviewed.replace(&format!("{fed_back}–     "), &format!("{fed_back}closed"));
    assert_ne!(may_close, reviewed);
    assert_eq!(table(&desk(&[STATE_COUNCIL]), Finding::Clear), may_close);
}

#[test]
fn t15_every_step_of_another_office_is_refused_in_every_state() {
    for (desk, follow_up_owner) in
        [(changji(), "the Authority"), (desk(&[STATE_COUNCIL]), "the handling agency")]
    {
        for step in STEPS {
            let ticket_step = ticket_step(step, Finding::Clear);
            let owner = match step {
                "accept" => "the Authority",
                "content" | "upset" => follow_up_owner,
                _ => "the handling agency",
            };
            let stranger = match owner {
                "the Authority" => Office::HandlingAgency,
                _ => Office::Authority,
            };
            for state in states(Finding::Clear) {
                let refused = in_state(&desk, state)
                    .step(&ticket_step, stranger, at(NOW), &desk.profile, &desk.calendar)
                    .unwrap_err();
                assert_eq!(refused, Refusal::Office { step: ticket_step.name(), owner });
                assert_eq!(
                    refused.to_string(),
                    format!("the step {} is {owner}'s", ticket_step.name())
                );
            }
        }
    }
}

#[test]
fn t05_a_refusal_names_the_state_the_step_and_the_reason() {
    let desk = changji();
    for (state, finding, step, text) in [
        (
            5,
            Finding::Clear,
            "assign",
            "a ticket that is fed back cannot take the step assign: \
             someone can be assigned until the rater is called back",
        ),
        (
            0,
            Finding::Clear,
            "contact",
            "a ticket that is opened cannot take the step record contact: \
             someone must be assigned, and nothing verified yet",
        ),
        (
            1,
            Finding::Clear,
            "verify",
            "a ticket that is assigned cannot take the step verify: \
             the rater must be called back first, and once",
        ),
        (
            2,
            Finding::Clear,
            "rectify",
            "a ticket that is contacted cannot take the step rectify: \
             it must be verified first, and rectified once",
        ),
        (
            3,
            Finding::NoLegalBasis,
            "rectify",
            "a ticket that is verified cannot take the step rectify: \
             a claim without legal basis is explained, not rectified",
        ),
        (
            3,
            Finding::Clear,
            "feed back",
            "a ticket that is verified cannot take the step feed back: \
             it must be rectified or explained first",
        ),
        (
            4,
            Finding::Clear,
            "accept",
            "a ticket that is rectified cannot take the step accept result: \
             the rater must be told first",
        ),
        (
            4,
            Finding::Clear,
            "close",
            "a ticket that is rectified cannot take the step close: \
             a ticket cannot close without feedback",
        ),
        (
            5,
            Finding::Clear,
            "close",
            "a ticket that is fed back cannot take the step close: \
             the Authority has not accepted the result",
        ),
        (
            8,
            Finding::Clear,
            "upset",
            "a ticket that is confirmed cannot take the step record follow-up: \
             only a closed ticket is followed up",
        ),
    ] {
        let ticket = in_state(&desk, states(finding)[state].clone());
        let name = ticket.state.name();
        let ticket_step = ticket_step(step, finding);
        let refused = desk.take(&ticket, &ticket_step, at(NOW)).unwrap_err();
        assert_eq!(refused.to_string(), text);
        let Refusal::State { from, step, .. } = refused else { panic!("{refused}") };
        assert_eq!((from, step), (name, ticket_step.name()));
    }
}

#[test]
fn t02_contacting_again_and_assigning_someone_else_are_steps_of_their_own() {
    let desk = changji();
    let mut ticket = desk.open();
    for (n, step) in ["assign", "assign", "contact", "contact", "verify"].into_iter().enumerate() {
        assert_eq!(ticket.sequence, u32::try_from(n).unwrap());
        ticket = desk.take(&ticket, &ticket_step(step, Finding::Clear), at(NOW)).unwrap();
    }
    assert_eq!(ticket.state, TicketState::Verified { finding: Finding::Clear });
}

// ── What is written into a step ───────────────────────────────────────────────────────────────────

/// What a step wrong in itself is refused with, whoever takes it and in whatever state.
fn malformed(ticket_step: &TicketStep) -> String {
    let desk = changji();
    let said = [Office::HandlingAgency, Office::Authority].map(|office| {
        let refused = desk
            .open()
            .step(ticket_step, office, at(NOW), &desk.profile, &desk.calendar)
            .unwrap_err();
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
        | TicketStep::FeedBack { summary: field, .. }
        | TicketStep::Accept { opinion: field }
        | TicketStep::FollowUp { note: field, .. } => text.clone_into(field),
        TicketStep::Rectify { measures, evidence } => {
            text.clone_into(measures);
            text.clone_into(evidence);
        }
        TicketStep::Verify { reason, plan, .. } => {
            text.clone_into(reason);
            if let Some(plan) = plan {
                text.clone_into(&mut plan.text);
            }
        }
        TicketStep::Close => {}
    }
    ticket_step
}

const TEXTS: [(&str, Finding, &[&str]); 8] = [
    ("assign", Finding::Clear, &["assignment.assignee"]),
    ("contact", Finding::Clear, &["contact.note"]),
    ("verify", Finding::Clear, &["verification.reason"]),
    ("verify", Finding::Complex, &["verification.reason", "verification.plan"]),
    ("rectify", Finding::Clear, &["rectification.measures", "rectification.evidence"]),
    ("feed back", Finding::Clear, &["feedback.summary"]),
    ("content", Finding::Clear, &["follow_up.note"]),
    ("upset", Finding::Clear, &["follow_up.note"]),
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
            assert_eq!(said, of_each(fields, "must be filled in"), "{step}");
        }
    }
    let desk = changji();
    let fed_back = in_state(&desk, TicketState::FedBack { finding: Finding::Clear });
    desk.take(&fed_back, &rewritten("accept", Finding::Clear, ""), at(NOW)).unwrap();
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
        let refused = desk.take(&desk.open(), &rewritten(step, finding, &longest), at(NOW));
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
    let plan = |carry_out_by| Plan { text: "增设窗口".to_owned(), carry_out_by };
    TicketStep::Verify { finding, reason: "属实".to_owned(), plan: carry_out_by.map(plan) }
}

#[test]
fn t03_a_plan_belongs_to_a_complex_finding_and_only_there() {
    assert_eq!(malformed(&verify(Finding::Complex, None)), "verification.plan: must be filled in");
    for finding in [Finding::Clear, Finding::NoLegalBasis] {
        assert_eq!(
            malformed(&verify(finding, Some(date(2026, 6, 30)))),
            "verification.plan: belongs to a complex finding"
        );
    }
}

#[test]
fn t03_a_plan_is_carried_out_today_at_the_earliest_by_the_calendar_of_shanghai() {
    let desk = changji();
    let contacted = in_state(&desk, TicketState::Contacted);
    let ticket_step = verify(Finding::Complex, Some(date(2026, 3, 6)));
    assert!(desk.take(&contacted, &ticket_step, at("2026-03-06T15:59:59.999999Z")).is_ok());
    let refused = desk.take(&contacted, &ticket_step, at("2026-03-06T16:00:00Z")).unwrap_err();
    assert_eq!(refused.to_string(), "verification.carry_out_by: lies in the past");
}
