//! Input in the many spellings of transports, keyboards and spreadsheets.

use platform::{
    auth::{Caller, PersonDatum, Signer},
    clock::Clock,
    keys::Keys,
    testing::{AGENCY, REGION, TERMINALS, WINDOW_ITEM, principal},
};
use proto::{
    intake::v1::{
        CaseReport, GetPersonRequest, ListMyCasesRequest, ListReviewsRequest, PushCaseRequest,
        PushCaseResponse, ReceiveReplyRequest, ReceiveReplyResponse, RecordReviewRequest,
        ReviewSource, ReviewSubject, case_service_server::CaseService as _, get_person_request,
        people_service_server::PeopleService as _, rating_service_server::RatingService as _,
        review_service_server::ReviewService as _,
    },
    r#type::v1::{Channel, Involved, Level, RaterKind, Stage},
};
use tonic::{Code, Request, Status};
use tonic_types::StatusExt as _;

use crate::{
    rpc::testing::{Fixture, PERSON, named, rating_request},
    store::case::cases,
};

/// A running service, and its callers.
struct Door {
    fixture: Fixture,
    signer: Signer,
}

impl Door {
    async fn new() -> Self {
        let keys = Keys::make();
        let fixture = Fixture::with(&keys).await;
        let signer = Signer::new(&keys, fixture.intake.shell.clock.clone()).unwrap();
        Self { fixture, signer }
    }

    /// A request of a caller.
    fn of<T>(&self, caller: Caller, message: T) -> Request<T> {
        let token = self.signer.token("someone", caller, 3_600).unwrap();
        let mut request = Request::new(message);
        request.metadata_mut().insert("authorization", format!("Bearer {token}").parse().unwrap());
        request
    }

    async fn push(&self, report: CaseReport) -> Result<PushCaseResponse, Status> {
        let request = PushCaseRequest { report: Some(report) };
        let request = self.of(Caller::System { agency: AGENCY.to_owned() }, request);
        Ok(self.fixture.intake.push_case(request).await?.into_inner())
    }

    fn report(&self, number: &str) -> CaseReport {
        self.fixture.report(number, WINDOW_ITEM, &[Stage::Acceptance])
    }

    async fn reply(&self, answer: &str) -> Result<ReceiveReplyResponse, Status> {
        let reply = ReceiveReplyRequest {
            request_id: Clock::System.new_id().to_string(),
            channel: Channel::SmsReply.into(),
            phone: "+86 13800000000".to_owned(),
            answer: answer.to_owned(),
            ..ReceiveReplyRequest::default()
        };
        let request = self.of(Caller::Messenger, reply);
        Ok(self.fixture.intake.receive_reply(request).await?.into_inner())
    }

    /// The cases of the person with a number, by their token.
    async fn mine(&self, number: &str) -> usize {
        let rater = domain::rating::RaterKind::NaturalPerson;
        let caller = Caller::Citizen { rater, number: PersonDatum(number.to_owned()) };
        let request = self.of(caller, ListMyCasesRequest::default());
        self.fixture.intake.list_my_cases(request).await.unwrap().into_inner().cases.len()
    }
}

#[tokio::test]
async fn i08_no_reply_is_lost_by_how_transport_spells_it() {
    let door = Door::new().await;
    let mut report = door.report("P-1");
    report.steps[0].stage = Stage::Acceptance.into();
    door.push(report).await.unwrap();
    let long = format!("4 {}", "慢".repeat(600));
    for (answer, level) in [
        ("1\r\n", Level::VeryDissatisfied),
        ("1\t慢", Level::VeryDissatisfied),
        ("\u{FEFF}5\u{200B}", Level::VerySatisfied),
        (long.as_str(), Level::Satisfied),
    ] {
        let rated = door.reply(answer).await;
        assert_eq!(rated.map(|rated| rated.level()).map_err(|_| answer), Ok(level));
    }
    for hides in ["5\u{202E}", "5\0", "5 好\u{2066}评"] {
        assert_eq!(named(door.reply(hides).await.unwrap_err()), ["answer"], "{hides:?}");
    }
}

