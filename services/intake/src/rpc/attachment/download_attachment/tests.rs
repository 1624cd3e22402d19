use platform::{
    audit,
    auth::Caller,
    documents::erase,
    testing::{REGION, principal},
};
use proto::intake::v1::{
    Attachment, AuditRecord, ListAttachmentsRequest, ListAuditRequest,
    attachment_subject::Subject as Of,
};
use sea_orm::ConnectionTrait as _;
use tonic::Code;

use super::*;
use crate::rpc::{
    attachment::{
        list_attachments,
        testing::{Kept, clerk, header, jpeg, rating, wanted},
    },
    people::list_audit,
    testing::{NOTE, named, refusal},
};
use prost::Message as _;

async fn large(kept: &Kept) -> Attachment {
    let asked = header(&kept.form().await, "扫描.jpg");
    let added = kept.send(clerk("clerk"), &asked, &jpeg(500_000)).await.unwrap();
    added.attachment.unwrap()
}

#[tokio::test]
async fn i16_s01_each_look_at_a_scan_is_on_the_audit_record_with_its_purpose() {
    let kept = Kept::new().await;
    let intake = &kept.fixture.intake;
    let scan = large(&kept).await;
    assert_eq!(audit::verify(&intake.store).await.unwrap(), 0);
    for _ in 0..2 {
        assert_eq!(kept.get(&scan).await.unwrap(), jpeg(500_000));
    }
    assert_eq!(audit::verify(&intake.store).await.unwrap(), 2);
    let request = ListAuditRequest::default();
    let auditor = principal("auditor", Caller::Auditor { region: REGION.to_owned() });
    let listed = list_audit::run(intake, auditor, request).await.unwrap().entries;
    let Some(Of::RatingId(rating_id)) = scan.subject.clone().unwrap().subject else { panic!() };
    for entry in &listed {
        let record = AuditRecord::decode(entry.encoded_record.as_slice()).unwrap();
        assert_eq!(record.actor, "colleague");
        assert_eq!(record.action, format!("download {}", scan.attachment_id));
        assert_eq!((record.subject_kind.as_str(), &record.subject_id), ("rating", &rating_id));
        assert_eq!((record.subject_region.as_str(), entry.purpose_note.as_str()), (REGION, NOTE));
        assert_eq!(record.purpose, "VERIFICATION");
    }
    // Without a record, no look.
    let write = intake.store.write();
    write.execute_unprepared("ALTER TABLE audit RENAME TO away").await.unwrap();
    assert!(run(intake, clerk("colleague"), wanted(&scan)).await.is_err());
}

#[tokio::test]
async fn i16_a_look_without_a_purpose_is_refused_and_all_that_is_wrong_is_named() {
    let kept = Kept::new().await;
    let scan = large(&kept).await;
    let intake = &kept.fixture.intake;
    let nothing = run(intake, clerk("clerk"), DownloadAttachmentRequest::default()).await;
    let wrong = named(nothing.err().unwrap());
    assert_eq!(wrong, ["subject", "attachment_id", "purpose", "purpose_note"]);
    let unsaid = DownloadAttachmentRequest { purpose_note: "  ".to_owned(), ..wanted(&scan) };
    let wrong = named(run(intake, clerk("clerk"), unsaid).await.err().unwrap());
    assert_eq!(wrong, ["purpose_note"]);
    assert_eq!(audit::verify(&intake.store).await.unwrap(), 0);
}

#[tokio::test]
async fn i16_an_object_that_is_not_what_was_written_is_never_given_as_the_scan() {
    let kept = Kept::new().await;
    let scan = large(&kept).await;
    let object = kept.object(&scan.attachment_id);
    let whole = std::fs::read(&object).unwrap();
    let damaged = (Code::DataLoss, "DOCUMENT_DAMAGED".to_owned());
    let mut late = whole.clone();
    *late.last_mut().unwrap() ^= 1;
    for wrong in [late, whole[..whole.len() - 9].to_vec(), Vec::new()] {
        std::fs::write(&object, wrong).unwrap();
        assert_eq!(refusal(kept.get(&scan).await.unwrap_err()), damaged);
    }
    std::fs::write(&object, &whole).unwrap();
    assert_eq!(kept.get(&scan).await.unwrap(), jpeg(500_000));
}

#[tokio::test]
async fn i16_i18_an_attachment_is_found_only_by_what_it_belongs_to() {
    let kept = Kept::new().await;
    let scan = large(&kept).await;
    let unknown = (Code::NotFound, "DOCUMENT_NOT_FOUND".to_owned());
    for elsewhere in [kept.form().await, kept.survey().await, kept.assessment().await] {
        let elsewhere = Attachment { subject: Some(elsewhere), ..scan.clone() };
        assert_eq!(refusal(kept.get(&elsewhere).await.unwrap_err()), unknown);
    }
    let nowhere = Attachment { subject: Some(rating(&Uuid::nil().to_string())), ..scan };
    let told = refusal(kept.get(&nowhere).await.unwrap_err());
    assert_eq!(told, (Code::NotFound, "RATING_NOT_FOUND".to_owned()));
}

#[tokio::test]
async fn i18_an_erased_attachment_cannot_be_read_by_anybody_and_its_trace_stays() {
    let kept = Kept::new().await;
    let intake = &kept.fixture.intake;
    let report = kept.add(&kept.survey().await, "某某访谈.jpg").await.unwrap();
    let object = std::fs::read(kept.object(&report.attachment_id)).unwrap();
    let id = report.attachment_id.parse().unwrap();
    erase(&intake.store, &intake.documents, id).await.unwrap();
    assert_eq!(kept.objects(), 0);
    // Not even with a copy of the object.
    std::fs::write(kept.object(&report.attachment_id), object).unwrap();
    let told = refusal(kept.get(&report).await.unwrap_err());
    assert_eq!(told, (Code::FailedPrecondition, "DOCUMENT_ERASED".to_owned()));
    let list = ListAttachmentsRequest { subject: report.subject.clone(), ..Default::default() };
    let list = list_attachments::run(intake, clerk("clerk"), list).await.unwrap();
    let [left] = list.attachments.as_slice() else { panic!("{list:?}") };
    assert!(left.erased && left.name.is_empty() && left.uploaded_by.is_empty(), "{left:?}");
    assert_eq!((&left.sha256, left.size), (&report.sha256, report.size));
}
