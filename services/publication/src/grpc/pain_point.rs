//! Where complaints gather (堵点难点).

use proto::publication::v1::{
    GetPainPointRequest, GetPainPointResponse, ListPainPointsRequest, ListPainPointsResponse,
    ListPublicPainPointsRequest, ListPublicPainPointsResponse,
    pain_point_service_server::PainPointService,
};
use tonic::{Request, Response, Status};

use crate::{rpc, state::Publication};

#[tonic::async_trait]
impl PainPointService for Publication {
    async fn list_pain_points(
        &self,
        request: Request<ListPainPointsRequest>,
    ) -> Result<Response<ListPainPointsResponse>, Status> {
        let (caller, request) = self.shell.gate.open(request)?;
        Ok(Response::new(rpc::pain_point::list_pain_points::run(self, caller, request).await?))
    }

    async fn get_pain_point(
        &self,
        request: Request<GetPainPointRequest>,
    ) -> Result<Response<GetPainPointResponse>, Status> {
        let (caller, request) = self.shell.gate.open(request)?;
        Ok(Response::new(rpc::pain_point::get_pain_point::run(self, caller, request).await?))
    }

    async fn list_public_pain_points(
        &self,
        request: Request<ListPublicPainPointsRequest>,
    ) -> Result<Response<ListPublicPainPointsResponse>, Status> {
        let (caller, request) = self.shell.gate.open(request)?;
        let answer = rpc::pain_point::list_public_pain_points::run(self, caller, request).await?;
        Ok(Response::new(answer))
    }
}
