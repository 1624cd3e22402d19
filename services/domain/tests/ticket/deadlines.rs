//! T04: what is due when, document by document. The rating came on Thursday, 5 March 2026; the
//! working days after it are 6, 9–13, 16–20, 23–27 March.

use domain::ticket::{
    CARRY_OUT_PLAN, DueEnd, Finding, Grounds, MAX_NEW_DAYS, Means, Opening, Plan, Reason, Refusal,
    TicketState, TicketStep,
};
use jiff::civil::{Date, date};

use super::{
    CJ, CT, DQ, FRIDAY, GX, HY, SC, XC,
    desk::{EIGHT, all_grounds, at, desk, missed, on_record, running, ticket_step},
    planned, refused,
};

fn march(day: i8) -> Date {
    date(2026, 3, day)
}

fn extended(new_day: Date, grounds: Grounds) -> TicketStep {
    TicketStep::Extend { new_day, grounds }
}

// ── 整改期限为 3 至 10 个工作日 (HY17) ───────────────────────────────────────────────────────────

#[test]
fn t04_hy_17_a_plan_lies_between_the_third_and_the_tenth_working_day() {
    let desk = desk(HY);
    let contacted = desk.after(&["assign", "contact"], Finding::Complex, FRIDAY);
    let field = "verification.carry_out_by";
    let before = |said: &str| Some(format!("{field}: is before 2026-03-10, {said}"));
    let after = |said: &str| Some(format!("{field}: is after 2026-03-19, {said}"));
    for (working_day, day) in [(1, 6), (2, 9)] {
        let said = refused(&desk, &contacted, &planned(march(day)), FRIDAY);
        assert_eq!(said, before("the first day of 海政管办〔2021〕2号 第十七条"), "{working_day}");
    }
    for (working_day, day) in
        [(3, 10), (4, 11), (5, 12), (6, 13), (7, 16), (8, 17), (9, 18), (10, 19)]
    {
        assert_eq!(refused(&desk, &contacted, &planned(march(day)), FRIDAY), None, "{working_day}");
    }
    for day in [march(20), date(2026, 5, 29)] {
        let said = refused(&desk, &contacted, &planned(day), FRIDAY);
        assert_eq!(said, after("the last day of 海政管办〔2021〕2号 第十七条"), "{day}");
    }
}

#[test]
fn t04_hy_17_once_the_tenth_day_has_passed_a_plan_names_another_and_the_tenth_stays_missed() {
    let desk = desk(HY);
    let contacted = desk.after(&["assign", "contact"], Finding::Complex, FRIDAY);
    let late = "2026-03-20T02:00:00Z";
    assert_eq!(
        refused(&desk, &contacted, &planned(march(19)), late).unwrap(),
        "verification.carry_out_by: lies in the past"
    );
    let verified = desk.take(&contacted, &planned(march(24)), at(late)).unwrap();
    assert_eq!(running(&verified), ["carry_out_plan 2026-03-24", "fix_complex 2026-03-19"]);
    assert!(missed(&verified, late).contains(&"fix_complex".to_owned()));
}

// ── 原则上 10 个工作日内整改到位 (XC) ────────────────────────────────────────────────────────────

