//! The writes of documents.

use std::sync::Arc;

use e2e::citizens::signed;
use proto::ticketing::v1::{
    DocumentHeader, UploadDocumentRequest, document_service_client::DocumentServiceClient,
    upload_document_request::Part,
};

use super::{Sent, Write, Writers, id};

impl Writers {
    pub(super) async fn of_documents(&self) -> Vec<Write> {
        let header = DocumentHeader {
            request_id: id(),
            ticket_id: self.ticket_of(&self.rated().await).await,
            name: "示例佐证.pdf".to_owned(),
            media_type: "application/pdf".to_owned(),
        };
        let content = [b"%PDF-1.7\n".as_slice(), &[b' '; 100_000]].concat();
        let chunks = content.chunks(60_000).map(|chunk| Part::Chunk(chunk.to_vec()));
        let parts = [Part::Header(header)].into_iter().chain(chunks);
        let parts: Vec<_> = parts.map(|part| UploadDocumentRequest { part: Some(part) }).collect();
        vec![call!(DocumentServiceClient.upload_document(stream parts), &self.handler)]
    }
}
