//! Batches that are rated as one, and who must be known by name.

use std::collections::BTreeSet;

use platform::testing::{REGION, WINDOW_ITEM, unit_published};
use proto::{
    catalog::v1::{Unit, UnitKind},
    fact::v1::{RatingSubmitted, fact::Body},
    intake::v1::{CaseReport, PushCaseRequest, SubmitRatingResponse},
    r#type::v1::{Channel, Level, Stage},
};
use tonic::{Code, Status};
use tonic_types::StatusExt as _;

use crate::{
    jobs::testing::{HAIYANG, TestGateway, in_force, states, writing},
    rpc::{
        case::push_case,
        rating::submit_rating,
        testing::{Fixture, PERSON, rater, rating_request, republished, wire_item},
    },
};

const COAST: &str = "haiyang-2021";

/// Pushes completed cases of one batch.
async fn push(fixture: &Fixture, numbers: std::ops::Range<u32>) {
    for n in numbers {
        let both = [Stage::Acceptance, Stage::Completion];
        let mut report = fixture.report(&format!("P-{n}"), WINDOW_ITEM, &both);
        report.batch_number = "B-1".to_owned();
        fixture.push(report).await.unwrap();
    }
}

async fn tokens(fixture: &Fixture) -> Vec<String> {
    let mine = fixture.my_cases(PERSON).await;
    let acts = mine.into_iter().flat_map(|my| my.acts);
    acts.map(|act| act.invitation.unwrap().token).collect()
}

async fn told(fixture: &Fixture) -> Vec<RatingSubmitted> {
    let rating = |body| match body {
        Body::RatingSubmitted(rating) => Some(rating),
        _ => None,
    };
    fixture.told().await.into_iter().filter_map(rating).collect()
}

#[tokio::test]
async fn i10_hy11_a_batch_is_rated_once_and_the_rating_is_each_cases_own() {
    let fixture = Fixture::under(COAST).await;
    push(&fixture, 0..3).await;
    let alone = fixture.report("P-9", WINDOW_ITEM, &[Stage::Acceptance, Stage::Completion]);
    fixture.push(alone).await.unwrap();
    let (mut sizes, mut of_batch) = (Vec::new(), None);
    for token in tokens(&fixture).await {
        sizes.push(fixture.resolve(&token).await.batch_size);
        of_batch = of_batch.or(Some(token).filter(|_| sizes.last() == Some(&3)));
    }
    sizes.sort_unstable();
    // Acceptance and completion are services of their own, and a batch is rated at each.
    assert_eq!(sizes, [1, 1, 3, 3, 3, 3, 3, 3]);
    let mut request = rating_request(&of_batch.unwrap(), Level::Satisfied);
    request.text = "三件一次办好".to_owned();
    let rate = async |request| -> Result<SubmitRatingResponse, Status> {
        Ok(submit_rating::run(&fixture.intake, rater(), None, request).await?)
    };
    let receipt = rate(request.clone()).await.unwrap();
    assert_eq!(receipt.batch_rating_ids.len(), 3);
    assert_eq!(receipt.batch_rating_ids[0], receipt.rating_id);
    let ratings = told(&fixture).await;
    let mut acts: Vec<_> = ratings.iter().map(|r| r.act.clone().unwrap().case_id).collect();
    acts.sort();
    acts.dedup();
    assert_eq!(acts.len(), 3, "each case has its own");
    assert!(ratings.iter().all(|r| r.batch_id == ratings[0].batch_id && !r.batch_id.is_empty()));
    assert!(ratings.iter().all(|r| r.has_text && r.level() == Level::Satisfied));
    let rated = fixture.my_cases(PERSON).await.into_iter().flat_map(|my| my.acts);
    let levels: Vec<Level> = rated.map(|act| act.level()).collect();
    assert_eq!(levels.iter().filter(|level| **level == Level::Satisfied).count(), 3);

    push(&fixture, 3..4).await;
    assert_eq!(told(&fixture).await.len(), 4, "what joins has it too");
    assert_eq!(rate(request.clone()).await.unwrap(), receipt, "the same request is the same");
    assert_eq!(told(&fixture).await.len(), 4);
    request.request_id = fixture.intake.shell.clock.new_id().to_string();
    assert_eq!(rate(request).await.unwrap().batch_rating_ids.len(), 4);
}