#[test]
fn t04_xc_a_plan_past_the_tenth_working_day_takes_a_reason_in_writing_that_the_rater_knows() {
    let desk = desk(XC);
    let contacted = desk.after(&["assign", "contact"], Finding::Complex, FRIDAY);
    assert_eq!(refused(&desk, &contacted, &planned(march(19)), FRIDAY), None);
    let with = |grounds: Option<Grounds>| {
        let mut step = planned(march(20));
        if let TicketStep::Verify { plan: Some(plan), .. } = &mut step {
            plan.grounds = grounds;
        }
        refused(&desk, &contacted, &step, FRIDAY)
    };
    let all = "verification.grounds.reason: must be filled in; \
               verification.grounds.document_number: must be filled in: in writing; \
               verification.grounds.informed_by: must be filled in: the rater knows";
    assert_eq!(with(None).as_deref(), Some(all));
    assert_eq!(with(Some(Grounds::default())).as_deref(), Some(all));
    for (lacking, field) in [
        (Grounds { reason: String::new(), ..all_grounds() }, "reason"),
        (Grounds { document_number: " ".to_owned(), ..all_grounds() }, "document_number"),
        (Grounds { informed_by: None, ..all_grounds() }, "informed_by"),
    ] {
        let said = with(Some(lacking)).unwrap();
        assert!(said.starts_with(&format!("verification.grounds.{field}: ")), "{said}");
        assert!(!said.contains(';'), "{said}");
    }
    assert_eq!(with(Some(all_grounds())), None);
}

#[test]
fn t04_xc_with_its_grounds_the_plans_day_stands_in_the_place_of_the_tenth() {
    let desk = desk(XC);
    let contacted = desk.after(&["assign", "contact"], Finding::Complex, FRIDAY);
    let plan =
        Plan {
            text: "改造系统".to_owned(), carry_out_by: march(31), grounds: Some(all_grounds())
        };
    let mut step = ticket_step("verify", Finding::Complex);
    if let TicketStep::Verify { plan: own, .. } = &mut step {
        *own = Some(plan);
    }
    let verified = desk.take(&contacted, &step, at(FRIDAY)).unwrap();
    assert_eq!(running(&verified), ["carry_out_plan 2026-03-31", "fix_complex 2026-03-31"]);
    assert!(on_record(&verified).contains(&"fix_complex 2026-03-19".to_owned()));
    let between = "2026-03-25T02:00:00Z";
    assert!(!missed(&verified, between).contains(&"fix_complex".to_owned()));
    let after = "2026-03-31T16:00:00Z";
    assert!(missed(&verified, after).contains(&"fix_complex".to_owned()));
}

#[test]
fn t04_xc_an_extension_takes_the_same_and_a_later_day() {
    let desk = desk(XC);
    let verified = desk.after(&["assign", "contact", "verify"], Finding::Complex, FRIDAY);
    let ask = |day, grounds| refused(&desk, &verified, &extended(day, grounds), FRIDAY);
    let said = ask(march(25), Grounds::default()).unwrap();
    for field in ["reason", "document_number", "informed_by"] {
        assert!(said.contains(&format!("extension.{field}: must be filled in")), "{said}");
    }
    let sooner = ask(march(18), all_grounds());
    let words = "extension.new_day: is not later than the days that run";
    assert_eq!(sooner.as_deref(), Some(words));
    let past = ask(march(5), all_grounds()).unwrap();
    assert!(past.contains("extension.new_day: lies in the past"), "{past}");
    let step = extended(march(25), all_grounds());
    let extended = desk.take(&verified, &step, at("2026-03-19T15:59:59Z")).unwrap();
    assert_eq!(extended.state, verified.state);
    assert_eq!(running(&extended), ["carry_out_plan 2026-03-25", "fix_complex 2026-03-25"]);
    assert!(!missed(&extended, "2026-03-24T02:00:00Z").contains(&"fix_complex".to_owned()));
}

// ── 15个自然日，无法整改应说明理由和整改期限 (GX14) ─────────────────────────────────────────────

