//! The RPCs of `CaseService`, one line each.

use proto::intake::v1::{
    CompleteCaseRequest, CompleteCaseResponse, GetCaseOutcomeRequest, GetCaseOutcomeResponse,
    ListMyCasesRequest, ListMyCasesResponse, PushCaseRequest, PushCaseResponse, PushCasesRequest,
    PushCasesResponse, SubmitApplicationRequest, SubmitApplicationResponse, WatchCaseRequest,
    case_service_server::CaseService,
};
use tonic::{Request, Response, Status, Streaming};

use crate::{
    Intake,
    rpc::case::{
        complete_case, get_case_outcome, list_my_cases, push_case, push_cases, submit_application,
        watch_case,
    },
};

#[tonic::async_trait]
impl CaseService for Intake {
    async fn submit_application(
        &self,
        request: Request<SubmitApplicationRequest>,
    ) -> Result<Response<SubmitApplicationResponse>, Status> {
        let (caller, request) = self.shell.gate.open(request)?;
        Ok(Response::new(submit_application::run(self, caller, request).await?))
    }

    async fn complete_case(
        &self,
        request: Request<CompleteCaseRequest>,
    ) -> Result<Response<CompleteCaseResponse>, Status> {
        let (caller, request) = self.shell.gate.open(request)?;
        Ok(Response::new(complete_case::run(self, caller, request).await?))
    }

    async fn get_case_outcome(
        &self,
        request: Request<GetCaseOutcomeRequest>,
    ) -> Result<Response<GetCaseOutcomeResponse>, Status> {
        let (caller, request) = self.shell.gate.open(request)?;
        Ok(Response::new(get_case_outcome::run(self, caller, request).await?))
    }

    async fn push_case(
        &self,
        request: Request<PushCaseRequest>,
    ) -> Result<Response<PushCaseResponse>, Status> {
        let (caller, request) = self.shell.gate.open(request)?;
        Ok(Response::new(push_case::run(self, caller, request).await?))
    }

    async fn push_cases(
        &self,
        request: Request<Streaming<PushCasesRequest>>,
    ) -> Result<Response<PushCasesResponse>, Status> {
        let (caller, reports) = self.shell.gate.open_stream(request)?;
        Ok(Response::new(push_cases::run(self, caller, reports).await?))
    }

    async fn list_my_cases(
        &self,
        request: Request<ListMyCasesRequest>,
    ) -> Result<Response<ListMyCasesResponse>, Status> {
        let (caller, request) = self.shell.gate.open(request)?;
        Ok(Response::new(list_my_cases::run(self, caller, request).await?))
    }

    type WatchCaseStream = watch_case::Changes;

    async fn watch_case(
        &self,
        request: Request<WatchCaseRequest>,
    ) -> Result<Response<Self::WatchCaseStream>, Status> {
        let (caller, request) = self.shell.gate.open(request)?;
        Ok(Response::new(watch_case::run(self, caller, request).await?))
    }
}
