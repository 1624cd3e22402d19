//! The RPCs of this service, one line each. The signature of a handler says who may call it.

use proto::publication::v1::{
    GetFiguresRequest, GetFiguresResponse, ListOutcomesRequest, ListOutcomesResponse,
    disclosure_service_server::DisclosureService, statistics_service_server::StatisticsService,
};
use tonic::{Request, Response, Status};

use crate::{Publication, rpc};

#[tonic::async_trait]
impl StatisticsService for Publication {
    async fn get_figures(
        &self,
        request: Request<GetFiguresRequest>,
    ) -> Result<Response<GetFiguresResponse>, Status> {
        let (caller, request) = self.shell.gate.open(request)?;
        Ok(Response::new(rpc::get_figures::run(self, caller, request).await?))
    }
}

#[tonic::async_trait]
impl DisclosureService for Publication {
    async fn list_outcomes(
        &self,
        request: Request<ListOutcomesRequest>,
    ) -> Result<Response<ListOutcomesResponse>, Status> {
        let (caller, request) = self.shell.gate.open(request)?;
        Ok(Response::new(rpc::list_outcomes::run(self, caller, request).await?))
    }
}
