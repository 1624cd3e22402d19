//! Focus (重点对象与集中问题).

use proto::ticketing::v1::{
    AdvanceKeyTargetRequest, AdvanceKeyTargetResponse, AdvanceProblemRequest,
    AdvanceProblemResponse, AdvanceStaffMeasureRequest, AdvanceStaffMeasureResponse,
    DecideFocusProposalRequest, DecideFocusProposalResponse, GetKeyTargetRequest,
    GetKeyTargetResponse, GetProblemRequest, GetProblemResponse, GetStaffMeasureRequest,
    GetStaffMeasureResponse, ListConcentrationsRequest, ListConcentrationsResponse,
    ListFocusProposalsRequest, ListFocusProposalsResponse, ListKeyTargetsRequest,
    ListKeyTargetsResponse, ListProblemsRequest, ListProblemsResponse, ListStaffMeasuresRequest,
    ListStaffMeasuresResponse, OpenStaffMeasureRequest, OpenStaffMeasureResponse,
    ProposeKeyTargetRequest, ProposeKeyTargetResponse, RecordProblemRequest, RecordProblemResponse,
    focus_service_server::FocusService,
};
use tonic::{Request, Response, Status};

use crate::{rpc, state::Ticketing};

#[tonic::async_trait]
impl FocusService for Ticketing {
    async fn list_concentrations(
        &self,
        request: Request<ListConcentrationsRequest>,
    ) -> Result<Response<ListConcentrationsResponse>, Status> {
        let (caller, request) = self.shell.gate.open(request)?;
        Ok(Response::new(rpc::focus::list_concentrations::run(self, caller, request).await?))
    }

    async fn list_focus_proposals(
        &self,
        request: Request<ListFocusProposalsRequest>,
    ) -> Result<Response<ListFocusProposalsResponse>, Status> {
        let (caller, request) = self.shell.gate.open(request)?;
        Ok(Response::new(rpc::focus::list_focus_proposals::run(self, caller, request).await?))
    }

    async fn decide_focus_proposal(
        &self,
        request: Request<DecideFocusProposalRequest>,
    ) -> Result<Response<DecideFocusProposalResponse>, Status> {
        let (caller, request) = self.shell.gate.open(request)?;
        Ok(Response::new(rpc::focus::decide_focus_proposal::run(self, caller, request).await?))
    }

    async fn propose_key_target(
        &self,
        request: Request<ProposeKeyTargetRequest>,
    ) -> Result<Response<ProposeKeyTargetResponse>, Status> {
        let (caller, request) = self.shell.gate.open(request)?;
        Ok(Response::new(rpc::focus::propose_key_target::run(self, caller, request).await?))
    }

    async fn advance_key_target(
        &self,
        request: Request<AdvanceKeyTargetRequest>,
    ) -> Result<Response<AdvanceKeyTargetResponse>, Status> {
        let (caller, request) = self.shell.gate.open(request)?;
        Ok(Response::new(rpc::focus::advance_key_target::run(self, caller, request).await?))
    }

    async fn get_key_target(
        &self,
        request: Request<GetKeyTargetRequest>,
    ) -> Result<Response<GetKeyTargetResponse>, Status> {
        let (caller, request) = self.shell.gate.open(request)?;
        Ok(Response::new(rpc::focus::get_key_target::run(self, caller, request).await?))
    }

    async fn list_key_targets(
        &self,
        request: Request<ListKeyTargetsRequest>,
    ) -> Result<Response<ListKeyTargetsResponse>, Status> {
        let (caller, request) = self.shell.gate.open(request)?;
        Ok(Response::new(rpc::focus::list_key_targets::run(self, caller, request).await?))
    }

    async fn record_problem(
        &self,
        request: Request<RecordProblemRequest>,
    ) -> Result<Response<RecordProblemResponse>, Status> {
        let (caller, request) = self.shell.gate.open(request)?;
        Ok(Response::new(rpc::focus::record_problem::run(self, caller, request).await?))
    }

    async fn advance_problem(
        &self,
        request: Request<AdvanceProblemRequest>,
    ) -> Result<Response<AdvanceProblemResponse>, Status> {
        let (caller, request) = self.shell.gate.open(request)?;
        Ok(Response::new(rpc::focus::advance_problem::run(self, caller, request).await?))
    }

    async fn get_problem(
        &self,
        request: Request<GetProblemRequest>,
    ) -> Result<Response<GetProblemResponse>, Status> {
        let (caller, request) = self.shell.gate.open(request)?;
        Ok(Response::new(rpc::focus::get_problem::run(self, caller, request).await?))
    }

    async fn list_problems(
        &self,
        request: Request<ListProblemsRequest>,
    ) -> Result<Response<ListProblemsResponse>, Status> {
        let (caller, request) = self.shell.gate.open(request)?;
        Ok(Response::new(rpc::focus::list_problems::run(self, caller, request).await?))
    }

    async fn open_staff_measure(
        &self,
        request: Request<OpenStaffMeasureRequest>,
    ) -> Result<Response<OpenStaffMeasureResponse>, Status> {
        let (caller, request) = self.shell.gate.open(request)?;
        Ok(Response::new(rpc::focus::open_staff_measure::run(self, caller, request).await?))
    }

    async fn advance_staff_measure(
        &self,
        request: Request<AdvanceStaffMeasureRequest>,
    ) -> Result<Response<AdvanceStaffMeasureResponse>, Status> {
        let (caller, request) = self.shell.gate.open(request)?;
        Ok(Response::new(rpc::focus::advance_staff_measure::run(self, caller, request).await?))
    }

    async fn get_staff_measure(
        &self,
        request: Request<GetStaffMeasureRequest>,
    ) -> Result<Response<GetStaffMeasureResponse>, Status> {
        let (caller, request) = self.shell.gate.open(request)?;
        Ok(Response::new(rpc::focus::get_staff_measure::run(self, caller, request).await?))
    }

    async fn list_staff_measures(
        &self,
        request: Request<ListStaffMeasuresRequest>,
    ) -> Result<Response<ListStaffMeasuresResponse>, Status> {
        let (caller, request) = self.shell.gate.open(request)?;
        Ok(Response::new(rpc::focus::list_staff_measures::run(self, caller, request).await?))
    }
}
