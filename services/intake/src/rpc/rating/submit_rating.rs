//! Submits a rating; an answer means that it is durable.

use std::net::IpAddr;

use domain::{
    id::{ActId, RatingId},
    rating::{MAX_ANSWERS, MAX_TAGS, MAX_TEXT_CHARS, Submission, receipt_code},
    violation::Violations,
};
use platform::{
    auth::{Citizen, Rater},
    clock::instant,
    convert::{from_wire, level, to_wire},
};
use proto::intake::v1::{SubmitRatingRequest, SubmitRatingResponse};
use uuid::Uuid;

use crate::{
    Intake,
    app::rating::{
        batch, devices,
        row::{row, words_hash},
    },
    entity::rating,
    error::{Error, rating::invitation::InvitationError},
    state::queue::Candidate,
    store::{case::acts, rating::batches},
};

pub(crate) async fn run(
    intake: &Intake,
    caller: Rater,
    network: Option<IpAddr>,
    request: SubmitRatingRequest,
) -> Result<SubmitRatingResponse, Error> {
    devices::in_use(intake, &caller)?;
    let mut candidate = candidate(intake, &caller, request)?;
    devices::at_own_window(intake, &caller, ActId(candidate.row.act_id)).await?;
    if let Some(citizen) = caller.citizen() {
        own_invitation(intake, citizen, candidate.row.act_id).await?;
    }
    candidate.row.network = network.map(|network| intake.shell.requests.network(network).to_vec());
    // Not `shell.once`: many share a transaction, and the rating itself identifies the request.
    let row = intake.queue.commit(candidate).await?;
    Ok(SubmitRatingResponse {
        rating_id: row.id.to_string(),
        received_at: Some(to_wire(instant(row.received_at))),
        receipt_code: receipt_code(RatingId(row.id)),
        batch_rating_ids: batch_of(intake, &row).await?,
        look_up: intake.look_up().to_owned(),
    })
}

/// The ratings that follow from a rating, its own first; none if it was given alone.
async fn batch_of(intake: &Intake, row: &rating::Model) -> Result<Vec<String>, Error> {
    if row.batch_id.is_none() {
        return Ok(Vec::new());
    }
    let given = batches::of_ratings(&intake.store, [row.id]).await?;
    Ok(given.iter().flat_map(batch::ratings_of).map(|id| id.to_string()).collect())
}

/// A citizen known by name rates only as the applicant for whom the act was opened.
async fn own_invitation(intake: &Intake, citizen: &Citizen, act_id: Uuid) -> Result<(), Error> {
    let Some(index) = acts::holder_of_act(&intake.store, act_id).await? else { return Ok(()) };
    match index == intake.shell.blind.number(citizen.number()) {
        true => Ok(()),
        false => Err(InvitationError::OfAnother.into()),
    }
}

/// All checks of a request that do not need its act.
pub(crate) fn candidate(
    intake: &Intake,
    caller: &Rater,
    request: SubmitRatingRequest,
) -> Result<Candidate, Error> {
    let received_at = intake.shell.clock.now();
    let act_id = intake.shell.invitations.open(&request.token)?;
    let mut wrong = Violations::default();
    let request_id =
        wrong.take("request_id", request.request_id.parse::<Uuid>().map_err(|_| "is no UUID"));
    let level = wrong.take("level", level(request.level));
    let channel = wrong.take("channel", devices::may_name(intake, caller, request.channel));
    wrong.require(request.tag_codes.len() <= MAX_TAGS, "tag_codes", "are more than 8");
    wrong.require(request.answers.len() <= MAX_ANSWERS, "answers", "are more than 32");
    let digits =
        |code: &String| !code.is_empty() && code.bytes().all(|b| b.is_ascii_alphanumeric());
    wrong.require(request.tag_codes.iter().all(digits), "tag_codes", "are letters and digits");
    // A text that is far too long is refused before it waits; the domain has the exact limits.
    let short = |text: &String| text.len() <= 4 * MAX_TEXT_CHARS;
    wrong.require(short(&request.text), "text", "is longer than 500 characters");
    wrong.require(request.answers.iter().all(|a| short(&a.value)), "answers", "are too long");
    let reported_at = request.reported_at.as_ref();
    let reported_at = reported_at.and_then(|at| wrong.take("reported_at", from_wire(at)));
    let read = wrong.finish((request_id, level, channel))?;
    let (Some(request_id), Some(level), Some(channel)) = read else {
        return Err(Violations::default().into());
    };

    let key = intake.shell.requests.key(act_id.0.as_bytes(), "SubmitRating", request_id, &request);
    let answers =
        request.answers.iter().map(|a| (a.question_id.clone(), a.value.clone())).collect();
    let submission = Submission {
        level,
        // Without tags a list version has no meaning.
        tag_list_version: match request.tag_codes.is_empty() {
            true => String::new(),
            false => request.tag_list_version,
        },
        tag_codes: request.tag_codes,
        text: request.text,
        answers,
        private: request.private,
    };
    let mut row = row(intake, &submission, act_id.0, channel, key, received_at, reported_at)?;
    row.shown_ms = i32::try_from(request.shown_ms).ok().filter(|ms| *ms > 0);
    let fact_id = intake.shell.clock.new_id();
    let traceparent = String::new();
    let identified = caller.citizen().is_some();
    let words_hash = words_hash(intake, &row)?;
    Ok(Candidate { submission, row, words_hash, fact_id, key, traceparent, identified })
}

