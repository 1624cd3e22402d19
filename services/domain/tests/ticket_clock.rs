//! What is due of a ticket and when, and what no sequence of steps can bring about.

#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

#[path = "shipped/calendars.rs"]
mod calendars;
#[path = "shipped/desk.rs"]
mod desk;
#[path = "shipped/profiles.rs"]
mod profiles;

use std::sync::LazyLock;

use domain::{
    calendar::{Calendar, OutOfRange},
    deadline::Deadline,
    profile::{Office, Profile},
    source::Source,
    ticket::{
        CARRY_OUT_PLAN, DueEnd, Finding, FollowUpOutcome, Means, Opening, Outcome, Plan, Refusal,
        Setting, Ticket, TicketState, TicketStep,
    },
};
use jiff::{Timestamp, ToSpan as _, civil::date};
use proptest::prelude::*;

use desk::{Desk, LEAD, STEPS, at, desk, on_record, ticket_step};
use profiles::{CHANGJI, DISTRICT, GUANGXI, HAIYANG, STATE_COUNCIL};

static CHANGJI_DESK: LazyLock<Desk> = LazyLock::new(|| desk(&[STATE_COUNCIL, CHANGJI]));

/// A layer that follows up every negative rating and gives complex claims no deadline of their own.
const ALL_NEGATIVE: Source<'static> = Source {
    file: "all-negative.toml",
    text: "id = \"all-negative\"\nversion = 1\ninherits = \"state-council-2019\"\n\
           document = \"试\"\ntrial = true\n\
           [follow_up]\n\
           value = { whom = \"all_negative\", by = \"handling_agency\" }\nclause = \"一\"\n",
};

/// The steps to closing, from opening on.
const TO_CLOSED: [&str; 8] =
    ["assign", "contact", "verify", "rectify", "feed back", "report", "accept", "close"];
/// Where nobody reviews results.
const UNREVIEWED: [&str; 6] = ["assign", "contact", "verify", "rectify", "feed back", "close"];

/// The ticket after some steps, each a day after the one before, from 2026-03-06 on.
fn after(desk: &Desk, steps: &[&str], finding: Finding) -> Ticket {
    let mut now = at("2026-03-06T02:00:00Z");
    let mut ticket = desk.open();
    for step in steps {
        ticket = desk.go(&ticket, step, finding, now).unwrap();
        now = now.checked_add(24.hours()).unwrap();
    }
    ticket
}

/// For every state on the way to closing, its name and when it is due.
fn due(desk: &Desk, finding: Finding, steps: &[&str]) -> Vec<String> {
    (0..=steps.len())
        .map(|n| after(desk, &steps[..n], finding))
        .map(|ticket| {
            let due_at = ticket.due_at().map_or("–".to_owned(), |at| at.to_string());
            format!("{} {due_at}", ticket.state.name())
        })
        .collect()
}

// The rating was received on Thursday 2026-03-05 at 10:00 in Shanghai. A day ends at 16:00 UTC.
const AT_ONCE: &str = "2026-03-05T16:00:00Z";
const FIVE_DAYS: &str = "2026-03-12T16:00:00Z";
const FIFTEEN_DAYS: &str = "2026-03-26T16:00:00Z";

#[test]
fn t04_cj_a_clear_claim_is_due_at_once_until_rectified_and_within_five_days_until_fed_back() {
    let expected = [
        format!("opened {AT_ONCE}"),
        format!("assigned {AT_ONCE}"),
        format!("contacted {AT_ONCE}"),
        format!("verified {AT_ONCE}"),
        format!("rectified {FIVE_DAYS}"),
        "fed back –".to_owned(),
        "reported –".to_owned(),
        "accepted –".to_owned(),
        "closed –".to_owned(),
        "confirmed –".to_owned(),
    ];
    let steps: Vec<&str> = TO_CLOSED.into_iter().chain(["content"]).collect();
    assert_eq!(due(&CHANGJI_DESK, Finding::Clear, &steps), expected);
}

