//! Rankings (排名).

use proto::publication::v1::{
    ListRankingsRequest, ListRankingsResponse, ListStaffRankingsRequest, ListStaffRankingsResponse,
    ranking_service_server::RankingService,
};
use tonic::{Request, Response, Status};

use crate::{rpc, state::Publication};

#[tonic::async_trait]
impl RankingService for Publication {
    async fn list_rankings(
        &self,
        request: Request<ListRankingsRequest>,
    ) -> Result<Response<ListRankingsResponse>, Status> {
        let (caller, request) = self.shell.gate.open(request)?;
        Ok(Response::new(rpc::ranking::list_rankings::run(self, caller, request).await?))
    }

    async fn list_staff_rankings(
        &self,
        request: Request<ListStaffRankingsRequest>,
    ) -> Result<Response<ListStaffRankingsResponse>, Status> {
        let (caller, request) = self.shell.gate.open(request)?;
        Ok(Response::new(rpc::ranking::list_staff_rankings::run(self, caller, request).await?))
    }
}