#[cfg(test)]
mod tests {
    use platform::facts;
    use prost::Message as _;
    use proto::{
        fact::v1::fact::Body,
        intake::v1::{Answer, ResolveInvitationRequest, ResolveInvitationResponse},
        r#type::v1::Level,
    };
    use tonic::{Code, Status};
    use tonic_types::StatusExt as _;

    use super::*;
    use crate::{
        jobs::testing::{CHANGJI, TestGateway, in_force, writing},
        rpc::testing::{
            Fixture, ON_THE_SPOT_ITEM, rater, rating_request, republished, tag_list_published,
            wire_item,
        },
    };

    async fn refused(fixture: &Fixture, request: SubmitRatingRequest) -> Status {
        run(&fixture.intake, rater(), None, request).await.map(|_| ()).unwrap_err().into()
    }

    #[tokio::test]
    async fn i02_a_rating_has_its_case_and_tells_no_words() {
        let fixture = Fixture::new().await;
        let mut request = rating_request(&fixture.invitation().await, Level::VeryDissatisfied);
        request.tag_codes = vec!["110".to_owned()];
        request.tag_list_version = "national-2020-05".to_owned();
        request.text = "等了三个小时".to_owned();
        let receipt = run(&fixture.intake, rater(), None, request).await.unwrap();
        let told = facts::list(&fixture.intake.store, 0, 1_000).await.unwrap();
        let told = told.last().unwrap();
        let Some(Body::RatingSubmitted(rating)) = &told.body else { panic!("{told:?}") };
        let act = rating.act.as_ref().unwrap();
        assert_eq!(rating.rating_id, receipt.rating_id);
        assert!(!act.case_id.is_empty() && !rating.real_name && rating.has_text);
        assert_eq!(rating.tag_codes, ["110"]);
        let words = "等了三个小时".as_bytes();
        assert!(!told.encode_to_vec().windows(words.len()).any(|window| window == words));
    }

    #[tokio::test]
    async fn i09_the_latest_rating_counts_and_the_earlier_stays_on_record() {
        let fixture = Fixture::new().await;
        let token = fixture.invitation().await;
        let first = rating_request(&token, Level::VeryDissatisfied);
        let first = run(&fixture.intake, rater(), None, first).await.unwrap();
        fixture.intake.shell.clock.set("2026-03-02T02:00:00Z".parse().unwrap());
        let second = rating_request(&token, Level::Satisfied);
        let second = run(&fixture.intake, rater(), None, second).await.unwrap();
        let get = |rating_id: &str| {
            let request = proto::intake::v1::GetRatingRequest {
                token: token.clone(),
                rating_id: rating_id.to_owned(),
            };
            crate::rpc::rating::get_rating::run(&fixture.intake, rater(), request)
        };
        let effective = get("").await.unwrap().rating.unwrap();
        assert_eq!((&effective.rating_id, effective.effective), (&second.rating_id, true));
        let earlier = get(&first.rating_id).await.unwrap().rating.unwrap();
        assert_eq!((earlier.level(), earlier.effective), (Level::VeryDissatisfied, false));
    }

    #[tokio::test]
    async fn the_same_request_is_the_same_rating_even_after_the_window_closed() {
        let fixture = Fixture::new().await;
        let request = rating_request(&fixture.invitation().await, Level::Satisfied);
        let first = run(&fixture.intake, rater(), None, request.clone()).await.unwrap();
        fixture.intake.shell.clock.set("2026-04-01T00:00:00Z".parse().unwrap());
        assert_eq!(run(&fixture.intake, rater(), None, request.clone()).await.unwrap(), first);
        let other = SubmitRatingRequest { level: Level::Dissatisfied.into(), ..request.clone() };
        assert_eq!(refused(&fixture, other).await.code(), Code::AlreadyExists);
        // Another invitation's request with the same id is another request.
        let fresh = fixture.invitation().await;
        let elsewhere = SubmitRatingRequest { token: fresh, ..request };
        assert_ne!(run(&fixture.intake, rater(), None, elsewhere).await.unwrap(), first);
    }

