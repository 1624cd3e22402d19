//! The handling clock stands still while an appeal waits (T07), and a ticket that the Authority had
//! goes back to it (T17).

use domain::{
    deadline::Pause,
    ticket::{DueEnd, Finding, Opening, Ticket, TicketState, TicketStep},
};
use jiff::civil::date;

use super::{
    CJ, DQ, FRIDAY,
    desk::{Desk, LEAD, at, desk, missed, running},
    planned,
};

const THURSDAY: &str = "2026-03-05T03:00:00Z";
const WEDNESDAY: &str = "2026-03-11T09:00:00Z";
const ACT: &str = "feed_back_clear";

fn days(ticket: &Ticket) -> Vec<String> {
    let of_act = ticket.dues.0.iter().filter(|due| due.deadline.rule.subject == ACT);
    of_act.map(|due| due.deadline.due_on.to_string()).collect()
}

fn resumed(desk: &Desk, mut ticket: Ticket, now: &str) -> Ticket {
    assert!(ticket.resume_clock(at(now), &desk.calendar).unwrap());
    assert!(!ticket.resume_clock(at(now), &desk.calendar).unwrap(), "it runs");
    ticket
}

#[test]
fn t07_working_days_while_an_appeal_waits_do_not_count_and_both_derivations_stay() {
    let desk = desk(CJ);
    let mut ticket = desk.after(&["assign", "contact"], Finding::Clear, FRIDAY);
    assert_eq!(days(&ticket), ["2026-03-12"]);
    let sequence = ticket.sequence;
    assert!(ticket.stop_clock(at(FRIDAY)));
    assert!(!ticket.stop_clock(at(FRIDAY)), "it stands still already");
    // What was missed before is not stopped; it is the only one that is due.
    assert_eq!(ticket.next_due().map(|due| due.rule.subject.as_str()), Some("fix_clear"));
    let ticket = resumed(&desk, ticket, WEDNESDAY);
    assert_eq!(ticket.sequence, sequence + 2, "each is a step of its own");
    assert_eq!(days(&ticket), ["2026-03-12", "2026-03-17"]);
    let of_act: Vec<_> =
        ticket.dues.0.iter().filter(|due| due.deadline.rule.subject == ACT).collect();
    let [before, now] = of_act.as_slice() else { panic!("{of_act:?}") };
    assert!(matches!(before.end, DueEnd::Moved { .. }) && now.runs());
    let pause = Pause { from: date(2026, 3, 6), until: date(2026, 3, 11) };
    assert_eq!(now.deadline.pauses, [pause]);
    let counted: Vec<_> =
        now.deadline.derivation.iter().filter(|day| day.counted_as.is_some()).collect();
    assert_eq!(counted.first().unwrap().date, date(2026, 3, 11), "the day it runs again counts");
    let friday = now.deadline.derivation.iter().find(|day| day.date == date(2026, 3, 6)).unwrap();
    assert_eq!(friday.reason, "申诉期间不计（工作日）");
    let before = ["start_handling", "fix_clear"];
    assert_eq!(missed(&ticket, "2026-03-17T15:59:59Z"), before);
    assert_eq!(missed(&ticket, "2026-03-17T16:00:00Z"), [before[0], before[1], ACT]);
}

#[test]
fn t07_an_appeal_that_waits_no_day_gains_none() {
    let desk = desk(CJ);
    let mut ticket = desk.after(&["assign", "contact"], Finding::Clear, FRIDAY);
    ticket.stop_clock(at(FRIDAY));
    let ticket = resumed(&desk, ticket, "2026-03-06T15:59:59Z");
    assert_eq!(days(&ticket), ["2026-03-12"]);
}

