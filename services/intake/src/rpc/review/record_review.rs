//! Records a review or a complaint that did not come from the public directly; only the Authority
//! does this (I17, I25).

use domain::{deadline::day_of, review::ReviewSource, violation::Violations};
use platform::{
    auth::Authority, clock::instant, convert::to_wire, once::Recognised,
    request::is_unique_violation, status::Failure,
};
use proto::intake::v1::{RecordReviewRequest, RecordReviewResponse};
use uuid::Uuid;

use crate::{
    Intake,
    app::review::{read, to_row},
    convert::{meaning, request_id, review::SOURCES},
    entity::review,
    error::{Error, review::ReviewError},
    facts::review_raised,
    store,
};

pub(crate) async fn run(
    intake: &Intake,
    caller: Authority,
    request: RecordReviewRequest,
) -> Result<RecordReviewResponse, Error> {
    let request_id = request_id(&request.request_id)?;
    let at = intake.shell.clock.now();
    let mut wrong = Violations::default();
    let by_hand = |source: ReviewSource| (!source.is_open()).then_some(source);
    let source = meaning(&SOURCES, request.source);
    let source = source.and_then(|s| by_hand(s).ok_or("is where the public writes by itself"));
    let source = wrong.take("source", source);
    let review = read(intake, wrong, source, &request, day_of(at)).await?;
    if !caller.officer().reaches(&review.region_code) {
        return Err(Error::RegionNotFound);
    }
    let scope = caller.officer().id().as_bytes();
    let key = intake.shell.requests.key(scope, "RecordReview", request_id, &request);
    let mut row = to_row(intake, &review, at)?;
    row.recorded_by = Some(caller.officer().id().to_owned());
    row.recorded_region = Some(caller.officer().region().to_owned());
    row.content_hash = review.original_number.is_some().then(|| content_hash(intake, &request));

    let asked = intake.shell.once(&intake.store, key).await?;
    let txn = match asked.recognise().await? {
        Recognised::Before(answer) => return Ok(answer),
        Recognised::New(txn) => txn,
    };
    if let Some(number) = &row.original_number
        && let Some(known) =
            store::review::of_number(&txn, caller.officer().region(), row.source, number).await?
    {
        if known.content_hash != row.content_hash {
            return Err(ReviewError::OriginalNumberTaken { review_id: known.id }.into());
        }
        return Ok(answer(&known));
    }
    let answer = answer(&row);
    let body = review_raised(&row, review.source);
    match store::review::insert(&txn, row).await {
        Err(error) if is_unique_violation(&error) => {
            return Err(Failure::Raced("the same complaint is being recorded").into());
        }
        inserted => inserted?,
    }
    Ok(txn.finish(answer, vec![body]).await?)
}

fn answer(row: &review::Model) -> RecordReviewResponse {
    RecordReviewResponse {
        review_id: row.id.to_string(),
        received_at: Some(to_wire(instant(row.received_at))),
    }
}

/// The content by which complaints are compared: all of it.
fn content_hash(intake: &Intake, request: &RecordReviewRequest) -> Vec<u8> {
    let content = RecordReviewRequest { request_id: String::new(), ..request.clone() };
    intake.shell.requests.key(b"", "RecordReview", Uuid::nil(), &content).body.to_vec()
}

#[cfg(test)]
pub(crate) mod tests {
    use domain::codes::RegionCode;
    use platform::{
        auth::Caller,
        testing::{AGENCY, ON_THE_SPOT_ITEM, REGION, principal, unit_published},
    };
    use proto::{
        catalog::v1::{Unit, UnitKind as WireKind},
        intake::v1::{AssessorKind, Enclosure, ReviewSource as Wire, ReviewSubject},
        r#type::v1::MatterKind,
    };
    use tonic::{Code, Status};
    use tonic_types::StatusExt as _;

    use super::*;
    use crate::rpc::testing::{Fixture, authority, holds, named, refusal};

    /// A review's row.
    pub(crate) async fn row_of(fixture: &Fixture, id: &str) -> review::Model {
        let wanted = store::review::ReviewQuery {
            region: RegionCode::parse("000000").unwrap(),
            taken_in: None,
            source: None,
            agency_id: None,
        };
        let page = platform::page::Page::first("ListReviews", 200);
        let rows = store::review::page(&fixture.intake.store, wanted, &page).await.unwrap();
        rows.into_iter().find(|row| row.id.to_string() == id).unwrap()
    }

