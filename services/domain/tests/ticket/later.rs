//! What comes afterwards: late (T09), returned (T15), linked (T17), with several agencies (T20),
//! said again after the answer.

use domain::{
    source::Source,
    ticket::{
        DueEnd, Finding, Opening, Part, Reason, Refusal, Setting, Ticket, TicketState, TicketStep,
    },
};
use jiff::Timestamp;

use super::{
    CJ, DQ, FRIDAY, HY, SC, calendars,
    desk::{Desk, LEAD, PART, at, desk, missed, on_record, running, ticket_step},
};

/// The Monday after the rating.
const MONDAY: &str = "2026-03-09T02:00:00Z";
const MUCH_LATER: &str = "2026-06-01T02:00:00Z";

fn reason(taken: Result<Ticket, Refusal>) -> Reason {
    match taken {
        Err(Refusal::State { reason, .. }) => reason,
        other => panic!("{other:?}"),
    }
}

// ── T09 ───────────────────────────────────────────────────────────────────────────────────────────

#[test]
fn t09_what_was_met_in_time_is_never_missed_and_what_was_met_late_stays_missed() {
    let desk = desk(CJ);
    let clear = Finding::Clear;
    let verified = desk.after(&["assign", "contact", "verify"], clear, "2026-03-05T03:00:00Z");
    let in_time = desk.go(&verified, "rectify", clear, at("2026-03-05T15:59:59Z")).unwrap();
    assert_eq!(missed(&in_time, MUCH_LATER), ["feed_back_clear"], "which runs on");
    let late = desk.go(&verified, "rectify", clear, at("2026-03-05T16:00:00Z")).unwrap();
    assert_eq!(missed(&late, FRIDAY), ["fix_clear"]);
    let told = desk.go(&late, "feed back", clear, at(FRIDAY)).unwrap();
    assert_eq!(missed(&told, MUCH_LATER), ["fix_clear"]);
}

#[test]
fn t09_what_took_a_late_deadlines_place_does_not_undo_that_it_was_late() {
    let desk = desk(DQ);
    // The ordinary class's, at once, was over when the claim was found complex on the next day.
    let verified = desk.after(&["assign", "contact", "verify"], Finding::Complex, FRIDAY);
    let superseded: Vec<_> = verified
        .dues
        .0
        .iter()
        .filter(|due| matches!(due.end, DueEnd::Superseded { .. }))
        .map(|due| (due.deadline.rule.subject.as_str(), due.is_missed(at(FRIDAY))))
        .collect();
    assert_eq!(superseded, [("fix_clear", true)]);
    // On the day itself it was not.
    let at_once =
        desk.after(&["assign", "contact", "verify"], Finding::Complex, "2026-03-05T03:00:00Z");
    let due = at_once.dues.0.iter().find(|due| due.deadline.rule.subject == "fix_clear").unwrap();
    assert!(!due.is_missed(at(MUCH_LATER)));
}

#[test]
fn t09_nobody_is_late_by_a_day_that_became_a_holiday_and_what_was_promised_stays_on_record() {
    // 2027 has no notice yet: Monday, 11 January, is a day of work by the statutory days.
    let before = desk(CJ);
    let text = "year = 2027\nnotice = \"通知\"\ndocument = \"示例〔2026〕9号\"\n\
                [[holiday]]\nname = \"示例节\"\n\
                days = [\"2027-01-11\", \"2027-01-12\"]\nworkdays = []\n";
    let notice = Source { file: "2027.toml", text };
    let after = calendars::calendar_with(&[notice]);
    let opening = Opening::Rating { real_name: true };
    let received = at("2027-01-04T02:00:00Z");
    let mut ticket =
        Ticket::open(opening, LEAD.to_owned(), false, received, &before.profile, &before.calendar)
            .unwrap();
    let promised = "feed_back_clear 2027-01-11".to_owned();
    assert!(running(&ticket).contains(&promised));
    // The notice is known on the day after that day.
    let now: Timestamp = at("2027-01-11T20:00:00Z");
    assert!(missed(&ticket, "2027-01-11T20:00:00Z").contains(&"feed_back_clear".to_owned()));
    assert!(ticket.dues.recompute(&after, now).unwrap());
    let of = |ticket: &Ticket, now| missed(ticket, now).contains(&"feed_back_clear".to_owned());
    assert!(on_record(&ticket).contains(&promised));
    assert!(running(&ticket).contains(&"feed_back_clear 2027-01-13".to_owned()));
    assert!(!of(&ticket, "2027-01-13T15:59:59Z"));
    assert!(of(&ticket, "2027-01-13T16:00:00Z"), "the new day counts");
    assert!(!ticket.dues.recompute(&after, now).unwrap(), "once");
}