#[test]
fn t04_gx_14_fifteen_calendar_days_run_from_finding_it_true_and_a_new_day_takes_its_reason() {
    let desk = desk(GX);
    let found = "2026-03-08T02:00:00Z";
    for finding in [Finding::Clear, Finding::Simple, Finding::Complex] {
        let opened = desk.after(&["assign", "contact"], finding, FRIDAY);
        assert_eq!(on_record(&opened), [""; 0]);
        let verified = desk.go(&opened, "verify", finding, at(found)).unwrap();
        assert_eq!(verified.due_at(), Some(at("2026-03-23T16:00:00Z")), "{finding:?}");
        let reason = Grounds { reason: "材料待补".to_owned(), ..Grounds::default() };
        let silent = extended(date(2026, 4, 10), Grounds::default());
        assert_eq!(
            refused(&desk, &verified, &silent, found).as_deref(),
            Some("extension.reason: must be filled in")
        );
        let later = extended(date(2026, 4, 10), reason);
        let extended = desk.take(&verified, &later, at(found)).unwrap();
        assert_eq!(extended.due_at(), Some(at("2026-04-10T16:00:00Z")), "{finding:?}");
    }
}

#[test]
fn t04_gx_14_new_days_come_to_an_end() {
    let desk = desk(GX);
    let found = "2026-03-08T02:00:00Z";
    let opened = desk.after(&["assign", "contact"], Finding::Clear, FRIDAY);
    let mut ticket = desk.go(&opened, "verify", Finding::Clear, at(found)).unwrap();
    let mut day = date(2026, 4, 1);
    for _ in 0..MAX_NEW_DAYS {
        ticket = desk.take(&ticket, &extended(day, all_grounds()), at(found)).unwrap();
        day = day.tomorrow().unwrap();
    }
    let said = refused(&desk, &ticket, &extended(day, all_grounds()), found);
    assert_eq!(said.as_deref(), Some("extension.new_day: is one more than a ticket can have"));
}

#[test]
fn t04_gx_14_a_plan_past_the_fifteenth_day_takes_a_reason() {
    let desk = desk(GX);
    let contacted = desk.after(&["assign", "contact"], Finding::Complex, FRIDAY);
    assert_eq!(refused(&desk, &contacted, &planned(march(21)), FRIDAY), None);
    let said = refused(&desk, &contacted, &planned(march(22)), FRIDAY);
    assert_eq!(said.as_deref(), Some("verification.grounds.reason: must be filled in"));
}

#[test]
fn t04_no_new_day_where_no_document_knows_one_and_none_where_nothing_runs() {
    for (layers, reason) in [
        (SC, Reason::NoExtension),
        (HY, Reason::NoExtension),
        (CJ, Reason::NoExtension),
        (DQ, Reason::NoExtension),
        (CT, Reason::NoExtension),
        // Nothing is left to put right, and these name no day for the feedback.
        (GX, Reason::NothingDue),
        (XC, Reason::NothingDue),
    ] {
        let desk = desk(layers);
        let steps = ["assign", "contact", "verify", "rectify"];
        let rectified = desk.after(&steps, Finding::Complex, FRIDAY);
        let said = desk.take(&rectified, &ticket_step("extend", Finding::Complex), at(FRIDAY));
        let Err(Refusal::State { reason: said, .. }) = said else { panic!("{said:?}") };
        assert_eq!(said, reason, "{}", desk.profile.id);
    }
}

// ── 限期整改, without a number (SC, CT); 提出解决办法 (CJ) ───────────────────────────────────────

#[test]
fn t04_where_the_document_has_no_number_the_plans_day_is_the_deadline() {
    for layers in [SC, CT, CJ] {
        let desk = desk(layers);
        let contacted = desk.after(&["assign", "contact"], Finding::Complex, FRIDAY);
        let verified = desk.take(&contacted, &planned(march(18)), at(FRIDAY)).unwrap();
        let planned: Vec<_> = verified
            .dues
            .running()
            .filter(|due| due.deadline.rule.subject == CARRY_OUT_PLAN)
            .collect();
        let [planned] = planned.as_slice() else { panic!("{:?}", verified.dues) };
        assert_eq!(planned.deadline.due_on, march(18));
        assert_eq!(verified.due_at(), Some(at("2026-03-18T16:00:00Z")));
        let of = |now| missed(&verified, now).contains(&CARRY_OUT_PLAN.to_owned());
        assert!(!of("2026-03-18T15:59:59Z") && of("2026-03-18T16:00:00Z"));
        let late = at("2026-03-19T02:00:00Z");
        let rectified = desk.go(&verified, "rectify", Finding::Complex, late).unwrap();
        let now = "2026-03-19T02:00:00Z";
        assert!(missed(&rectified, now).contains(&CARRY_OUT_PLAN.to_owned()), "met, but late");
    }
}

