//! Every state of a ticket against every step, and why the rest is refused.

#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

#[path = "shipped/calendars.rs"]
mod calendars;
#[path = "shipped/desk.rs"]
mod desk;
#[path = "shipped/profiles.rs"]
mod profiles;

use domain::{
    profile::{ExclusionGround, Office},
    ticket::{Finding, Part, Reason, Refusal, Setting, Ticket, TicketState, TicketStep},
};

use desk::{Desk, EIGHT, LEAD, PART, STEPS, at, desk, ticket_step};
use profiles::{CHANGJI, STATE_COUNCIL};

const NOW: &str = "2026-03-06T02:00:00Z";
/// The whole table of Changji.
const TABLE: &str = include_str!("../src/ticket/table.txt");

fn changji() -> Desk {
    desk(&[STATE_COUNCIL, CHANGJI])
}

/// All states; those that what follows differs by more than once.
fn states() -> Vec<(String, TicketState)> {
    let mut states = vec![TicketState::Received, TicketState::Opened, TicketState::Assigned];
    states.push(TicketState::Contacted { reached: false, attempts: 1 });
    states.push(TicketState::Contacted { reached: true, attempts: 1 });
    states.extend(Finding::ALL.map(|finding| TicketState::Verified { finding }));
    states.push(TicketState::SolutionFedBack);
    for finding in [Finding::Clear, Finding::Complex] {
        states.push(TicketState::Rectified { finding });
    }
    let finding = Finding::Clear;
    states.extend([
        TicketState::FedBack { finding },
        TicketState::Reported { finding },
        TicketState::Accepted { finding },
        TicketState::Closed { finding, attempts: 0 },
        TicketState::Confirmed { finding },
        TicketState::ExclusionProposed { ground: ExclusionGround::Mistaken },
        TicketState::Excluded { ground: ExclusionGround::Mistaken },
        TicketState::Linked,
        TicketState::Annulled,
    ]);
    let named = |state: TicketState| {
        let of = match state {
            TicketState::Verified { finding } | TicketState::Rectified { finding } => {
                format!(" {finding:?}")
            }
            TicketState::Contacted { reached, .. } => {
                (if reached { " reached" } else { " not reached" }).to_owned()
            }
            _ => String::new(),
        };
        (format!("{}{of}", state.name()), state)
    };
    states.into_iter().map(named).collect()
}

/// All steps by name, a verification once per finding, and a correction.
fn steps() -> Vec<(String, TicketStep)> {
    let mut steps = Vec::new();
    for step in STEPS {
        match step {
            "verify" => {
                for finding in Finding::ALL {
                    steps.push((format!("verify {finding:?}"), ticket_step(step, finding)));
                }
            }
            _ => steps.push((step.to_owned(), ticket_step(step, Finding::Clear))),
        }
    }
    let words = || "更正".to_owned();
    steps.push(("correct".to_owned(), TicketStep::Correct { sequence: 1, words: words() }));
    steps.push(("correct 9".to_owned(), TicketStep::Correct { sequence: 9, words: words() }));
    steps
}

fn in_state(desk: &Desk, state: TicketState) -> Ticket {
    Ticket { sequence: 3, ..desk.in_state(state) }
}

/// The table of all states and steps: under each state what the steps lead to, each result once
/// with its steps; a state's refusal by its reason.
fn table(desk: &Desk) -> String {
    let mut text = String::new();
    for (name, state) in states() {
        let mut results: Vec<(String, Vec<String>)> = Vec::new();
        for (step, ticket_step) in steps() {
            let result = match desk.take(&in_state(desk, state), &ticket_step, at(NOW)) {
                Ok(next) if next.state == state => "= stays".to_owned(),
                Ok(next) => format!("> {}", next.state.name()),
                Err(Refusal::State { reason, .. }) => format!("- {reason:?}"),
                Err(Refusal::Malformed(violations)) => format!("- {violations}"),
                Err(other) => panic!("{name} × {step}: {other}"),
            };
            match results.iter_mut().find(|(known, _)| *known == result) {
                Some((_, steps)) => steps.push(step),
                None => results.push((result, vec![step])),
            }
        }
        results.sort_by(|(one, _), (other, _)| other[..1].cmp(&one[..1]));
        text += &format!("{name}\n");
        for (result, steps) in results {
            text += &format!("  {result}: {}\n", steps.join(", "));
        }
    }
    text
}

#[test]
fn t03_every_state_and_step_of_changji_is_as_the_table_says() {
    let table = table(&changji());
    assert!(table == TABLE, "src/ticket/table.txt differs; it is now:\n{table}");
}

/// The state that a step leads to from a state; none if the state refuses it.
fn leads(desk: &Desk, state: TicketState, step: &str, finding: Finding) -> Option<&'static str> {
    match desk.take(&in_state(desk, state), &ticket_step(step, finding), at(NOW)) {
        Ok(next) => {
            assert!(next.state.finding().is_none_or(|found| found == finding));
            Some(next.state.name())
        }
        Err(Refusal::State { .. }) => None,
        Err(other) => panic!("{} × {step}: {other}", state.name()),
    }
}

