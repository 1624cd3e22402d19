//! Adds a document to a ticket (T14): first its object, under a random id and durable, then its row,
//! its fact and the answer in one transaction. Whatever breaks between the two leaves an object that
//! nothing refers to, which is swept.

use std::time::Duration;

use domain::violation::Violations;
use platform::{
    auth::Officer,
    convert::to_wire,
    documents::{Kind, MAX_OF_A_TICKET, Upload},
    once::Recognised,
    request::RequestKey,
    status::Failure,
};
use prost::Message as _;
use proto::{
    fact::v1::{DocumentAdded, fact::Body},
    ticketing::v1::{
        Document, DocumentHeader, UploadDocumentRequest, UploadDocumentResponse,
        upload_document_request::Part,
    },
};
use tokio_stream::{Stream, StreamExt as _};
use tonic::Status;
use uuid::Uuid;

use crate::{
    app::document::{may_add, noted},
    convert::document::{document_to_wire, name},
    entity::document,
    error::{DocumentError, Error},
    state::Ticketing,
    store,
};

/// How long a document may take to come in, from its header to its last byte.
const LONGEST: Duration = Duration::from_secs(10 * 60);

/// What a header asks for.
struct Wanted {
    request_id: Uuid,
    ticket_id: Uuid,
    name: String,
    media_type: String,
}

pub(crate) async fn run<S>(
    ticketing: &Ticketing,
    caller: Officer,
    parts: S,
) -> Result<UploadDocumentResponse, Error>
where
    S: Stream<Item = Result<UploadDocumentRequest, Status>> + Send + Unpin,
{
    let late = || Status::deadline_exceeded("the document took more than 10 minutes");
    let done = tokio::time::timeout(LONGEST, add(ticketing, &caller, parts)).await;
    done.unwrap_or_else(|_| Err(DocumentError::Broken(late()).into()))
}

async fn add<S>(
    ticketing: &Ticketing,
    caller: &Officer,
    mut parts: S,
) -> Result<UploadDocumentResponse, Error>
where
    S: Stream<Item = Result<UploadDocumentRequest, Status>> + Send + Unpin,
{
    let Ticketing { store, shell, documents, .. } = ticketing;
    let first = parts.next().await.transpose().map_err(DocumentError::Broken)?;
    let wanted = decode(first)?;
    let ticket_id = wanted.ticket_id;
    may_add(store.read(), caller, ticket_id).await?;
    // An id that was used is the same request or a refusal, which only its content shows: then
    // nothing is kept of it.
    let used = shell.answered::<UploadDocumentResponse>(store, wanted.key(ticketing, caller, None));
    let used = match used.await {
        Ok(None) => false,
        Ok(Some(_)) | Err(Failure::RequestIdReused) => true,
        Err(failure) => return Err(failure.into()),
    };
    // To be told at once; it counts below.
    if !used && store::document::count(store.read(), ticket_id).await? >= MAX_OF_A_TICKET {
        return Err(DocumentError::TooMany.into());
    }

    let id = shell.clock.new_id();
    let sealed = shell.sealer.content_key(&store::document::key_place(id));
    let (content_key, data_key) = sealed.map_err(Failure::from)?;
    let troubles = store.troubles();
    let mut upload = match used {
        true => Upload::nowhere(),
        false => noted(troubles, documents.upload(id, &content_key).await)?,
    };
    while let Some(part) = parts.next().await.transpose().map_err(DocumentError::Broken)? {
        let Some(Part::Chunk(chunk)) = part.part else { return Err(wrong("chunk", "is none")) };
        noted(troubles, upload.write(&chunk).await)?;
    }
    let kind = upload.kind().map_err(DocumentError::from)?;
    let name = kind.named(&wanted.name).map_err(DocumentError::from)?;
    if !promises(&wanted.media_type, kind) {
        return Err(DocumentError::OtherType(kind.media_type()).into());
    }
    let stored = noted(troubles, upload.finish().await)?;
    let size = i64::try_from(stored.size).unwrap_or(i64::MAX);
    let content = Document {
        name: wanted.name.clone(),
        media_type: wanted.media_type.clone(),
        size: stored.size,
        sha256: stored.sha256.to_vec(),
        ..Document::default()
    };
    let key = wanted.key(ticketing, caller, Some(content));
    if used {
        let answer = shell.answered(store, key).await?;
        return Ok(answer.ok_or(Failure::Raced("the answer was forgotten meanwhile"))?);
    }

    let about = Document { name, uploaded_by: caller.id().to_owned(), ..Document::default() };
    let about = shell.sealer.seal(&about.encode_to_vec(), &store::document::about_place(id));
    let row = document::Model {
        id,
        ticket_id,
        media_type: kind.media_type().to_owned(),
        size,
        sha256: stored.sha256.to_vec(),
        uploaded_at: shell.clock.now().as_microsecond(),
        about: about.map_err(Failure::from)?,
        data_key,
    };
    let kept = keep(ticketing, caller, key, row).await;
    let unwanted = match &kept {
        // A copy of this request was faster.
        Ok(answer) => {
            answer.document.as_ref().is_some_and(|kept| kept.document_id != id.to_string())
        }
        // After an error of the store the row may be there.
        Err(Error::Failure(Failure::Store(_) | Failure::Raced(_) | Failure::Internal(_))) => false,
        Err(_) => true,
    };
    if unwanted {
        // What cannot be deleted now is swept.
        let _ = noted(troubles, documents.delete(id).await);
    }
    kept
}

