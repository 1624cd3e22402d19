//! The RPCs of `AttachmentService`, one line each.

use proto::intake::v1::{
    DownloadAttachmentRequest, ListAttachmentsRequest, ListAttachmentsResponse,
    UploadAttachmentRequest, UploadAttachmentResponse,
    attachment_service_server::AttachmentService,
};
use tonic::{Request, Response, Status, Streaming};

use crate::{
    Intake,
    rpc::attachment::{download_attachment, list_attachments, upload_attachment},
};

#[tonic::async_trait]
impl AttachmentService for Intake {
    type DownloadAttachmentStream = download_attachment::Answers;

    async fn upload_attachment(
        &self,
        request: Request<Streaming<UploadAttachmentRequest>>,
    ) -> Result<Response<UploadAttachmentResponse>, Status> {
        let (caller, request) = self.shell.gate.open_file(request)?;
        Ok(Response::new(upload_attachment::run(self, caller, request).await?))
    }

    async fn download_attachment(
        &self,
        request: Request<DownloadAttachmentRequest>,
    ) -> Result<Response<Self::DownloadAttachmentStream>, Status> {
        let (caller, request) = self.shell.gate.open(request)?;
        Ok(Response::new(download_attachment::run(self, caller, request).await?))
    }

    async fn list_attachments(
        &self,
        request: Request<ListAttachmentsRequest>,
    ) -> Result<Response<ListAttachmentsResponse>, Status> {
        let (caller, request) = self.shell.gate.open(request)?;
        Ok(Response::new(list_attachments::run(self, caller, request).await?))
    }
}