/// The way from the verification to the closing.
fn way(desk: &Desk, finding: Finding, steps: &[&str]) -> Vec<&'static str> {
    let mut ticket = in_state(desk, TicketState::Contacted { reached: true, attempts: 1 });
    let mut way = Vec::new();
    for step in steps {
        ticket = desk.take(&ticket, &ticket_step(step, finding), at(NOW)).unwrap();
        way.push(ticket.state.name());
    }
    way
}

#[test]
fn t03_a_clear_claim_is_rectified_then_fed_back_reported_accepted_and_closed() {
    let steps = ["verify", "rectify", "feed back", "report", "accept", "close", "content"];
    let states =
        ["verified", "rectified", "fed back", "reported", "accepted", "closed", "confirmed"];
    assert_eq!(way(&changji(), Finding::Clear, &steps), states);
}

#[test]
fn t03_a_complex_claim_takes_the_same_steps_and_may_feed_back_its_solution_before() {
    let steps = ["verify", "rectify", "feed back", "report", "accept", "close"];
    let states = ["verified", "rectified", "fed back", "reported", "accepted", "closed"];
    assert_eq!(way(&changji(), Finding::Complex, &steps), states);
    let steps = ["verify", "feed back solution", "rectify", "feed back"];
    let states = ["verified", "solution fed back", "rectified", "fed back"];
    assert_eq!(way(&changji(), Finding::Complex, &steps), states);
    for finding in [Finding::Clear, Finding::NoLegalBasis] {
        let verified = TicketState::Verified { finding };
        assert_eq!(leads(&changji(), verified, "feed back solution", finding), None);
    }
}

#[test]
fn t03_a_claim_without_legal_basis_is_explained_instead_of_rectified() {
    let finding = Finding::NoLegalBasis;
    let steps = ["verify", "feed back", "report", "accept", "close"];
    let states = ["verified", "fed back", "reported", "accepted", "closed"];
    assert_eq!(way(&changji(), finding, &steps), states);
    let verified = TicketState::Verified { finding };
    assert_eq!(leads(&changji(), verified, "rectify", finding), None);
}

#[test]
fn t15_without_review_by_the_authority_a_fed_back_ticket_closes_at_once() {
    let finding = Finding::Clear;
    let fed_back = TicketState::FedBack { finding };
    let (reviewed, free) = (changji(), desk(&[STATE_COUNCIL]));
    assert_eq!(leads(&reviewed, fed_back, "close", finding), None);
    assert_eq!(leads(&reviewed, fed_back, "report", finding), Some("reported"));
    assert_eq!(leads(&free, fed_back, "close", finding), Some("closed"));
    assert_eq!(leads(&free, fed_back, "report", finding), None);
}

#[test]
fn t15_every_step_of_another_office_is_refused_in_every_state() {
    for (desk, follow_up_owner) in
        [(changji(), Office::Authority), (desk(&[STATE_COUNCIL]), Office::HandlingAgency)]
    {
        for (name, ticket_step) in steps() {
            let owner = match name.as_str() {
                "dispatch" | "accept" | "return" | "uphold" | "dismiss" | "urge" => {
                    Office::Authority
                }
                "content" | "upset" | "silent" => follow_up_owner,
                "says content" | "says upset" => continue,
                "link" | "unlink" | "correct" | "correct 9" => continue,
                _ => Office::HandlingAgency,
            };
            let (stranger, words) = match owner {
                Office::Authority => (Office::HandlingAgency, "the Authority"),
                Office::HandlingAgency => (Office::Authority, "the handling agency"),
            };
            for (_, state) in states() {
                let setting = desk.setting(stranger, at(NOW));
                let refused = in_state(&desk, state).step(&ticket_step, &setting).unwrap_err();
                let (step, step_phrase) = (ticket_step.name(), ticket_step.phrase());
                assert_eq!(refused, Refusal::Office { step, step_phrase, owner });
                assert_eq!(refused.to_string(), format!("the step {step} is {words}'s"));
            }
        }
    }
}

#[test]
fn t20_an_agency_that_is_not_the_lead_takes_no_step_but_the_answer_of_its_part() {
    let desk = changji();
    for (name, ticket_step) in steps() {
        let of_authority = desk.owner(&ticket_step) == Office::Authority;
        if of_authority || name == "answer part" {
            continue;
        }
        for (_, state) in states() {
            let setting =
                Setting { agency: Some(PART), ..desk.setting(Office::HandlingAgency, at(NOW)) };
            let refused = in_state(&desk, state).step(&ticket_step, &setting).unwrap_err();
            assert!(matches!(refused, Refusal::Office { .. }), "{name}: {refused}");
        }
    }
}

