//! Deletes objects that no row refers to: of uploads that broke off between the object and its row,
//! of rows that a restored backup does not have, and of erased documents. An object has a row within
//! minutes or never, so a day is long enough. Two replicas that sweep at once delete the same.
//!
//! And erases a document: its name, its uploader and the key of its object, at once and for good; then
//! its object. That it was there, and its hash, stays on record.

use std::time::Duration;

use jiff::{SignedDuration, Timestamp};
use sea_orm::DbErr;
use tokio_stream::StreamExt as _;
use uuid::Uuid;

use super::{DocumentError, Documents, Shelf, rows};
use crate::{
    database::Store,
    shell::Shell,
    status::{Failure, causes},
    trouble::Kind,
};

/// How often it looks.
const LOOK: Duration = Duration::from_secs(6 * 3_600);
/// How old an object without a row must be.
const AGE: SignedDuration = SignedDuration::from_hours(24);
/// How many objects are looked up at once.
const BATCH: usize = 200;

/// The trouble of a sweep that fails.
const WAIT: Kind = Kind::Job("documents to be swept");

/// Keeps sweeping a service's documents until the process stops.
pub async fn keep_sweeping(store: Store, shell: Shell, documents: Documents) {
    let shelf = Shelf { store: &store, shell: &shell, documents: &documents };
    while !shell.stop.is_stopped() {
        let troubles = store.troubles();
        match shelf.sweep().await {
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
            () = shell.stop.stopped() => {}
        }
    }
}

impl Shelf<'_> {
    /// Deletes every old object without a row; returns how many.
    ///
    /// # Errors
    /// If the store of documents is away, or the rows cannot be read.
    pub async fn sweep(self) -> Result<u64, DocumentError> {
        let Self { store, shell, documents } = self;
        let before = shell.clock.now().saturating_sub(AGE).unwrap_or(Timestamp::MIN);
        let mut deleted = self.noted(documents.delete_unfinished(before).await)?;
        let mut older = self.noted(documents.older(before))?;
        let mut batch = Vec::new();
        loop {
            let next: Option<Result<Uuid, DocumentError>> = older.next().await;
            let ended = next.is_none();
            batch.extend(next.map(|next| self.noted(next)).transpose()?);
            if batch.len() < BATCH && !ended {
                continue;
            }
            let kept = rows::kept(store.read(), &batch).await.map_err(Failure::from)?;
            for id in batch.drain(..).filter(|id| !kept.contains(id)) {
                self.noted(documents.delete(id).await)?;
                deleted += 1;
            }
            if ended {
                return Ok(deleted);
            }
        }
    }
}

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
    Object(DocumentError),
}

/// Erases a document of a service; one that is erased already is erased again.
///
/// # Errors
/// [`EraseError`].
pub async fn erase(store: &Store, documents: &Documents, id: Uuid) -> Result<(), EraseError> {
    if !store.note(rows::erase(store.write(), id).await)? {
        return Err(EraseError::NotFound(id));
    }
    documents.delete(id).await.map_err(EraseError::Object)
}
