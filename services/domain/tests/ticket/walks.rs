//! What no sequence of steps brings about, whatever the document.

use std::sync::LazyLock;

use domain::ticket::{Finding, Refusal, Ticket, TicketState};
use jiff::{Timestamp, ToSpan as _};
use proptest::prelude::*;

use super::desk::{Desk, EIGHT, STEPS, at, desk};

static DESKS: LazyLock<[Desk; 8]> = LazyLock::new(|| EIGHT.map(desk));

/// One attempt: a step, a finding if it is a verification, and the minutes since the last attempt.
type Attempt = (usize, usize, i64);

fn walks() -> impl Strategy<Value = Vec<Attempt>> {
    let attempt = (0..=STEPS.len(), 0..Finding::ALL.len(), 0_i64..90);
    proptest::collection::vec(attempt, 0..600)
}

/// Takes the accepted steps of a walk and shows each: before, step, after.
fn walk(desk: &Desk, attempts: &[Attempt], mut seen: impl FnMut(&Ticket, &str, &Ticket)) {
    let mut now: Timestamp = at("2026-03-05T03:00:00Z");
    let mut ticket = desk.open();
    for (step, finding, minutes) in attempts {
        now = now.checked_add(minutes.minutes()).unwrap();
        let Some(step) = STEPS.get(*step) else {
            let before = ticket.clone();
            if ticket.join(now, &desk.profile, &desk.calendar).unwrap() {
                seen(&before, "join", &ticket);
            }
            continue;
        };
        // An exclusion or a link in nearly every walk would end it early.
        if ["mistaken", "link"].contains(step) && minutes % 8 != 0 {
            continue;
        }
        match desk.go(&ticket, step, Finding::ALL[*finding], now) {
            Ok(next) => {
                seen(&ticket, step, &next);
                ticket = next;
            }
            Err(Refusal::State { .. } | Refusal::Malformed(_)) => {}
            Err(other) => panic!("{other}"),
        }
    }
}

/// Whether the document names a day for what an open ticket still has to do in its state.
fn named(desk: &Desk, ticket: &Ticket) -> bool {
    let profile = &desk.profile;
    let from_receipt =
        |rule: &Option<domain::profile::Rule<domain::deadline::DeadlineRule>>| match rule {
            Some(rule) => rule.value.event == "rating_received",
            None => false,
        };
    match ticket.state {
        TicketState::Received
        | TicketState::Opened
        | TicketState::Assigned
        | TicketState::Contacted { .. }
        | TicketState::ExclusionProposed { .. } => {
            from_receipt(&profile.fix_clear) || from_receipt(&profile.feed_back_clear)
        }
        TicketState::Verified { finding } => match finding {
            Finding::Clear => profile.fix_clear.is_some() || profile.feed_back_clear.is_some(),
            Finding::Simple => profile.fix_simple.is_some() || profile.feed_back_simple.is_some(),
            // Its plan names one.
            Finding::Complex => true,
            Finding::NoLegalBasis => profile.feed_back_clear.is_some(),
        },
        TicketState::SolutionFedBack => true,
        TicketState::Rectified { finding } => match finding {
            Finding::Clear => profile.feed_back_clear.is_some(),
            Finding::Simple => profile.feed_back_simple.is_some(),
            // Where only the feedback is limited, a solution fed back has met it.
            Finding::Complex => {
                profile.feed_back_complex.is_some() && profile.fix_complex.is_some()
            }
            Finding::NoLegalBasis => false,
        },
        _ => false,
    }
}

fn config() -> ProptestConfig {
    ProptestConfig { cases: 192, failure_persistence: None, ..ProptestConfig::default() }
}

proptest! {
    #![proptest_config(config())]

    #[test]
    fn t04_no_sequence_of_steps_leaves_an_open_ticket_without_a_deadline_that_its_document_names(
        attempts in walks(), n in 0..8_usize,
    ) {
        let desk = &DESKS[n];
        walk(desk, &attempts, |_, step, after| {
            let runs = after.dues.running().count() > 0;
            assert!(
                runs || !named(desk, after),
                "{}: {} after {step}: {:?}", desk.profile.id, after.state.name(), after.dues
            );
        });
    }

    #[test]
    fn t14_no_sequence_of_steps_takes_a_deadline_off_the_record_or_a_number_out_of_the_count(
        attempts in walks(), n in 0..8_usize,
    ) {
        walk(&DESKS[n], &attempts, |before, step, after| {
            assert_eq!(after.sequence, before.sequence + 1, "{step}");
            let known = before.dues.0.len();
            assert!(after.dues.0.len() >= known, "{step}");
            for (old, new) in before.dues.0.iter().zip(&after.dues.0) {
                assert_eq!(old.deadline, new.deadline, "{step}");
            }
        });
    }

    #[test]
    fn t04_of_one_act_no_two_deadlines_run_and_nothing_runs_in_what_is_over(
        attempts in walks(), n in 0..8_usize,
    ) {
        walk(&DESKS[n], &attempts, |_, step, after| {
            let mut acts: Vec<&str> =
                after.dues.running().map(|due| due.deadline.rule.subject.as_str()).collect();
            let all = acts.len();
            acts.sort_unstable();
            acts.dedup();
            assert_eq!(acts.len(), all, "{step}: {:?}", after.dues);
            let of = |group: [&str; 3]| acts.iter().filter(|act| group.contains(act)).count();
            assert!(of(["fix_clear", "fix_simple", "fix_complex"]) < 2, "{step}: {acts:?}");
            let feed_back = ["feed_back_clear", "feed_back_simple", "feed_back_complex"];
            assert!(of(feed_back) < 2, "{step}: {acts:?}");
            let over = matches!(
                after.state,
                TicketState::Excluded { .. } | TicketState::Linked | TicketState::Confirmed { .. }
            );
            assert!(!over || all == 0, "{step}: {acts:?}");
        });
    }

    #[test]
    fn t03_no_sequence_of_steps_makes_an_excluded_ticket_count_again(
        attempts in walks(), n in 0..8_usize,
    ) {
        walk(&DESKS[n], &attempts, |before, step, _| {
            let excluded = matches!(before.state, TicketState::Excluded { .. });
            assert!(!excluded, "{step}");
        });
    }
}
