//! Deletes objects that no row refers to: of uploads that broke off between the object and its row,
//! of rows that a restored backup does not have, and of erased documents. An object has a row within
//! minutes or never, so a day is long enough. Two replicas that sweep at once delete the same.

use std::time::Duration;

use jiff::{SignedDuration, Timestamp};
use platform::{
    documents::DocumentError,
    status::{Failure, causes},
    trouble::Kind,
};
use tokio_stream::StreamExt as _;
use uuid::Uuid;

use crate::{Error, app::document::noted, state::Ticketing, store};

/// How often it looks.
const LOOK: Duration = Duration::from_secs(6 * 3_600);
/// How old an object without a row must be.
const AGE: SignedDuration = SignedDuration::from_hours(24);
/// How many objects are looked up at once.
const BATCH: usize = 200;

/// The trouble of a sweep that fails.
const WAIT: Kind = Kind::Job("documents to be swept");

/// Keeps sweeping until the process stops.
pub async fn run(ticketing: Ticketing) {
    while !ticketing.shell.stop.is_stopped() {
        let troubles = ticketing.store.troubles();
        match sweep(&ticketing).await {
            Ok(deleted) => {
                troubles.end(WAIT);
                if deleted > 0 {
                    tracing::info!(deleted, "objects without a document were deleted");
                }
            }
            Err(error) => troubles.meet(WAIT, causes(&error)),
        }
        tokio::select! {
            () = tokio::time::sleep(LOOK) => {}
            () = ticketing.shell.stop.stopped() => {}
        }
    }
}

/// Deletes every old object without a row; returns how many.
pub(crate) async fn sweep(ticketing: &Ticketing) -> Result<u64, Error> {
    let (documents, troubles) = (&ticketing.documents, ticketing.store.troubles());
    let before = ticketing.shell.clock.now().saturating_sub(AGE).unwrap_or(Timestamp::MIN);
    let mut deleted = noted(troubles, documents.delete_unfinished(before).await)?;
    let mut older = noted(troubles, documents.older(before))?;
    let mut batch = Vec::new();
    loop {
        let next: Option<Result<Uuid, DocumentError>> = older.next().await;
        let ended = next.is_none();
        batch.extend(next.map(|next| noted(troubles, next)).transpose()?);
        if batch.len() < BATCH && !ended {
            continue;
        }
        let kept = store::document::kept(ticketing.store.read(), &batch).await;
        let kept = kept.map_err(Failure::from)?;
        for id in batch.drain(..).filter(|id| !kept.contains(id)) {
            noted(troubles, documents.delete(id).await)?;
            deleted += 1;
        }
        if ended {
            return Ok(deleted);
        }
    }
}

#[cfg(test)]
mod tests {
    use platform::documents::Documents;

    use super::*;
    use crate::rpc::document::testing::{Kept, jpeg};

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
        assert_eq!(sweep(&kept.ticketing).await.unwrap(), 0, "it is too early");
        assert_eq!(kept.objects(), 3);
        kept.fixture.at("2100-01-01T00:00:00Z");
        let (one, two) = tokio::join!(sweep(&kept.ticketing), sweep(&kept.ticketing));
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
        assert!(store::document::erase(kept.ticketing.store.write(), id).await.unwrap());
        kept.fixture.at("2100-01-01T00:00:00Z");
        assert_eq!(sweep(&kept.ticketing).await.unwrap(), 1);
        assert_eq!(kept.objects(), 0);
    }
}
