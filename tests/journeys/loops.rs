//! The loop under each profile that ships, from the negative rating to the closing and beyond, with
//! a clock that is moved: where the ticket is first, every deadline by its act and day, what is
//! missed once the day has passed, what is refused and why, and what rater, system and public see.

mod load;
mod quarter;
mod steps;
mod walk;

use proto::{
    ticketing::v1::{Means, step::Act},
    r#type::v1::{ExclusionGround, Finding, TicketState as State},
};

use steps::{
    accept, assign, close, complex, contact, dispatch, extension, feed_back, follow_up, found,
    not_reached, not_to_count, rectify, report, solution, uphold, urge,
};
use walk::{By, Walk};

const NONE: Finding = Finding::Unspecified;

#[tokio::test(flavor = "multi_thread")]
async fn t01_t06_state_council_2019_is_fixed_at_once_and_reopened_by_an_unsatisfied_follow_up() {
    let walk = Walk::begin("state-council-2019", "110105").await;
    let claim = walk.claim().await;
    let id = claim.ticket.as_str();
    let begun = ["start_handling 2026-04-03 runs", "fix_clear 2026-04-03 runs"];
    walk.stands(id, State::Opened, &begun).await;
    walk.seen(&claim, State::Opened, NONE, "2026-04-03").await;
    walk.counted(0, 1, 1).await;
    let early = walk.refused(By::Agency, id, contact()).await;
    assert_eq!(early, "工单状态为“待指派”，不能登记回访核实：尚未指派专人。");
    let others = walk.refused(By::Authority, id, assign()).await;
    assert_eq!(others, "“指派”由业务办理单位办理。");

    walk.take(By::Agency, id, [assign(), contact(), found(Finding::Clear)]).await;
    walk.seen(&claim, State::Verified, Finding::Clear, "2026-04-03").await;
    let untold = walk.refused(By::Agency, id, close()).await;
    assert_eq!(untold, "工单状态为“已核实”，不能办结：未向评价人反馈，不得办结。");
    walk.take(By::Agency, id, [rectify(), feed_back(Means::InPerson)]).await;
    let no_review = walk.refused(By::Agency, id, report()).await;
    assert_eq!(no_review, "工单状态为“已反馈”，不能报送结果：本地区办法未规定结果审核。");
    walk.take(By::Agency, id, [close()]).await;
    let met = ["start_handling 2026-04-03 met", "fix_clear 2026-04-03 met"];
    walk.stands(id, State::Closed, &met).await;
    walk.seen(&claim, State::Closed, Finding::Clear, "").await;
    walk.counted(1, 1, 1).await;

    // The first working day after the holiday: it is not settled, and all begins again.
    walk.on("2026-04-07");
    let others = walk.refused(By::Authority, id, follow_up(Means::Phone, false)).await;
    assert_eq!(others, "“登记回访”由业务办理单位办理。");
    walk.take(By::Agency, id, [follow_up(Means::Phone, false)]).await;
    let again = ["start_handling 2026-04-07 runs", "fix_clear 2026-04-07 runs"];
    walk.stands(id, State::Opened, &[met, again].concat()).await;
    walk.seen(&claim, State::Opened, NONE, "2026-04-07").await;
    walk.counted(0, 1, 1).await;
    walk.on("2026-04-08");
    let again = ["start_handling 2026-04-07 runs, missed", "fix_clear 2026-04-07 runs, missed"];
    walk.stands(id, State::Opened, &[met, again].concat()).await;
    settle(&walk, id).await;
    let again = ["start_handling 2026-04-07 met, missed", "fix_clear 2026-04-07 met, missed"];
    walk.stands(id, State::Closed, &[met, again].concat()).await;
    walk.take(By::Agency, id, [follow_up(Means::Online, true)]).await;
    walk.seen(&claim, State::Confirmed, Finding::Clear, "").await;
    walk.published(id, State::Confirmed, Finding::Clear).await;
    walk.counted(1, 1, 1).await;
    let after = walk.refused(By::Agency, id, follow_up(Means::Phone, true)).await;
    assert_eq!(after, "工单状态为“已确认”，不能登记回访：已回访，评价人表示满意。");
    walk.end().await;
}