#[test]
fn t04_cj_a_complex_claim_is_due_within_fifteen_days_of_the_rating_once_verified() {
    let expected = [
        format!("opened {AT_ONCE}"),
        format!("assigned {AT_ONCE}"),
        format!("contacted {AT_ONCE}"),
        format!("verified {FIFTEEN_DAYS}"),
        format!("rectified {FIFTEEN_DAYS}"),
        "fed back –".to_owned(),
        "reported –".to_owned(),
        "accepted –".to_owned(),
        "closed –".to_owned(),
        "confirmed –".to_owned(),
    ];
    let steps: Vec<&str> = TO_CLOSED.into_iter().chain(["content"]).collect();
    assert_eq!(due(&CHANGJI_DESK, Finding::Complex, &steps), expected);
}

#[test]
fn t04_cj_a_claim_without_legal_basis_is_explained_within_five_days() {
    let expected = [
        format!("opened {AT_ONCE}"),
        format!("assigned {AT_ONCE}"),
        format!("contacted {AT_ONCE}"),
        format!("verified {FIVE_DAYS}"),
        "fed back –".to_owned(),
    ];
    let steps = ["assign", "contact", "verify", "feed back"];
    assert_eq!(due(&CHANGJI_DESK, Finding::NoLegalBasis, &steps), expected);
}

#[test]
fn t04_sc_where_the_document_gives_no_number_a_plan_names_its_day_and_nothing_else_is_due() {
    let desk = desk(&[STATE_COUNCIL]);
    let ordinary = ["start_handling 2026-03-05", "fix_clear 2026-03-05"];
    let clear = after(&desk, &TO_CLOSED[..4], Finding::Clear);
    assert_eq!(clear.due_at(), None);
    assert_eq!(on_record(&clear), ordinary);
    let complex = after(&desk, &TO_CLOSED[..3], Finding::Complex);
    assert_eq!(complex.due_at(), Some(at("2026-06-30T16:00:00Z")));
    assert_eq!(on_record(&complex)[..2], ordinary);
    assert_eq!(on_record(&complex)[2..], ["carry_out_plan 2026-06-30"]);
}

/// The deadlines of Changji's beginning.
const ORDINARY: [&str; 3] =
    ["start_handling 2026-03-05", "fix_clear 2026-03-05", "feed_back_clear 2026-03-12"];

#[test]
fn t04_a_complex_finding_adds_its_deadline_and_the_ordinary_ones_stay_on_record() {
    let steps = &TO_CLOSED[..3];
    assert_eq!(on_record(&CHANGJI_DESK.open()), ORDINARY);
    for finding in [Finding::Clear, Finding::NoLegalBasis] {
        assert_eq!(on_record(&after(&CHANGJI_DESK, steps, finding)), ORDINARY);
    }
    let complex = after(&CHANGJI_DESK, steps, Finding::Complex);
    assert_eq!(on_record(&complex)[..3], ORDINARY);
    let added = ["carry_out_plan 2026-06-30", "feed_back_complex 2026-03-26"];
    assert_eq!(on_record(&complex)[3..], added);
}

#[test]
fn t06_an_unsatisfied_follow_up_reopens_the_ticket_and_its_clock() {
    let closed = after(&CHANGJI_DESK, &TO_CLOSED, Finding::Complex);
    let upset = ticket_step("upset", Finding::Complex);
    let now = at("2026-04-01T02:00:00Z");
    let reopened = CHANGJI_DESK.take(&closed, &upset, now).unwrap();
    assert_eq!(reopened.state, TicketState::Opened);
    assert_eq!(reopened.state.finding(), None);
    assert_eq!(reopened.sequence, closed.sequence + 1);
    assert_eq!(reopened.due_at(), Some(at("2026-04-01T16:00:00Z")));
    // A finding of the second round counts from the reopening, not from the rating.
    let mut ticket = reopened;
    for step in &TO_CLOSED[..3] {
        let ticket_step = ticket_step(step, Finding::Complex);
        ticket = CHANGJI_DESK.take(&ticket, &ticket_step, at("2026-04-02T02:00:00Z")).unwrap();
    }
    assert_eq!(ticket.due_at(), Some(at("2026-04-23T16:00:00Z")));
    let first =
        ORDINARY.into_iter().chain(["carry_out_plan 2026-06-30", "feed_back_complex 2026-03-26"]);
    let second = [
        "start_handling 2026-04-01",
        "fix_clear 2026-04-01",
        "feed_back_clear 2026-04-09",
        "carry_out_plan 2026-06-30",
        "feed_back_complex 2026-04-23",
    ];
    assert_eq!(on_record(&ticket), first.chain(second).collect::<Vec<_>>());
}