    /// Which fields a source must have, and no more.
    pub(crate) fn request(fixture: &Fixture, source: Wire) -> RecordReviewRequest {
        let meant = meaning(&SOURCES, source.into()).unwrap();
        let assessor = source == Wire::Assessor;
        RecordReviewRequest {
            request_id: fixture.intake.shell.clock.new_id().to_string(),
            source: source.into(),
            subject: Some(ReviewSubject {
                region_code: REGION.to_owned(),
                agency_id: if meant.is_complaint() { AGENCY } else { "" }.to_owned(),
                ..ReviewSubject::default()
            }),
            wants_ticket: meant.is_complaint(),
            text: "大厅缺少老年人座椅。".to_owned(),
            said_on: "2026-02-27".to_owned(),
            body: if meant.names_body() { "示例单位" } else { "" }.to_owned(),
            assessor_kind: if assessor { AssessorKind::Intermediary.into() } else { 0 },
            original_number: if meant.is_complaint() { "2026-001" } else { "" }.to_owned(),
            ..RecordReviewRequest::default()
        }
    }

    async fn record(fixture: &Fixture, request: RecordReviewRequest) -> RecordReviewResponse {
        run(&fixture.intake, authority(REGION), request).await.unwrap()
    }

    #[tokio::test]
    async fn t18_a_hotline_complaint_goes_to_whose_matter_it_is_and_keeps_the_hotlines_limit() {
        let fixture = Fixture::new().await;
        let mut asked = request(&fixture, Wire::Hotline12345);
        asked.subject = Some(ReviewSubject {
            region_code: REGION.to_owned(),
            item_code: ON_THE_SPOT_ITEM.to_owned(),
            ..ReviewSubject::default()
        });
        asked.hotline_due_on = "2026-03-06".to_owned();
        record(&fixture, asked.clone()).await;
        let matter = fixture.matters().await.pop().unwrap();
        assert_eq!((matter.agency_id.as_str(), matter.wants_ticket), (AGENCY, true));
        assert_eq!(matter.hotline_due_on, "2026-03-06");
        asked.request_id = fixture.intake.shell.clock.new_id().to_string();
        (asked.original_number, asked.subject) =
            ("2".to_owned(), request(&fixture, Wire::Hotline12345).subject);
        asked.subject.as_mut().unwrap().agency_id.clear();
        let nobodys = run(&fixture.intake, authority(REGION), asked).await.unwrap_err();
        assert_eq!(named(nobodys), ["subject.agency_id"]);
    }

    #[tokio::test]
    async fn i17_i25_every_source_but_the_publics_own_is_recorded_and_told_by_its_name() {
        let fixture = Fixture::new().await;
        let hall = Unit {
            unit_id: "652301-h01".to_owned(),
            kind: WireKind::Hall.into(),
            region_code: REGION.to_owned(),
            ..Unit::default()
        };
        fixture.tell(vec![unit_published(&[hall])]).await;
        for (source, meant) in SOURCES {
            let mut asked = request(&fixture, source);
            let subject = asked.subject.as_mut().unwrap();
            (subject.agency_id, subject.unit_id) = (AGENCY.to_owned(), "652301-h01".to_owned());
            asked.real_name = true;
            if meant.is_open() {
                let refused = run(&fixture.intake, authority(REGION), asked).await.unwrap_err();
                assert_eq!(named(refused), ["source"], "{source:?}");
                continue;
            }
            let answer = record(&fixture, asked.clone()).await;
            assert_eq!(record(&fixture, asked.clone()).await, answer, "the same request again");
            let told = fixture.matters().await.pop().unwrap();
            assert_eq!((told.matter_id, told.source.as_str()), (answer.review_id, meant.name()));
            assert_eq!(told.original_number, asked.original_number);
            assert_eq!((told.agency_id.as_str(), told.unit_id.as_str()), (AGENCY, "652301-h01"));
            assert!(told.real_name && !told.private);
            assert_eq!(told.wants_ticket, meant.is_complaint(), "{source:?}");
            let complaint =
                if meant.is_complaint() { MatterKind::Complaint } else { MatterKind::PublicReview };
            assert_eq!(told.kind, i32::from(complaint), "{source:?}");
        }
        assert_eq!(fixture.matters().await.len(), 12, "one of each");
    }

    #[tokio::test]
    async fn i25_a_complaint_of_one_number_is_one_complaint() {
        let fixture = Fixture::new().await;
        let asked = request(&fixture, Wire::Hotline12345);
        let first = record(&fixture, asked.clone()).await;
        fixture.on_march(3);
        let id = || fixture.intake.shell.clock.new_id().to_string();
        let again = RecordReviewRequest { request_id: id(), ..asked.clone() };
        assert_eq!(record(&fixture, again).await, first, "told by the platform once more");
        let other =
            RecordReviewRequest { request_id: id(), text: "其他".to_owned(), ..asked.clone() };
        let refused = run(&fixture.intake, authority(REGION), other).await.unwrap_err();
        let refused = Status::from(refused);
        let details = refused.get_error_details();
        let info = details.error_info().unwrap();
        assert_eq!(
            (refused.code(), info.reason.as_str()),
            (Code::AlreadyExists, "ORIGINAL_NUMBER_TAKEN")
        );
        assert_eq!(info.metadata["review_id"], first.review_id);
        // Another place's hotline has its own numbers.
        let other = RecordReviewRequest { request_id: id(), ..asked.clone() };
        let above = run(&fixture.intake, authority("652300"), other).await.unwrap();
        assert_ne!(above.review_id, first.review_id);
        assert_eq!(fixture.matters().await.len(), 2);
        let elsewhere = request(&fixture, Wire::NationalReferral);
        assert_eq!(elsewhere.original_number, asked.original_number);
        assert_ne!(record(&fixture, elsewhere).await.review_id, first.review_id);
    }