#[test]
fn t04_cj_the_solution_fed_back_in_fifteen_days_is_the_answer_and_the_plans_day_is_tracked_on() {
    let desk = desk(CJ);
    let contacted = desk.after(&["assign", "contact"], Finding::Complex, FRIDAY);
    let verified = desk.take(&contacted, &planned(date(2026, 4, 30)), at(FRIDAY)).unwrap();
    assert_eq!(running(&verified), ["carry_out_plan 2026-04-30", "feed_back_complex 2026-03-26"]);
    let when = at("2026-03-25T02:00:00Z");
    let told = desk.go(&verified, "feed back solution", Finding::Complex, when).unwrap();
    assert_eq!(told.state, TicketState::SolutionFedBack);
    assert_eq!(running(&told), ["carry_out_plan 2026-04-30"]);
    let after = "2026-04-10T02:00:00Z";
    assert!(!missed(&told, after).contains(&"feed_back_complex".to_owned()));
    let rectified = desk.go(&told, "rectify", Finding::Complex, at(after)).unwrap();
    assert_eq!(rectified.due_at(), None);
    // The result is fed back as well, then.
    let result = desk.go(&rectified, "feed back", Finding::Complex, at(after)).unwrap();
    assert_eq!(result.state, TicketState::FedBack { finding: Finding::Complex });
}

#[test]
fn t04_dq_2_2_where_the_rectification_is_limited_too_a_solution_alone_answers_nothing() {
    let desk = desk(DQ);
    let steps = ["assign", "contact", "verify", "feed back solution"];
    let told = desk.after(&steps, Finding::Complex, FRIDAY);
    assert!(running(&told).contains(&"feed_back_complex 2026-03-26".to_owned()));
    assert!(running(&told).contains(&"fix_complex 2026-03-26".to_owned()));
}

#[test]
fn t05_cj_5_1_the_result_is_fed_back_online_and_in_no_other_way() {
    let desk = desk(CJ);
    let rectified = desk.after(&["assign", "contact", "verify", "rectify"], Finding::Clear, FRIDAY);
    for means in [Means::Phone, Means::Sms, Means::InPerson] {
        let step = TicketStep::FeedBack { means, summary: "已整改".to_owned() };
        let said = refused(&desk, &rectified, &step, FRIDAY).unwrap();
        assert!(said.starts_with("feedback.means: is no way of this region's document"), "{said}");
    }
}

// ── “2、5、15” (DQ) ───────────────────────────────────────────────────────────────────────────────

#[test]
fn t04_dq_2_2_a_simple_matter_is_fixed_and_fed_back_in_five_working_days() {
    let desk = desk(DQ);
    let verified = desk.after(&["assign", "contact", "verify"], Finding::Simple, FRIDAY);
    assert_eq!(running(&verified), ["fix_simple 2026-03-12", "feed_back_simple 2026-03-12"]);
    for layers in [SC, HY, CJ, XC, CT] {
        let desk = super::desk(layers);
        let contacted = desk.after(&["assign", "contact"], Finding::Simple, FRIDAY);
        let step = ticket_step("verify", Finding::Simple);
        let said = refused(&desk, &contacted, &step, FRIDAY).unwrap();
        let words = "verification.finding: is no class of this region's document";
        assert_eq!(said, words, "{}", desk.profile.id);
    }
}

