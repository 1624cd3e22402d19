//! Erases a document: its name, its uploader and the key of its object, at once and for good; then
//! its object. That it was there, and its hash, stays on record.

use platform::{
    database::Store,
    documents::{self, Documents},
    status::causes,
};
use sea_orm::DbErr;
use uuid::Uuid;

use crate::store::document;

/// Why a document was not erased, or not all of it.
#[derive(Debug, thiserror::Error)]
pub enum EraseError {
    /// There is no such document.
    #[error("there is no document {0}")]
    NotFound(Uuid),
    /// The store fails.
    #[error("the store fails: {0}")]
    Store(#[from] DbErr),
    /// Its object is still there, but nobody can read it any more; the next sweep deletes it.
    #[error("it is erased, but its object is still there until it is swept: {}", causes(.0))]
    Object(documents::DocumentError),
}

/// Erases a document; one that is erased already is erased again.
///
/// # Errors
/// [`EraseError`].
pub async fn run(store: &Store, documents: &Documents, id: Uuid) -> Result<(), EraseError> {
    if !store.note(document::erase(store.write(), id).await)? {
        return Err(EraseError::NotFound(id));
    }
    documents.delete(id).await.map_err(EraseError::Object)
}

#[cfg(test)]
mod tests {
    use proto::ticketing::v1::ListDocumentsRequest;
    use tonic::Code;

    use super::*;
    use crate::rpc::{
        document::{list_documents, testing::Kept},
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
        run(store, documents, id).await.unwrap();
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
        run(store, documents, id).await.unwrap();
        let unknown = run(store, documents, Uuid::nil()).await.unwrap_err();
        assert!(matches!(unknown, EraseError::NotFound(_)), "{unknown}");
    }
}