    #[tokio::test]
    async fn t01_i25_a_complaint_is_handled_as_an_agencys_ticket_or_refused() {
        let fixture = Fixture::new().await;
        for (source, _) in SOURCES.into_iter().filter(|(_, meant)| meant.is_complaint()) {
            let asked = RecordReviewRequest { wants_ticket: false, ..request(&fixture, source) };
            let refused = run(&fixture.intake, authority(REGION), asked).await.unwrap_err();
            assert_eq!(named(refused), ["wants_ticket"], "{source:?}");
            let mut asked = request(&fixture, source);
            asked.subject.as_mut().unwrap().agency_id = String::new();
            let refused = run(&fixture.intake, authority(REGION), asked).await.unwrap_err();
            assert_eq!(named(refused), ["subject.agency_id"], "{source:?}");
        }
        assert!(fixture.told().await.is_empty());
    }

    #[tokio::test]
    async fn i17_an_agency_is_of_the_subjects_region_or_above_or_below_it() {
        let fixture = Fixture::new().await;
        let agency = |id: &str, region: &str| Unit {
            unit_id: id.to_owned(),
            kind: WireKind::Agency.into(),
            region_code: region.to_owned(),
            ..Unit::default()
        };
        let agencies = [
            agency("652300-a90", "652300"),
            agency("652301105-a90", "652301105"),
            agency("652302-a90", "652302"),
        ];
        let told = agencies.iter().map(|agency| unit_published(std::slice::from_ref(agency)));
        fixture.tell(told.collect()).await;
        for (unit, fits) in agencies.iter().zip([true, true, false]) {
            let mut asked = request(&fixture, Wire::Meeting);
            asked.subject.as_mut().unwrap().agency_id = unit.unit_id.clone();
            let answer = run(&fixture.intake, authority(REGION), asked).await;
            match fits {
                true => assert!(answer.is_ok(), "{}", unit.unit_id),
                false => assert_eq!(named(answer.unwrap_err()), ["subject.agency_id"]),
            }
        }
    }

    #[tokio::test]
    async fn i17_an_authority_records_for_its_own_region_and_below() {
        let fixture = Fixture::new().await;
        for stranger in ["652302", "652301105"] {
            let asked = request(&fixture, Wire::Meeting);
            let refused = run(&fixture.intake, authority(stranger), asked).await.unwrap_err();
            assert_eq!(refusal(refused), (Code::NotFound, "REGION_NOT_FOUND".to_owned()));
        }
        assert!(fixture.matters().await.is_empty());
        let above = request(&fixture, Wire::Meeting);
        run(&fixture.intake, authority("652300"), above).await.unwrap();
        let colleague: Authority =
            principal("another", Caller::Authority { region: REGION.to_owned() });
        run(&fixture.intake, colleague, request(&fixture, Wire::Meeting)).await.unwrap();
        assert_eq!(fixture.matters().await.len(), 2);
    }

    #[tokio::test]
    async fn i17_everything_wrong_is_named_at_once_and_the_words_are_kept_sealed() {
        let fixture = Fixture::new().await;
        let enclosure = |sha256: &str| Enclosure {
            name: "走访记录.pdf".to_owned(),
            sha256: sha256.to_owned(),
            size: 1,
        };
        let mut good = request(&fixture, Wire::Supervisor);
        good.enclosures = vec![enclosure(&"0a".repeat(32))];
        let kept = record(&fixture, good.clone()).await;
        let row = row_of(&fixture, &kept.review_id).await;
        for words in ["老年人", "走访记录", "示例单位"] {
            assert!(!holds(&row.content, words), "{words}");
        }
        assert_eq!(row.recorded_by.as_deref(), Some("officer"));
        let wrong = RecordReviewRequest {
            request_id: fixture.intake.shell.clock.new_id().to_string(),
            subject: None,
            wants_ticket: true,
            text: String::new(),
            said_on: "2026-03-03".to_owned(),
            body: String::new(),
            original_number: "1".to_owned(),
            enclosures: vec![enclosure("0A")],
            ..good
        };
        let fields = [
            "subject.region_code",
            "text",
            "said_on",
            "subject.agency_id",
            "body",
            "original_number",
            "enclosures[0].sha256",
        ];
        assert_eq!(
            named(run(&fixture.intake, authority(REGION), wrong).await.unwrap_err()),
            fields
        );
        assert_eq!(fixture.matters().await.len(), 1);
    }
}
