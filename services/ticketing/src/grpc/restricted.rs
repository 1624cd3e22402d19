//! Restricted matters (打击报复等举报), and transfers of signs of misconduct.

use proto::ticketing::v1::{
    AdvanceRestrictedMatterRequest, AdvanceRestrictedMatterResponse, GetRestrictedMatterRequest,
    GetRestrictedMatterResponse, ListMisconductTransfersRequest, ListMisconductTransfersResponse,
    ListRestrictedMattersRequest, ListRestrictedMattersResponse, OpenRestrictedMatterRequest,
    OpenRestrictedMatterResponse, TransferMisconductRequest, TransferMisconductResponse,
    restricted_service_server::RestrictedService,
};
use tonic::{Request, Response, Status};

use crate::{rpc, state::Ticketing};

#[tonic::async_trait]
impl RestrictedService for Ticketing {
    async fn open_restricted_matter(
        &self,
        request: Request<OpenRestrictedMatterRequest>,
    ) -> Result<Response<OpenRestrictedMatterResponse>, Status> {
        let (caller, request) = self.shell.gate.open(request)?;
        Ok(Response::new(
            rpc::restricted::open_restricted_matter::run(self, caller, request).await?,
        ))
    }

    async fn advance_restricted_matter(
        &self,
        request: Request<AdvanceRestrictedMatterRequest>,
    ) -> Result<Response<AdvanceRestrictedMatterResponse>, Status> {
        let (caller, request) = self.shell.gate.open(request)?;
        Ok(Response::new(
            rpc::restricted::advance_restricted_matter::run(self, caller, request).await?,
        ))
    }

    async fn get_restricted_matter(
        &self,
        request: Request<GetRestrictedMatterRequest>,
    ) -> Result<Response<GetRestrictedMatterResponse>, Status> {
        let (caller, request) = self.shell.gate.open(request)?;
        Ok(Response::new(rpc::restricted::get_restricted_matter::run(self, caller, request).await?))
    }

    async fn list_restricted_matters(
        &self,
        request: Request<ListRestrictedMattersRequest>,
    ) -> Result<Response<ListRestrictedMattersResponse>, Status> {
        let (caller, request) = self.shell.gate.open(request)?;
        Ok(Response::new(
            rpc::restricted::list_restricted_matters::run(self, caller, request).await?,
        ))
    }

    async fn transfer_misconduct(
        &self,
        request: Request<TransferMisconductRequest>,
    ) -> Result<Response<TransferMisconductResponse>, Status> {
        let (caller, request) = self.shell.gate.open(request)?;
        Ok(Response::new(rpc::restricted::transfer_misconduct::run(self, caller, request).await?))
    }

    async fn list_misconduct_transfers(
        &self,
        request: Request<ListMisconductTransfersRequest>,
    ) -> Result<Response<ListMisconductTransfersResponse>, Status> {
        let (caller, request) = self.shell.gate.open(request)?;
        Ok(Response::new(
            rpc::restricted::list_misconduct_transfers::run(self, caller, request).await?,
        ))
    }
}