#[test]
fn t06_a_follow_up_is_required_of_real_name_tickets_or_of_all_as_the_profile_says() {
    let open = |desk: &Desk, real_name| desk.open_as(Opening::Rating { real_name }, false);
    let all = desk(&[STATE_COUNCIL, ALL_NEGATIVE]);
    for (desk, real_name, required) in [
        (&*CHANGJI_DESK, true, true),
        (&*CHANGJI_DESK, false, false),
        (&all, true, true),
        (&all, false, true),
    ] {
        let ticket = open(desk, real_name);
        let id = domain::id::TicketId(uuid::Uuid::nil());
        let due = ticket.follow_up(id, ticket.clock_started_at, &desk.profile);
        assert_eq!(due.required, required, "{}", desk.profile.id);
    }
}

#[test]
fn t17_a_further_rating_joins_a_ticket_until_it_is_closed() {
    let steps: Vec<&str> = TO_CLOSED.into_iter().chain(["content"]).collect();
    for n in 0..=steps.len() {
        let ticket = after(&CHANGJI_DESK, &steps[..n], Finding::Clear);
        assert_eq!(ticket.takes_ratings(), n < 8, "{}", ticket.state.name());
    }
}

#[test]
fn t04_a_deadline_beyond_the_calendar_refuses_the_opening_and_the_step() {
    let Desk { profile, calendar } = &*CHANGJI_DESK;
    let open = |received_at| {
        let opening = Opening::Rating { real_name: true };
        Ticket::open(opening, LEAD.to_owned(), false, at(received_at), profile, calendar)
    };
    assert_eq!(open("2035-12-28T02:00:00Z"), Err(OutOfRange { year: 2036 }));
    // Five working days are still in the year, fifteen are not; nor is reopening in the next.
    let ticket = open("2035-12-17T02:00:00Z").unwrap();
    let contacted =
        Ticket { state: TicketState::Contacted { reached: true, attempts: 1 }, ..ticket.clone() };
    let clear = ticket_step("verify", Finding::Clear);
    let now = at("2026-03-06T02:00:00Z");
    assert!(CHANGJI_DESK.take(&contacted, &clear, now).is_ok());
    let complex = ticket_step("verify", Finding::Complex);
    let beyond = Err(Refusal::Calendar(OutOfRange { year: 2036 }));
    assert_eq!(CHANGJI_DESK.take(&contacted, &complex, now), beyond);
    let closed = TicketState::Closed { finding: Finding::Clear, attempts: 0 };
    let closed = Ticket { state: closed, ..ticket };
    let upset = ticket_step("upset", Finding::Clear);
    assert_eq!(CHANGJI_DESK.take(&closed, &upset, at("2036-01-02T02:00:00Z")), beyond);
}

// ── Deadlines that run from finding the claim true ────────────────────────────────────────────────

