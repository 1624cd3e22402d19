//! The follow-up of a closed ticket: of whom, and what the rater says themselves (T06).

use domain::{
    id::TicketId,
    profile::{ContactChannel, Office, Percent},
    ticket::{
        Finding, FollowUpOutcome, Means, Opening, Reason, Refusal, Ticket, TicketState, TicketStep,
        drawn,
    },
};
use sha2::{Digest as _, Sha256};
use uuid::Uuid;

use super::{
    CJ, DQ, FRIDAY, SC,
    desk::{Desk, at, desk, running, ticket_step},
};

const CLOSED: &str = "2026-03-06T02:00:00Z";
const MONDAY: &str = "2026-03-09T02:00:00Z";

fn id(n: u128) -> TicketId {
    TicketId(Uuid::from_u128(n))
}

/// A ticket of a rating, closed.
fn closed(desk: &Desk, real_name: bool) -> Ticket {
    let finding = Finding::Clear;
    let accepted = TicketState::Accepted { finding };
    let fed_back = TicketState::FedBack { finding };
    let state = if desk.profile.result_reviewed_by_authority.value { accepted } else { fed_back };
    let ticket = Ticket { state, ..desk.open_as(Opening::Rating { real_name }, false) };
    desk.take(&ticket, &TicketStep::Close, at(CLOSED)).unwrap()
}

fn says(satisfied: bool) -> TicketStep {
    TicketStep::AnswerFollowUp { satisfied }
}

#[test]
fn t06_whether_a_closed_ticket_is_sampled_is_drawn_by_a_rule_that_anyone_can_draw_again() {
    let (policy, closed_at) = ("changji-2020@1", at(CLOSED));
    let tenth = |n, at| drawn("satisfaction_sample", policy, id(n), at, Percent::TENTH);
    for n in 0..200_u128 {
        let mut hash = Sha256::new();
        hash.update(b"satisfaction_sample\0changji-2020@1\0");
        hash.update(n.to_be_bytes());
        hash.update(closed_at.as_microsecond().to_be_bytes());
        let lot = u64::from_be_bytes(hash.finalize()[..8].try_into().unwrap());
        assert_eq!(tenth(n, closed_at), lot % 100 < 10, "{n}");
    }
    let share = (0..10_000).filter(|n| tenth(*n, closed_at)).count();
    assert!((800..1_200).contains(&share), "{share} of 10,000");
    let later = at(MONDAY);
    assert!((0..100).any(|n| tenth(n, closed_at) != tenth(n, later)), "each closing anew");
}

#[test]
fn t06_cj_4_1_a_sampled_rater_is_asked_by_hotline_sms_or_online_and_by_no_other_way() {
    let desk = desk(CJ);
    let ticket = closed(&desk, false);
    let due_of = |n| ticket.follow_up_due(id(n), &desk.profile);
    let sampled = (0..200).find(|n| due_of(*n).is_some()).unwrap();
    let due = due_of(sampled).unwrap();
    assert_eq!((due.required, due.sampled, due.by), (false, true, Office::Authority));
    let ways = [ContactChannel::Hotline, ContactChannel::Sms, ContactChannel::Online];
    assert_eq!(due.ways, ways);
    let means = [Means::Phone, Means::Sms, Means::Online];
    assert_eq!(due.means().collect::<Vec<_>>(), means);
    let many = (0..1_000).filter(|n| due_of(*n).is_some()).count();
    assert!((60..140).contains(&many), "{many} of 1,000 anonymous ones");

    let in_person = TicketStep::FollowUp {
        means: Means::InPerson,
        outcome: FollowUpOutcome::Satisfied,
        note: "示例".to_owned(),
    };
    let take = |ticket: &Ticket, n| {
        let mut setting = desk.setting(Office::Authority, at(MONDAY));
        setting.ticket = id(n);
        ticket.clone().step(&in_person, &setting)
    };
    let refused = take(&ticket, sampled).unwrap_err().to_string();
    assert!(refused.contains("政务服务热线、短信、在线"), "{refused}");
    // Of whom nothing is asked, an officer may ask as of any other.
    let other = (0..200).find(|n| due_of(*n).is_none()).unwrap();
    assert!(take(&ticket, other).is_ok());
    // A rater known by name is followed up in every case, by any way.
    let known = closed(&desk, true);
    let due = known.follow_up_due(id(sampled), &desk.profile).unwrap();
    assert!(due.required && due.sampled);
    assert!(take(&known, sampled).is_ok());
    assert_eq!(known.follow_up_due(id(other), &desk.profile).map(|due| due.sampled), Some(false));
}