/// Every reason for which a ticket of any profile refuses a step in any state.
fn reasons() -> Vec<(TicketState, TicketStep, Reason)> {
    let mut refused = Vec::new();
    for desk in EIGHT.map(desk) {
        for (_, state) in states() {
            let plain = in_state(&desk, state);
            let part = Part { agency: PART.to_owned(), answered: false };
            let shared = Ticket { parts: vec![part], ..plain.clone() };
            let mut over = plain.clone();
            over.dues.0.clear();
            for (_, step) in steps() {
                for (ticket, act_has_open_ticket) in
                    [(&plain, false), (&plain, true), (&shared, false), (&over, false)]
                {
                    let agency = Some(if step.name() == "answer part" { PART } else { LEAD });
                    let office = desk.owner(&step);
                    let agency = agency.filter(|_| office == Office::HandlingAgency);
                    let setting =
                        Setting { agency, act_has_open_ticket, ..desk.setting(office, at(NOW)) };
                    match ticket.clone().step(&step, &setting) {
                        Ok(next) => assert_eq!(next.sequence, ticket.sequence + 1),
                        Err(Refusal::State { from, reason, .. }) => {
                            assert_eq!(from, state);
                            refused.push((state, step.clone(), reason));
                        }
                        Err(Refusal::Malformed(_)) => {}
                        Err(other) => panic!("{} × {}: {other}", state.name(), step.name()),
                    }
                }
            }
        }
    }
    refused
}

#[test]
fn t05_every_state_answers_every_step_under_all_eight_profiles_and_every_reason_is_given() {
    let given = reasons();
    for reason in Reason::ALL {
        let found = given.iter().any(|(_, _, given)| given == reason);
        assert!(found, "{reason:?} is given nowhere");
    }
}

#[test]
fn t05_a_refusal_says_in_chinese_what_is_missing_and_never_only_that_the_state_forbids_it() {
    let han = |text: &str| text.chars().any(|c| ('\u{4E00}'..='\u{9FFF}').contains(&c));
    for (state, step, reason) in reasons() {
        for phrase in [state.phrase(), step.phrase(), reason.phrase()] {
            assert!(han(phrase) && !phrase.contains("当前状态不允许"), "{phrase}");
            assert!(!phrase.ends_with('。'), "the sentence around it ends it: {phrase}");
        }
        assert!(!reason.words().is_empty());
    }
    let mut phrases: Vec<&str> = Reason::ALL.iter().map(|reason| reason.phrase()).collect();
    phrases.sort_unstable();
    let all = phrases.len();
    phrases.dedup();
    assert_eq!(phrases.len(), all, "each says something of its own");
}

#[test]
fn t05_a_refusal_names_the_state_the_step_and_the_reason() {
    let desk = changji();
    let finding = Finding::Clear;
    let not_reached = TicketState::Contacted { reached: false, attempts: 1 };
    for (state, step, text) in [
        (
            TicketState::Received,
            "assign",
            "a ticket that is received cannot take the step assign: \
             the Authority has not passed it on yet",
        ),
        (
            TicketState::Opened,
            "contact",
            "a ticket that is opened cannot take the step record contact: \
             someone must be assigned first",
        ),
        (
            TicketState::Assigned,
            "verify",
            "a ticket that is assigned cannot take the step verify: \
             the rater must be called back first",
        ),
        (
            not_reached,
            "verify",
            "a ticket that is contacted cannot take the step verify: \
             the rater was not reached; it must be tried as often as documented",
        ),
        (
            not_reached,
            "rectify",
            "a ticket that is contacted cannot take the step rectify: it must be verified first",
        ),
        (
            TicketState::Verified { finding: Finding::NoLegalBasis },
            "rectify",
            "a ticket that is verified cannot take the step rectify: \
             a claim without legal basis is explained, not rectified",
        ),
        (
            TicketState::Verified { finding },
            "feed back",
            "a ticket that is verified cannot take the step feed back: \
             it must be rectified first, or explained",
        ),
        (
            TicketState::Rectified { finding },
            "close",
            "a ticket that is rectified cannot take the step close: \
             a ticket cannot close without feedback to the rater",
        ),
        (
            TicketState::FedBack { finding },
            "accept",
            "a ticket that is fed back cannot take the step accept result: \
             the result is not reported yet",
        ),
        (
            TicketState::Reported { finding },
            "close",
            "a ticket that is reported cannot take the step close: \
             the Authority has not accepted the result",
        ),
        (
            TicketState::Confirmed { finding },
            "upset",
            "a ticket that is confirmed cannot take the step record follow-up: \
             it is followed up already, and the rater is satisfied",
        ),
    ] {
        let ticket_step = ticket_step(step, finding);
        let refused = desk.take(&in_state(&desk, state), &ticket_step, at(NOW)).unwrap_err();
        assert_eq!(refused.to_string(), text);
        let Refusal::State { from, step, .. } = refused else { panic!("{refused}") };
        assert_eq!((from, step), (state, ticket_step.name()));
    }
}

#[test]
fn t02_contacting_again_and_assigning_someone_else_are_steps_of_their_own() {
    let desk = changji();
    let mut ticket = desk.open();
    let steps = ["assign", "assign", "take over", "contact", "contact", "verify"];
    for (n, step) in steps.into_iter().enumerate() {
        assert_eq!(ticket.sequence, u32::try_from(n).unwrap());
        ticket = desk.take(&ticket, &ticket_step(step, Finding::Clear), at(NOW)).unwrap();
    }
    assert_eq!(ticket.state, TicketState::Verified { finding: Finding::Clear });
}