#[test]
fn t04_gx_14_nothing_is_due_until_the_claim_is_found_true() {
    let desk = desk(&[GUANGXI]);
    // Verified on the third day, 2026-03-08, in the morning.
    let expected = |verified: &str| {
        ["opened –", "assigned –", "contacted –", verified, "rectified –"].map(str::to_owned)
    };
    for finding in [Finding::Clear, Finding::Complex] {
        let said = due(&desk, finding, &TO_CLOSED[..4]);
        assert_eq!(said, expected("verified 2026-03-23T16:00:00Z"), "{finding:?}");
    }
    let steps = ["assign", "contact", "verify"];
    let unfounded = after(&desk, &steps, Finding::NoLegalBasis);
    assert_eq!((unfounded.due_at(), unfounded.dues.0.len()), (None, 0));
    assert_eq!(on_record(&after(&desk, &steps, Finding::Clear)), ["fix_clear 2026-03-23"]);
    assert_eq!(on_record(&after(&desk, &steps, Finding::Simple)), ["fix_simple 2026-03-23"]);
    let complex = ["carry_out_plan 2026-03-23", "fix_complex 2026-03-23"];
    assert_eq!(on_record(&after(&desk, &steps, Finding::Complex)), complex);
}

#[test]
fn t04_gx_14_a_reopened_claim_is_due_only_when_found_true_again() {
    let desk = desk(&[GUANGXI]);
    let mut ticket = after(&desk, &UNREVIEWED, Finding::Clear);
    for (step, when, due_at) in [
        ("upset", "2026-03-30T02:00:00Z", None),
        ("assign", "2026-03-31T02:00:00Z", None),
        ("contact", "2026-04-01T02:00:00Z", None),
        ("verify", "2026-04-02T02:00:00Z", Some("2026-04-17T16:00:00Z")),
    ] {
        ticket = desk.take(&ticket, &ticket_step(step, Finding::Clear), at(when)).unwrap();
        assert_eq!(ticket.due_at(), due_at.map(at), "{step}");
    }
    assert_eq!(on_record(&ticket), ["fix_clear 2026-03-23", "fix_clear 2026-04-17"]);
}

/// The steps to the rectification where the Authority dispatches.
const DISPATCHED: [&str; 5] = ["dispatch", "assign", "contact", "verify", "rectify"];

#[test]
fn t04_hy_17_a_complex_claim_is_due_within_ten_days_until_fixed() {
    let desk = desk(&[STATE_COUNCIL, HAIYANG]);
    let expected = [
        format!("received {AT_ONCE}"),
        format!("opened {AT_ONCE}"),
        format!("assigned {AT_ONCE}"),
        format!("contacted {AT_ONCE}"),
        "verified 2026-03-19T16:00:00Z".to_owned(),
        "rectified –".to_owned(),
    ];
    assert_eq!(due(&desk, Finding::Complex, &DISPATCHED), expected);
}

#[test]
fn t04_dq_2_2_a_complex_matter_is_due_within_fifteen_days_fixed_and_fed_back() {
    let desk = desk(&[STATE_COUNCIL, DISTRICT]);
    let complex = after(&desk, &DISPATCHED[..4], Finding::Complex);
    assert_eq!(complex.due_at(), Some(at(FIFTEEN_DAYS)));
    let acts = [
        "dispatch 2026-03-05",
        "start_handling 2026-03-05",
        "first_contact 2026-03-09",
        "fix_clear 2026-03-05",
        "carry_out_plan 2026-03-26",
        "fix_complex 2026-03-26",
        "feed_back_complex 2026-03-26",
    ];
    assert_eq!(on_record(&complex), acts);
    let rectified = after(&desk, &DISPATCHED, Finding::Complex);
    assert_eq!(rectified.due_at(), Some(at(FIFTEEN_DAYS)));
}

#[test]
fn t04_of_fixing_and_feeding_back_a_complex_claim_the_earlier_is_due() {
    let text = "id = \"p\"\nversion = 1\ndocument = \"试\"\ntrial = true\n\
                [fix_complex]\nclause = \"一\"\n\
                value = { days = 3, unit = \"calendar\", event = \"found_true\" }\n\
                [feed_back_complex]\nclause = \"二\"\n\
                value = { days = 9, unit = \"calendar\", event = \"rating_received\" }\n";
    let desk = desk(&[Source { file: "p.toml", text }]);
    // The plan's day is the document's last, on the third day of the steps.
    let said = due(&desk, Finding::Complex, &TO_CLOSED[..4]);
    let expected = ["verified 2026-03-11T16:00:00Z", "rectified 2026-03-14T16:00:00Z"];
    assert_eq!(said[3..], expected);
}