#[tokio::test]
async fn hy11_a_case_told_after_its_batch_was_rated_has_that_rating_and_nobody_is_asked_again() {
    let gateway = TestGateway::start().await;
    let fixture = writing(&gateway, in_force(HAIYANG, "")).await;
    push(&fixture, 0..2).await;
    let asked = states(&fixture.intake).await.len();
    assert_eq!(asked, 1, "the batch is asked about once");
    let mut request = rating_request(&tokens(&fixture).await[0], Level::Dissatisfied);
    request.text = "三件都慢".to_owned();
    let receipt = submit_rating::run(&fixture.intake, rater(), None, request).await.unwrap();
    fixture.on_march(4);
    push(&fixture, 2..3).await;
    assert_eq!(states(&fixture.intake).await.len(), asked, "nobody is asked again");
    let ratings = told(&fixture).await;
    assert_eq!(ratings.len(), 3, "and nothing of the others is superseded");
    let late = ratings.last().unwrap();
    assert_eq!((late.level(), late.has_text), (Level::Dissatisfied, true));
    assert_eq!((&late.batch_id, late.received_at), (&ratings[0].batch_id, receipt.received_at));
    let offered = fixture.told().await.into_iter();
    let offered = offered.filter(|body| matches!(body, Body::RatingInvited(_))).count();
    assert_eq!(offered, 6, "figures count each at both stages");
    let mine = fixture.my_cases(PERSON).await.into_iter().flat_map(|my| my.acts);
    let levels: Vec<Level> = mine.map(|act| act.level()).collect();
    assert_eq!(levels.iter().filter(|level| **level == Level::Dissatisfied).count(), 3);
    // It is alone so far, but it is still the rating of its batch.
    let mut first = fixture.report("P-7", WINDOW_ITEM, &[Stage::Acceptance, Stage::Completion]);
    first.batch_number = "B-2".to_owned();
    let second = CaseReport { project_number: "P-8".to_owned(), ..first.clone() };
    fixture.push(first).await.unwrap();
    let mine = fixture.my_cases(PERSON).await;
    let alone = mine.iter().find(|my| my.case.as_ref().unwrap().project_number == "P-7").unwrap();
    let token = &alone.acts[0].invitation.as_ref().unwrap().token;
    fixture.rate(token, Level::Satisfied).await.unwrap();
    fixture.push(second).await.unwrap();
    assert_eq!(told(&fixture).await.len(), 5);
}

#[tokio::test]
async fn hy11_one_batch_number_over_several_agencies_is_one_batch() {
    const OTHER: &str = "652301-a09";
    let fixture = Fixture::under(COAST).await;
    let agency = Unit {
        unit_id: OTHER.to_owned(),
        kind: UnitKind::Agency.into(),
        region_code: REGION.to_owned(),
        ..Unit::default()
    };
    let mut item = wire_item(WINDOW_ITEM);
    item.code = "11652301PY6523035C4000114904000".to_owned();
    item.agency_id = OTHER.to_owned();
    fixture.tell(vec![unit_published(&[agency]), republished(&item)]).await;
    push(&fixture, 0..2).await;
    let both = [Stage::Acceptance, Stage::Completion];
    let mut theirs = fixture.report("P-9", &item.code, &both);
    theirs.batch_number = "B-1".to_owned();
    for step in &mut theirs.steps {
        (step.window_id, step.staff_id) = (String::new(), String::new());
    }
    let pushed = PushCaseRequest { report: Some(theirs) };
    push_case::run(&fixture.intake, fixture.system(OTHER), pushed).await.unwrap();
    let token = &tokens(&fixture).await[0];
    assert_eq!(fixture.resolve(token).await.batch_size, 3);
    assert_eq!(fixture.rate(token, Level::Satisfied).await.unwrap().batch_rating_ids.len(), 3);
    let ratings = told(&fixture).await;
    let agencies = ratings.iter().map(|rated| rated.act.as_ref().unwrap().agency_id.clone());
    assert_eq!(agencies.collect::<BTreeSet<_>>().len(), 2);
}

#[tokio::test]
async fn i10_only_open_acts_of_the_same_stage_and_applicant_are_rated_together() {
    let fixture = Fixture::under(COAST).await;
    push(&fixture, 0..1).await;
    // Of another applicant under the same number, and of the same one days later.
    let both = [Stage::Acceptance, Stage::Completion];
    let mut other = fixture.report("P-8", WINDOW_ITEM, &both);
    other.batch_number = "B-1".to_owned();
    other.applicant.as_mut().unwrap().number = "440524188001010014".to_owned();
    fixture.push(other).await.unwrap();
    fixture.intake.shell.clock.set("2026-03-05T01:00:00Z".parse().unwrap());
    push(&fixture, 1..2).await;
    let all = tokens(&fixture).await;
    assert_eq!(fixture.resolve(&all[0]).await.batch_size, 2);
    // The first one's window closes; what is still open is rated alone.
    fixture.intake.shell.clock.set("2026-03-09T16:00:00Z".parse().unwrap());
    assert_eq!(fixture.resolve(&all[0]).await.batch_size, 1);
    let receipt = fixture.rate(&all[0], Level::Satisfied).await.unwrap();
    assert!(receipt.batch_rating_ids.is_empty());
    assert_eq!(told(&fixture).await.len(), 1);
}

