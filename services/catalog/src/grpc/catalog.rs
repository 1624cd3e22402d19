//! Items (政务服务事项) and base items (基本目录).

use proto::catalog::v1::{
    CheckItemNamesRequest, CheckItemNamesResponse, GetBaseItemRequest, GetBaseItemResponse,
    GetItemRequest, GetItemResponse, ListEffectsRequest, ListEffectsResponse,
    ListItemVersionsRequest, ListItemVersionsResponse, ListItemsRequest, ListItemsResponse,
    catalog_service_server::CatalogService,
};
use tonic::{Request, Response, Status};

use crate::{rpc, state::Catalog};

#[tonic::async_trait]
impl CatalogService for Catalog {
    async fn get_item(
        &self,
        request: Request<GetItemRequest>,
    ) -> Result<Response<GetItemResponse>, Status> {
        let (caller, request) = self.shell.gate.open(request)?;
        Ok(Response::new(rpc::catalog::get_item::run(self, caller, request).await?))
    }

    async fn list_items(
        &self,
        request: Request<ListItemsRequest>,
    ) -> Result<Response<ListItemsResponse>, Status> {
        let (caller, request) = self.shell.gate.open(request)?;
        Ok(Response::new(rpc::catalog::list_items::run(self, caller, request).await?))
    }

    async fn list_item_versions(
        &self,
        request: Request<ListItemVersionsRequest>,
    ) -> Result<Response<ListItemVersionsResponse>, Status> {
        let (caller, request) = self.shell.gate.open(request)?;
        Ok(Response::new(rpc::catalog::list_item_versions::run(self, caller, request).await?))
    }

    async fn get_base_item(
        &self,
        request: Request<GetBaseItemRequest>,
    ) -> Result<Response<GetBaseItemResponse>, Status> {
        let (caller, request) = self.shell.gate.open(request)?;
        Ok(Response::new(rpc::catalog::get_base_item::run(self, caller, request).await?))
    }

    async fn check_item_names(
        &self,
        request: Request<CheckItemNamesRequest>,
    ) -> Result<Response<CheckItemNamesResponse>, Status> {
        let (caller, request) = self.shell.gate.open(request)?;
        Ok(Response::new(rpc::catalog::check_item_names::run(self, caller, request).await?))
    }

    async fn list_effects(
        &self,
        request: Request<ListEffectsRequest>,
    ) -> Result<Response<ListEffectsResponse>, Status> {
        let (caller, request) = self.shell.gate.open(request)?;
        Ok(Response::new(rpc::catalog::list_effects::run(self, caller, request).await?))
    }
}
