//! Figures (统计).

use proto::publication::v1::{
    GetCoverageRequest, GetCoverageResponse, GetFiguresRequest, GetFiguresResponse,
    GetPeriodReportRequest, GetPeriodReportResponse, GetStaffFiguresRequest,
    GetStaffFiguresResponse, statistics_service_server::StatisticsService,
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

    async fn get_staff_figures(
        &self,
        request: Request<GetStaffFiguresRequest>,
    ) -> Result<Response<GetStaffFiguresResponse>, Status> {
        let (caller, request) = self.shell.gate.open(request)?;
        Ok(Response::new(rpc::statistics::get_staff_figures::run(self, caller, request).await?))
    }

    async fn get_coverage(
        &self,
        request: Request<GetCoverageRequest>,
    ) -> Result<Response<GetCoverageResponse>, Status> {
        let (caller, request) = self.shell.gate.open(request)?;
        Ok(Response::new(rpc::statistics::get_coverage::run(self, caller, request).await?))
    }

    async fn get_period_report(
        &self,
        request: Request<GetPeriodReportRequest>,
    ) -> Result<Response<GetPeriodReportResponse>, Status> {
        let (caller, request) = self.shell.gate.open(request)?;
        Ok(Response::new(rpc::statistics::get_period_report::run(self, caller, request).await?))
    }
}