// ── Random walks ──────────────────────────────────────────────────────────────────────────────────

/// One attempt: a step, a finding if it is a verification, and the minutes since the last attempt.
type Attempt = (usize, usize, i64);

fn walks() -> impl Strategy<Value = Vec<Attempt>> {
    let attempt = (0..STEPS.len(), 0..FINDINGS.len(), 0_i64..60);
    proptest::collection::vec(attempt, 0..800)
}

const FINDINGS: [Finding; 3] = [Finding::Clear, Finding::Complex, Finding::NoLegalBasis];

/// Takes the accepted steps of a walk and shows each: before, step, after. Nothing excludes or
/// links: that ends a walk.
fn walk(desk: &Desk, attempts: &[Attempt], mut seen: impl FnMut(&Ticket, &str, &Ticket)) {
    let mut now: Timestamp = at("2026-03-05T03:00:00Z");
    let mut ticket = desk.open();
    for (step, finding, minutes) in attempts {
        now = now.checked_add(minutes.minutes()).unwrap();
        if ["mistaken", "link"].contains(&STEPS[*step]) {
            continue;
        }
        match desk.take(&ticket, &ticket_step(STEPS[*step], FINDINGS[*finding]), now) {
            Ok(next) => {
                seen(&ticket, STEPS[*step], &next);
                ticket = next;
            }
            Err(Refusal::State { .. }) => {}
            Err(other) => panic!("{other}"),
        }
    }
}

fn config() -> ProptestConfig {
    ProptestConfig { cases: 96, failure_persistence: None, ..ProptestConfig::default() }
}

proptest! {
    #![proptest_config(config())]

    #[test]
    fn t05_no_sequence_of_steps_closes_a_ticket_without_feedback_since_its_opening(
        attempts in walks(), reviewed in any::<bool>(),
    ) {
        let without_review = desk(&[STATE_COUNCIL]);
        let desk = if reviewed { &*CHANGJI_DESK } else { &without_review };
        let (mut fed_back, mut accepted) = (false, false);
        walk(desk, &attempts, |_, step, after| match (step, after.state.name()) {
            (_, "opened") => (fed_back, accepted) = (false, false),
            ("feed back", _) => fed_back = true,
            ("accept", _) => accepted = true,
            ("return", _) => fed_back = false,
            (_, "closed") => assert!(fed_back && (accepted || !reviewed), "after {step}"),
            _ => {}
        });
    }

    #[test]
    fn t06_no_sequence_of_steps_confirms_a_ticket_but_a_satisfied_follow_up_of_a_closed_one(
        attempts in walks(),
    ) {
        walk(&CHANGJI_DESK, &attempts, |before, step, after| {
            let confirmed = after.state.name() == "confirmed";
            assert_eq!(confirmed, ["content", "says content"].contains(&step), "{step}");
            assert!(!confirmed || before.state.name() == "closed");
            assert!(before.state.name() != "confirmed" || step == "says upset", "{step}");
        });
    }

    #[test]
    fn t14_every_step_taken_adds_one_to_the_sequence_and_keeps_every_deadline(
        attempts in walks(),
    ) {
        walk(&CHANGJI_DESK, &attempts, |before, step, after| {
            assert_eq!(after.sequence, before.sequence + 1, "{step}");
            assert_eq!(after.opening, before.opening);
            let derived = |ticket: &Ticket| -> Vec<Deadline> {
                ticket.dues.0.iter().map(|due| due.deadline.clone()).collect()
            };
            let (old, new) = (derived(before), derived(after));
            assert!(new.starts_with(&old), "{step}");
            let upset = ["upset", "says upset"].contains(&step);
            let begins = upset || matches!(step, "verify" | "return");
            assert!(begins || new.len() == old.len(), "{step}");
            assert_eq!(upset, after.clock_started_at > before.clock_started_at);
        });
    }

    #[test]
    fn t04_something_is_due_exactly_until_the_rater_was_told(attempts in walks()) {
        walk(&CHANGJI_DESK, &attempts, |before, step, after| {
            let told = ["fed back", "reported", "accepted", "closed", "confirmed"]
                .contains(&after.state.name());
            // A solution fed back is the answer; where it is carried out already, nothing is left.
            let answered = before.state == TicketState::SolutionFedBack && step == "rectify";
            let rectified = after.state == TicketState::Rectified { finding: Finding::Complex };
            let free = answered || (rectified && before.due_at().is_none());
            assert_eq!(after.due_at().is_none(), told || free, "{step}");
            let known = after.dues.running().map(|due| due.deadline.due_at).collect::<Vec<_>>();
            assert_eq!(after.due_at(), known.into_iter().min());
        });
    }

    #[test]
    fn t03_a_finding_stays_as_verified_until_the_ticket_is_reopened(attempts in walks()) {
        walk(&CHANGJI_DESK, &attempts, |before, step, after| {
            match (before.state.finding(), after.state.finding()) {
                (None, Some(_)) => assert_eq!(step, "verify"),
                (Some(_), None) => assert!(["upset", "says upset", "return"].contains(&step), "{step}"),
                (found, kept) => assert_eq!(found, kept, "{step}"),
            }
        });
    }
}

