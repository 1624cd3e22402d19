//! Replies to messages, and keys of the hotline.

use platform::{
    auth::Caller,
    testing::{WINDOW_ITEM, principal},
};
use proto::{
    fact::v1::fact::Body,
    intake::v1::MyCase,
    r#type::v1::{Channel as WireChannel, Level, Stage},
};
use tonic::{Code, Status};
use tonic_types::StatusExt as _;

use super::*;
use crate::{
    jobs::testing::{COUNTY, TestGateway, in_force, send, writing},
    rpc::testing::{Fixture, PERSON},
};

fn reply(answer: &str) -> ReceiveReplyRequest {
    ReceiveReplyRequest {
        request_id: platform::clock::Clock::System.new_id().to_string(),
        channel: WireChannel::SmsReply.into(),
        phone: "+86 13800000000".to_owned(),
        answer: answer.to_owned(),
        ..ReceiveReplyRequest::default()
    }
}

async fn receive(
    fixture: &Fixture,
    request: ReceiveReplyRequest,
) -> Result<ReceiveReplyResponse, Status> {
    let gateway = principal("sms-gateway", Caller::Messenger);
    Ok(run(&fixture.intake, gateway, request).await?)
}

fn reason(status: &Status) -> String {
    status.get_error_details().error_info().unwrap().reason.clone()
}

async fn with_case() -> Fixture {
    let fixture = Fixture::new().await;
    let both = [Stage::Acceptance, Stage::Completion];
    fixture.push(fixture.report("P-1", WINDOW_ITEM, &both[..1])).await.unwrap();
    fixture.intake.shell.clock.set("2026-03-02T02:00:00Z".parse().unwrap());
    let mut report = fixture.report("P-1", WINDOW_ITEM, &both);
    report.steps[0].happened_at.as_mut().unwrap().seconds -= 60 * 60;
    fixture.push(report).await.unwrap();
    fixture
}

#[tokio::test]
async fn i08_a_reply_in_whatever_digits_or_words_rates_the_last_act_its_phone_was_invited_to() {
    let fixture = with_case().await;
    for (answer, level) in [
        ("5", Level::VerySatisfied),
        ("１", Level::VeryDissatisfied),
        ("回复二", Level::Dissatisfied),
        ("不满意", Level::Dissatisfied),
        ("3 排队太久", Level::BasicallySatisfied),
    ] {
        let request = reply(answer);
        let rated = receive(&fixture, request.clone()).await.unwrap();
        assert_eq!(rated.level(), level, "{answer}");
        assert_eq!(receive(&fixture, request).await.unwrap(), rated, "the same message again");
    }
    let told = fixture.told().await.into_iter().filter_map(|body| match body {
        Body::RatingSubmitted(rating) => Some(rating),
        _ => None,
    });
    let told: Vec<_> = told.collect();
    assert_eq!(told.len(), 5);
    assert!(told.iter().all(|r| r.channel() == WireChannel::SmsReply && r.real_name));
    assert!(told.iter().all(|r| r.act.as_ref().unwrap().stage() == Stage::Completion));
    assert!(told[4].has_text && !told[0].has_text);
}

