//! Adds a document to a ticket (T14): its object first, then its row, its fact and the answer in one
//! transaction.

use domain::violation::Violations;
use platform::{
    auth::Officer,
    convert::to_wire,
    documents::{Row, Taken, Told, in_time, rows, wrong},
    once::Recognised,
    request::RequestKey,
};
use proto::{
    fact::v1::{DocumentAdded, fact::Body},
    ticketing::v1::{
        DocumentHeader, UploadDocumentRequest, UploadDocumentResponse,
        upload_document_request::Part,
    },
};
use tokio_stream::{Stream, StreamExt as _};
use tonic::Status;
use uuid::Uuid;

use crate::{
    app::document::may_add,
    convert::document::document_to_wire,
    error::{DocumentError, Error},
    state::Ticketing,
    store::{self, document::of_ticket},
};

pub(crate) async fn run<S>(
    ticketing: &Ticketing,
    caller: Officer,
    parts: S,
) -> Result<UploadDocumentResponse, Error>
where
    S: Stream<Item = Result<UploadDocumentRequest, Status>> + Send + Unpin,
{
    in_time(add(ticketing, &caller, parts)).await
}

async fn add<S>(
    ticketing: &Ticketing,
    caller: &Officer,
    mut parts: S,
) -> Result<UploadDocumentResponse, Error>
where
    S: Stream<Item = Result<UploadDocumentRequest, Status>> + Send + Unpin,
{
    let first = parts.next().await.transpose().map_err(DocumentError::Broken)?;
    let (ticket_id, told) = decode(first)?;
    may_add(ticketing.store.read(), caller, ticket_id).await?;
    let chunk = |part: UploadDocumentRequest| match part.part {
        Some(Part::Chunk(chunk)) => Some(chunk),
        _ => None,
    };
    let (shelf, of) = (ticketing.shelf(), of_ticket(ticket_id));
    let (key, row) = match shelf.take("UploadDocument", caller, &told, of, parts, chunk).await? {
        Taken::Before(answer) => return Ok(answer),
        Taken::New { key, row } => (key, row),
    };
    let id = row.id;
    let kept = keep(ticketing, caller, key, ticket_id, row).await;
    let settled = match &kept {
        Ok(answer) => Ok(answer.document.as_ref().map_or("", |kept| &kept.document_id)),
        Err(Error::Failure(failure)) => Err(Some(failure)),
        Err(_) => Err(None),
    };
    shelf.settle(id, settled).await;
    kept
}

/// Writes the row of an object that is there, its fact, and the answer.
async fn keep(
    ticketing: &Ticketing,
    caller: &Officer,
    key: RequestKey,
    ticket_id: Uuid,
    row: Row,
) -> Result<UploadDocumentResponse, Error> {
    let shell = &ticketing.shell;
    let txn = shell.once(&ticketing.store, key).await?;
    may_add(&txn, caller, ticket_id).await?;
    let txn = match txn.recognise().await? {
        Recognised::Before(answer) => return Ok(answer),
        Recognised::New(txn) => txn,
    };
    // Others add to the same ticket: counted one after another.
    store::ticket::locked(&txn, ticket_id).await?;
    let known = row.known(&shell.sealer)?;
    let added = Body::DocumentAdded(DocumentAdded {
        document_id: known.id.to_string(),
        ticket_id: ticket_id.to_string(),
        sha256: known.sha256.clone(),
        size: known.size,
        media_type: known.media_type.clone(),
        at: Some(to_wire(known.uploaded_at)),
    });
    rows::add(&*txn, of_ticket(ticket_id), row).await?;
    let document = Some(document_to_wire(known, ticket_id));
    Ok(txn.finish(UploadDocumentResponse { document }, vec![added]).await?)
}

fn decode(first: Option<UploadDocumentRequest>) -> Result<(Uuid, Told), Error> {
    let Some(Part::Header(header)) = first.and_then(|first| first.part) else {
        return Err(wrong("header", "is missing: it comes first").into());
    };
    let DocumentHeader { request_id, ticket_id, name, media_type } = header;
    let mut wrong = Violations::default();
    let ticket_id = ticket_id.parse::<Uuid>().map_err(|_| "is no UUID");
    let ticket_id = wrong.take("header.ticket_id", ticket_id);
    let told = Told::read(&mut wrong, &request_id, &name, &media_type);
    match wrong.finish((ticket_id, told))? {
        (Some(ticket_id), Some(told)) => Ok((ticket_id, told)),
        _ => Err(Violations::default().into()),
    }
}

#[cfg(test)]
mod tests;
