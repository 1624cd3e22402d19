use platform::{
    convert::to_wire,
    documents::MAX_BYTES,
    status::Failure,
    testing::{REGION, STAFF, documents::pdf, wait::until},
    trouble,
};
use proto::{
    fact::v1::{AttachmentAdded, attachment_added::Subject as Told},
    intake::v1::{Attachment, AttachmentSubject, attachment_subject::Subject as Of},
};
use sea_orm::ConnectionTrait as _;
use tonic::Code;
use tonic_types::StatusExt as _;
use uuid::Uuid;

use super::*;
use crate::{
    rpc::{
        attachment::testing::{Kept, clerk, header, jpeg, parts, rating},
        testing::{authority, refusal},
    },
    store::attachment::MAX_OF_A_FORM,
};

/// The facts about attachments.
async fn told(kept: &Kept) -> Vec<AttachmentAdded> {
    let told = kept.fixture.told().await.into_iter();
    let added = told.filter_map(|body| match body {
        Body::AttachmentAdded(added) => Some(added),
        _ => None,
    });
    added.collect()
}

async fn on_record(kept: &Kept, subject: &AttachmentSubject) -> u64 {
    let subject = Subject::read(&mut Violations::default(), "", Some(subject)).unwrap();
    rows::count(kept.fixture.intake.store.read(), of_subject(subject)).await.unwrap()
}

async fn nothing(kept: &Kept, subject: &AttachmentSubject) {
    assert_eq!((on_record(kept, subject).await, told(kept).await), (0, Vec::new()));
    until("no object is left", async || kept.objects() == 0).await;
}

async fn is_durable_and_sealed(kept: &Kept, subject: &AttachmentSubject) -> Attachment {
    let bytes = pdf(200_000);
    let asked = header(subject, "某某的材料.pdf");
    let added = kept.send(clerk("clerk"), &asked, &bytes).await.unwrap().attachment.unwrap();
    assert_eq!(added.subject.as_ref(), Some(subject));
    assert_eq!((added.name.as_str(), added.size), ("某某的材料.pdf", 200_000));
    let (media_type, by) = (added.media_type.as_str(), added.uploaded_by.as_str());
    assert_eq!((media_type, by), ("application/pdf", "clerk"));
    let now = kept.fixture.intake.shell.clock.now();
    assert_eq!(added.uploaded_at, Some(to_wire(now)));
    assert_eq!(kept.get(&added).await.unwrap(), bytes);
    let object = std::fs::read(kept.object(&added.attachment_id)).unwrap();
    assert!(!object.windows(5).any(|five| five == b"%PDF-"), "sealed");
    let read = kept.fixture.intake.store.read();
    let named = Subject::read(&mut Violations::default(), "", Some(subject)).unwrap();
    let id = added.attachment_id.parse().unwrap();
    let row = rows::find(read, of_subject(named), id).await.unwrap().unwrap();
    assert!(!String::from_utf8_lossy(&row.about).contains("某某"), "the name is sealed");
    added
}

#[tokio::test]
async fn i16_a_scan_of_a_paper_form_is_durable_sealed_and_in_a_fact_without_its_name() {
    let kept = Kept::new().await;
    let form = kept.form().await;
    let added = is_durable_and_sealed(&kept, &form).await;
    let Some(Of::RatingId(id)) = form.subject else { panic!("{form:?}") };
    let expected = AttachmentAdded {
        attachment_id: added.attachment_id.clone(),
        subject: Some(Told::RatingId(id)),
        sha256: added.sha256.clone(),
        size: 200_000,
        media_type: "application/pdf".to_owned(),
        at: added.uploaded_at,
    };
    assert_eq!(told(&kept).await, [expected]);
}

#[tokio::test]
async fn i18_the_report_of_a_survey_or_an_assessment_is_durable_sealed_and_in_a_fact() {
    let kept = Kept::new().await;
    let (survey, assessment) = (kept.survey().await, kept.assessment().await);
    is_durable_and_sealed(&kept, &survey).await;
    is_durable_and_sealed(&kept, &assessment).await;
    let told: Vec<_> = told(&kept).await.into_iter().map(|added| added.subject.unwrap()).collect();
    let (Some(Of::SurveyId(survey)), Some(Of::AssessmentId(assessment))) =
        (survey.subject, assessment.subject)
    else {
        panic!()
    };
    assert_eq!(told, [Told::SurveyId(survey), Told::AssessmentId(assessment)]);
}

