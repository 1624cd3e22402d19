//! Gives a document of a ticket (T14), piece by piece.

use std::pin::Pin;

use domain::violation::Violations;
use platform::{
    auth::Officer,
    documents::{Content, Download},
    status::Failure,
};
use proto::ticketing::v1::{
    DownloadDocumentRequest, DownloadDocumentResponse, download_document_response::Part,
};
use tokio::sync::mpsc::{Sender, channel};
use tokio_stream::{Stream, wrappers::ReceiverStream};
use tonic::Status;
use uuid::Uuid;

use crate::{
    app::document::{may_handle, noted},
    convert::document::document_to_wire,
    error::{DocumentError, Error},
    state::Ticketing,
    store,
};

/// How many pieces wait for the caller.
const WAITING: usize = 4;

/// The document, part by part.
pub(crate) type Answers =
    Pin<Box<dyn Stream<Item = Result<DownloadDocumentResponse, Status>> + Send>>;

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
    let row = store::document::document(read, ticket_id, id).await?;
    let row = row.ok_or(DocumentError::NotFound)?;
    if row.data_key.is_empty() {
        return Err(DocumentError::Erased.into());
    }
    let sealer = &ticketing.shell.sealer;
    let document = document_to_wire(&row, sealer, &store::document::about_place(id))?;
    let key = sealer.open_content_key(&row.data_key, &store::document::key_place(id));
    let key = key.map_err(Failure::from)?;
    let content = Content { id, key, size: document.size, sha256: row.sha256 };
    let troubles = ticketing.store.troubles();
    let mut download = noted(troubles, ticketing.documents.download(content).await)?;
    // A damaged document is mostly seen by its first piece: then it is a plain refusal.
    let first = noted(troubles, download.next().await)?;
    let (parts, receiver) = channel(WAITING);
    let troubles = troubles.clone();
    tokio::spawn(async move {
        let header = Part::Document(document);
        let begins = [Some(header), first.map(Part::Chunk)];
        for part in begins.into_iter().flatten() {
            if !send(&parts, part).await {
                return;
            }
        }
        if let Err(error) = give(&mut download, &parts, &troubles).await {
            let _ = parts.send(Err(Error::from(error).into())).await;
        }
    });
    Ok(Box::pin(ReceiverStream::new(receiver)))
}

async fn give(
    download: &mut Download,
    parts: &Sender<Result<DownloadDocumentResponse, Status>>,
    troubles: &platform::trouble::Troubles,
) -> Result<(), DocumentError> {
    while let Some(piece) = noted(troubles, download.next().await)? {
        if !send(parts, Part::Chunk(piece)).await {
            break;
        }
    }
    Ok(())
}

/// False once the caller has gone.
async fn send(parts: &Sender<Result<DownloadDocumentResponse, Status>>, part: Part) -> bool {
    parts.send(Ok(DownloadDocumentResponse { part: Some(part) })).await.is_ok()
}

#[cfg(test)]
mod tests;
