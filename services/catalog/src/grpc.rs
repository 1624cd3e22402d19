//! The RPCs of this service, one line each; whom a handler admits, its signature says.

use proto::catalog::v1::{
    ExplainDeadlineRequest, ExplainDeadlineResponse, GetItemRequest, GetItemResponse,
    GetProfileRequest, GetProfileResponse, ListItemsRequest, ListItemsResponse,
    calendar_service_server::CalendarService, catalog_service_server::CatalogService,
    policy_service_server::PolicyService,
};
use tonic::{Request, Response, Status};

use crate::{Catalog, rpc};

#[tonic::async_trait]
impl CatalogService for Catalog {
    async fn get_item(
        &self,
        request: Request<GetItemRequest>,
    ) -> Result<Response<GetItemResponse>, Status> {
        let (caller, request) = self.shell.gate.open(request)?;
        Ok(Response::new(rpc::get_item::run(self, caller, request).await?))
    }

    async fn list_items(
        &self,
        request: Request<ListItemsRequest>,
    ) -> Result<Response<ListItemsResponse>, Status> {
        let (caller, request) = self.shell.gate.open(request)?;
        Ok(Response::new(rpc::list_items::run(self, caller, request).await?))
    }
}

#[tonic::async_trait]
impl PolicyService for Catalog {
    async fn get_profile(
        &self,
        request: Request<GetProfileRequest>,
    ) -> Result<Response<GetProfileResponse>, Status> {
        let (caller, request) = self.shell.gate.open(request)?;
        Ok(Response::new(rpc::get_profile::run(self, caller, request).await?))
    }
}

#[tonic::async_trait]
impl CalendarService for Catalog {
    async fn explain_deadline(
        &self,
        request: Request<ExplainDeadlineRequest>,
    ) -> Result<Response<ExplainDeadlineResponse>, Status> {
        let (caller, request) = self.shell.gate.open(request)?;
        Ok(Response::new(rpc::explain_deadline::run(self, caller, request).await?))
    }
}
