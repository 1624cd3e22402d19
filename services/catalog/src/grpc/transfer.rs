//! Files in and out (导入导出).

use proto::catalog::v1::{ExportRequest, ImportRequest, transfer_service_server::TransferService};
use tonic::{Request, Response, Status, Streaming};

use crate::{rpc, state::Catalog};

#[tonic::async_trait]
impl TransferService for Catalog {
    type ImportStream = rpc::transfer::import::Answers;
    type ExportStream = rpc::transfer::export::Answers;

    async fn import(
        &self,
        request: Request<Streaming<ImportRequest>>,
    ) -> Result<Response<Self::ImportStream>, Status> {
        let (caller, request) = self.shell.gate.open_file(request)?;
        Ok(Response::new(rpc::transfer::import::run(self, caller, request)))
    }

    async fn export(
        &self,
        request: Request<ExportRequest>,
    ) -> Result<Response<Self::ExportStream>, Status> {
        let (caller, request) = self.shell.gate.open(request)?;
        Ok(Response::new(rpc::transfer::export::run(self, caller, request).await?))
    }
}