// ── T15 ───────────────────────────────────────────────────────────────────────────────────────────

#[test]
fn t15_a_returned_result_is_verified_again_without_a_new_clock_and_what_was_met_runs_again() {
    for (layers, finding) in [
        (CJ, Finding::Clear),
        (CJ, Finding::Complex),
        (CJ, Finding::NoLegalBasis),
        (HY, Finding::Clear),
        (HY, Finding::Complex),
    ] {
        let desk = desk(layers);
        let verified = desk.after(&["assign", "contact", "verify"], finding, FRIDAY);
        let limits = running(&verified);
        let explained = finding == Finding::NoLegalBasis;
        let answer: &[&str] = if explained { &["feed back"] } else { &["rectify", "feed back"] };
        let mut ticket = verified.clone();
        for step in answer.iter().chain(&["report"]) {
            ticket = desk.go(&ticket, step, finding, at(MONDAY)).unwrap();
        }
        assert_eq!(running(&ticket), [""; 0], "{finding:?}");
        let returned = desk.go(&ticket, "return", finding, at(MONDAY)).unwrap();
        assert_eq!(returned.state, TicketState::Contacted { reached: true, attempts: 0 });
        assert_eq!(returned.clock_started_at, verified.clock_started_at);
        assert_eq!(running(&returned), limits, "{} {finding:?}", desk.profile.id);
        assert_eq!(on_record(&returned), on_record(&verified));
        // Done again, and accepted.
        let again = desk.go(&returned, "verify", finding, at(MONDAY)).unwrap();
        let mut ticket = again;
        for step in answer.iter().chain(&["report", "accept", "close"]) {
            ticket = desk.go(&ticket, step, finding, at(MONDAY)).unwrap();
        }
        assert_eq!(ticket.state, TicketState::Closed { finding, attempts: 0 });
    }
}

#[test]
fn t15_a_returned_result_may_be_found_otherwise_and_an_old_plan_is_carried_out_no_more() {
    let desk = desk(CJ);
    let steps = ["assign", "contact", "verify", "rectify", "feed back", "report", "return"];
    let returned = desk.after(&steps, Finding::Complex, FRIDAY);
    assert!(running(&returned).contains(&"carry_out_plan 2026-06-30".to_owned()));
    let clear = desk.go(&returned, "verify", Finding::Clear, at(FRIDAY)).unwrap();
    assert_eq!(running(&clear), ["fix_clear 2026-03-05", "feed_back_clear 2026-03-12"]);
}

// ── T17 ───────────────────────────────────────────────────────────────────────────────────────────

/// The steps to the acceptance.
const TO_ACCEPTED: [&str; 7] =
    ["assign", "contact", "verify", "rectify", "feed back", "report", "accept"];