#[tokio::test]
async fn i08_what_is_not_understood_is_told_how_and_rates_nothing() {
    let fixture = with_case().await;
    let head = platform::facts::head(&fixture.intake.store).await.unwrap();
    for answer in ["", "12", "1或2", "谢谢", "0", "6"] {
        let refused = receive(&fixture, reply(answer)).await.unwrap_err();
        assert_eq!(reason(&refused), "REPLY_NOT_UNDERSTOOD", "{answer}");
        let details = refused.get_error_details();
        assert!(details.localized_message().unwrap().message.contains("5非常满意"));
    }
    let mut stranger = reply("5");
    stranger.phone = "13900000000".to_owned();
    let refused = receive(&fixture, stranger).await.unwrap_err();
    assert_eq!((refused.code(), reason(&refused)), (Code::NotFound, "NOT_INVITED".to_owned()));
    let mut wrong = reply(&"长".repeat(10_000));
    (wrong.phone, wrong.channel) = ("1".to_owned(), WireChannel::Portal.into());
    wrong.project_number = "P-1".to_owned();
    let refused = receive(&fixture, wrong).await.unwrap_err();
    let details = refused.get_error_details();
    assert_eq!(details.bad_request().unwrap().field_violations.len(), 3);
    fixture.intake.shell.clock.set("2026-03-09T16:00:00Z".parse().unwrap());
    assert_eq!(reason(&receive(&fixture, reply("5")).await.unwrap_err()), "RATING_WINDOW_CLOSED");
    assert_eq!(platform::facts::head(&fixture.intake.store).await.unwrap(), head);
}

#[tokio::test]
async fn i08_a_reply_is_about_the_act_that_was_written_of_last_and_who_is_unclear_is_told_how() {
    let gateway = TestGateway::start().await;
    let fixture = writing(&gateway, in_force(COUNTY, "")).await;
    let both = [Stage::Acceptance, Stage::Completion];
    fixture.push(fixture.report("P-1", WINDOW_ITEM, &both)).await.unwrap();
    send(&fixture.intake).await;
    // Known by now, but no message was sent about it yet.
    fixture.push(fixture.report("P-2", WINDOW_ITEM, &both)).await.unwrap();
    receive(&fixture, reply("谢谢")).await.unwrap_err();
    receive(&fixture, reply("随便")).await.unwrap_err();
    let rated = receive(&fixture, reply("4")).await.unwrap();
    let mine = fixture.my_cases(PERSON).await;
    let rated_case = |my: &&MyCase| my.acts.iter().any(|act| act.level() == Level::Satisfied);
    let numbers: Vec<_> = mine
        .iter()
        .filter(rated_case)
        .map(|my| my.case.as_ref().unwrap().project_number.as_str())
        .collect();
    assert_eq!(numbers, ["P-1"]);
    assert!(rated.reply.contains(fixture.intake.notifier.as_ref().unwrap().look_up()));
    send(&fixture.intake).await;
    let told = gateway.told();
    let hints = told.iter().filter(|m| m.body["text"].as_str().unwrap().contains("没有读懂"));
    assert_eq!(hints.count(), 0, "who has rated meanwhile is left alone");
}

#[tokio::test]
async fn i08_who_wants_no_more_messages_is_sent_none_and_can_still_rate() {
    let gateway = TestGateway::start().await;
    let fixture = writing(&gateway, in_force(COUNTY, "")).await;
    let both = [Stage::Acceptance, Stage::Completion];
    fixture.push(fixture.report("P-1", WINDOW_ITEM, &both)).await.unwrap();
    let refused = receive(&fixture, reply("退订")).await.unwrap_err();
    let told = refused.get_error_details().localized_message().unwrap().message.clone();
    assert!(told.contains("不再"), "{told}");
    send(&fixture.intake).await;
    assert!(gateway.told().is_empty());
    receive(&fixture, reply("5")).await.unwrap();
}

#[tokio::test]
async fn i08_who_is_unclear_is_told_how_by_sms_once() {
    let gateway = TestGateway::start().await;
    let fixture = writing(&gateway, in_force(COUNTY, "")).await;
    let both = [Stage::Acceptance, Stage::Completion];
    fixture.push(fixture.report("P-1", WINDOW_ITEM, &both)).await.unwrap();
    for answer in ["谢谢", "随便"] {
        receive(&fixture, reply(answer)).await.unwrap_err();
    }
    send(&fixture.intake).await;
    let told = gateway.told();
    let hints = told.iter().filter(|m| m.body["text"].as_str().unwrap().contains("没有读懂"));
    assert_eq!(hints.count(), 1);
}

