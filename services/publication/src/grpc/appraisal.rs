//! What the appraisal rests on (考核).

use proto::publication::v1::{
    ExportAppraisalRequest, ListAppraisalExportsRequest, ListAppraisalExportsResponse,
    ListAwardCandidatesRequest, ListAwardCandidatesResponse, ListBottomRunsRequest,
    ListBottomRunsResponse, ListDeductionsRequest, ListDeductionsResponse, ListFindingsRequest,
    ListFindingsResponse, appraisal_service_server::AppraisalService,
};
use tonic::{Request, Response, Status};

use crate::{
    rpc::appraisal::{
        export_appraisal, list_appraisal_exports, list_award_candidates, list_bottom_runs,
        list_deductions, list_findings,
    },
    state::Publication,
};

#[tonic::async_trait]
impl AppraisalService for Publication {
    type ExportAppraisalStream = export_appraisal::Answers;

    async fn list_findings(
        &self,
        request: Request<ListFindingsRequest>,
    ) -> Result<Response<ListFindingsResponse>, Status> {
        let (caller, request) = self.shell.gate.open(request)?;
        Ok(Response::new(list_findings::run(self, caller, request).await?))
    }

    async fn list_award_candidates(
        &self,
        request: Request<ListAwardCandidatesRequest>,
    ) -> Result<Response<ListAwardCandidatesResponse>, Status> {
        let (caller, request) = self.shell.gate.open(request)?;
        Ok(Response::new(list_award_candidates::run(self, caller, request).await?))
    }

    async fn list_bottom_runs(
        &self,
        request: Request<ListBottomRunsRequest>,
    ) -> Result<Response<ListBottomRunsResponse>, Status> {
        let (caller, request) = self.shell.gate.open(request)?;
        Ok(Response::new(list_bottom_runs::run(self, caller, request).await?))
    }

    async fn list_deductions(
        &self,
        request: Request<ListDeductionsRequest>,
    ) -> Result<Response<ListDeductionsResponse>, Status> {
        let (caller, request) = self.shell.gate.open(request)?;
        Ok(Response::new(list_deductions::run(self, caller, request).await?))
    }

    async fn export_appraisal(
        &self,
        request: Request<ExportAppraisalRequest>,
    ) -> Result<Response<Self::ExportAppraisalStream>, Status> {
        let (caller, request) = self.shell.gate.open(request)?;
        Ok(Response::new(export_appraisal::run(self, caller, request).await?))
    }

    async fn list_appraisal_exports(
        &self,
        request: Request<ListAppraisalExportsRequest>,
    ) -> Result<Response<ListAppraisalExportsResponse>, Status> {
        let (caller, request) = self.shell.gate.open(request)?;
        Ok(Response::new(list_appraisal_exports::run(self, caller, request).await?))
    }
}
