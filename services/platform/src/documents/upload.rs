//! A document on its way into the store.

use object_store::{MultipartUpload, ObjectStoreExt as _, PutPayload};
use sha2::{Digest as _, Sha256};
use tokio::sync::OwnedSemaphorePermit;
use uuid::Uuid;

use super::{
    DocumentError, Documents, Kept, Kind, MAX_BYTES, PART, Refused, TURN, kind::Sniffer, turn,
};
use crate::crypto::{ContentKey, PIECE, Pieces};

/// What was written.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Stored {
    /// What it is, by its content.
    pub kind: Kind,
    /// How many bytes it has.
    pub size: u64,
    /// Its SHA-256.
    pub sha256: [u8; 32],
}

/// A document that comes in; dropped before [`Upload::finish`], nothing of it is kept.
pub struct Upload {
    target: Option<Target>,
    sniffer: Sniffer,
    hash: Sha256,
    size: u64,
    /// Content that is not sealed yet: it may be the last piece.
    plain: Vec<u8>,
}

/// Where the sealed pieces go.
struct Target {
    kept: Kept,
    id: Uuid,
    pieces: Pieces,
    /// Sealed pieces that are not sent yet.
    sealed: Vec<u8>,
    parts: Option<Parts>,
    _turn: OwnedSemaphorePermit,
}

/// An object that is sent in parts; dropped, it is given up.
struct Parts(Option<Box<dyn MultipartUpload>>);

impl Documents {
    /// Begins to take in a document under an id of its own.
    ///
    /// # Errors
    /// [`DocumentError::NotKept`] and [`DocumentError::Busy`].
    pub async fn upload(&self, id: Uuid, key: &ContentKey) -> Result<Upload, DocumentError> {
        let kept = self.kept()?.clone();
        let pieces = Pieces::new(key, id);
        let (sealed, parts, turn) = (Vec::new(), None, turn(&self.uploads, TURN).await?);
        Ok(Upload::to(Some(Target { kept, id, pieces, sealed, parts, _turn: turn })))
    }
}

impl Upload {
    fn to(target: Option<Target>) -> Self {
        let (sniffer, hash) = (Sniffer::default(), Sha256::new());
        Self { target, sniffer, hash, size: 0, plain: Vec::new() }
    }

    /// One that keeps nothing and only says what the content is: for a request that may have been
    /// answered before.
    #[must_use]
    pub fn nowhere() -> Self {
        Self::to(None)
    }

    /// The next bytes.
    ///
    /// # Errors
    /// [`DocumentError`]; nothing of it is kept then.
    pub async fn write(&mut self, bytes: &[u8]) -> Result<(), DocumentError> {
        self.size += bytes.len() as u64;
        if self.size > MAX_BYTES {
            return Err(DocumentError::TooLarge);
        }
        self.sniffer.take(bytes)?;
        self.hash.update(bytes);
        let Some(target) = &mut self.target else { return Ok(()) };
        self.plain.extend_from_slice(bytes);
        let mut sealed = 0;
        // A whole piece is kept back as long as nothing follows it.
        while self.plain.len() - sealed > PIECE {
            target.seal(&self.plain[sealed..sealed + PIECE], false).await?;
            sealed += PIECE;
        }
        self.plain.drain(..sealed);
        Ok(())
    }

    /// What it is, once all of it has come.
    ///
    /// # Errors
    /// [`Refused`].
    pub fn kind(&self) -> Result<Kind, Refused> {
        self.sniffer.finish()
    }

    /// Ends it; then the object is there, and durable.
    ///
    /// # Errors
    /// [`DocumentError`]; nothing of it is kept then.
    pub async fn finish(mut self) -> Result<Stored, DocumentError> {
        let kind = self.kind()?;
        if let Some(mut target) = self.target.take() {
            target.seal(&self.plain, true).await?;
            target.finish().await?;
        }
        Ok(Stored { kind, size: self.size, sha256: self.hash.finalize().into() })
    }
}

impl Target {
    async fn seal(&mut self, plain: &[u8], last: bool) -> Result<(), DocumentError> {
        let piece = self.pieces.seal(plain, last)?;
        if self.sealed.len() + piece.len() > PART {
            // All parts but the last have the same length, as some stores want.
            let rest = PART - self.sealed.len();
            self.sealed.extend_from_slice(&piece[..rest]);
            let part = std::mem::replace(&mut self.sealed, piece[rest..].to_vec());
            self.send(part).await
        } else {
            self.sealed.extend_from_slice(&piece);
            Ok(())
        }
    }

    async fn send(&mut self, part: Vec<u8>) -> Result<(), DocumentError> {
        if self.parts.is_none() {
            let path = self.kept.path(self.id);
            let parts = self.kept.objects.put_multipart(&path).await;
            self.parts = Some(Parts(Some(parts.map_err(DocumentError::Away)?)));
        }
        let Some(Parts(Some(parts))) = &mut self.parts else { return Ok(()) };
        parts.put_part(PutPayload::from(part)).await.map_err(DocumentError::Away)
    }

    async fn finish(mut self) -> Result<(), DocumentError> {
        let rest = std::mem::take(&mut self.sealed);
        if self.parts.is_none() {
            let path = self.kept.path(self.id);
            let put = self.kept.objects.put(&path, PutPayload::from(rest)).await;
            return put.map(drop).map_err(DocumentError::Away);
        }
        self.send(rest).await?;
        let Some(Parts(parts)) = &mut self.parts else { return Ok(()) };
        if let Some(whole) = parts {
            whole.complete().await.map_err(DocumentError::Away)?;
        }
        // It is whole: nothing is given up any more.
        *parts = None;
        Ok(())
    }
}

impl Drop for Parts {
    fn drop(&mut self) {
        let (Some(mut parts), Ok(runtime)) = (self.0.take(), tokio::runtime::Handle::try_current())
        else {
            return;
        };
        // The caller has gone, or the store is away. What cannot be given up now, the store's own
        // rule for unfinished uploads deletes.
        runtime.spawn(async move {
            if let Err(error) = parts.abort().await {
                tracing::warn!(%error, "an unfinished object could not be given up");
            }
        });
    }
}
