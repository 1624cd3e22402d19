//! Changes (变更) and their course.

use proto::catalog::v1::{
    AdvanceChangeRequest, AdvanceChangeResponse, DraftChangeRequest, DraftChangeResponse,
    GetChangeRequest, GetChangeResponse, ListChangesRequest, ListChangesResponse,
    change_service_server::ChangeService,
};
use tonic::{Request, Response, Status};

use crate::{rpc, state::Catalog};

#[tonic::async_trait]
impl ChangeService for Catalog {
    async fn draft_change(
        &self,
        request: Request<DraftChangeRequest>,
    ) -> Result<Response<DraftChangeResponse>, Status> {
        let (caller, request) = self.shell.gate.open(request)?;
        Ok(Response::new(rpc::change::draft_change::run(self, caller, request).await?))
    }

    async fn advance_change(
        &self,
        request: Request<AdvanceChangeRequest>,
    ) -> Result<Response<AdvanceChangeResponse>, Status> {
        let (caller, request) = self.shell.gate.open(request)?;
        Ok(Response::new(rpc::change::advance_change::run(self, caller, request).await?))
    }

    async fn get_change(
        &self,
        request: Request<GetChangeRequest>,
    ) -> Result<Response<GetChangeResponse>, Status> {
        let (caller, request) = self.shell.gate.open(request)?;
        Ok(Response::new(rpc::change::get_change::run(self, caller, request).await?))
    }

    async fn list_changes(
        &self,
        request: Request<ListChangesRequest>,
    ) -> Result<Response<ListChangesResponse>, Status> {
        let (caller, request) = self.shell.gate.open(request)?;
        Ok(Response::new(rpc::change::list_changes::run(self, caller, request).await?))
    }
}
