//! Gives a document of a ticket (T14), piece by piece.

use domain::violation::Violations;
use platform::{
    auth::Officer,
    documents::{Part as Given, Parts, rows},
};
use proto::ticketing::v1::{
    DownloadDocumentRequest, DownloadDocumentResponse, download_document_response::Part,
};
use uuid::Uuid;

use crate::{
    app::document::may_handle,
    convert::document::document_to_wire,
    error::{DocumentError, Error},
    state::Ticketing,
    store::document::of_ticket,
};

/// The document, part by part.
pub(crate) type Answers = Parts<DownloadDocumentResponse>;

pub(crate) async fn run(
    ticketing: &Ticketing,
    caller: Officer,
    request: DownloadDocumentRequest,
) -> Result<Answers, Error> {
    let mut wrong = Violations::default();
    let no_uuid = |text: &str| text.parse::<Uuid>().map_err(|_| "is no UUID");
    let ticket_id = wrong.take("ticket_id", no_uuid(&request.ticket_id)).unwrap_or_default();
    let id = wrong.take("document_id", no_uuid(&request.document_id)).unwrap_or_default();
    wrong.finish(())?;
    let read = ticketing.store.read();
    may_handle(read, &caller, ticket_id).await?;
    let row = rows::find(read, of_ticket(ticket_id), id).await?;
    let opened = ticketing.shelf().open(row.ok_or(DocumentError::NotFound)?).await?;
    Ok(opened.parts(move |part| {
        let part = match part {
            Given::Known(known) => Part::Document(document_to_wire(known, ticket_id)),
            Given::Chunk(bytes) => Part::Chunk(bytes),
        };
        DownloadDocumentResponse { part: Some(part) }
    }))
}

#[cfg(test)]
mod tests;
