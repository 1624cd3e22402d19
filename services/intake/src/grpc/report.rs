//! The RPCs of `ReportService`, one line each.

use proto::intake::v1::{
    GetReportRequest, GetReportResponse, SubmitReportRequest, SubmitReportResponse,
    report_service_server::ReportService,
};
use tonic::{Request, Response, Status};

use crate::{
    Intake,
    rpc::report::{get_report, submit_report},
};

#[tonic::async_trait]
impl ReportService for Intake {
    async fn submit_report(
        &self,
        request: Request<SubmitReportRequest>,
    ) -> Result<Response<SubmitReportResponse>, Status> {
        let (caller, request) = self.shell.gate.open(request)?;
        Ok(Response::new(submit_report::run(self, caller, request).await?))
    }

    async fn get_report(
        &self,
        request: Request<GetReportRequest>,
    ) -> Result<Response<GetReportResponse>, Status> {
        let (caller, request) = self.shell.gate.open(request)?;
        Ok(Response::new(get_report::run(self, caller, request).await?))
    }
}
