//! Units of the organisation (机构).

use proto::catalog::v1::{
    GetUnitRequest, GetUnitResponse, ListUnitVersionsRequest, ListUnitVersionsResponse,
    ListUnitsRequest, ListUnitsResponse, organization_service_server::OrganizationService,
};
use tonic::{Request, Response, Status};

use crate::{rpc, state::Catalog};

#[tonic::async_trait]
impl OrganizationService for Catalog {
    async fn get_unit(
        &self,
        request: Request<GetUnitRequest>,
    ) -> Result<Response<GetUnitResponse>, Status> {
        let (caller, request) = self.shell.gate.open(request)?;
        Ok(Response::new(rpc::organization::get_unit::run(self, caller, request).await?))
    }

    async fn list_units(
        &self,
        request: Request<ListUnitsRequest>,
    ) -> Result<Response<ListUnitsResponse>, Status> {
        let (caller, request) = self.shell.gate.open(request)?;
        Ok(Response::new(rpc::organization::list_units::run(self, caller, request).await?))
    }

    async fn list_unit_versions(
        &self,
        request: Request<ListUnitVersionsRequest>,
    ) -> Result<Response<ListUnitVersionsResponse>, Status> {
        let (caller, request) = self.shell.gate.open(request)?;
        Ok(Response::new(rpc::organization::list_unit_versions::run(self, caller, request).await?))
    }
}