/// A clear claim, where the document asks for no review.
fn clear(means: Means) -> [Act; 6] {
    [assign(), contact(), found(Finding::Clear), rectify(), feed_back(means), close()]
}

async fn settle(walk: &Walk, ticket: &str) {
    walk.take(By::Agency, ticket, clear(Means::Phone)).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn t01_t06_changji_2020_feeds_a_complex_claims_solution_back_and_tracks_its_plan() {
    let walk = Walk::begin("changji-2020", "652301").await;
    let (claim, mistaken) = (walk.claim().await, walk.claim().await);
    let id = claim.ticket.as_str();
    let begun = [
        "start_handling 2026-04-03 runs",
        "fix_clear 2026-04-03 runs",
        "feed_back_clear 2026-04-13 runs",
    ];
    walk.stands(id, State::Opened, &begun).await;
    // Of a mistaken one the agency decides itself, and the Authority sees it.
    let steps = [assign(), contact(), not_to_count(ExclusionGround::Mistaken, "")];
    walk.take(By::Agency, &mistaken.ticket, steps).await;
    walk.seen(&mistaken, State::Excluded, NONE, "").await;
    assert_eq!(walk.listed(By::Authority, State::Excluded).await.len(), 1);
    walk.take(By::Agency, id, [assign(), contact()]).await;
    let planless = walk.wrong(By::Agency, id, found(Finding::Complex)).await;
    assert_eq!(planless, ["verification.plan: must be filled in"]);
    walk.take(By::Agency, id, [complex("2026-05-08")]).await;
    // Fifteen working days from the rating for the solution; the plan's day beside it.
    let dues = |plan: &'static str, solution: &'static str| {
        [
            "start_handling 2026-04-03 met",
            "fix_clear 2026-04-03 lapsed",
            "feed_back_clear 2026-04-13 superseded",
            plan,
            solution,
        ]
    };
    let (plan, fed_back) = ("carry_out_plan 2026-05-08 runs", "feed_back_complex 2026-04-27 runs");
    walk.stands(id, State::Verified, &dues(plan, fed_back)).await;
    walk.seen(&claim, State::Verified, Finding::Complex, "2026-04-27").await;

    walk.on("2026-04-27");
    let offline = walk.wrong(By::Agency, id, solution(Means::Phone)).await;
    assert!(offline[0].starts_with("solution.means: is no way"), "{offline:?}");
    walk.take(By::Agency, id, [solution(Means::Online)]).await;
    let fed_back = "feed_back_complex 2026-04-27 met";
    walk.stands(id, State::SolutionFedBack, &dues(plan, fed_back)).await;
    walk.seen(&claim, State::SolutionFedBack, Finding::Complex, "2026-05-08").await;
    let unrectified = walk.refused(By::Agency, id, feed_back(Means::Online)).await;
    assert_eq!(unrectified, "工单状态为“已反馈解决办法”，不能反馈评价人：尚未整改或者解释说明。");
    // The plan's day passes.
    walk.on("2026-05-09");
    let missed = "carry_out_plan 2026-05-08 runs, missed";
    walk.stands(id, State::SolutionFedBack, &dues(missed, fed_back)).await;
    walk.take(By::Agency, id, [rectify(), feed_back(Means::Online), report()]).await;
    let unseen = walk.refused(By::Agency, id, close()).await;
    assert_eq!(unseen, "工单状态为“已报送”，不能办结：办理结果未经审核通过。");
    let others = walk.refused(By::Agency, id, accept()).await;
    assert_eq!(others, "“审核通过”由政务服务管理机构办理。");
    walk.take(By::Authority, id, [accept()]).await;
    walk.take(By::Agency, id, [close()]).await;
    let late = "carry_out_plan 2026-05-08 met, missed";
    walk.stands(id, State::Closed, &dues(late, fed_back)).await;
    walk.seen(&claim, State::Closed, Finding::Complex, "").await;
    walk.take(By::Authority, id, [follow_up(Means::Phone, true)]).await;
    walk.seen(&claim, State::Confirmed, Finding::Complex, "").await;
    walk.published(id, State::Confirmed, Finding::Complex).await;
    walk.counted(1, 1, 1).await;
    walk.end().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn t01_t06_haiyang_2021_is_dispatched_and_a_complex_claim_takes_three_to_ten_days() {
    let walk = Walk::begin("haiyang-2021", "370687").await;
    let claim = walk.claim().await;
    let id = claim.ticket.as_str();
    let begun = ["start_handling 2026-04-03 runs", "fix_clear 2026-04-03 runs"];
    walk.stands(id, State::Received, &begun).await;
    let queue = walk.listed(By::Authority, State::Received).await;
    assert_eq!(queue.iter().map(|t| t.ticket_id.as_str()).collect::<Vec<_>>(), [id]);
    assert!(walk.listed(By::Agency, State::Opened).await.is_empty());
    let undispatched = walk.refused(By::Agency, id, assign()).await;
    assert_eq!(undispatched, "工单状态为“待派单”，不能指派：工单尚未派单。");
    walk.take(By::Authority, id, [dispatch()]).await;
    assert_eq!(walk.listed(By::Agency, State::Opened).await.len(), 1);
    walk.take(By::Agency, id, [assign(), contact()]).await;

    // 7, 8, 9 April are the first three working days, 20 April is the tenth.
    let early = walk.wrong(By::Agency, id, complex("2026-04-08")).await;
    assert!(
        early.len() == 1
            && early[0].contains("verification.carry_out_by: is before 2026-04-09")
            && early[0].contains("第十七条"),
        "{early:?}"
    );
    let late = walk.wrong(By::Agency, id, complex("2026-04-21")).await;
    assert!(
        late.len() == 1
            && late[0].contains("verification.carry_out_by: is after 2026-04-20")
            && late[0].contains("第十七条"),
        "{late:?}"
    );
    let Act::Verification(mut reasonless) = complex("2026-04-16") else { panic!() };
    reasonless.reason.clear();
    let reasonless = walk.wrong(By::Agency, id, Act::Verification(reasonless)).await;
    assert_eq!(reasonless, ["verification.reason: must be filled in"]);
    walk.take(By::Agency, id, [complex("2026-04-16")]).await;
    let dues = |plan: &'static str, fix: &'static str| {
        ["start_handling 2026-04-03 met", "fix_clear 2026-04-03 superseded", plan, fix]
    };
    let (plan, fix) = ("carry_out_plan 2026-04-16 runs", "fix_complex 2026-04-20 runs");
    walk.stands(id, State::Verified, &dues(plan, fix)).await;
    walk.seen(&claim, State::Verified, Finding::Complex, "2026-04-16").await;

    // The plan's day has passed, the document's has not.
    walk.on("2026-04-17");
    let plan = "carry_out_plan 2026-04-16 runs, missed";
    walk.stands(id, State::Verified, &dues(plan, fix)).await;
    walk.take(By::Agency, id, [rectify()]).await;
    let in_person = walk.wrong(By::Agency, id, feed_back(Means::InPerson)).await;
    assert!(in_person[0].starts_with("feedback.means: is no way"), "{in_person:?}");
    walk.take(By::Agency, id, [feed_back(Means::Sms), report()]).await;
    walk.take(By::Authority, id, [accept()]).await;
    walk.take(By::Agency, id, [close()]).await;
    let (plan, fix) = ("carry_out_plan 2026-04-16 met, missed", "fix_complex 2026-04-20 met");
    walk.stands(id, State::Closed, &dues(plan, fix)).await;
    // Every negative rating is followed up by the handling agency, and by nobody else.
    let others = walk.refused(By::Authority, id, follow_up(Means::Phone, true)).await;
    assert_eq!(others, "“登记回访”由业务办理单位办理。");
    walk.take(By::Agency, id, [follow_up(Means::Phone, true)]).await;
    walk.seen(&claim, State::Confirmed, Finding::Complex, "").await;
    walk.published(id, State::Confirmed, Finding::Complex).await;
    walk.counted(1, 1, 1).await;
    walk.end().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn t01_t06_county_2020_is_verified_by_the_authority_and_extended_in_writing() {
    let walk = Walk::begin("county-2020", "429004").await;
    let claim = walk.claim().await;
    let id = claim.ticket.as_str();
    walk.stands(
        id,
        State::Opened,
        &["start_handling 2026-04-03 runs", "fix_clear 2026-04-03 runs"],
    )
    .await;
    walk.take(By::Authority, id, [urge()]).await;
    walk.take(By::Agency, id, [assign()]).await;
    // The Authority verifies itself.
    walk.take(By::Authority, id, [contact()]).await;
    let late = walk.wrong(By::Authority, id, complex("2026-04-21")).await;
    let named: Vec<_> = late.iter().map(|wrong| wrong.split(':').next().unwrap()).collect();
    let grounds = ["reason", "document_number", "informed_by"];
    assert_eq!(named, grounds.map(|field| format!("verification.grounds.{field}")));
    walk.take(By::Authority, id, [complex("2026-04-20")]).await;
    let before = ["start_handling 2026-04-03 met", "fix_clear 2026-04-03 superseded"];
    let run = ["carry_out_plan 2026-04-20 runs", "fix_complex 2026-04-20 runs"];
    walk.stands(id, State::Verified, &[before, run].concat()).await;

    walk.on("2026-04-20");
    let groundless = walk.wrong(By::Agency, id, extension("2026-05-15", false)).await;
    let named: Vec<_> = groundless.iter().map(|wrong| wrong.split(':').next().unwrap()).collect();
    assert_eq!(named, grounds.map(|field| format!("extension.{field}")));
    let earlier = walk.wrong(By::Agency, id, extension("2026-04-20", true)).await;
    assert_eq!(earlier, ["extension.new_day: is not later than the days that run"]);
    walk.take(By::Agency, id, [extension("2026-05-15", true)]).await;
    let old = ["carry_out_plan 2026-04-20 superseded", "fix_complex 2026-04-20 superseded"];
    let new = ["carry_out_plan 2026-05-15 runs", "fix_complex 2026-05-15 runs"];
    walk.stands(id, State::Verified, &[before, old, new].concat()).await;
    // The rater knows the new day, and the Authority has the written statement.
    walk.seen(&claim, State::Verified, Finding::Complex, "2026-05-15").await;
    let steps = walk.ticket(id).await.steps;
    let Some(Act::Extension(filed)) = steps.last().and_then(|step| step.act.clone()) else {
        panic!("{steps:?}")
    };
    assert_eq!(filed.grounds.unwrap().document_number, "示例函〔2026〕1号");

    walk.on("2026-05-16");
    let missed = ["carry_out_plan 2026-05-15 runs, missed", "fix_complex 2026-05-15 runs, missed"];
    walk.stands(id, State::Verified, &[before, old, missed].concat()).await;
    let unfixed = walk.refused(By::Agency, id, feed_back(Means::Phone)).await;
    assert_eq!(unfixed, "工单状态为“已核实”，不能反馈评价人：尚未整改或者解释说明。");
    walk.take(By::Agency, id, [rectify(), feed_back(Means::Phone), close()]).await;
    let late = ["carry_out_plan 2026-05-15 met, missed", "fix_complex 2026-05-15 met, missed"];
    walk.stands(id, State::Closed, &[before, old, late].concat()).await;
    walk.take(By::Agency, id, [follow_up(Means::Phone, true)]).await;
    walk.seen(&claim, State::Confirmed, Finding::Complex, "").await;
    walk.published(id, State::Confirmed, Finding::Complex).await;
    walk.counted(1, 1, 1).await;
    walk.end().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn t01_t06_district_2_5_15_contacts_in_two_settles_in_five_and_follows_up_in_five() {
    let walk = Walk::begin("district-2-5-15", "110105").await;
    let (claim, left, mis_tapped) = (walk.claim().await, walk.claim().await, walk.claim().await);
    let id = claim.ticket.as_str();
    let begun = [
        "dispatch 2026-04-03 runs",
        "start_handling 2026-04-03 runs",
        "first_contact 2026-04-08 runs",
        "fix_clear 2026-04-03 runs",
    ];
    walk.stands(id, State::Received, &begun).await;
    assert_eq!(walk.listed(By::Authority, State::Received).await.len(), 3);
    let undispatched = walk.refused(By::Agency, id, assign()).await;
    assert_eq!(undispatched, "工单状态为“待派单”，不能指派：工单尚未派单。");
    for claim in [&claim, &mis_tapped] {
        walk.take(By::Authority, &claim.ticket, [dispatch()]).await;
        walk.take(By::Agency, &claim.ticket, [assign(), contact()]).await;
    }
    walk.take(By::Agency, id, [found(Finding::Simple)]).await;
    let before = [
        "dispatch 2026-04-03 met",
        "start_handling 2026-04-03 met",
        "first_contact 2026-04-08 met",
        "fix_clear 2026-04-03 superseded",
    ];
    let five = ["fix_simple 2026-04-13 runs", "feed_back_simple 2026-04-13 runs"];
    walk.stands(id, State::Verified, &[&before[..], &five].concat()).await;
    walk.seen(&claim, State::Verified, Finding::Simple, "2026-04-13").await;
    exclude(&walk, &mis_tapped.ticket).await;

    // Two working days for the contact have passed: the other one was left alone.
    walk.on("2026-04-09");
    let missed = begun.map(|due| format!("{due}, missed"));
    let missed: Vec<&str> = missed.iter().map(String::as_str).collect();
    walk.stands(&left.ticket, State::Received, &missed).await;
    walk.on("2026-04-13");
    walk.take(By::Agency, id, [rectify(), feed_back(Means::Phone), close()]).await;
    let five = ["fix_simple 2026-04-13 met", "feed_back_simple 2026-04-13 met"];
    let closed = [&before[..], &five].concat();
    let follow = "follow_up_within 2026-04-20";
    let with = |end: &str| format!("{follow} {end}");
    let stands = async |state, end: &str| {
        let follow = with(end);
        walk.stands(id, state, &[&closed[..], &[follow.as_str()]].concat()).await;
    };
    stands(State::Closed, "runs").await;
    walk.seen(&claim, State::Closed, Finding::Simple, "2026-04-20").await;
    // By the Authority, and by phone or SMS.
    let others = walk.refused(By::Agency, id, follow_up(Means::Phone, true)).await;
    assert_eq!(others, "“登记回访”由政务服务管理机构办理。");
    let online = walk.wrong(By::Authority, id, follow_up(Means::Online, true)).await;
    assert!(online[0].starts_with("follow_up.means: is no way"), "{online:?}");
    walk.take(By::Authority, id, [not_reached(Means::Phone)]).await;
    stands(State::Closed, "runs").await;
    walk.on("2026-04-21");
    stands(State::Closed, "runs, missed").await;
    walk.take(By::Authority, id, [follow_up(Means::Sms, true)]).await;
    stands(State::Confirmed, "met, missed").await;
    walk.seen(&claim, State::Confirmed, Finding::Simple, "").await;
    walk.published(id, State::Confirmed, Finding::Simple).await;
    // What is excluded counts nowhere, its rating neither.
    walk.counted(1, 2, 2).await;

    // A complex one: fifteen working days, fixed and fed back.
    walk.take(By::Authority, &left.ticket, [dispatch()]).await;
    let steps = [assign(), contact(), complex("2026-04-27")];
    walk.take(By::Agency, &left.ticket, steps).await;
    let dues = walk.ticket(&left.ticket).await.deadlines;
    let running: Vec<_> = dues.iter().filter(|due| due.ended_at.is_none()).collect();
    let running: Vec<_> = running.iter().map(|d| (d.act.as_str(), d.due_on.as_str())).collect();
    let fifteen = ["carry_out_plan", "fix_complex", "feed_back_complex"];
    assert_eq!(running, fifteen.map(|act| (act, "2026-04-27")));
    walk.end().await;
}

/// A rating that was mis-tapped is reported in writing, and the Authority decides.
async fn exclude(walk: &Walk, ticket: &str) {
    let ground = ExclusionGround::MisTapped;
    let bare = walk.wrong(By::Agency, ticket, not_to_count(ground, "")).await;
    assert!(bare[0].starts_with("verification.document_number: must be filled in"), "{bare:?}");
    walk.take(By::Agency, ticket, [not_to_count(ground, "示例报告〔2026〕1号")]).await;
    assert_eq!(walk.ticket(ticket).await.state(), State::ExclusionProposed);
    let others = walk.refused(By::Agency, ticket, uphold()).await;
    assert_eq!(others, "“审定不予采纳”由政务服务管理机构办理。");
    walk.take(By::Authority, ticket, [uphold()]).await;
    let excluded = walk.ticket(ticket).await;
    assert_eq!((excluded.state(), excluded.ground()), (State::Excluded, ground));
    assert!(excluded.deadlines.iter().all(|due| due.ended_at.is_some()));
}

#[tokio::test(flavor = "multi_thread")]
async fn t01_t06_guangxi_2019_has_fifteen_calendar_days_from_found_true_and_one_new_date() {
    let walk = Walk::begin("guangxi-2019", "450102").await;
    let (claim, faulty) = (walk.claim().await, walk.claim().await);
    let id = claim.ticket.as_str();
    walk.stands(id, State::Opened, &[]).await;
    walk.seen(&claim, State::Opened, NONE, "").await;
    walk.on("2026-04-09");
    walk.take(By::Agency, id, [assign(), contact(), found(Finding::Clear)]).await;
    walk.stands(id, State::Verified, &["fix_clear 2026-04-24 runs"]).await;
    walk.seen(&claim, State::Verified, Finding::Clear, "2026-04-24").await;
    // A system's fault: the Authority withdraws the rating (第十三条).
    let fault = ExclusionGround::SystemFault;
    let steps = [assign(), contact(), not_to_count(fault, "")];
    walk.take(By::Agency, &faulty.ticket, steps).await;
    let mistaken = walk.refused(By::Agency, &faulty.ticket, rectify()).await;
    assert_eq!(mistaken, "工单状态为“待审定”，不能登记整改：不予采纳尚待审定。");
    walk.take(By::Authority, &faulty.ticket, [uphold()]).await;
    walk.seen(&faulty, State::Excluded, NONE, "").await;

    walk.on("2026-04-25");
    walk.stands(id, State::Verified, &["fix_clear 2026-04-24 runs, missed"]).await;
    let groundless = walk.wrong(By::Agency, id, extension("2026-05-06", false)).await;
    assert_eq!(groundless, ["extension.reason: must be filled in"]);
    walk.take(By::Agency, id, [extension("2026-05-06", true)]).await;
    let first = "fix_clear 2026-04-24 superseded, missed";
    walk.stands(id, State::Verified, &[first, "fix_clear 2026-05-06 runs"]).await;
    walk.seen(&claim, State::Verified, Finding::Clear, "2026-05-06").await;
    walk.on("2026-05-06");
    walk.take(By::Agency, id, [rectify()]).await;
    let by_phone = walk.wrong(By::Agency, id, feed_back(Means::Phone)).await;
    assert!(by_phone[0].starts_with("feedback.means: is no way"), "{by_phone:?}");
    walk.take(By::Agency, id, [feed_back(Means::Sms), close()]).await;
    walk.stands(id, State::Closed, &[first, "fix_clear 2026-05-06 met"]).await;
    walk.seen(&claim, State::Closed, Finding::Clear, "").await;
    walk.published(id, State::Closed, Finding::Clear).await;
    walk.counted(1, 1, 1).await;
    walk.end().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn t01_t06_city_handles_a_hotline_complaint_within_the_hotlines_own_limit() {
    let walk = Walk::begin("city", "110105").await;
    let claim = walk.claim().await;
    // The hotline names the item alone: the agency is whose item it is.
    let id = walk.hotline("2026-04-10").await;
    let id = id.as_str();
    let ticket = walk.ticket(id).await;
    assert_eq!(
        (ticket.agency_id.as_str(), ticket.matter_source.as_str(), ticket.rating_count),
        (walk::AGENCY, "hotline_12345", 0)
    );
    let begun = [
        "start_handling 2026-04-03 runs",
        "fix_clear 2026-04-03 runs",
        "hotline_dispatch 2026-04-03 met",
        "answer_hotline 2026-04-10 runs",
    ];
    walk.stands(id, State::Opened, &begun).await;
    walk.stands(&claim.ticket, State::Opened, &begun[..2]).await;
    walk.take(By::Agency, id, [assign(), contact(), complex("2026-04-10")]).await;
    let dues = |hotline: &'static str, plan: &'static str| {
        [
            "start_handling 2026-04-03 met",
            "fix_clear 2026-04-03 lapsed",
            "hotline_dispatch 2026-04-03 met",
            hotline,
            plan,
        ]
    };
    let (hotline, plan) = ("answer_hotline 2026-04-10 runs", "carry_out_plan 2026-04-10 runs");
    walk.stands(id, State::Verified, &dues(hotline, plan)).await;
    walk.on("2026-04-10");
    walk.take(By::Agency, id, [rectify()]).await;
    // Put right in time, and not yet answered.
    walk.on("2026-04-11");
    let (hotline, plan) =
        ("answer_hotline 2026-04-10 runs, missed", "carry_out_plan 2026-04-10 met");
    walk.stands(id, State::Rectified, &dues(hotline, plan)).await;
    let untold = walk.refused(By::Agency, id, close()).await;
    assert_eq!(untold, "工单状态为“已整改”，不能办结：未向评价人反馈，不得办结。");
    walk.take(By::Agency, id, [feed_back(Means::Phone), close()]).await;
    let hotline = "answer_hotline 2026-04-10 met, missed";
    walk.stands(id, State::Closed, &dues(hotline, plan)).await;
    walk.take(By::Agency, id, [follow_up(Means::Phone, true)]).await;
    walk.published(id, State::Confirmed, Finding::Complex).await;
    // The complaint and the rating both count; the rating is handled as everywhere.
    walk.counted(1, 2, 1).await;
    settle(&walk, &claim.ticket).await;
    let late = ["start_handling 2026-04-03 met, missed", "fix_clear 2026-04-03 met, missed"];
    walk.stands(&claim.ticket, State::Closed, &late).await;
    walk.seen(&claim, State::Closed, Finding::Clear, "").await;
    walk.counted(2, 2, 1).await;
    walk.end().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn t01_t06_shanghai_2019_begins_again_when_one_star_comes_after_the_answer() {
    let walk = Walk::begin("shanghai-2019", "310101").await;
    let claim = walk.claim().await;
    let id = claim.ticket.as_str();
    // Stars, and a document that names no day.
    walk.stands(id, State::Opened, &[]).await;
    let steps = [assign(), contact(), found(Finding::Clear)];
    walk.take(By::Agency, id, steps).await;
    let dateless = walk.refused(By::Agency, id, extension("2026-05-06", true)).await;
    assert_eq!(dateless, "工单状态为“已核实”，不能延期：本地区办法未规定延期。");
    walk.take(By::Agency, id, [rectify(), feed_back(Means::Online)]).await;
    walk.seen(&claim, State::FedBack, Finding::Clear, "").await;
    walk.counted(1, 1, 1).await;

    // The rater has the answer, and rates again.
    walk.on("2026-04-08");
    let again = walk.rate(&claim.token).await;
    let claim = walk::Claim { rating_id: again.clone(), ..claim };
    let id = claim.ticket.as_str();
    walk.seen(&claim, State::Opened, NONE, "").await;
    let ticket = walk.ticket(id).await;
    assert_eq!((ticket.rating_count, ticket.rating_ids.contains(&again)), (2, true));
    let last = ticket.steps.last().and_then(|step| step.act.clone());
    assert!(matches!(last, Some(Act::NewBeginning(_))), "{last:?}");
    walk.counted(0, 1, 1).await;
    let early = walk.refused(By::Agency, id, close()).await;
    assert_eq!(early, "工单状态为“待指派”，不能办结：未向评价人反馈，不得办结。");
    walk.take(By::Agency, id, clear(Means::Online)).await;
    walk.seen(&claim, State::Closed, Finding::Clear, "").await;
    walk.take(By::Agency, id, [follow_up(Means::Sms, true)]).await;
    walk.published(id, State::Confirmed, Finding::Clear).await;
    walk.counted(1, 1, 1).await;
    walk.end().await;
}