#[tokio::test]
async fn i16_what_is_empty_too_large_or_lies_about_its_type_is_refused_and_leaves_nothing() {
    let kept = Kept::new().await;
    let form = kept.form().await;
    let page = b"<html><script>alert(1)</script></html>".to_vec();
    let most = usize::try_from(MAX_BYTES).unwrap();
    let kind = (Code::InvalidArgument, "DOCUMENT_KIND_REFUSED");
    for (name, media_type, bytes, (code, reason)) in [
        ("扫描.jpg", "image/jpeg", page, kind),
        ("扫描.pdf", "", jpeg(100), kind),
        ("扫描.jpg", "application/pdf", jpeg(100), kind),
        ("扫描.pdf", "", Vec::new(), kind),
        ("扫描.jpg", "", jpeg(most + 1), (Code::OutOfRange, "DOCUMENT_TOO_LARGE")),
    ] {
        let asked = AttachmentHeader { media_type: media_type.to_owned(), ..header(&form, name) };
        let told = kept.send(clerk("clerk"), &asked, &bytes).await.unwrap_err();
        assert_eq!(refusal(told), (code, reason.to_owned()), "{name} {media_type}");
        nothing(&kept, &form).await;
    }
    let whole = kept.send(clerk("clerk"), &header(&form, "扫描.jpg"), &jpeg(most)).await.unwrap();
    assert!(kept.get(&whole.attachment.unwrap()).await.unwrap() == jpeg(most), "no byte less");
}

#[tokio::test]
async fn i16_the_same_request_is_one_scan_whatever_is_away_and_another_is_refused() {
    let kept = Kept::new().await;
    let form = kept.form().await;
    let asked = header(&form, "扫描.jpg");
    let send = |bytes: usize| kept.send(clerk("clerk"), &asked, jpeg(bytes).leak());
    let (one, two) = tokio::join!(send(100), send(100));
    let first = one.unwrap();
    assert_eq!(two.unwrap(), first, "two at once");
    assert_eq!((on_record(&kept, &form).await, told(&kept).await.len()), (1, 1));
    assert_eq!(kept.objects(), 1);
    kept.store_is(false);
    assert_eq!(send(100).await.unwrap(), first);
    kept.store_is(true);
    let reused = (Code::AlreadyExists, "REQUEST_ID_REUSED".to_owned());
    assert_eq!(refusal(send(101).await.unwrap_err()), reused);
    let other = AttachmentHeader { subject: Some(kept.survey().await), ..asked.clone() };
    let other = kept.send(clerk("clerk"), &other, &jpeg(100)).await;
    assert_eq!(refusal(other.unwrap_err()), reused, "of something else");
    assert_eq!(kept.objects(), 1);
}

#[tokio::test]
async fn i16_i18_what_is_unknown_or_outside_the_region_has_no_attachments() {
    let kept = Kept::new().await;
    let (form, survey, assessment) =
        (kept.form().await, kept.survey().await, kept.assessment().await);
    let nil = Uuid::nil().to_string();
    let unknown = |subject| AttachmentSubject { subject: Some(subject) };
    for (subject, unknown, reason) in [
        (form, rating(&nil), "RATING_NOT_FOUND"),
        (survey, unknown(Of::SurveyId(nil.clone())), "SURVEY_NOT_FOUND"),
        (assessment, unknown(Of::AssessmentId(nil.clone())), "ASSESSMENT_NOT_FOUND"),
    ] {
        let objects = kept.objects();
        for (region, subject) in [("652302", &subject), (REGION, &unknown)] {
            let told = kept.send(authority(region), &header(subject, "a.jpg"), &jpeg(100)).await;
            assert_eq!(refusal(told.unwrap_err()), (Code::NotFound, reason.to_owned()));
        }
        assert_eq!((on_record(&kept, &subject).await, kept.objects()), (0, objects));
        let above = kept.send(authority("652300"), &header(&subject, "a.jpg"), &jpeg(100)).await;
        let above = above.unwrap().attachment.unwrap();
        assert_eq!(kept.get_as(authority("650000"), &above).await.unwrap(), jpeg(100));
        let told = kept.get_as(authority("652302"), &above).await.unwrap_err();
        assert_eq!(refusal(told), (Code::NotFound, reason.to_owned()));
    }
}

#[tokio::test]
async fn i16_s01_who_is_rated_neither_adds_nor_reads_the_scan_and_only_a_form_has_one() {
    let kept = Kept::new().await;
    let form = kept.form().await;
    let rated = (Code::FailedPrecondition, "RATED_STAFF_MEMBER".to_owned());
    let told = kept.send(clerk(STAFF), &header(&form, "a.jpg"), &jpeg(100)).await;
    assert_eq!(refusal(told.unwrap_err()), rated);
    nothing(&kept, &form).await;
    let added = kept.add(&form, "a.jpg").await.unwrap();
    assert_eq!(refusal(kept.get_as(clerk(STAFF), &added).await.unwrap_err()), rated);
    let visit = kept.fixture.rated_by_someone().await;
    let told = kept.add(&rating(&visit.rating_id), "a.jpg").await;
    let no_form = (Code::FailedPrecondition, "NO_PAPER_FORM".to_owned());
    assert_eq!(refusal(told.unwrap_err()), no_form);
}