    #[tokio::test]
    async fn i06_cj_a_rating_in_the_fifth_working_day_counts_and_after_it_is_refused_with_the_date()
    {
        let fixture = Fixture::new().await;
        let token = fixture.invitation().await;
        fixture.intake.shell.clock.set("2026-03-09T15:59:59.999999Z".parse().unwrap());
        let last = rating_request(&token, Level::Satisfied);
        run(&fixture.intake, rater(), None, last).await.unwrap();
        fixture.intake.shell.clock.set("2026-03-09T16:00:00Z".parse().unwrap());
        let late = refused(&fixture, rating_request(&token, Level::Satisfied)).await;
        assert_eq!(late.code(), Code::FailedPrecondition);
        let details = late.get_error_details();
        let info = details.error_info().unwrap();
        assert_eq!(info.reason, "RATING_WINDOW_CLOSED");
        assert_eq!(info.metadata["closed_on"], "2026-03-09");
        assert!(details.localized_message().unwrap().message.contains("2026-03-09"));
    }

    #[tokio::test]
    async fn everything_wrong_is_named_at_once_and_nothing_is_kept() {
        let fixture = Fixture::new().await;
        let token = fixture.invitation().await;
        let head = facts::head(&fixture.intake.store).await.unwrap();
        let malformed = SubmitRatingRequest { token: token.clone(), ..Default::default() };
        let status = refused(&fixture, malformed).await;
        let fields: Vec<String> = status
            .get_error_details()
            .bad_request()
            .unwrap()
            .field_violations
            .iter()
            .map(|violation| violation.field.clone())
            .collect();
        assert_eq!(fields, ["request_id", "level", "channel"]);
        let mut lawless = rating_request(&token, Level::VeryDissatisfied);
        lawless.tag_codes = ["510", "110", "110", "999"].map(str::to_owned).to_vec();
        lawless.tag_list_version = "national-2020-05".to_owned();
        lawless.text = format!("{}\u{2066}", "长".repeat(500));
        let status = refused(&fixture, lawless).await;
        assert_eq!(status.code(), Code::InvalidArgument);
        assert_eq!(status.get_error_details().bad_request().unwrap().field_violations.len(), 4);
        let mut forged = rating_request(&token, Level::Satisfied);
        forged.token.replace_range(..1, if forged.token.starts_with('A') { "B" } else { "A" });
        assert_eq!(refused(&fixture, forged).await.code(), Code::Unauthenticated);
        assert_eq!(facts::head(&fixture.intake.store).await.unwrap(), head);
    }

    #[tokio::test]
    async fn a_store_that_is_away_is_unavailable_and_the_same_request_is_answered_later() {
        let fixture = Fixture::new().await;
        let request = rating_request(&fixture.invitation().await, Level::Satisfied);
        let store = fixture.intake.store.clone();
        store.clone().close().await;
        let away = refused(&fixture, request.clone()).await;
        assert_eq!(away.code(), Code::Unavailable);
        let details = away.get_error_details();
        assert_eq!(details.error_info().unwrap().reason, "STORE_AWAY");
        assert!(details.retry_info().is_some());
        let (again, commits) = fixture.restarted().await;
        tokio::spawn(commits.run(again.shell.stop.clone()));
        let receipt = run(&again, rater(), None, request.clone()).await.unwrap();
        assert_eq!(run(&again, rater(), None, request).await.unwrap(), receipt);
    }

    #[tokio::test]
    async fn i20_who_is_asked_and_who_rated_are_told_where_to_look_if_whoever_runs_this_does() {
        let fixture = Fixture::new().await;
        let token = fixture.invitation().await;
        assert_eq!(fixture.resolve(&token).await.look_up, "");
        assert_eq!(fixture.rate(&token, Level::Satisfied).await.unwrap().look_up, "");
        let gateway = TestGateway::start().await;
        let fixture = writing(&gateway, in_force(CHANGJI, "")).await;
        let token = fixture.invitation().await;
        let look_up = gateway.messages().look_up;
        assert_eq!(fixture.resolve(&token).await.look_up, look_up);
        let receipt = fixture.rate(&token, Level::Satisfied).await.unwrap();
        assert_eq!(receipt.look_up, look_up);
    }

    #[tokio::test]
    async fn what_a_version_field_smuggles_in_reaches_nobody() {
        let fixture = Fixture::new().await;
        let mut request = rating_request(&fixture.invitation().await, Level::Satisfied);
        request.tag_list_version = "示例姓名 13800000000".to_owned();
        run(&fixture.intake, rater(), None, request.clone()).await.unwrap();
        for fact in facts::list(&fixture.intake.store, 0, 1_000).await.unwrap() {
            let phone = b"13800000000";
            assert!(!fact.encode_to_vec().windows(phone.len()).any(|window| window == phone));
        }
        request.request_id = fixture.intake.shell.clock.new_id().to_string();
        request.text = "长".repeat(100_000);
        assert_eq!(refused(&fixture, request).await.code(), Code::InvalidArgument);
    }

