//! Who has the right to rate an act that a business system reports, and what happens when it
//! reports another phone or number later.

mod accepted;
mod robots;

use platform::{
    auth::Caller,
    testing::{WINDOW_ITEM, WINDOWS, principal},
};
use proto::{
    fact::v1::{ApplicantChanged, applicant_changed::ContactChange, fact::Body},
    intake::v1::{
        CaseReport, GetPersonRequest, LookPurpose, PersonField, ReceiveReplyRequest,
        ReceiveReplyResponse, RevealPersonRequest, ScanWindowCodeRequest,
        get_person_request::Subject as Masked, reveal_person_request::Subject as Shown,
    },
    r#type::v1::{Channel, Level, Stage},
};
use sea_orm::EntityTrait as _;
use tonic::Code;

use crate::{
    convert::people::Applicant,
    entity::{former_applicant, rating},
    jobs::testing::{COUNTY, TestGateway, in_force, send, writing},
    rpc::{
        people::{get_person, reveal_person},
        rating::{receive_reply, scan_window_code},
        testing::{Fixture, PERSON, officer, refusal},
    },
};

const FIRST: &str = "13800000000";
const LATER: &str = "13900000000";
const BOTH: [Stage; 2] = [Stage::Acceptance, Stage::Completion];

async fn reply(
    fixture: &Fixture,
    phone: &str,
    answer: &str,
) -> Result<ReceiveReplyResponse, (Code, String)> {
    let request = ReceiveReplyRequest {
        request_id: fixture.intake.shell.clock.new_id().to_string(),
        channel: Channel::SmsReply.into(),
        phone: phone.to_owned(),
        answer: answer.to_owned(),
        ..ReceiveReplyRequest::default()
    };
    let gateway = principal("sms-gateway", Caller::Messenger);
    receive_reply::run(&fixture.intake, gateway, request).await.map_err(refusal)
}

fn with_phone(mut report: CaseReport, phone: &str) -> CaseReport {
    report.applicant.as_mut().unwrap().phone = phone.to_owned();
    report
}

async fn changes(fixture: &Fixture) -> Vec<ApplicantChanged> {
    let changed = |body| match body {
        Body::ApplicantChanged(changed) => Some(changed),
        _ => None,
    };
    fixture.told().await.into_iter().filter_map(changed).collect()
}

async fn levels(fixture: &Fixture) -> Vec<i16> {
    let ratings = rating::Entity::find().all(fixture.intake.store.read()).await.unwrap();
    ratings.iter().map(|rating| rating.level).collect()
}

#[tokio::test]
async fn s03_i15_another_phone_told_later_gives_no_right_to_what_was_invited_or_rated() {
    let gateway = TestGateway::start().await;
    let fixture = writing(&gateway, in_force(COUNTY, "")).await;
    let report = fixture.report("P-1", WINDOW_ITEM, &BOTH);
    fixture.push(report.clone()).await.unwrap();
    send(&fixture.intake).await;
    assert_eq!(reply(&fixture, FIRST, "1").await.unwrap().level(), Level::VeryDissatisfied);
    let unsent = fixture.report("P-2", WINDOW_ITEM, &BOTH);
    fixture.push(unsent.clone()).await.unwrap();
    assert_eq!(changes(&fixture).await, []);

    let changed = fixture.push(with_phone(report, LATER)).await.unwrap();
    assert!(changed.changed);
    fixture.push(with_phone(unsent, LATER)).await.unwrap();
    let not_invited = (Code::NotFound, "NOT_INVITED".to_owned());
    assert_eq!(reply(&fixture, LATER, "5").await.unwrap_err(), not_invited);
    // A planned message goes to the person it was planned for.
    send(&fixture.intake).await;
    let phones: Vec<String> =
        gateway.told().iter().map(|told| told.body["phone"].as_str().unwrap().to_owned()).collect();
    assert_eq!(phones, [FIRST, FIRST]);
    assert_eq!(reply(&fixture, LATER, "5").await.unwrap_err(), not_invited);
    assert_eq!(levels(&fixture).await, [Level::VeryDissatisfied as i16]);
    reply(&fixture, FIRST, "2").await.unwrap();

    // The change is a fact, and the former applicant stays on record with the system that changed
    // it.
    let told = changes(&fixture).await;
    assert_eq!(told.len(), 2);
    assert_eq!(told[0].case_id, changed.case.unwrap().case_id);
    assert_eq!(
        (told[0].phone(), told[0].number()),
        (ContactChange::Replaced, ContactChange::Unspecified)
    );
    let kept = former_applicant::Entity::find().all(fixture.intake.store.read()).await.unwrap();
    assert_eq!(kept.len(), 2);
    for row in kept {
        let sealed = row.applicant.unwrap();
        let who = Applicant::open_former(&fixture.intake.shell.sealer, &sealed, row.id).unwrap();
        assert_eq!((who.phone.as_str(), row.replaced_by.as_str()), (FIRST, "system"));
    }
}

