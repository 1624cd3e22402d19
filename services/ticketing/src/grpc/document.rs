//! Documents of tickets (佐证材料).

use proto::ticketing::v1::{
    DownloadDocumentRequest, ListDocumentsRequest, ListDocumentsResponse, UploadDocumentRequest,
    UploadDocumentResponse, document_service_server::DocumentService,
};
use tonic::{Request, Response, Status, Streaming};

use crate::{rpc, state::Ticketing};

#[tonic::async_trait]
impl DocumentService for Ticketing {
    type DownloadDocumentStream = rpc::document::download_document::Answers;

    async fn upload_document(
        &self,
        request: Request<Streaming<UploadDocumentRequest>>,
    ) -> Result<Response<UploadDocumentResponse>, Status> {
        let (caller, request) = self.shell.gate.open_file(request)?;
        Ok(Response::new(rpc::document::upload_document::run(self, caller, request).await?))
    }

    async fn download_document(
        &self,
        request: Request<DownloadDocumentRequest>,
    ) -> Result<Response<Self::DownloadDocumentStream>, Status> {
        let (caller, request) = self.shell.gate.open(request)?;
        Ok(Response::new(rpc::document::download_document::run(self, caller, request).await?))
    }

    async fn list_documents(
        &self,
        request: Request<ListDocumentsRequest>,
    ) -> Result<Response<ListDocumentsResponse>, Status> {
        let (caller, request) = self.shell.gate.open(request)?;
        Ok(Response::new(rpc::document::list_documents::run(self, caller, request).await?))
    }
}