#[test]
fn t02_dq_2_2_first_contact_in_two_working_days_is_met_when_reached_or_after_three_calls() {
    let desk = desk(DQ);
    let assigned = desk.after(&["assign"], Finding::Clear, FRIDAY);
    let first = "first_contact 2026-03-09".to_owned();
    assert!(running(&assigned).contains(&first));
    let reached = desk.go(&assigned, "contact", Finding::Clear, at(FRIDAY)).unwrap();
    assert!(!running(&reached).contains(&first));
    let mut ticket = assigned;
    for call in 1..=3 {
        let state = ticket.state;
        assert!(running(&ticket).contains(&first), "before call {call}");
        if call > 1 {
            let early = desk.go(&ticket, "verify", Finding::Clear, at(FRIDAY));
            let Err(Refusal::State { reason, .. }) = early else { panic!("{early:?}") };
            assert_eq!(reason, Reason::RaterNotReached, "{state:?}");
        }
        ticket = desk.go(&ticket, "ring", Finding::Clear, at(FRIDAY)).unwrap();
        assert_eq!(ticket.state, TicketState::Contacted { reached: false, attempts: call });
    }
    assert!(!running(&ticket).contains(&first));
    assert!(desk.go(&ticket, "verify", Finding::Clear, at(FRIDAY)).is_ok());
}

#[test]
fn t02_a_rater_without_a_name_is_called_once() {
    for desk in EIGHT.map(desk) {
        let opening = Opening::Rating { real_name: false };
        let state = TicketState::Assigned;
        let assigned = domain::ticket::Ticket { state, ..desk.open_as(opening, false) };
        let rung = desk.go(&assigned, "ring", Finding::Clear, at(FRIDAY)).unwrap();
        assert!(desk.go(&rung, "verify", Finding::Clear, at(FRIDAY)).is_ok());
    }
}

#[test]
fn t01_dq_2_1_a_negative_rating_is_filed_and_passed_on_the_same_day() {
    let desk = desk(DQ);
    let received = desk.open();
    assert_eq!(received.state, TicketState::Received);
    assert!(running(&received).contains(&"dispatch 2026-03-05".to_owned()));
    let same_day = at("2026-03-05T15:59:59Z");
    let opened = desk.go(&received, "dispatch", Finding::Clear, same_day).unwrap();
    assert_eq!(opened.state, TicketState::Opened);
    assert!(!missed(&opened, FRIDAY).contains(&"dispatch".to_owned()));
    let next_day = at("2026-03-05T16:00:00Z");
    let late = desk.go(&received, "dispatch", Finding::Clear, next_day).unwrap();
    assert!(missed(&late, FRIDAY).contains(&"dispatch".to_owned()));
}

#[test]
fn t01_the_procedure_is_started_at_once_and_that_is_met_by_assigning_or_taking_over() {
    for layers in [SC, CJ, XC, CT] {
        let desk = desk(layers);
        let opened = desk.open();
        assert_eq!(opened.state, TicketState::Opened);
        assert!(running(&opened).contains(&"start_handling 2026-03-05".to_owned()));
        for step in ["assign", "take over"] {
            let begun = desk.go(&opened, step, Finding::Clear, opened.clock_started_at).unwrap();
            let started =
                begun.dues.0.iter().find(|due| due.deadline.rule.subject == "start_handling");
            let met = DueEnd::Met { at: opened.clock_started_at };
            assert_eq!(started.unwrap().end, met, "{step}");
            assert_eq!(begun.assignee.as_deref(), Some(super::desk::CLERK));
        }
    }
}

