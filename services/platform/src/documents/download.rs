//! A document on its way out of the store.

use std::pin::Pin;

use object_store::{ObjectStoreExt as _, Result};
use sha2::{Digest as _, Sha256};
use tokio::sync::OwnedSemaphorePermit;
use tokio_stream::{Stream, StreamExt as _};
use tonic::codegen::Bytes;
use uuid::Uuid;

use super::{DocumentError, Documents, MAX_BYTES, TURN, turn};
use crate::crypto::{ContentKey, PIECE, Pieces, sealed_len};

/// What a row says of its object.
pub struct Content {
    /// The object.
    pub id: Uuid,
    /// Its key.
    pub key: ContentKey,
    /// How many bytes the document has.
    pub size: u64,
    /// Its SHA-256.
    pub sha256: Vec<u8>,
}

/// A document that goes out, piece by piece. Only after the last one is it certain that all of it
/// is what was written.
pub struct Download {
    object: Pin<Box<dyn Stream<Item = Result<Bytes>> + Send>>,
    pieces: Pieces,
    hash: Sha256,
    sha256: Vec<u8>,
    /// How many bytes of the document are still to come.
    missing: u64,
    sealed: Vec<u8>,
    _turn: OwnedSemaphorePermit,
}

impl Documents {
    /// Begins to give a document.
    ///
    /// # Errors
    /// [`DocumentError`].
    pub async fn download(&self, content: Content) -> Result<Download, DocumentError> {
        let Content { id, key, size, sha256 } = content;
        let (kept, turn) = (self.kept()?, turn(&self.downloads, TURN).await?);
        if size == 0 || size > MAX_BYTES {
            return Err(DocumentError::Damaged("its row says a size that none has"));
        }
        let object = kept.objects.get(&kept.path(id)).await?;
        if object.meta.size != sealed_len(size) {
            return Err(DocumentError::Damaged("its object has another length"));
        }
        Ok(Download {
            object: Box::pin(object.into_stream()),
            pieces: Pieces::new(&key, id),
            hash: Sha256::new(),
            sha256,
            missing: size,
            sealed: Vec::new(),
            _turn: turn,
        })
    }
}

impl Download {
    /// The next piece; none after the last, when all of it was given and is what was written.
    ///
    /// # Errors
    /// [`DocumentError`]: what was given so far is not the document.
    pub async fn next(&mut self) -> Result<Option<Vec<u8>>, DocumentError> {
        if self.missing == 0 {
            return Ok(None);
        }
        let length = self.missing.min(PIECE as u64);
        let sealed = usize::try_from(sealed_len(length)).unwrap_or(usize::MAX);
        while self.sealed.len() < sealed {
            let Some(bytes) = self.object.next().await else {
                return Err(DocumentError::Damaged("its object ends too early"));
            };
            self.sealed.extend_from_slice(&bytes?);
        }
        let last = self.missing <= PIECE as u64;
        let piece = self.pieces.open(&self.sealed[..sealed], last);
        let piece = piece.map_err(|_| DocumentError::Damaged("a piece is not what was sealed"))?;
        self.sealed.drain(..sealed);
        self.hash.update(&piece);
        self.missing -= length;
        if last && self.hash.clone().finalize()[..] != self.sha256[..] {
            return Err(DocumentError::Damaged("it has another hash"));
        }
        Ok(Some(piece))
    }
}