#[tokio::test]
async fn i05_hy7_a_negative_reply_says_why_and_who_does_not_is_told_to() {
    let fixture = Fixture::under("haiyang-2021").await;
    let both = [Stage::Acceptance, Stage::Completion];
    fixture.push(fixture.report("P-1", WINDOW_ITEM, &both)).await.unwrap();
    let refused = receive(&fixture, reply("1")).await.unwrap_err();
    assert_eq!(reason(&refused), "REASON_NEEDED");
    assert_eq!(
        receive(&fixture, reply("1 等候太久")).await.unwrap().level(),
        Level::VeryDissatisfied
    );
    assert_eq!(receive(&fixture, reply("5")).await.unwrap().level(), Level::VerySatisfied);
}

#[tokio::test]
async fn i08_the_same_reply_has_the_same_answer_even_after_the_window_closed() {
    let fixture = with_case().await;
    let first = reply("4");
    let rated = receive(&fixture, first.clone()).await.unwrap();
    fixture.intake.shell.clock.set("2026-03-20T16:00:00Z".parse().unwrap());
    assert_eq!(receive(&fixture, first.clone()).await.unwrap(), rated);
    let other = ReceiveReplyRequest { answer: "1".to_owned(), ..first };
    assert_eq!(receive(&fixture, other).await.unwrap_err().code(), Code::AlreadyExists);
}

#[tokio::test]
async fn i01_a_key_of_the_hotline_rates_the_case_that_it_names_for_the_phone_that_calls() {
    let fixture = with_case().await;
    let mut pressed = reply("2");
    pressed.channel = WireChannel::Hotline.into();
    assert_eq!(receive(&fixture, pressed.clone()).await.unwrap_err().code(), Code::InvalidArgument);
    pressed.project_number = "P-1".to_owned();
    let rated = receive(&fixture, pressed.clone()).await.unwrap();
    assert_eq!(rated.level(), Level::Dissatisfied);
    pressed.phone = "13900000000".to_owned();
    pressed.request_id = fixture.intake.shell.clock.new_id().to_string();
    assert_eq!(reason(&receive(&fixture, pressed).await.unwrap_err()), "NOT_INVITED");
}

const BOTH: [Stage; 2] = [Stage::Acceptance, Stage::Completion];

/// Two cases of one phone, the second an hour after the first; a message was sent when each was
/// completed.
async fn two_matters(gateway: &TestGateway) -> Fixture {
    let fixture = writing(gateway, in_force(COUNTY, "")).await;
    for (number, at) in [("P-1", "2026-03-02T01:00:00Z"), ("P-2", "2026-03-02T02:00:00Z")] {
        fixture.intake.shell.clock.set(at.parse().unwrap());
        fixture.push(fixture.report(number, WINDOW_ITEM, &BOTH)).await.unwrap();
        send(&fixture.intake).await;
    }
    fixture
}

fn texts(gateway: &TestGateway) -> Vec<String> {
    let text = |told: &crate::jobs::testing::GatewayRequest| {
        told.body["text"].as_str().unwrap().to_owned()
    };
    gateway.told().iter().map(text).collect()
}

/// The ratings so far: the hour of the service and the level.
async fn rated(fixture: &Fixture) -> Vec<(i64, Level)> {
    let hour = |rating: &proto::fact::v1::RatingSubmitted| {
        rating.act.as_ref().unwrap().served_at.unwrap().seconds / 3_600 % 24
    };
    let told = fixture.told().await.into_iter();
    told.filter_map(|body| match body {
        Body::RatingSubmitted(rating) => Some((hour(&rating), rating.level())),
        _ => None,
    })
    .collect()
}