    /// What a rater sees now.
    async fn shown(fixture: &Fixture, token: &str) -> ResolveInvitationResponse {
        let request = ResolveInvitationRequest { token: token.to_owned() };
        crate::rpc::rating::resolve_invitation::run(&fixture.intake, rater(), request)
            .await
            .unwrap()
    }

    fn fields(status: &Status) -> Vec<String> {
        let details = status.get_error_details();
        let wrong = details.bad_request().unwrap().field_violations.iter();
        wrong.map(|violation| format!("{}: {}", violation.field, violation.description)).collect()
    }

    #[tokio::test]
    async fn c08_a_list_published_between_screen_and_touch_refuses_nothing() {
        let fixture = Fixture::new().await;
        let token = fixture.invitation().await;
        let screen = shown(&fixture, &token).await;
        fixture.tell(vec![tag_list_published("national-2030-01", ("110", "190"))]).await;
        let mut request = rating_request(&token, Level::VeryDissatisfied);
        request.tag_codes = vec!["110".to_owned()];
        request.tag_list_version = screen.tag_list_version.clone();
        run(&fixture.intake, rater(), None, request.clone()).await.unwrap();
        let told = facts::list(&fixture.intake.store, 0, 1_000).await.unwrap();
        let Some(Body::RatingSubmitted(rating)) = &told.last().unwrap().body else { panic!() };
        assert_eq!(rating.tag_list_version, "national-2020-05", "the version that was shown");
        let newer = shown(&fixture, &token).await;
        assert_eq!(newer.tag_list_version, "national-2030-01");
        assert!(newer.levels[4].tags.iter().any(|tag| tag.code == "190"));
        request.request_id = fixture.intake.shell.clock.new_id().to_string();
        request.tag_list_version = newer.tag_list_version;
        let gone = refused(&fixture, request.clone()).await;
        assert_eq!(fields(&gone), ["tag_codes[0]: is no tag of the list"]);
        request.tag_codes = vec!["190".to_owned()];
        run(&fixture.intake, rater(), None, request).await.unwrap();
    }

    #[tokio::test]
    async fn c08_a_list_another_replica_showed_this_very_second_is_known_and_none_that_never_was() {
        let fixture = Fixture::new().await;
        let token = fixture.invitation().await;
        let list = tag_list_published("national-2030-01", ("", ""));
        platform::testing::tell(&fixture.intake.store, vec![list]).await;
        let mut request = rating_request(&token, Level::VeryDissatisfied);
        request.tag_codes = vec!["110".to_owned(), "510".to_owned()];
        request.tag_list_version = "national-2030-01".to_owned();
        let other_level = refused(&fixture, request.clone()).await;
        assert_eq!(fields(&other_level), ["tag_codes[1]: is a tag of another level"]);
        request.tag_codes.pop();
        for never in ["national-2031-01", ""] {
            request.tag_list_version = never.to_owned();
            let status = refused(&fixture, request.clone()).await;
            let reason = "tag_list_version: is no published version of the tag list";
            assert_eq!(
                (status.code(), fields(&status)),
                (Code::InvalidArgument, vec![reason.into()])
            );
        }
        request.tag_list_version = "national-2030-01".to_owned();
        run(&fixture.intake, rater(), None, request).await.unwrap();
    }

    #[tokio::test]
    async fn c08_the_questions_are_those_of_the_version_of_the_service_even_after_a_newer_one() {
        let fixture = Fixture::new().await;
        let token = fixture.invitation().await;
        let mut second = wire_item(ON_THE_SPOT_ITEM);
        (second.version, second.name) = (2, "第二版".to_owned());
        for question in &mut second.questionnaire {
            question.question_id.push_str("_2");
        }
        fixture.tell(vec![republished(&second)]).await;
        let later = fixture.invitation().await;
        for (token, question, other) in [
            (&token, "guidance_clear", "guidance_clear_2"),
            (&later, "guidance_clear_2", "guidance_clear"),
        ] {
            let screen = shown(&fixture, token).await;
            assert_eq!(screen.questionnaire[0].question_id, question);
            assert_eq!(screen.item_name == "第二版", question.ends_with("_2"));
            let answering = |id: &str| {
                let answer = Answer { question_id: id.to_owned(), value: "yes".to_owned() };
                let request = rating_request(token, Level::Satisfied);
                SubmitRatingRequest { answers: vec![answer], ..request }
            };
            run(&fixture.intake, rater(), None, answering(question)).await.unwrap();
            let status = refused(&fixture, answering(other)).await;
            assert_eq!(fields(&status), ["answers[0]: answers no question of this item"]);
        }
    }
}