#[test]
fn t17_a_linked_ticket_rests_and_taken_out_again_it_starts_over_by_its_own_old_clock() {
    let desk = desk(CJ);
    for finding in [Finding::Clear, Finding::Complex] {
        for n in 0..=TO_ACCEPTED.len() {
            let ticket = desk.after(&TO_ACCEPTED[..n], finding, FRIDAY);
            let linked = desk.go(&ticket, "link", finding, at(MONDAY)).unwrap();
            assert_eq!(linked.state, TicketState::Linked);
            assert_eq!(running(&linked), [""; 0]);
            assert!(!linked.takes_ratings() && linked.due_at().is_none());
            assert_eq!(on_record(&linked), on_record(&ticket));
            let again = desk.go(&linked, "assign", finding, at(MONDAY));
            assert_eq!(reason(again), Reason::IsLinked);
            let out = desk.go(&linked, "unlink", finding, at(MUCH_LATER)).unwrap();
            assert_eq!(out.state, TicketState::Opened);
            assert_eq!(out.clock_started_at, ticket.clock_started_at);
            let runs = running(&out);
            let handling = runs.iter().filter(|due| !due.starts_with("start_handling"));
            assert!(handling.count() > 0, "{finding:?} {n}: {runs:?}");
            assert!(out.due_at().unwrap() < at(MUCH_LATER), "it was not stopped: {runs:?}");
            // From there it takes the whole way again.
            let mut ticket = out;
            for step in TO_ACCEPTED.into_iter().chain(["close"]) {
                ticket = desk.go(&ticket, step, finding, at(MUCH_LATER)).unwrap();
            }
            assert_eq!(ticket.due_at(), None);
        }
    }
}

#[test]
fn t17_only_what_is_open_is_linked_and_only_what_is_linked_is_taken_out() {
    let desk = desk(CJ);
    let closed: Vec<&str> = TO_ACCEPTED.into_iter().chain(["close"]).collect();
    let closed = desk.after(&closed, Finding::Clear, FRIDAY);
    let link = desk.go(&closed, "link", Finding::Clear, at(MONDAY));
    assert_eq!(reason(link), Reason::Over);
    let unlink = desk.go(&desk.open(), "unlink", Finding::Clear, at(MONDAY));
    assert_eq!(reason(unlink), Reason::NotLinked);
}

#[test]
fn t17_one_act_never_has_two_open_tickets() {
    let desk = desk(SC);
    let steps = ["assign", "contact", "verify", "rectify", "feed back", "close"];
    let closed = desk.after(&steps, Finding::Clear, FRIDAY);
    let office = desk.owner(&ticket_step("upset", Finding::Clear));
    let setting =
        |act_has_open_ticket| Setting { act_has_open_ticket, ..desk.setting(office, at(MONDAY)) };
    let upset = ticket_step("upset", Finding::Clear);
    let alone = closed.clone().step(&upset, &setting(false)).unwrap();
    assert_eq!(alone.state, TicketState::Opened);
    // The other one handles it; this one is linked at once.
    let linked = closed.step(&upset, &setting(true)).unwrap();
    assert_eq!(linked.state, TicketState::Linked);
    assert_eq!(running(&linked), [""; 0]);
    let unlink = ticket_step("unlink", Finding::Clear);
    let beside = linked.clone().step(&unlink, &setting(true));
    assert_eq!(reason(beside), Reason::ActHasOpenTicket);
    // Taken out when the other one is over, it has the clock of what the rater said.
    let out = linked.step(&unlink, &setting(false)).unwrap();
    assert_eq!(out.clock_started_at, at(MONDAY));
    assert_eq!(running(&out), running(&alone));
}

// ── T20 ───────────────────────────────────────────────────────────────────────────────────────────