#[test]
fn t04_a_complex_deadline_runs_from_the_rating_or_the_reopening_even_without_ordinary_deadlines() {
    let text = "id=\"p\"\nversion=1\ndocument=\"d\"\ntrial=false\n[feed_back_complex]\nvalue={days=15,unit=\"calendar\",event=\"rating_received\"}\nclause=\"1\"\n";
    let p = Profile::parse(&[Source { file: "p", text }]).unwrap();
    let c = Calendar::parse(
        &[],
        Source { file: "s", text: "source=\"x\"\n[[year]]\nyear=2027\ndays=[]\n" },
    )
    .unwrap();
    let t = |s: &str| s.parse::<Timestamp>().unwrap();
    let v = TicketStep::Verify {
        outcome: Outcome::Found(Finding::Complex),
        reason: "r".into(),
        plan: Some(Plan { text: "p".into(), carry_out_by: date(2027, 6, 1), grounds: None }),
        document_number: String::new(),
        documents: Vec::new(),
    };
    let at = |time| Setting {
        ticket: domain::id::TicketId(uuid::Uuid::nil()),
        office: Office::HandlingAgency,
        by: "s",
        agency: None,
        at: t(time),
        profile: &p,
        calendar: &c,
        act_has_open_ticket: false,
    };
    let opening = Opening::Rating { real_name: true };
    let received = t("2027-03-01T02:00:00Z");
    let ticket = Ticket::open(opening, "a".into(), false, received, &p, &c).unwrap();
    let contacted = TicketState::Contacted { reached: true, attempts: 1 };
    let of = |ticket: &Ticket| {
        let fed_back = |subject: &str| subject == "feed_back_complex";
        let mut due = ticket.dues.0.iter().rev();
        let due = due.find(|due| fed_back(&due.deadline.rule.subject)).unwrap();
        assert_eq!(due.end, DueEnd::Running);
        due.deadline.due_on
    };
    let a = Ticket { state: contacted, ..ticket };
    let a = a.step(&v, &at("2027-03-10T02:00:00Z")).unwrap();
    let first = of(&a);
    let closed = TicketState::Closed { finding: Finding::Complex, attempts: 0 };
    let closed = Ticket { state: closed, ..a };
    let (means, outcome) = (Means::Sms, FollowUpOutcome::Unsatisfied);
    let f = TicketStep::FollowUp { means, outcome, note: "n".into() };
    let re = closed.step(&f, &at("2027-05-01T02:00:00Z")).unwrap();
    let re = Ticket { state: contacted, ..re };
    let b = re.step(&v, &at("2027-05-02T02:00:00Z")).unwrap();
    assert_eq!((first, of(&b)), (date(2027, 3, 16), date(2027, 5, 16)));
    assert!(b.dues.running().any(|due| due.deadline.rule.subject == CARRY_OUT_PLAN));
}