#[tokio::test]
async fn i08_of_two_open_matters_a_reply_rates_the_one_it_names_and_is_told_which() {
    let gateway = TestGateway::start().await;
    let fixture = two_matters(&gateway).await;
    let texts = texts(&gateway);
    assert!(texts[0].contains("或直接回复数字：5非常满意"), "nothing to tell apart: {}", texts[0]);
    let second = "业务已办结，请评价（3月2日10:00办结）： ";
    assert!(texts[1].contains(second), "{}", texts[1]);
    assert!(texts[1].contains("或回复代码10，空一格再写数字：5非常满意"), "{}", texts[1]);
    let answer = receive(&fixture, reply("10 5 很快")).await.unwrap().reply;
    assert!(answer.contains("您对3月2日10:00办结的业务（代码10）的评价“非常满意”"), "{answer}");
    // A reply without sign can only be about the one that is left.
    let answer = receive(&fixture, reply("1 态度差")).await.unwrap().reply;
    assert!(answer.contains("您对3月2日09:00办结的业务的评价“非常不满意”"), "{answer}");
    // Signs and levels without a space, in full width, and with words that people write between.
    for (written, level) in
        [("104", 4), ("１０　３", 3), ("10+2", 2), ("回复10，4", 4), ("代码10 5", 5)]
    {
        // So many within a minute would be too many for one act.
        let later = fixture.intake.shell.clock.now() + jiff::SignedDuration::from_secs(61);
        fixture.intake.shell.clock.set(later);
        let rated = receive(&fixture, reply(written)).await.unwrap();
        assert_eq!(rated.level().as_str_name(), LEVELS[level], "{written}");
    }
    let rated = rated(&fixture).await;
    assert_eq!(rated[..2], [(2, Level::VerySatisfied), (1, Level::VeryDissatisfied)]);
    assert!(rated[2..].iter().all(|(hour, _)| *hour == 2), "{rated:?}");
}

const LEVELS: [&str; 6] = [
    "LEVEL_UNSPECIFIED",
    "LEVEL_VERY_DISSATISFIED",
    "LEVEL_DISSATISFIED",
    "LEVEL_BASICALLY_SATISFIED",
    "LEVEL_SATISFIED",
    "LEVEL_VERY_SATISFIED",
];

#[tokio::test]
async fn i08_who_does_not_say_which_of_two_is_asked_by_one_message_and_nothing_is_rated_by_a_guess()
{
    let gateway = TestGateway::start().await;
    let fixture = two_matters(&gateway).await;
    for answer in ["1 态度差", "5 很快", "谢谢", "12 5", "10"] {
        let refused = receive(&fixture, reply(answer)).await.unwrap_err();
        assert_eq!(reason(&refused), "WHICH_MATTER", "{answer}");
        let details = refused.get_error_details();
        assert_eq!(details.error_info().unwrap().metadata["signs"], "10,11");
        let asked = &details.localized_message().unwrap().message;
        assert!(asked.contains("10（3月2日10:00办结）、11（3月2日09:00办结）"), "{asked}");
    }
    assert_eq!(rated(&fixture).await, []);
    send(&fixture.intake).await;
    let texts = texts(&gateway);
    assert_eq!(texts.len(), 3, "one question: {texts:?}");
    assert!(
        texts[2].contains("代码：10（3月2日10:00办结）、11（3月2日09:00办结）。评价：5非常满意")
    );
    receive(&fixture, reply("11 1 态度差")).await.unwrap();
    receive(&fixture, reply("10 5 很快")).await.unwrap();
    let both = [(1, Level::VeryDissatisfied), (2, Level::VerySatisfied)];
    assert_eq!(rated(&fixture).await, both);
    // Both are rated: with a level alone, a guess would supersede one of them.
    let refused = receive(&fixture, reply("3")).await.unwrap_err();
    assert_eq!(reason(&refused), "WHICH_MATTER");
    let details = refused.get_error_details();
    assert!(details.localized_message().unwrap().message.contains("10（3月2日10:00办结，已评价）"));
    assert_eq!(rated(&fixture).await, both);
}

