//! How a service takes a document in and gives it out: the object, its row, and what callers are told.
//! First the object, under a random id and durable; then, in one transaction of the service, the row,
//! its fact and the answer. Whatever breaks between the two leaves an object that nothing refers to,
//! which is swept.

use std::{pin::Pin, time::Duration};

use prost::Message;
use tokio::sync::mpsc::{Sender, channel};
use tokio_stream::{Stream, StreamExt as _, wrappers::ReceiverStream};
use tonic::Status;
use uuid::Uuid;

use super::{
    Content, DocumentError, Documents, Download, Known, Of, Row, Told, Upload,
    about::{About, key_place},
    rows,
};
use crate::{
    auth::Officer,
    database::Store,
    request::RequestKey,
    shell::Shell,
    status::{Failure, causes},
    trouble::{Kind as Trouble, Troubles},
};

/// How long a document may take to come in, from its header to its last byte.
const LONGEST: Duration = Duration::from_secs(10 * 60);
/// How many pieces wait for a caller that reads a document.
const WAITING: usize = 4;

/// A service's documents with their rows, and what it takes to write them.
#[derive(Clone, Copy)]
pub struct Shelf<'a> {
    /// The service's store.
    pub store: &'a Store,
    /// Clock and keys.
    pub shell: &'a Shell,
    /// The objects.
    pub documents: &'a Documents,
}

/// A document that came in.
pub enum Taken<A> {
    /// The same request was answered before, like this.
    Before(A),
    /// Its object is there and needs its row.
    New {
        /// The request.
        key: RequestKey,
        /// The row.
        row: Row,
    },
}

/// What is known of a request's document; it is compared with that of an earlier request. Requests from
/// before this type have the numbers of `pingyi.ticketing.v1.Document`, so these are the same.
#[derive(Clone, PartialEq, Message)]
struct Asked {
    #[prost(string, tag = "2")]
    of: String,
    #[prost(string, tag = "3")]
    name: String,
    #[prost(string, tag = "4")]
    media_type: String,
    #[prost(uint64, tag = "5")]
    size: u64,
    #[prost(bytes = "vec", tag = "6")]
    sha256: Vec<u8>,
}

/// Lets an upload take no longer than a document may.
///
/// # Errors
/// [`DocumentError::Broken`] if it takes longer.
pub async fn in_time<A, E: From<DocumentError>>(
    upload: impl Future<Output = Result<A, E>>,
) -> Result<A, E> {
    let late = || Status::deadline_exceeded("the document took more than 10 minutes");
    let done = tokio::time::timeout(LONGEST, upload).await;
    done.unwrap_or_else(|_| Err(DocumentError::Broken(late()).into()))
}

impl Shelf<'_> {
    /// Takes in a document of something within the caller's reach: `parts` after the header, each a
    /// `chunk` or wrong. `rpc` and the caller are the scope of the request's id.
    ///
    /// # Errors
    /// [`DocumentError`]; nothing of it is kept then.
    pub async fn take<A: Message + Default, T>(
        self,
        rpc: &'static str,
        caller: &Officer,
        told: &Told,
        of: Of,
        mut parts: impl Stream<Item = Result<T, Status>> + Send + Unpin,
        chunk: fn(T) -> Option<Vec<u8>>,
    ) -> Result<Taken<A>, DocumentError> {
        let Self { store, shell, documents } = self;
        let key = |asked: Asked| {
            let asked = Asked { of: of.id.to_string(), ..asked };
            shell.requests.key(caller.id().as_bytes(), rpc, told.request_id, &asked)
        };
        // An id that was used is the same request or a refusal, which only its content shows: then
        // nothing is kept of it.
        let used = match shell.answered::<A>(store, key(Asked::default())).await {
            Ok(None) => false,
            Ok(Some(_)) | Err(Failure::RequestIdReused) => true,
            Err(failure) => return Err(failure.into()),
        };
        // To be told at once; it counts when its row is written.
        if !used && rows::count(store.read(), of).await.map_err(Failure::from)? >= of.limit {
            return Err(DocumentError::TooMany { limit: of.limit });
        }

        let id = shell.clock.new_id();
        let sealed = shell.sealer.content_key(&key_place(id));
        let (content_key, data_key) = sealed.map_err(Failure::from)?;
        let mut upload = match used {
            true => Upload::nowhere(),
            false => self.noted(documents.upload(id, &content_key).await)?,
        };
        while let Some(part) = parts.next().await.transpose().map_err(DocumentError::Broken)? {
            let chunk = chunk(part).ok_or_else(|| wrong("chunk", "is none"))?;
            self.noted(upload.write(&chunk).await)?;
        }
        let name = told.name_of(upload.kind()?)?;
        let stored = self.noted(upload.finish().await)?;
        let key = key(Asked {
            name: told.name.clone(),
            media_type: told.media_type.clone(),
            size: stored.size,
            sha256: stored.sha256.to_vec(),
            ..Asked::default()
        });
        if used {
            let answer = shell.answered(store, key).await?;
            let answer = answer.ok_or(Failure::Raced("the answer was forgotten meanwhile"))?;
            return Ok(Taken::Before(answer));
        }
        let about = About { name, uploaded_by: caller.id().to_owned() };
        let row = Row {
            id,
            media_type: stored.kind.media_type().to_owned(),
            size: i64::try_from(stored.size).unwrap_or(i64::MAX),
            sha256: stored.sha256.to_vec(),
            uploaded_at: shell.clock.now().as_microsecond(),
            about: about.seal(&shell.sealer, id)?,
            data_key,
        };
        Ok(Taken::New { key, row })
    }

    /// After the row's transaction: deletes the object if it is certain that no row has its id. `kept`
    /// is the id of the document that the answer names, or the failure, if it was one.
    pub async fn settle(self, id: Uuid, kept: Result<&str, Option<&Failure>>) {
        let unwanted = match kept {
            // A copy of this request was faster.
            Ok(kept) => kept != id.to_string(),
            // After an error of the store the row may be there.
            Err(Some(Failure::Store(_) | Failure::Raced(_) | Failure::Internal(_))) => false,
            Err(_) => true,
        };
        if unwanted {
            // What cannot be deleted now is swept.
            let _ = self.noted(self.documents.delete(id).await);
        }
    }

    /// Begins to give a document.
    ///
    /// # Errors
    /// [`DocumentError::Erased`], and if its object is missing or not what was written.
    pub async fn open(self, row: Row) -> Result<Opened, DocumentError> {
        if row.data_key.is_empty() {
            return Err(DocumentError::Erased);
        }
        let sealer = &self.shell.sealer;
        let known = row.known(sealer)?;
        let key = sealer.open_content_key(&row.data_key, &key_place(row.id));
        let key = key.map_err(Failure::from)?;
        let content = Content { id: row.id, key, size: known.size, sha256: row.sha256 };
        let mut download = self.noted(self.documents.download(content).await)?;
        // A damaged document is mostly seen by its first piece: then it is a plain refusal.
        let first = self.noted(download.next().await)?;
        Ok(Opened { known, first, download, troubles: self.store.troubles().clone() })
    }

    pub(super) fn noted<T>(self, done: Result<T, DocumentError>) -> Result<T, DocumentError> {
        noted(self.store.troubles(), done)
    }
}