#[tokio::test]
async fn s03_i15_a_number_told_where_there_was_none_gives_no_right_to_earlier_acts_by_any_door() {
    let fixture = Fixture::new().await;
    let mut first = fixture.report("P-1", WINDOW_ITEM, &[Stage::Acceptance]);
    first.applicant.as_mut().unwrap().number.clear();
    fixture.push(first).await.unwrap();
    reply(&fixture, FIRST, "1").await.unwrap();
    let mut whole = fixture.report("P-1", WINDOW_ITEM, &BOTH);
    whole.applicant.as_mut().unwrap().phone = LATER.to_owned();
    fixture.push(whole).await.unwrap();

    // The case and later services are theirs now; an act that was rated is not.
    let mine = fixture.my_cases(PERSON).await;
    let stages = |acts: &[proto::intake::v1::MyAct]| -> Vec<Stage> {
        acts.iter().map(proto::intake::v1::MyAct::stage).collect()
    };
    assert_eq!(stages(&mine[0].acts), [Stage::Completion]);
    let code = fixture.intake.shell.window_codes.code(WINDOWS[0]);
    let request = ScanWindowCodeRequest { code, ..ScanWindowCodeRequest::default() };
    let scanned = scan_window_code::run(&fixture.intake, fixture.citizen(PERSON), request).await;
    assert_eq!(stages(&scanned.unwrap().acts), [Stage::Completion]);
    reply(&fixture, LATER, "5").await.unwrap();
    reply(&fixture, FIRST, "2").await.unwrap();
    let rated: Vec<(Stage, Level)> = fixture
        .told()
        .await
        .into_iter()
        .filter_map(|body| match body {
            Body::RatingSubmitted(rating) => Some((rating.act.as_ref()?.stage(), rating.level())),
            _ => None,
        })
        .collect();
    assert_eq!(
        rated,
        [
            (Stage::Acceptance, Level::VeryDissatisfied),
            (Stage::Completion, Level::VerySatisfied),
            (Stage::Acceptance, Level::Dissatisfied),
        ]
    );
    let told = changes(&fixture).await;
    assert_eq!(
        (told[0].phone(), told[0].number()),
        (ContactChange::Replaced, ContactChange::Added)
    );
}

#[tokio::test]
async fn s03_i15_where_nobody_was_known_who_is_named_later_holds_what_is_opened_later() {
    let fixture = Fixture::new().await;
    let mut first = fixture.report("P-1", WINDOW_ITEM, &[Stage::Acceptance]);
    first.applicant = first.applicant.map(|applicant| proto::intake::v1::Applicant {
        kind: applicant.kind,
        ..Default::default()
    });
    fixture.push(first).await.unwrap();
    fixture.push(fixture.report("P-1", WINDOW_ITEM, &[Stage::Acceptance])).await.unwrap();
    // The person at the window may have rated the acceptance; nobody takes their place.
    let refused = reply(&fixture, FIRST, "5").await.unwrap_err();
    assert_eq!(refused.1, "NOT_INVITED");
    assert!(fixture.my_cases(PERSON).await[0].acts.is_empty());
    fixture.push(fixture.report("P-1", WINDOW_ITEM, &BOTH)).await.unwrap();
    assert_eq!(reply(&fixture, FIRST, "5").await.unwrap().level(), Level::VerySatisfied);
    let told = changes(&fixture).await;
    assert_eq!(told.len(), 1);
    assert_eq!((told[0].phone(), told[0].number()), (ContactChange::Added, ContactChange::Added));
}

#[tokio::test]
async fn s03_t02_who_is_called_back_about_a_rating_is_who_gave_it_and_not_who_is_named_since() {
    let fixture = Fixture::new().await;
    let report = fixture.report("P-1", WINDOW_ITEM, &[Stage::Acceptance]);
    let case_id = fixture.push(report.clone()).await.unwrap().case.unwrap().case_id;
    let rating_id = reply(&fixture, FIRST, "1").await.unwrap().rating_id;
    fixture.push(with_phone(report, LATER)).await.unwrap();
    let masked = async |subject| {
        let request = GetPersonRequest { subject: Some(subject) };
        get_person::run(&fixture.intake, officer("officer-1", None), request).await.unwrap()
    };
    assert!(masked(Masked::RatingId(rating_id.clone())).await.masked_phone.starts_with("138"));
    assert!(masked(Masked::CaseId(case_id)).await.masked_phone.starts_with("139"));
    let request = RevealPersonRequest {
        request_id: fixture.intake.shell.clock.new_id().to_string(),
        subject: Some(Shown::RatingId(rating_id)),
        fields: vec![PersonField::Phone.into(), PersonField::Name.into()],
        purpose: LookPurpose::CallBack.into(),
        purpose_note: "向评价人核实".to_owned(),
    };
    let shown = reveal_person::run(&fixture.intake, officer("officer-1", None), request).await;
    let shown = shown.unwrap();
    assert_eq!((shown.phone.as_str(), shown.name.as_str()), (FIRST, "示例办事人"));
}

#[tokio::test]
async fn s03_i10_a_batch_is_not_taken_over_by_another_phone_in_a_case_told_later() {
    let fixture = Fixture::under("haiyang-2021").await;
    let mut report = fixture.report("P-1", WINDOW_ITEM, &BOTH);
    report.batch_number = "B-1".to_owned();
    fixture.push(report.clone()).await.unwrap();
    reply(&fixture, FIRST, "1 等候太久").await.unwrap();
    report.project_number = "P-2".to_owned();
    fixture.push(with_phone(report, LATER)).await.unwrap();
    let tokens = fixture.my_cases(PERSON).await.into_iter().flat_map(|my| my.acts);
    for token in tokens.map(|act| act.invitation.unwrap().token) {
        assert_eq!(fixture.resolve(&token).await.batch_size, 1);
    }
    reply(&fixture, LATER, "5").await.unwrap();
    let levels = levels(&fixture).await;
    assert_eq!(levels, [Level::VeryDissatisfied as i16, Level::VerySatisfied as i16]);
}