/// Writes the row of an object that is there, its fact, and the answer.
async fn keep(
    ticketing: &Ticketing,
    caller: &Officer,
    key: RequestKey,
    row: document::Model,
) -> Result<UploadDocumentResponse, Error> {
    let shell = &ticketing.shell;
    let txn = shell.once(&ticketing.store, key).await?;
    may_add(&txn, caller, row.ticket_id).await?;
    let txn = match txn.recognise().await? {
        Recognised::Before(answer) => return Ok(answer),
        Recognised::New(txn) => txn,
    };
    // Others add to the same ticket: counted one after another.
    store::ticket::locked(&txn, row.ticket_id).await?;
    if store::document::count(&txn, row.ticket_id).await? >= MAX_OF_A_TICKET {
        return Err(DocumentError::TooMany.into());
    }
    let place = store::document::about_place(row.id);
    let document = document_to_wire(&row, &shell.sealer, &place)?;
    let added = Body::DocumentAdded(DocumentAdded {
        document_id: document.document_id.clone(),
        ticket_id: document.ticket_id.clone(),
        sha256: document.sha256.clone(),
        size: document.size,
        media_type: document.media_type.clone(),
        at: Some(to_wire(platform::clock::instant(row.uploaded_at))),
    });
    store::document::insert_document(&txn, row).await?;
    let answer = UploadDocumentResponse { document: Some(document) };
    Ok(txn.finish(answer, vec![added]).await?)
}

impl Wanted {
    /// The key of this request, once its content is known; until then a key of the same id.
    fn key(
        &self,
        ticketing: &Ticketing,
        caller: &Officer,
        content: Option<Document>,
    ) -> RequestKey {
        let content = content.unwrap_or_default();
        let body = Document { ticket_id: self.ticket_id.to_string(), ..content };
        let requests = &ticketing.shell.requests;
        requests.key(caller.id().as_bytes(), "UploadDocument", self.request_id, &body)
    }
}

fn decode(first: Option<UploadDocumentRequest>) -> Result<Wanted, Error> {
    let Some(Part::Header(header)) = first.and_then(|first| first.part) else {
        return Err(wrong("header", "is missing: it comes first"));
    };
    let DocumentHeader { request_id, ticket_id, name: told, media_type } = header;
    let mut wrong = Violations::default();
    let no_uuid = |text: &str| text.parse::<Uuid>().map_err(|_| "is no UUID");
    let request_id = wrong.take("header.request_id", no_uuid(&request_id));
    let ticket_id = wrong.take("header.ticket_id", no_uuid(&ticket_id));
    let name = wrong.take("header.name", name(&told));
    wrong.require(media_type.len() <= 100, "header.media_type", "has more than 100 bytes");
    match wrong.finish((request_id, ticket_id, name))? {
        (Some(request_id), Some(ticket_id), Some(name)) => {
            let media_type = media_type.to_ascii_lowercase();
            Ok(Wanted { request_id, ticket_id, name, media_type })
        }
        _ => Err(Violations::default().into()),
    }
}

/// Whether what a sender takes a document for is what it is: some say no more than "a picture" or
/// "bytes", and there are several names for the same recording.
fn promises(media_type: &str, kind: Kind) -> bool {
    let found = kind.media_type();
    let group = |of: &str| of.split('/').next().unwrap_or_default().to_owned();
    ["", "application/octet-stream", found].contains(&media_type)
        || (!found.starts_with("application/") && group(media_type) == group(found))
}

fn wrong(field: &str, why: &str) -> Error {
    let mut wrong = Violations::default();
    wrong.add(field, why);
    wrong.into()
}

#[cfg(test)]
mod tests;
