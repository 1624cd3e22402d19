//! Figures (统计).

use proto::publication::v1::{
    GetFiguresRequest, GetFiguresResponse, statistics_service_server::StatisticsService,
};
use tonic::{Request, Response, Status};

use crate::{rpc, state::Publication};

#[tonic::async_trait]
impl StatisticsService for Publication {
    async fn get_figures(
        &self,
        request: Request<GetFiguresRequest>,
    ) -> Result<Response<GetFiguresResponse>, Status> {
        let (caller, request) = self.shell.gate.open(request)?;
        Ok(Response::new(rpc::statistics::get_figures::run(self, caller, request).await?))
    }
}