#[tokio::test]
async fn i08_a_reply_that_may_be_meant_for_a_matter_whose_window_just_closed_rates_no_other() {
    let gateway = TestGateway::start().await;
    let fixture = writing(&gateway, in_force(COUNTY, "")).await;
    fixture.push(fixture.report("P-1", WINDOW_ITEM, &BOTH)).await.unwrap();
    send(&fixture.intake).await;
    fixture.on_march(6);
    fixture.push(fixture.report("P-2", WINDOW_ITEM, &BOTH)).await.unwrap();
    send(&fixture.intake).await;
    receive(&fixture, reply("1 态度差")).await.unwrap_err();
    // The first one closed on the 9th, after the message about the second.
    fixture.on_march(10);
    let refused = receive(&fixture, reply("1 态度差")).await.unwrap_err();
    assert_eq!(reason(&refused), "WHICH_MATTER");
    let details = refused.get_error_details();
    assert_eq!(details.error_info().unwrap().metadata["signs"], "10", "what can be rated");
    let refused = receive(&fixture, reply("11 1")).await.unwrap_err();
    assert_eq!(reason(&refused), "RATING_WINDOW_CLOSED", "the first one's own sign");
    let rated = receive(&fixture, reply("10 4")).await.unwrap();
    assert!(rated.reply.contains("3月6日09:00办结"), "{}", rated.reply);
    // A matter that closed before the question about another one is not meant any more.
    fixture.on_march(20);
    fixture.push(fixture.report("P-3", WINDOW_ITEM, &BOTH)).await.unwrap();
    send(&fixture.intake).await;
    let rated = receive(&fixture, reply("5")).await.unwrap();
    assert!(rated.reply.contains("3月20日09:00办结"), "{}", rated.reply);
}

#[tokio::test]
async fn i08_two_messages_of_one_round_both_say_their_signs_and_a_rated_matter_needs_none() {
    let gateway = TestGateway::start().await;
    let fixture = writing(&gateway, in_force(COUNTY, "")).await;
    for number in ["P-1", "P-2"] {
        fixture.push(fixture.report(number, WINDOW_ITEM, &BOTH)).await.unwrap();
    }
    send(&fixture.intake).await;
    // Two that are sent at once may leave a number out.
    let sign = |text: String| text.split("代码").nth(1).unwrap()[..2].to_owned();
    let signs: Vec<String> = texts(&gateway).into_iter().map(sign).collect();
    assert!(signs.len() == 2 && signs[0] != signs[1], "each its own: {signs:?}");
    assert!(signs.contains(&"10".to_owned()), "{signs:?}");
    for (sign, level) in signs.iter().zip(["4", "3"]) {
        receive(&fixture, reply(&format!("{sign} {level}"))).await.unwrap();
    }
    fixture.on_march(4);
    fixture.push(fixture.report("P-3", WINDOW_ITEM, &BOTH)).await.unwrap();
    send(&fixture.intake).await;
    assert!(!texts(&gateway)[2].contains("代码"), "{}", texts(&gateway)[2]);
    let rated = receive(&fixture, reply("5")).await.unwrap();
    assert!(rated.reply.contains("3月4日09:00办结"), "{}", rated.reply);
}

#[tokio::test]
async fn i08_where_somebody_else_writes_to_raters_two_cases_are_told_apart_in_the_answer() {
    let fixture = with_case().await;
    fixture.push(fixture.report("P-2", WINDOW_ITEM, &BOTH)).await.unwrap();
    let refused = receive(&fixture, reply("1")).await.unwrap_err();
    assert_eq!(reason(&refused), "WHICH_MATTER");
    receive(&fixture, reply("11 1")).await.unwrap();
    receive(&fixture, reply("5")).await.unwrap();
    let cases: std::collections::HashSet<String> = fixture
        .told()
        .await
        .into_iter()
        .filter_map(|body| match body {
            Body::RatingSubmitted(rating) => Some(rating.act?.case_id),
            _ => None,
        })
        .collect();
    assert_eq!(cases.len(), 2);
}