#[tokio::test]
async fn i16_a_form_has_ten_scans_and_two_at_once_do_not_make_eleven() {
    let kept = Kept::new().await;
    let (form, other) = (kept.form().await, kept.form().await);
    for n in 1..MAX_OF_A_FORM {
        kept.add(&form, &format!("{n}.jpg")).await.unwrap();
    }
    let (one, two) = tokio::join!(kept.add(&form, "一.jpg"), kept.add(&form, "二.jpg"));
    let (added, refused) = if one.is_ok() { (one, two) } else { (two, one) };
    let many = (Code::FailedPrecondition, "TOO_MANY_DOCUMENTS".to_owned());
    assert!(added.is_ok());
    assert_eq!(refusal(refused.unwrap_err()), many);
    assert_eq!(refusal(kept.add(&form, "三.jpg").await.unwrap_err()), many);
    assert_eq!(on_record(&kept, &form).await, MAX_OF_A_FORM);
    assert_eq!(kept.objects() as u64, MAX_OF_A_FORM, "the refused one leaves nothing");
    assert!(kept.add(&other, "一.jpg").await.is_ok(), "each form for itself");
}

#[tokio::test]
async fn i16_while_the_store_of_documents_is_away_nothing_is_half_and_it_works_later() {
    let kept = Kept::new().await;
    let form = kept.form().await;
    let asked = header(&form, "扫描.jpg");
    kept.store_is(false);
    let told = Status::from(kept.send(clerk("clerk"), &asked, &jpeg(100)).await.unwrap_err());
    let details = told.get_error_details();
    assert_eq!(told.code(), Code::Unavailable);
    assert_eq!(details.error_info().unwrap().reason, "DOCUMENT_STORE_AWAY");
    assert!(details.retry_info().is_some());
    let troubles = || kept.fixture.intake.store.troubles().now();
    assert_eq!(troubles()[0].kind, trouble::Kind::Documents);
    kept.store_is(true);
    nothing(&kept, &form).await;
    kept.send(clerk("clerk"), &asked, &jpeg(100)).await.unwrap();
    assert!(troubles().is_empty(), "it is over");
    let none =
        kept.fixture.intake.clone().with_documents(platform::documents::Documents::default());
    let sent = tokio_stream::iter(parts(&header(&form, "a.jpg"), &jpeg(9)).into_iter().map(Ok));
    let told = refusal(run(&none, clerk("clerk"), sent).await.unwrap_err());
    assert_eq!(told, (Code::FailedPrecondition, "DOCUMENTS_NOT_KEPT".to_owned()));
}

#[tokio::test]
async fn i16_a_caller_that_goes_or_a_crash_before_the_row_leaves_no_scan() {
    let kept = Kept::new().await;
    let form = kept.form().await;
    let asked = header(&form, "扫描.jpg");
    let half = parts(&asked, &jpeg(8 << 20)).into_iter().take(100).map(Ok);
    let half = half.chain([Err(Status::cancelled("gone"))]);
    let told = run(&kept.fixture.intake, clerk("clerk"), tokio_stream::iter(half)).await;
    assert_eq!(Status::from(told.unwrap_err()).code(), Code::Cancelled);
    nothing(&kept, &form).await;
    let intake = &kept.fixture.intake;
    let write = intake.store.write();
    write.execute_unprepared("ALTER TABLE fact RENAME TO away").await.unwrap();
    assert!(kept.send(clerk("clerk"), &asked, &jpeg(100)).await.is_err());
    write.execute_unprepared("ALTER TABLE away RENAME TO fact").await.unwrap();
    assert_eq!((on_record(&kept, &form).await, kept.objects()), (0, 1));
    let added = kept.send(clerk("clerk"), &asked, &jpeg(100)).await.unwrap().attachment.unwrap();
    intake.shell.clock.set("2100-01-01T00:00:00Z".parse().unwrap());
    assert_eq!(intake.shelf().sweep().await.unwrap(), 1);
    assert_eq!((kept.objects(), kept.get(&added).await.unwrap()), (1, jpeg(100)));
}

#[tokio::test]
async fn i16_everything_wrong_with_a_header_is_named_at_once_and_what_comes_after_it_is_bytes() {
    let kept = Kept::new().await;
    let empty = AttachmentHeader { media_type: "x".repeat(101), ..AttachmentHeader::default() };
    let told = kept.send(clerk("clerk"), &empty, b"").await.unwrap_err();
    let Error::Failure(Failure::Invalid(wrong)) = told else { panic!("{told:?}") };
    let fields: Vec<&str> = wrong.0.iter().map(|wrong| wrong.field.as_str()).collect();
    let all = ["header.subject", "header.request_id", "header.name", "header.media_type"];
    assert_eq!(fields, all);
    let no_uuid = kept.send(clerk("clerk"), &header(&rating("x"), "a.jpg"), b"").await;
    assert_eq!(crate::rpc::testing::named(no_uuid.unwrap_err()), ["header.subject.rating_id"]);
    let asked = header(&kept.form().await, "a.jpg");
    let chunk = parts(&asked, b"x").pop();
    let twice = [parts(&asked, b"").pop(), parts(&asked, b"").pop()];
    for parts in [vec![], vec![chunk], vec![None], twice.to_vec()] {
        let parts = parts.into_iter().map(|part| Ok(part.unwrap_or_default()));
        let told = run(&kept.fixture.intake, clerk("clerk"), tokio_stream::iter(parts)).await;
        let malformed = (Code::InvalidArgument, "MALFORMED".to_owned());
        assert_eq!(refusal(told.unwrap_err()), malformed);
    }
}
