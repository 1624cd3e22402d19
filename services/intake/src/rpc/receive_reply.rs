//! Takes in what a citizen answered to a message, or pressed on the hotline (I01, I08).

use domain::{
    channel::{Channel, Gateway},
    id::RatingId,
    level::LabelSet,
    rating::{MAX_TEXT_CHARS, Submission, receipt_code},
    reply::{self, NotUnderstood},
    violation::{Violations, identifier, plain_text},
};
use platform::{
    auth::Messenger,
    clock::instant,
    convert::{channel, from_wire, level, to_wire},
    status::Failure,
};
use proto::intake::v1::{ReceiveReplyRequest, ReceiveReplyResponse};

use super::submit_application::request_id;
use crate::{
    Intake,
    entity::{rating, service_act},
    error::Error,
    jobs::{
        commit_ratings::{Candidate, in_time, row},
        invite,
        notifier::Kind,
    },
    store::{self, messages},
};

/// The longest phone as gateways write it.
const MAX_PHONE: usize = 24;

pub(crate) async fn run(
    intake: &Intake,
    caller: Messenger,
    request: ReceiveReplyRequest,
) -> Result<ReceiveReplyResponse, Error> {
    let received_at = intake.shell.clock.now();
    let request_id = request_id(&request.request_id)?;
    let mut wrong = Violations::default();
    let channel = wrong.take("channel", channel(request.channel));
    let gateway = match channel {
        Some(Channel::SmsReply) => Some(Gateway::Sms),
        Some(Channel::Hotline) => Some(Gateway::Hotline),
        _ => None,
    };
    wrong.require(gateway.is_some(), "channel", "is neither the reply of an SMS nor the hotline");
    let digits = request.phone.chars().filter(char::is_ascii_digit).count();
    let phone = request.phone.len() <= MAX_PHONE && (11..=15).contains(&digits);
    wrong.require(phone, "phone", "is no phone number");
    wrong.take("answer", plain_text(&request.answer, MAX_TEXT_CHARS));
    wrong.take("project_number", identifier(&request.project_number));
    let hotline = gateway == Some(Gateway::Hotline);
    let named = hotline != request.project_number.is_empty();
    wrong.require(named, "project_number", "is the hotline's to name, and only the hotline's");
    let reported_at = request.reported_at.as_ref();
    let reported_at = reported_at.and_then(|at| wrong.take("reported_at", from_wire(at)));
    let (channel, gateway) = wrong.finish((channel, gateway))?;
    let (Some(channel), Some(gateway)) = (channel, gateway) else {
        return Err(Violations::default().into());
    };
    let scope = caller.id().as_bytes();
    let key = intake.shell.requests.key(scope, "ReceiveReply", request_id, &request);
    let before = store::submit::by_request_key(&intake.store, &[key.key.to_vec()]).await?;
    let before = before.into_values().next();
    let act = match &before {
        // Asked again: about the same act, whatever else the phone was invited to rate since.
        Some(row) if row.body_hash == key.body => store::act_row(&intake.store, row.act_id).await?,
        Some(_) => return Err(Failure::RequestIdReused.into()),
        None => {
            let phone = intake.shell.blind.phone(&request.phone);
            store::invited_by_phone(&intake.store, &phone, &request.project_number).await?
        }
    };
    let act = act.ok_or(Error::NotInvited)?;
    let known = intake.reference.now();
    let not_yet = || Error::NotKnownYet { reason: "CATALOG_NOT_KNOWN_YET", what: "the profile" };
    let profile = known.policy(&act.policy).ok_or_else(not_yet)?;
    let labels = profile.label_set.value;
    let answer = |row: &rating::Model| answer(intake, row, labels);
    if let Some(row) = before {
        return answer(&row);
    }
    in_time(&act, received_at.as_microsecond())?;
    let understood = match reply::parse(&request.answer, labels) {
        Ok(understood) => understood,
        Err(why) => {
            match why {
                NotUnderstood::Unsubscribe => {
                    let phone = intake.shell.blind.phone(&request.phone);
                    messages::opt_out(&intake.store, &phone, received_at).await?;
                }
                NotUnderstood::Unclear if gateway == Gateway::Sms => say_how(intake, &act).await?,
                NotUnderstood::Unclear | NotUnderstood::Hidden => {}
            }
            return Err(why.into());
        }
    };
    let bare = understood.level.is_negative() && understood.text.is_empty();
    if bare && profile.negative_needs_reason.value {
        return Err(Error::ReasonNeeded);
    }
    let submission = Submission {
        level: understood.level,
        tag_codes: Vec::new(),
        tag_list_version: String::new(),
        text: understood.text,
        answers: Vec::new(),
        private: false,
    };
    let row = row(intake, &submission, act.id, channel, key, received_at, reported_at)?;
    let candidate = Candidate {
        submission,
        row,
        fact_id: intake.shell.clock.new_id(),
        key,
        traceparent: String::new(),
        identified: false,
    };
    answer(&intake.queue.commit(candidate).await?)
}