const WISHES: [&str; 9] = [
    "退订，谢谢",
    "请退订",
    "TD 谢谢",
    "Stop. Thank you",
    "TD",
    "怎么退订？",
    "别再发短信了！",
    "麻烦帮我退订短信",
    "please unsubscribe me",
];

#[tokio::test]
async fn i08_the_wish_for_no_more_messages_is_kept_of_every_phone_whatever_can_be_rated() {
    let gateway = TestGateway::start().await;
    let fixture = writing(&gateway, in_force(COUNTY, "")).await;
    for (n, wish) in (1..).zip(WISHES) {
        // From a phone that nobody invited.
        let phone = format!("1390000000{n}");
        let request = ReceiveReplyRequest { phone: phone.clone(), ..reply(wish) };
        let refused = receive(&fixture, request).await.unwrap_err();
        let details = refused.get_error_details();
        assert_eq!(details.error_info().unwrap().metadata["why"], "unsubscribe", "{wish}");
        let told = &details.localized_message().unwrap().message;
        assert!(told.contains("不再向您发送"), "{wish}: {told}");
        let index = fixture.intake.shell.blind.phone(&phone);
        assert!(messages::has_opted_out(&fixture.intake.store, &index).await.unwrap(), "{wish}");
    }
    // And from one whose window has closed.
    fixture.push(fixture.report("P-1", WINDOW_ITEM, &BOTH)).await.unwrap();
    send(&fixture.intake).await;
    fixture.on_march(20);
    let refused = receive(&fixture, reply("TD")).await.unwrap_err();
    assert_eq!(refused.get_error_details().error_info().unwrap().metadata["why"], "unsubscribe");
    fixture.push(fixture.report("P-2", WINDOW_ITEM, &BOTH)).await.unwrap();
    send(&fixture.intake).await;
    assert_eq!(gateway.told().len(), 1, "nothing more, and no question what was meant");
}

#[tokio::test]
async fn i08_a_reply_that_rates_and_wishes_does_both_and_one_that_only_wishes_is_asked_nothing() {
    let gateway = TestGateway::start().await;
    let fixture = two_matters(&gateway).await;
    let request = reply("10 1 态度差，退订");
    let rated = receive(&fixture, request.clone()).await.unwrap();
    assert_eq!(rated.level(), Level::VeryDissatisfied);
    assert!(rated.reply.contains("不再向您发送评价短信"), "{}", rated.reply);
    let own = fixture.intake.shell.blind.phone("13800000000");
    assert!(messages::has_opted_out(&fixture.intake.store, &own).await.unwrap(), "it is kept");
    assert_eq!(receive(&fixture, request).await.unwrap(), rated);
    for wish in ["退订", "退订 随便", "12 5 退订"] {
        let refused = receive(&fixture, reply(wish)).await.unwrap_err();
        let details = refused.get_error_details();
        assert_eq!(details.error_info().unwrap().metadata["why"], "unsubscribe", "{wish}");
    }
    send(&fixture.intake).await;
    assert_eq!(gateway.told().len(), 2, "no question and no hint");
    // A matter of that name is a matter, and its rating is no opt-out.
    let other = ReceiveReplyRequest {
        phone: "13900000000".to_owned(),
        ..reply("1 办理退订业务态度差")
    };
    let mut report = fixture.report("P-9", WINDOW_ITEM, &BOTH);
    report.applicant.as_mut().unwrap().phone = "13900000000".to_owned();
    fixture.push(report).await.unwrap();
    let rated = receive(&fixture, other).await.unwrap();
    assert!(!rated.reply.contains("不再"), "{}", rated.reply);
    let index = fixture.intake.shell.blind.phone("13900000000");
    assert!(!messages::has_opted_out(&fixture.intake.store, &index).await.unwrap());
}
