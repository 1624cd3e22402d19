//! The RPCs of this service, one line each; whom a handler admits, its signature says.

use proto::catalog::v1::{
    AdvanceChangeRequest, AdvanceChangeResponse, CheckItemNamesRequest, CheckItemNamesResponse,
    DraftChangeRequest, DraftChangeResponse, ExplainDeadlineRequest, ExplainDeadlineResponse,
    ExportRequest, GetBaseItemRequest, GetBaseItemResponse, GetChangeRequest, GetChangeResponse,
    GetItemRequest, GetItemResponse, GetProfileRequest, GetProfileResponse, GetUnitRequest,
    GetUnitResponse, ImportRequest, ListChangesRequest, ListChangesResponse, ListEffectsRequest,
    ListEffectsResponse, ListItemVersionsRequest, ListItemVersionsResponse, ListItemsRequest,
    ListItemsResponse, ListUnitVersionsRequest, ListUnitVersionsResponse, ListUnitsRequest,
    ListUnitsResponse, calendar_service_server::CalendarService,
    catalog_service_server::CatalogService, change_service_server::ChangeService,
    organization_service_server::OrganizationService, policy_service_server::PolicyService,
    transfer_service_server::TransferService,
};
use tonic::{Request, Response, Status, Streaming};

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

    async fn list_item_versions(
        &self,
        request: Request<ListItemVersionsRequest>,
    ) -> Result<Response<ListItemVersionsResponse>, Status> {
        let (caller, request) = self.shell.gate.open(request)?;
        Ok(Response::new(rpc::list_item_versions::run(self, caller, request).await?))
    }

    async fn get_base_item(
        &self,
        request: Request<GetBaseItemRequest>,
    ) -> Result<Response<GetBaseItemResponse>, Status> {
        let (caller, request) = self.shell.gate.open(request)?;
        Ok(Response::new(rpc::get_base_item::run(self, caller, request).await?))
    }

    async fn check_item_names(
        &self,
        request: Request<CheckItemNamesRequest>,
    ) -> Result<Response<CheckItemNamesResponse>, Status> {
        let (caller, request) = self.shell.gate.open(request)?;
        Ok(Response::new(rpc::check_item_names::run(self, caller, request).await?))
    }

    async fn list_effects(
        &self,
        request: Request<ListEffectsRequest>,
    ) -> Result<Response<ListEffectsResponse>, Status> {
        let (caller, request) = self.shell.gate.open(request)?;
        Ok(Response::new(rpc::list_effects::run(self, caller, request).await?))
    }
}

#[tonic::async_trait]
impl OrganizationService for Catalog {
    async fn get_unit(
        &self,
        request: Request<GetUnitRequest>,
    ) -> Result<Response<GetUnitResponse>, Status> {
        let (caller, request) = self.shell.gate.open(request)?;
        Ok(Response::new(rpc::get_unit::run(self, caller, request).await?))
    }

    async fn list_units(
        &self,
        request: Request<ListUnitsRequest>,
    ) -> Result<Response<ListUnitsResponse>, Status> {
        let (caller, request) = self.shell.gate.open(request)?;
        Ok(Response::new(rpc::list_units::run(self, caller, request).await?))
    }

    async fn list_unit_versions(
        &self,
        request: Request<ListUnitVersionsRequest>,
    ) -> Result<Response<ListUnitVersionsResponse>, Status> {
        let (caller, request) = self.shell.gate.open(request)?;
        Ok(Response::new(rpc::list_unit_versions::run(self, caller, request).await?))
    }
}

#[tonic::async_trait]
impl ChangeService for Catalog {
    async fn draft_change(
        &self,
        request: Request<DraftChangeRequest>,
    ) -> Result<Response<DraftChangeResponse>, Status> {
        let (caller, request) = self.shell.gate.open(request)?;
        Ok(Response::new(rpc::draft_change::run(self, caller, request).await?))
    }

    async fn advance_change(
        &self,
        request: Request<AdvanceChangeRequest>,
    ) -> Result<Response<AdvanceChangeResponse>, Status> {
        let (caller, request) = self.shell.gate.open(request)?;
        Ok(Response::new(rpc::advance_change::run(self, caller, request).await?))
    }

    async fn get_change(
        &self,
        request: Request<GetChangeRequest>,
    ) -> Result<Response<GetChangeResponse>, Status> {
        let (caller, request) = self.shell.gate.open(request)?;
        Ok(Response::new(rpc::get_change::run(self, caller, request).await?))
    }

    async fn list_changes(
        &self,
        request: Request<ListChangesRequest>,
    ) -> Result<Response<ListChangesResponse>, Status> {
        let (caller, request) = self.shell.gate.open(request)?;
        Ok(Response::new(rpc::list_changes::run(self, caller, request).await?))
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

#[tonic::async_trait]
impl TransferService for Catalog {
    type ImportStream = rpc::import::Answers;
    type ExportStream = rpc::export::Answers;

    async fn import(
        &self,
        request: Request<Streaming<ImportRequest>>,
    ) -> Result<Response<Self::ImportStream>, Status> {
        let (caller, request) = self.shell.gate.open_file(request)?;
        Ok(Response::new(rpc::import::run(self, caller, request)))
    }

    async fn export(
        &self,
        request: Request<ExportRequest>,
    ) -> Result<Response<Self::ExportStream>, Status> {
        let (caller, request) = self.shell.gate.open(request)?;
        Ok(Response::new(rpc::export::run(self, caller, request).await?))
    }
}
