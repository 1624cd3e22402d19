//! What the tests of documents share: a service with a folder of documents, and who sends and reads.

use std::path::PathBuf;

use platform::{
    auth::{Caller, Officer},
    documents::{Documents, Place},
    testing::{AGENCY, REGION, principal},
};
use proto::{
    ticketing::v1::{
        Document, DocumentHeader, DownloadDocumentRequest, GetTicketRequest, UploadDocumentRequest,
        UploadDocumentResponse, download_document_response, upload_document_request::Part,
    },
    r#type::v1::Level,
};
use tempfile::TempDir;
use tokio_stream::StreamExt as _;
use tonic::Status;

pub(crate) use platform::testing::documents::jpeg;

use super::{download_document, upload_document};
use crate::{
    error::{DocumentError, Error},
    rpc::{
        testing::{Fixture, handler, request_id},
        ticket::get_ticket,
    },
    state::Ticketing,
};

/// A service that keeps documents.
pub(crate) struct Kept {
    pub(crate) fixture: Fixture,
    pub(crate) ticketing: Ticketing,
    root: TempDir,
}

/// A staff member of the agency who is also its officer.
pub(crate) fn clerk(id: &str) -> Officer {
    principal(id, Caller::Handler { region: REGION.to_owned(), agency: AGENCY.to_owned() })
}

/// The header of a new document.
pub(crate) fn header(ticket_id: &str, name: &str) -> DocumentHeader {
    DocumentHeader {
        request_id: request_id(),
        ticket_id: ticket_id.to_owned(),
        name: name.to_owned(),
        media_type: String::new(),
    }
}

/// A document as it comes in.
pub(crate) fn parts(header: &DocumentHeader, bytes: &[u8]) -> Vec<UploadDocumentRequest> {
    let header = Part::Header(header.clone());
    let chunks = bytes.chunks(64 << 10).map(|chunk| Part::Chunk(chunk.to_vec()));
    let parts = [header].into_iter().chain(chunks);
    parts.map(|part| UploadDocumentRequest { part: Some(part) }).collect()
}

impl Kept {
    pub(crate) async fn new() -> Self {
        let (fixture, root) = (Fixture::new().await, tempfile::tempdir().unwrap());
        let place = Place::Folder(root.path().join("documents"));
        let documents = Documents::open(&place, crate::NAME).unwrap();
        let ticketing = fixture.ticketing.clone().with_documents(documents);
        Self { fixture, ticketing, root }
    }

    /// Sends a document as this officer.
    pub(crate) async fn send(
        &self,
        caller: Officer,
        header: &DocumentHeader,
        bytes: &[u8],
    ) -> Result<UploadDocumentResponse, Error> {
        let parts = tokio_stream::iter(parts(header, bytes).into_iter().map(Ok));
        upload_document::run(&self.ticketing, caller, parts).await
    }

    /// Adds a photo as an officer of the agency.
    pub(crate) async fn add(&self, ticket_id: &str, name: &str) -> Result<Document, Error> {
        let added = self.send(handler(AGENCY), &header(ticket_id, name), &jpeg(100)).await?;
        Ok(added.document.unwrap())
    }

    /// Reads a document as this officer.
    pub(crate) async fn get_as(
        &self,
        caller: Officer,
        document: &Document,
    ) -> Result<Vec<u8>, Error> {
        let request = DownloadDocumentRequest {
            ticket_id: document.ticket_id.clone(),
            document_id: document.document_id.clone(),
        };
        let mut answers = download_document::run(&self.ticketing, caller, request).await?;
        let broken = |status: Status| Error::from(DocumentError::Broken(status));
        let first = answers.next().await.unwrap().map_err(broken)?.part.unwrap();
        assert_eq!(first, download_document_response::Part::Document(document.clone()));
        let mut bytes = Vec::new();
        while let Some(part) = answers.next().await {
            let part = part.map_err(broken)?.part.unwrap();
            let download_document_response::Part::Chunk(chunk) = part else { panic!("{part:?}") };
            bytes.extend(chunk);
        }
        Ok(bytes)
    }

    /// Reads a document as an officer of the agency.
    pub(crate) async fn get(&self, document: &Document) -> Result<Vec<u8>, Error> {
        self.get_as(handler(AGENCY), document).await
    }

    /// Another rating joins a ticket and names this staff member.
    pub(crate) async fn rated_too(&self, ticket_id: &str, staff: &str) {
        let request = GetTicketRequest { ticket_id: ticket_id.to_owned(), before_step: 0 };
        let ticket = get_ticket::run(&self.ticketing, handler(AGENCY), request).await.unwrap();
        let act_id = ticket.ticket.unwrap().act.unwrap().act_id.parse().unwrap();
        let mut rating = self.fixture.rating(act_id, Level::Dissatisfied);
        rating.act.as_mut().unwrap().staff_id = staff.to_owned();
        self.fixture.apply(&rating).await;
    }

    /// Where an object lies.
    pub(crate) fn object(&self, id: &str) -> PathBuf {
        self.root.path().join("documents/ticketing").join(id)
    }

    /// How many objects there are, unfinished ones too.
    pub(crate) fn objects(&self) -> usize {
        std::fs::read_dir(self.object("")).map_or(0, Iterator::count)
    }

    /// The folder of documents goes away, or comes back.
    pub(crate) fn store_is(&self, there: bool) {
        let (folder, elsewhere) =
            (self.root.path().join("documents"), self.root.path().join("elsewhere"));
        if there {
            std::fs::remove_file(&folder).unwrap();
            std::fs::rename(elsewhere, folder).unwrap();
        } else {
            std::fs::rename(&folder, elsewhere).unwrap();
            std::fs::write(folder, b"").unwrap();
        }
    }
}