#[tokio::test]
async fn a_ratings_and_a_reviews_words_come_in_as_they_were_meant() {
    let door = Door::new().await;
    let token = door.fixture.invitation().await;
    let mut rating = rating_request(&token, Level::Dissatisfied);
    rating.text = "等了\r\n三个小时\t没人\u{200B}".to_owned();
    let rated = door.fixture.intake.submit_rating(Request::new(rating)).await.unwrap();
    let rating_id = rated.into_inner().rating_id;
    let reveal = crate::rpc::testing::RatedVisit { case_id: String::new(), rating_id };
    let request = crate::rpc::testing::reveal(&reveal, &[4]);
    let authority = Caller::Authority { region: REGION.to_owned() };
    let request = door.of(authority.clone(), request);
    let shown = door.fixture.intake.reveal_person(request).await.unwrap().into_inner();
    assert_eq!(shown.text, "等了\n三个小时 没人");

    let review = |text: &str| RecordReviewRequest {
        request_id: Clock::System.new_id().to_string(),
        source: ReviewSource::Email.into(),
        subject: Some(ReviewSubject {
            region_code: "652301000000".to_owned(),
            ..ReviewSubject::default()
        }),
        text: text.to_owned(),
        said_on: "2026-03-02".to_owned(),
        ..RecordReviewRequest::default()
    };
    let request = door.of(authority.clone(), review("您好：\r\n\r\n排队太久。\r\n"));
    door.fixture.intake.record_review(request).await.unwrap();
    let request = door.of(authority.clone(), ListReviewsRequest::default());
    let listed = door.fixture.intake.list_reviews(request).await.unwrap().into_inner();
    assert_eq!(listed.reviews[0].text, "您好：\n\n排队太久。");
    let request = door.of(authority, review("排队\u{202E}太久"));
    let refused = door.fixture.intake.record_review(request).await.unwrap_err();
    assert_eq!(named(refused), ["text"]);
}

#[tokio::test]
async fn i21_a_project_number_that_looks_like_another_is_the_same_case_or_none() {
    let door = Door::new().await;
    let first = door.push(door.report("K-1")).await.unwrap();
    for twin in
        ["K-1 ", "K-1\u{200D}", "\u{200E}K-1", "K-1\u{AD}", "K-1\u{2028}", "K-1\u{A0}\u{3000}"]
    {
        let again = door.push(door.report(twin)).await.unwrap();
        assert_eq!((again.case, again.changed), (first.case.clone(), false), "{twin:?}");
    }
    for twin in
        ["K\u{200D}-1", "K\u{AD}-1", "K-\u{200E}1", "K-1\u{FE0F}", "K\u{2028}-1", "K -1", "Ｋ-1"]
    {
        let refused = door.push(door.report(twin)).await.unwrap_err();
        assert_eq!(named(refused), ["project_number"], "{twin:?}");
    }
    assert_eq!(door.mine(PERSON).await, 1);
}

#[tokio::test]
async fn i02_a_persons_number_is_the_same_at_every_door_or_refused() {
    let door = Door::new().await;
    for (n, told) in
        ["１１０１０５１９４９１２３１００２Ｘ", "110105 19491231 002x", "'11010519491231002X"]
            .iter()
            .enumerate()
    {
        let mut report = door.report(&format!("P-{n}"));
        report.applicant.as_mut().unwrap().number = (*told).to_owned();
        door.push(report).await.unwrap();
    }
    for number in [PERSON, "11010519491231002x", "１１０１０５１９４９１２３１００２ｘ"]
    {
        assert_eq!(door.mine(number).await, 3, "{number}");
        let request = ListMyCasesRequest { number: number.to_owned(), ..Default::default() };
        let kiosk = principal(TERMINALS[0], Caller::Terminal);
        let listed =
            crate::rpc::case::list_my_cases::run(&door.fixture.intake, kiosk, request).await;
        assert_eq!(listed.unwrap().cases.len(), 3, "{number}");
    }
    for wrong in ["1.10105E+17", "１１０１０５１９４９１２３１００２１", "110105 1949 1231 0021"]
    {
        let mut report = door.report("P-9");
        report.applicant.as_mut().unwrap().number = wrong.to_owned();
        assert_eq!(named(door.push(report).await.unwrap_err()), ["applicant.number"], "{wrong}");
    }
}

#[tokio::test]
async fn i02_an_organisations_code_with_a_wrong_check_character_is_taken_and_noted() {
    let door = Door::new().await;
    for (told, doubted) in [
        ("11652301py6523035c ", false),
        ("11652301PY6523035D", true),
        ("１１６５２３０１py6523035d", true),
    ] {
        let mut report = door.report(&format!("P-{}-{doubted}", told.len()));
        let applicant = report.applicant.as_mut().unwrap();
        applicant.kind = RaterKind::LegalPerson.into();
        applicant.number = told.to_owned();
        let taken = door.push(report).await.unwrap();
        let noted = taken.remarks.iter().any(|remark| remark.starts_with("applicant.number: "));
        assert_eq!(noted, doubted, "{told}: {:?}", taken.remarks);
        let case_id = taken.case.unwrap().case_id;
        let subject = Some(get_person_request::Subject::CaseId(case_id));
        let authority = Caller::Authority { region: REGION.to_owned() };
        let request = door.of(authority, GetPersonRequest { subject });
        let person = door.fixture.intake.get_person(request).await.unwrap().into_inner();
        assert_eq!(person.number_doubted, doubted, "{told}");
    }
    assert_eq!(
        (door.mine("11652301PY6523035C").await, door.mine("11652301PY6523035D").await),
        (1, 2)
    );
}