#[test]
fn t20_the_lead_feeds_back_when_every_participant_has_answered_its_part() {
    let desk = desk(CJ);
    let mut dispatch = ticket_step("dispatch", Finding::Clear);
    if let TicketStep::Dispatch { participants, .. } = &mut dispatch {
        *participants = vec![PART.to_owned(), "652301-a05".to_owned()];
    }
    let mut ticket = desk.take(&desk.open(), &dispatch, at(FRIDAY)).unwrap();
    let part = |agency: &str| Part { agency: agency.to_owned(), answered: false };
    assert_eq!(ticket.parts, [part(PART), part("652301-a05")]);
    for step in ["assign", "contact", "verify", "rectify"] {
        ticket = desk.go(&ticket, step, Finding::Clear, at(FRIDAY)).unwrap();
    }
    let answer = |ticket: &Ticket, agency| {
        let step = ticket_step("answer part", Finding::Clear);
        let setting = desk.setting(domain::profile::Office::HandlingAgency, at(FRIDAY));
        ticket.clone().step(&step, &Setting { agency: Some(agency), ..setting })
    };
    let feed_back = |ticket: &Ticket| desk.go(ticket, "feed back", Finding::Clear, at(FRIDAY));
    assert_eq!(reason(feed_back(&ticket)), Reason::PartsMissing);
    assert_eq!(reason(answer(&ticket, LEAD)), Reason::NoPart);
    let one = answer(&ticket, PART).unwrap();
    assert_eq!(one.state, ticket.state);
    assert_eq!(reason(answer(&one, PART)), Reason::NoPart, "it is answered");
    assert_eq!(reason(feed_back(&one)), Reason::PartsMissing);
    let both = answer(&one, "652301-a05").unwrap();
    let told = feed_back(&both).unwrap();
    assert_eq!(told.state, TicketState::FedBack { finding: Finding::Clear });
    // Begun anew, every part is asked again.
    let mut again = told;
    assert!(again.join(at(MONDAY), &desk.profile, &desk.calendar).unwrap());
    assert!(again.parts.iter().all(|part| !part.answered));
}

// ── Said again ────────────────────────────────────────────────────────────────────────────────────

fn joined(desk: &Desk, ticket: &Ticket, now: &str) -> (Ticket, bool) {
    let mut ticket = ticket.clone();
    let again = ticket.join(at(now), &desk.profile, &desk.calendar).unwrap();
    (ticket, again)
}

#[test]
fn t17_a_negative_rating_after_the_answer_begins_the_ticket_again_and_before_it_only_joins() {
    let desk = desk(CJ);
    for n in 0..=TO_ACCEPTED.len() {
        let ticket = desk.after(&TO_ACCEPTED[..n], Finding::Clear, FRIDAY);
        let (after, again) = joined(&desk, &ticket, MONDAY);
        assert_eq!(again, n >= 5, "{}", ticket.state.name());
        if again {
            assert_eq!(after.state, TicketState::Opened);
            assert_eq!((after.sequence, after.clock_started_at), (ticket.sequence + 1, at(MONDAY)));
            let anew =
                ["start_handling 2026-03-09", "fix_clear 2026-03-09", "feed_back_clear 2026-03-16"];
            assert_eq!(running(&after), anew);
            assert!(on_record(&after).starts_with(&on_record(&ticket)), "the answer stays");
        } else {
            assert_eq!(after, ticket);
        }
    }
    let steps = ["assign", "contact", "verify", "feed back solution"];
    let solution = desk.after(&steps, Finding::Complex, FRIDAY);
    assert!(joined(&desk, &solution, MONDAY).1, "a solution fed back is an answer");
}

#[test]
fn t17_a_new_beginning_leaves_nothing_of_the_old_clock_running() {
    let desk = desk(DQ);
    let steps = ["assign", "contact", "verify", "feed back solution"];
    let solution = desk.after(&steps, Finding::Complex, FRIDAY);
    assert!(running(&solution).contains(&"feed_back_complex 2026-03-26".to_owned()));
    let (again, _) = joined(&desk, &solution, MONDAY);
    let mut ticket = again;
    for step in ["assign", "contact", "verify"] {
        ticket = desk.go(&ticket, step, Finding::Complex, at(MONDAY)).unwrap();
    }
    let anew =
        ["carry_out_plan 2026-03-30", "fix_complex 2026-03-30", "feed_back_complex 2026-03-30"];
    assert_eq!(running(&ticket), anew);
}