#[test]
fn t06_a_sample_is_only_drawn_where_a_document_orders_one_and_only_of_ratings() {
    let nation = desk(SC);
    let ticket = closed(&nation, false);
    assert!((0..300).all(|n| ticket.follow_up_due(id(n), &nation.profile).is_none()));
    let mut changji = desk(CJ);
    changji.profile.satisfaction_sample_percent.value = Percent::ALL;
    let accepted = TicketState::Accepted { finding: Finding::Clear };
    let matter = Opening::Matter { real_name: false, hotline_due_on: None };
    for (opening, due) in [(Opening::Rating { real_name: false }, true), (matter, false)] {
        let ticket = Ticket { state: accepted, ..changji.open_as(opening, false) };
        assert_eq!(ticket.follow_up_due(id(1), &changji.profile), None, "not closed yet");
        let ticket = changji.take(&ticket, &TicketStep::Close, at(CLOSED)).unwrap();
        assert_eq!(ticket.follow_up_due(id(1), &changji.profile).is_some(), due);
    }
}

#[test]
fn t06_where_the_document_names_a_time_a_sampled_follow_up_has_its_deadline_on_record() {
    let (mut desk, limited) = (desk(CJ), desk(DQ));
    desk.profile.follow_up_within = limited.profile.follow_up_within;
    desk.profile.satisfaction_sample_percent.value = Percent::ALL;
    assert_eq!(running(&closed(&desk, false)), ["follow_up_within 2026-03-13"]);
    desk.profile.satisfaction_sample = None;
    assert!(running(&closed(&desk, false)).is_empty());
}

#[test]
fn t06_the_raters_own_answer_confirms_or_begins_anew_and_meets_the_follow_ups_deadline() {
    let desk = desk(DQ);
    let ticket = closed(&desk, true);
    let content = desk.take(&ticket, &says(true), at(MONDAY)).unwrap();
    assert_eq!(content.state, TicketState::Confirmed { finding: Finding::Clear });
    assert!(running(&content).is_empty());
    let upset = desk.take(&ticket, &says(false), at(MONDAY)).unwrap();
    assert_eq!((upset.state, upset.clock_started_at), (TicketState::Opened, at(MONDAY)));
    let recorded = desk.take(&ticket, &ticket_step("upset", Finding::Clear), at(MONDAY)).unwrap();
    assert_eq!(upset, recorded, "as an officer's record of the same");
}

#[test]
fn t06_a_dissatisfied_rater_is_heard_though_an_officer_recorded_satisfaction_meanwhile() {
    let desk = desk(CJ);
    let ticket = closed(&desk, true);
    let recorded = desk.take(&ticket, &ticket_step("content", Finding::Clear), at(MONDAY)).unwrap();
    let upset = desk.take(&recorded, &says(false), at(MONDAY)).unwrap();
    assert_eq!(upset.state, TicketState::Opened);
    assert!(!running(&upset).is_empty());
    let refused = desk.take(&recorded, &says(true), at(MONDAY)).unwrap_err();
    assert!(matches!(refused, Refusal::State { reason: Reason::FollowedUpAlready, .. }));
    // It was reopened meanwhile: that stands.
    let reopened = desk.take(&ticket, &ticket_step("upset", Finding::Clear), at(MONDAY)).unwrap();
    for satisfied in [true, false] {
        assert!(desk.take(&reopened, &says(satisfied), at(MONDAY)).is_err());
    }
    // One act never has two open tickets.
    let mut setting = desk.setting(Office::Authority, at(MONDAY));
    setting.act_has_open_ticket = true;
    let handed_over = ticket.step(&says(false), &setting).unwrap();
    assert_eq!(handed_over.state, TicketState::Linked);
    assert!(running(&handed_over).is_empty());
}

#[test]
fn t06_a_satisfied_answer_that_is_in_no_history_leaves_the_follow_up_due_again() {
    let desk = desk(DQ);
    let ticket = closed(&desk, true);
    let due = running(&ticket);
    assert_eq!(due, ["follow_up_within 2026-03-13"]);
    let mut confirmed = desk.take(&ticket, &says(true), at(MONDAY)).unwrap();
    assert!(confirmed.take_back_answer());
    assert_eq!(confirmed.state, ticket.state);
    assert_eq!((running(&confirmed), confirmed.sequence), (due, ticket.sequence + 2));
    let mut open = desk.after(&["assign"], Finding::Clear, FRIDAY);
    assert!(!open.take_back_answer());
}