#[tokio::test]
async fn a_damaged_item_code_is_a_mistake_and_an_unknown_one_waits_ten_minutes_and_not_for_ever() {
    let door = Door::new().await;
    for damaged in ["11652301PY6523035D4000114903000", "11652301PY6523035C40001149030", "item", "%"]
    {
        let mut report = door.report("P-1");
        report.item_code = damaged.to_owned();
        let refused = door.push(report).await.unwrap_err();
        assert_eq!(named(refused), ["item_code"], "{damaged}");
    }
    let mut report = door.report("P-1");
    report.item_code = "11652301PY6523035C4000114999000".to_owned();
    let reason = |refused: &Status| {
        let details = refused.get_error_details();
        (
            refused.code(),
            details.error_info().unwrap().reason.clone(),
            details.retry_info().is_some(),
        )
    };
    let waits = (Code::Unavailable, "ITEM_NOT_KNOWN_YET".to_owned(), true);
    assert_eq!(reason(&door.push(report.clone()).await.unwrap_err()), waits);
    door.fixture.intake.shell.clock.set("2026-03-02T01:09:59Z".parse().unwrap());
    assert_eq!(reason(&door.push(report.clone()).await.unwrap_err()), waits);
    door.fixture.intake.shell.clock.set("2026-03-02T01:10:00Z".parse().unwrap());
    let never = (Code::NotFound, "ITEM_UNKNOWN".to_owned(), false);
    assert_eq!(reason(&door.push(report).await.unwrap_err()), never);
}

#[tokio::test]
async fn a_case_is_taken_in_whoever_is_said_to_have_served_and_the_staff_is_marked_unconfirmed() {
    let door = Door::new().await;
    let mut elsewhere = door.report("P-1");
    elsewhere.steps[0].window_id = platform::testing::WINDOWS[1].to_owned();
    let taken = door.push(elsewhere).await.unwrap();
    assert!(taken.remarks[0].contains("staff_id"), "{:?}", taken.remarks);
    let mut nobody = door.report("P-2");
    nobody.steps[0].staff_id = "652301-s99".to_owned();
    assert_eq!(door.push(nobody).await.unwrap().remarks.len(), 1);
    assert!(door.push(door.report("P-3")).await.unwrap().remarks.is_empty());
    let acts = door.fixture.offered().await;
    let marked: Vec<_> =
        acts.iter().map(|act| (act.staff_id.as_str(), act.staff_unconfirmed)).collect();
    let staff = platform::testing::STAFF;
    assert_eq!(marked, [(staff, true), ("652301-s99", true), (staff, false)]);
}

#[tokio::test]
async fn i12_a_region_of_a_part_is_one_and_is_the_same_in_its_longer_form() {
    let door = Door::new().await;
    let part = |region: &str| {
        vec![Involved { agency_id: AGENCY.to_owned(), region_code: region.to_owned() }]
    };
    let mut report = door.report("P-1");
    report.involved = part("652301000000");
    assert!(door.push(report.clone()).await.unwrap().changed);
    report.involved = part("652301");
    assert!(!door.push(report.clone()).await.unwrap().changed);
    for wrong in ["", "6", "%"] {
        report.involved = part(wrong);
        assert_eq!(
            named(door.push(report.clone()).await.unwrap_err()),
            ["involved[0].region_code"]
        );
    }
}

#[tokio::test]
async fn i13_a_number_makes_a_case_one_by_real_name_and_a_name_alone_does_not() {
    let door = Door::new().await;
    for (name, number, real_name) in
        [("示例办事人", "", false), ("", PERSON, true), ("", "", false)]
    {
        let mut report = door.report(&format!("P-{}-{}", name.len(), number.len()));
        let applicant = report.applicant.as_mut().unwrap();
        (applicant.name, applicant.number) = (name.to_owned(), number.to_owned());
        let case_id = door.push(report).await.unwrap().case.unwrap().case_id.parse().unwrap();
        let case = cases::case(&door.fixture.intake.store, case_id).await.unwrap().unwrap();
        assert_eq!(case.real_name, real_name, "{name} {number}");
    }
}
