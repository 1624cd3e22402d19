//! What becomes of objects without a row, and of documents that are erased.

use platform::documents::{Documents, EraseError, erase, rows};
use proto::ticketing::v1::ListDocumentsRequest;
use tonic::Code;
use uuid::Uuid;

use crate::rpc::{
    document::{
        list_documents,
        testing::{Kept, jpeg},
    },
    testing::{handler, refusal},
};

#[tokio::test]
async fn t14_an_erased_document_cannot_be_read_by_anybody_and_its_trace_stays() {
    let kept = Kept::new().await;
    let ticket_id = kept.fixture.ticket().await;
    let document = kept.add(&ticket_id, "某某身份证.jpg").await.unwrap();
    let id = document.document_id.parse().unwrap();
    let (store, documents) = (&kept.ticketing.store, &kept.ticketing.documents);
    let object = std::fs::read(kept.object(&document.document_id)).unwrap();
    erase(store, documents, id).await.unwrap();
    assert_eq!(kept.objects(), 0);
    // Not even with a copy of the object.
    std::fs::write(kept.object(&document.document_id), object).unwrap();
    let told = refusal(kept.get(&document).await);
    assert_eq!(told, (Code::FailedPrecondition, "DOCUMENT_ERASED".to_owned()));
    let list = ListDocumentsRequest { ticket_id: ticket_id.clone(), ..Default::default() };
    let list = list_documents::run(&kept.ticketing, handler("652301-a03"), list).await.unwrap();
    let [left] = list.documents.as_slice() else { panic!("{list:?}") };
    assert!(left.erased && left.name.is_empty() && left.uploaded_by.is_empty(), "{left:?}");
    assert_eq!((&left.sha256, left.size), (&document.sha256, document.size));
    erase(store, documents, id).await.unwrap();
    let unknown = erase(store, documents, Uuid::nil()).await.unwrap_err();
    assert!(matches!(unknown, EraseError::NotFound(_)), "{unknown}");
}

/// An object whose upload broke off before its row.
async fn orphan(documents: &Documents, kept: &Kept) -> Uuid {
    let id = kept.ticketing.shell.clock.new_id();
    let (key, _) = kept.ticketing.shell.sealer.content_key(b"nowhere").unwrap();
    let mut upload = documents.upload(id, &key).await.unwrap();
    upload.write(&jpeg(100)).await.unwrap();
    upload.finish().await.unwrap();
    id
}

#[tokio::test]
async fn t14_an_object_without_a_row_is_deleted_after_a_day_and_no_other() {
    let kept = Kept::new().await;
    let ticket_id = kept.fixture.ticket().await;
    let document = kept.add(&ticket_id, "证据.jpg").await.unwrap();
    let documents = &kept.ticketing.documents;
    let orphans = [orphan(documents, &kept).await, orphan(documents, &kept).await];
    // The files have the machine's time, the service another.
    kept.fixture.at("2020-01-01T00:00:00Z");
    assert_eq!(kept.ticketing.shelf().sweep().await.unwrap(), 0, "it is too early");
    assert_eq!(kept.objects(), 3);
    kept.fixture.at("2100-01-01T00:00:00Z");
    let (one, two) = tokio::join!(kept.ticketing.shelf().sweep(), kept.ticketing.shelf().sweep());
    assert!(one.unwrap() + two.unwrap() >= 2, "two at once do no harm");
    assert_eq!(kept.objects(), 1);
    for orphan in orphans {
        assert!(!kept.object(&orphan.to_string()).exists());
    }
    assert!(kept.object(&document.document_id).exists());
    assert_eq!(kept.get(&document).await.unwrap(), jpeg(100));
}

#[tokio::test]
async fn t14_the_object_of_an_erased_document_is_swept_if_it_could_not_be_deleted() {
    let kept = Kept::new().await;
    let ticket_id = kept.fixture.ticket().await;
    let document = kept.add(&ticket_id, "证据.jpg").await.unwrap();
    let id = document.document_id.parse().unwrap();
    assert!(rows::erase(kept.ticketing.store.write(), id).await.unwrap());
    kept.fixture.at("2100-01-01T00:00:00Z");
    assert_eq!(kept.ticketing.shelf().sweep().await.unwrap(), 1);
    assert_eq!(kept.objects(), 0);
}