#[test]
fn t07_a_step_taken_while_the_clock_stands_still_is_not_late_and_the_clock_stands_still_on() {
    let desk = desk(CJ);
    let clear = Finding::Clear;
    let mut ticket = desk.after(&["assign", "contact"], clear, THURSDAY);
    assert!(ticket.stop_clock(at(THURSDAY)));
    let long_after = "2026-03-20T02:00:00Z";
    for step in ["verify", "rectify"] {
        ticket = desk.go(&ticket, step, clear, at(long_after)).unwrap();
        assert_eq!(ticket.clock_stopped_at, Some(at(long_after)));
    }
    assert_eq!(missed(&ticket, long_after), [""; 0]);
    // Then five working days are left, the twentieth itself and the weekend aside.
    let monday = resumed(&desk, ticket.clone(), "2026-03-23T02:00:00Z");
    assert_eq!(days(&monday).last().unwrap(), "2026-03-27");
    let told = desk.go(&ticket, "feed back", clear, at("2026-03-24T02:00:00Z")).unwrap();
    assert_eq!(missed(&told, "2026-06-01T02:00:00Z"), [""; 0]);
}

#[test]
fn t07_a_day_that_a_plan_names_is_as_many_days_later() {
    let desk = desk(DQ);
    let ticket = desk.after(&["assign", "contact"], Finding::Complex, FRIDAY);
    let mut ticket = desk.take(&ticket, &planned(date(2026, 3, 16)), at(FRIDAY)).unwrap();
    assert!(running(&ticket).contains(&"carry_out_plan 2026-03-16".to_owned()));
    ticket.stop_clock(at(FRIDAY));
    let ticket = resumed(&desk, ticket, WEDNESDAY);
    assert!(running(&ticket).contains(&"carry_out_plan 2026-03-21".to_owned()), "{ticket:?}");
}

#[test]
fn t07_a_ticket_that_is_over_has_no_clock_to_stop() {
    let desk = desk(CJ);
    let ticket = desk.after(&["assign"], Finding::Clear, THURSDAY);
    let mut over = ticket.clone().annul(at(FRIDAY));
    assert!(!over.stop_clock(at(FRIDAY)));
    let mut ticket = ticket;
    ticket.stop_clock(at(FRIDAY));
    assert_eq!(ticket.annul(at(FRIDAY)).clock_stopped_at, None);
}

#[test]
fn t17_what_was_linked_before_it_was_passed_on_goes_back_to_the_authority() {
    let desk = desk(DQ);
    let opening = Opening::Rating { real_name: true };
    let (lead, now) = (LEAD.to_owned(), at(THURSDAY));
    let open = Ticket::open(opening, lead, false, now, &desk.profile, &desk.calendar).unwrap();
    let reason = || "同一事项".to_owned();
    let (link, unlink) =
        (TicketStep::Link { reason: reason() }, TicketStep::Unlink { reason: reason() });
    let linked = desk.take(&open, &link, now).unwrap();
    let again = desk.take(&linked, &unlink, now).unwrap();
    assert_eq!(again.state, TicketState::Received);
    assert!(running(&again).contains(&"dispatch 2026-03-05".to_owned()), "{again:?}");
    // What was passed on goes back to the agency.
    let dispatched = desk.go(&open, "dispatch", Finding::Clear, now).unwrap();
    let linked = desk.take(&dispatched, &link, now).unwrap();
    assert_eq!(desk.take(&linked, &unlink, now).unwrap().state, TicketState::Opened);
}

#[test]
fn t17_what_was_excluded_before_it_was_passed_on_begins_again_with_the_authority() {
    let desk = desk(DQ);
    let opening = Opening::Rating { real_name: true };
    let (lead, now) = (LEAD.to_owned(), at(THURSDAY));
    let open = Ticket::open(opening, lead, false, now, &desk.profile, &desk.calendar).unwrap();
    let mut ticket = open.exclude(domain::profile::ExclusionGround::Mistaken, now);
    assert!(ticket.reinstate(at(FRIDAY), false, &desk.profile, &desk.calendar).unwrap());
    assert_eq!(ticket.state, TicketState::Received);
    assert!(running(&ticket).contains(&"dispatch 2026-03-06".to_owned()), "{ticket:?}");
}