/// Notes whether the store of documents is away, for its operator.
fn noted<T>(troubles: &Troubles, done: Result<T, DocumentError>) -> Result<T, DocumentError> {
    match &done {
        Ok(_) => troubles.end(Trouble::Documents),
        Err(error @ DocumentError::Away(_)) => troubles.meet(Trouble::Documents, causes(error)),
        // A document's own fault.
        Err(_) => {}
    }
    done
}

/// What is wrong with a part of a document that comes in.
pub fn wrong(field: &str, why: &str) -> DocumentError {
    let mut wrong = domain::violation::Violations::default();
    wrong.add(field, why);
    Failure::Invalid(wrong).into()
}

/// A document that goes out.
pub struct Opened {
    pub(super) known: Known,
    pub(super) first: Option<Vec<u8>>,
    pub(super) download: Download,
    pub(super) troubles: Troubles,
}

/// A part of a document that goes out.
pub enum Part {
    /// What is known of it; the first part.
    Known(Known),
    /// The next bytes.
    Chunk(Vec<u8>),
}

/// The parts of a document that goes out, as a service's contract has them.
pub type Parts<T> = Pin<Box<dyn Stream<Item = Result<T, Status>> + Send>>;

impl Opened {
    /// Its parts. Only if they end without an error they were the document.
    pub fn parts<T: Send + 'static>(
        mut self,
        wire: impl Fn(Part) -> T + Send + 'static,
    ) -> Parts<T> {
        let (parts, receiver) = channel(WAITING);
        let wire = move |part| Ok(wire(part));
        tokio::spawn(async move {
            let begins = [Some(Part::Known(self.known)), self.first.map(Part::Chunk)];
            for part in begins.into_iter().flatten() {
                if parts.send(wire(part)).await.is_err() {
                    return;
                }
            }
            let given = give(&mut self.download, &self.troubles, &parts, wire);
            // Who does not read keeps the turn no longer than who does not write.
            let told = match tokio::time::timeout(LONGEST, given).await {
                Ok(Ok(())) => return,
                Ok(Err(error)) => error.told(),
                Err(_) => Status::deadline_exceeded("the document took more than 10 minutes"),
            };
            // Without its error what was given so far would pass for the whole document: it waits for
            // who reads slowly, and no other document waits for it.
            drop(self.download);
            let _ = parts.send(Err(told)).await;
        });
        Box::pin(ReceiverStream::new(receiver))
    }
}

async fn give<T>(
    download: &mut Download,
    troubles: &Troubles,
    parts: &Sender<Result<T, Status>>,
    wire: impl Fn(Part) -> Result<T, Status>,
) -> Result<(), DocumentError> {
    while let Some(piece) = noted(troubles, download.next().await)? {
        if parts.send(wire(Part::Chunk(piece))).await.is_err() {
            // The caller has gone.
            break;
        }
    }
    Ok(())
}