#[tokio::test]
async fn i10_whose_case_was_invited_by_another_phone_rates_for_themselves() {
    let fixture = Fixture::under(COAST).await;
    push(&fixture, 0..1).await;
    let both = [Stage::Acceptance, Stage::Completion];
    let mut other = fixture.report("P-8", WINDOW_ITEM, &both);
    other.batch_number = "B-1".to_owned();
    other.applicant.as_mut().unwrap().phone = "13900000000".to_owned();
    fixture.push(other).await.unwrap();
    for token in tokens(&fixture).await {
        assert_eq!(fixture.resolve(&token).await.batch_size, 1);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn i09_a_batch_takes_five_ratings_a_minute_whichever_of_its_cases_is_rated() {
    let fixture = Fixture::under(COAST).await;
    push(&fixture, 0..3).await;
    let mine = fixture.my_cases(PERSON).await.into_iter().flat_map(|my| my.acts);
    let completed = mine.filter(|act| act.stage() == Stage::Completion);
    let of_one_stage: Vec<_> = completed.map(|act| act.invitation.unwrap().token).collect();
    assert_eq!(of_one_stage.len(), 3);
    let mut reasons = Vec::new();
    for token in of_one_stage.iter().cycle().take(7) {
        let refused = fixture.rate(token, Level::Satisfied).await.err();
        reasons.extend(refused.map(|r| r.get_error_details().error_info().unwrap().reason.clone()));
    }
    assert_eq!(reasons, ["RATED_TOO_OFTEN"; 2]);
    assert_eq!(told(&fixture).await.len(), 5 * 3, "and of what was refused nothing is half done");
    // The same for those that share a transaction.
    fixture.on_march(3);
    let candidate = |token: &String| {
        let request = rating_request(token, Level::Satisfied);
        submit_rating::candidate(&fixture.intake, &rater(), request).unwrap()
    };
    let together = of_one_stage.iter().cycle().take(7).map(candidate).collect();
    let (results, _) = super::commit_together(&fixture.intake, &fixture.place, together).await;
    assert_eq!(results.iter().filter(|result| result.is_ok()).count(), 5);
}

#[tokio::test]
async fn i10_where_the_profile_is_silent_each_case_is_rated_for_itself() {
    let fixture = Fixture::new().await;
    push(&fixture, 0..3).await;
    let token = &tokens(&fixture).await[0];
    assert_eq!(fixture.resolve(token).await.batch_size, 1);
    fixture.rate(token, Level::Satisfied).await.unwrap();
    assert_eq!(told(&fixture).await.len(), 1);
}

#[tokio::test]
async fn i13_hy22_who_must_be_known_by_name_is_told_to_log_in_and_where_that_is_written() {
    let fixture = Fixture::under(COAST).await;
    let mut nameless = fixture.report("P-1", WINDOW_ITEM, &[Stage::Acceptance, Stage::Completion]);
    nameless.applicant.as_mut().unwrap().name.clear();
    nameless.applicant.as_mut().unwrap().number.clear();
    fixture.push(nameless).await.unwrap();
    let act = fixture.offered().await.pop().unwrap();
    let token = fixture.intake.shell.invitations.token(act.act_id.parse().unwrap());
    assert!(fixture.resolve(&token).await.log_in_first);
    let refused = fixture.rate(&token, Level::Satisfied).await.unwrap_err();
    let info = refused.get_error_details().error_info().unwrap().clone();
    assert_eq!(
        (refused.code(), info.reason.as_str()),
        (Code::FailedPrecondition, "REAL_NAME_REQUIRED")
    );
    assert!(info.metadata["clause"].contains("二十二"), "{}", info.metadata["clause"]);
    assert!(told(&fixture).await.is_empty());
    let request = rating_request(&token, Level::Satisfied);
    let known = fixture.citizen(PERSON);
    submit_rating::run(&fixture.intake, known, None, request).await.unwrap();
    assert!(told(&fixture).await[0].real_name);
}

#[tokio::test]
async fn i13_where_names_are_only_encouraged_the_nameless_rate_too() {
    let fixture = Fixture::new().await;
    let mut nameless = fixture.report("P-1", WINDOW_ITEM, &[Stage::Acceptance]);
    nameless.applicant.as_mut().unwrap().name.clear();
    nameless.applicant.as_mut().unwrap().number.clear();
    fixture.push(nameless).await.unwrap();
    let act = fixture.offered().await.pop().unwrap().act_id.parse().unwrap();
    let token = fixture.intake.shell.invitations.token(domain::id::ActId(act));
    fixture.rate(&token, Level::Dissatisfied).await.unwrap();
    assert!(!told(&fixture).await[0].real_name);
}

#[tokio::test]
async fn i15_a_citizen_known_by_name_rates_as_the_applicant_and_as_nobody_else() {
    let fixture = Fixture::new().await;
    fixture.push(fixture.report("P-1", WINDOW_ITEM, &[Stage::Acceptance])).await.unwrap();
    let token = tokens(&fixture).await.pop().unwrap();
    for (number, rates) in [("440524188001010014", false), (PERSON, true)] {
        let request = rating_request(&token, Level::Satisfied);
        let caller = fixture.citizen(number);
        let answer = submit_rating::run(&fixture.intake, caller, None, request).await;
        assert_eq!(answer.is_ok(), rates, "{answer:?}");
    }
    for channel in [Channel::SmsReply, Channel::Hotline, Channel::Paper, Channel::Kiosk] {
        let mut request = rating_request(&token, Level::Satisfied);
        request.channel = channel.into();
        let refused = submit_rating::run(&fixture.intake, rater(), None, request).await;
        assert_eq!(Status::from(refused.unwrap_err()).code(), Code::InvalidArgument, "{channel:?}");
    }
}

#[tokio::test]
async fn i01_every_channel_of_a_citizen_is_named_in_the_fact() {
    let fixture = Fixture::new().await;
    let token = fixture.invitation().await;
    let channels = [
        Channel::Portal,
        Channel::BusinessSystem,
        Channel::App,
        Channel::WindowCode,
        Channel::Wechat,
        Channel::Alipay,
        Channel::Baidu,
        Channel::SmsLink,
    ];
    for channel in channels {
        let mut request = rating_request(&token, Level::Satisfied);
        request.channel = channel.into();
        submit_rating::run(&fixture.intake, rater(), None, request).await.unwrap();
        let clock = &fixture.intake.shell.clock;
        clock.set(clock.now() + jiff::SignedDuration::from_mins(1));
    }
    let named: Vec<_> = told(&fixture).await.iter().map(RatingSubmitted::channel).collect();
    assert_eq!(named, channels);
}

#[tokio::test]
async fn i06_a_rating_that_reaches_a_server_whose_clock_runs_behind_its_act_is_refused_not_shifted()
{
    let fixture = Fixture::new().await;
    let token = fixture.invitation().await;
    for (clock, expected) in [
        ("2026-03-02T00:54:59Z", "RATING_BEFORE_SERVICE"),
        // Two servers of one deployment: a repeat a little later is accepted.
        ("2026-03-02T00:59:59Z", "CLOCK_BEHIND"),
    ] {
        fixture.intake.shell.clock.set(clock.parse().unwrap());
        let refused = fixture.rate(&token, Level::Satisfied).await.unwrap_err();
        let reason = refused.get_error_details().error_info().unwrap().reason.clone();
        assert_eq!(reason, expected);
    }
    assert!(told(&fixture).await.is_empty());
}

#[tokio::test]
async fn s03_signals_are_kept_beside_a_rating_and_told_to_nobody() {
    let fixture = Fixture::new().await;
    let token = fixture.invitation().await;
    for address in ["192.0.2.7", "::ffff:192.0.2.7", "192.0.2.8"] {
        let mut request = rating_request(&token, Level::Satisfied);
        request.shown_ms = 1_234;
        let network = Some(address.parse().unwrap());
        submit_rating::run(&fixture.intake, rater(), network, request).await.unwrap();
    }
    let act = fixture.intake.shell.invitations.open(&token).unwrap();
    let rows = crate::store::rating::ratings::ratings_of(&fixture.intake.store, act, None, 100)
        .await
        .unwrap();
    let networks: BTreeSet<_> = rows.iter().map(|row| row.network.clone().unwrap()).collect();
    assert_eq!((rows.len(), networks.len()), (3, 2), "two of them are the same network");
    assert!(rows.iter().all(|row| row.shown_ms == Some(1_234)));
}