/// What came of a reply, and what to answer the citizen.
fn answer(
    intake: &Intake,
    row: &rating::Model,
    labels: LabelSet,
) -> Result<ReceiveReplyResponse, Error> {
    let level = level(row.level.into()).map_err(|why| Failure::Internal(why.to_string()))?;
    let (label, code) = (level.label(labels), receipt_code(RatingId(row.id)));
    Ok(ReceiveReplyResponse {
        rating_id: row.id.to_string(),
        level: row.level.into(),
        received_at: Some(to_wire(instant(row.received_at))),
        reply: format!("已收到您的评价“{label}”，回执码{code}。{}", where_to_look(intake)),
    })
}

/// Where cases, ratings and what became of them are looked up, as whoever runs this says (I20).
fn where_to_look(intake: &Intake) -> String {
    match intake.look_up() {
        "" => String::new(),
        look_up => format!("办件和评价结果可查：{look_up}"),
    }
}

/// Tells whoever answered how to, by SMS and once an act.
async fn say_how(intake: &Intake, act: &service_act::Model) -> Result<(), Error> {
    if intake.notifier.is_none() {
        return Ok(());
    }
    let hint = invite::row(intake, Kind::ReplyHint, act, intake.shell.clock.now());
    let txn = intake.store.begin().await?;
    messages::insert(&txn, vec![hint]).await?;
    Ok(txn.commit().await?)
}

#[cfg(test)]
mod tests {
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
        assert_eq!(details.bad_request().unwrap().field_violations.len(), 4);
        fixture.intake.shell.clock.set("2026-03-09T16:00:00Z".parse().unwrap());
        assert_eq!(
            reason(&receive(&fixture, reply("5")).await.unwrap_err()),
            "RATING_WINDOW_CLOSED"
        );
        assert_eq!(platform::facts::head(&fixture.intake.store).await.unwrap(), head);
    }

    #[tokio::test]
    async fn i08_a_reply_is_about_the_act_that_was_written_of_last_and_who_is_unclear_is_told_how()
    {
        let gateway = TestGateway::start().await;
        let fixture = writing(&gateway, in_force(COUNTY, "")).await;
        let both = [Stage::Acceptance, Stage::Completion];
        fixture.push(fixture.report("P-1", WINDOW_ITEM, &both)).await.unwrap();
        send(&fixture.intake).await;
        // Known by now, but not written of yet.
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
        assert_eq!(
            receive(&fixture, pressed.clone()).await.unwrap_err().code(),
            Code::InvalidArgument
        );
        pressed.project_number = "P-1".to_owned();
        let rated = receive(&fixture, pressed.clone()).await.unwrap();
        assert_eq!(rated.level(), Level::Dissatisfied);
        pressed.phone = "13900000000".to_owned();
        pressed.request_id = fixture.intake.shell.clock.new_id().to_string();
        assert_eq!(reason(&receive(&fixture, pressed).await.unwrap_err()), "NOT_INVITED");
    }
}