#[test]
fn t06_dq_2_2_a_closed_one_is_followed_up_in_five_working_days_by_phone_or_sms() {
    let desk = desk(DQ);
    let steps = ["assign", "contact", "verify", "rectify", "feed back", "close"];
    let closed = desk.after(&steps, Finding::Clear, FRIDAY);
    assert_eq!(running(&closed), ["follow_up_within 2026-03-13"]);
    for (means, said) in [
        (Means::Phone, None),
        (Means::Sms, None),
        (Means::Online, Some("follow_up.means: is no way of this region's document: 电话、短信")),
    ] {
        let mut step = ticket_step("content", Finding::Clear);
        if let TicketStep::FollowUp { means: own, .. } = &mut step {
            *own = means;
        }
        let told = refused(&desk, &closed, &step, FRIDAY);
        match said {
            None => assert_eq!(told, None),
            Some(_) => assert!(told.unwrap().starts_with("follow_up.means: is no way")),
        }
    }
    let confirmed = desk.go(&closed, "content", Finding::Clear, at(FRIDAY)).unwrap();
    assert_eq!(running(&confirmed), [""; 0]);
}

#[test]
fn t06_a_rater_who_is_not_reached_leaves_it_closed_and_three_calls_are_a_follow_up() {
    let desk = desk(DQ);
    let steps = ["assign", "contact", "verify", "rectify", "feed back", "close"];
    let mut ticket = desk.after(&steps, Finding::Clear, FRIDAY);
    for attempts in 1..=3 {
        assert_eq!(running(&ticket), ["follow_up_within 2026-03-13"], "{attempts}");
        ticket = desk.go(&ticket, "silent", Finding::Clear, at(FRIDAY)).unwrap();
        assert_eq!(ticket.state, TicketState::Closed { finding: Finding::Clear, attempts });
    }
    assert_eq!(running(&ticket), [""; 0]);
    // Who calls back later is heard.
    let reopened = desk.go(&ticket, "upset", Finding::Clear, at(FRIDAY)).unwrap();
    assert_eq!(reopened.state, TicketState::Opened);
}

// ── Others who name a day ─────────────────────────────────────────────────────────────────────────

#[test]
fn t18_ct_3_2_a_hotlines_own_limit_runs_and_the_complaint_is_passed_on_at_once() {
    let desk = desk(CT);
    let matter = Opening::Matter { real_name: true, hotline_due_on: Some(march(17)) };
    let opened = desk.open_as(matter, false);
    assert!(running(&opened).contains(&"answer_hotline 2026-03-17".to_owned()));
    let dispatched =
        opened.dues.0.iter().find(|due| due.deadline.rule.subject == "hotline_dispatch").unwrap();
    assert_eq!(dispatched.end, DueEnd::Met { at: opened.clock_started_at });
    let mut ticket = opened;
    for step in ["assign", "contact", "verify", "rectify", "feed back"] {
        assert!(running(&ticket).contains(&"answer_hotline 2026-03-17".to_owned()), "{step}");
        ticket = desk.go(&ticket, step, Finding::Clear, at(FRIDAY)).unwrap();
    }
    assert_eq!(running(&ticket), [""; 0]);
}

#[test]
fn t16_a_notices_own_day_runs_until_the_ticket_closes_and_the_agency_has_it_at_once() {
    for layers in [CJ, HY, DQ, XC] {
        let desk = desk(layers);
        let notice = Opening::UpperNotice { due_on: Some(march(20)) };
        let mut ticket = desk.open_as(notice, false);
        assert_eq!(ticket.state, TicketState::Opened, "{}", desk.profile.id);
        let review = desk.profile.result_reviewed_by_authority.value;
        let review: &[&str] = if review { &["report", "accept"] } else { &[] };
        let steps = ["assign", "contact", "verify", "rectify", "feed back"];
        let named = "answer_upper_notice 2026-03-20".to_owned();
        for step in steps.iter().chain(review).chain(&["close"]) {
            assert!(running(&ticket).contains(&named), "{} {step}", desk.profile.id);
            ticket = desk.go(&ticket, step, Finding::Clear, at(FRIDAY)).unwrap();
        }
        assert!(!running(&ticket).contains(&named));
        assert!(
            !missed(&ticket, "2026-04-01T02:00:00Z").contains(&"answer_upper_notice".to_owned())
        );
    }
}
