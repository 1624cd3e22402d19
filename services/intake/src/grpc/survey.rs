//! The RPCs of `SurveyService`, one line each.

use proto::intake::v1::{
    DrawSampleRequest, DrawSampleResponse, GetSurveyRequest, GetSurveyResponse,
    ListAssessmentsRequest, ListAssessmentsResponse, ListPopulationRequest, ListPopulationResponse,
    ListSampleForThirdPartyRequest, ListSampleForThirdPartyResponse, ListSampleRequest,
    ListSampleResponse, PlanSurveyRequest, PlanSurveyResponse, RecordAssessmentRequest,
    RecordAssessmentResponse, RecordCallBackRequest, RecordCallBackResponse,
    survey_service_server::SurveyService,
};
use tonic::{Request, Response, Status};

use crate::{
    Intake,
    rpc::survey::{
        draw_sample, get_survey, list_assessments, list_population, list_sample,
        list_sample_for_third_party, plan_survey, record_assessment, record_call_back,
    },
};

#[tonic::async_trait]
impl SurveyService for Intake {
    async fn plan_survey(
        &self,
        request: Request<PlanSurveyRequest>,
    ) -> Result<Response<PlanSurveyResponse>, Status> {
        let (caller, request) = self.shell.gate.open(request)?;
        Ok(Response::new(plan_survey::run(self, caller, request).await?))
    }

    async fn draw_sample(
        &self,
        request: Request<DrawSampleRequest>,
    ) -> Result<Response<DrawSampleResponse>, Status> {
        let (caller, request) = self.shell.gate.open(request)?;
        Ok(Response::new(draw_sample::run(self, caller, request).await?))
    }

    async fn get_survey(
        &self,
        request: Request<GetSurveyRequest>,
    ) -> Result<Response<GetSurveyResponse>, Status> {
        let (caller, request) = self.shell.gate.open(request)?;
        Ok(Response::new(get_survey::run(self, caller, request).await?))
    }

    async fn list_population(
        &self,
        request: Request<ListPopulationRequest>,
    ) -> Result<Response<ListPopulationResponse>, Status> {
        let (caller, request) = self.shell.gate.open(request)?;
        Ok(Response::new(list_population::run(self, caller, request).await?))
    }

    async fn list_sample(
        &self,
        request: Request<ListSampleRequest>,
    ) -> Result<Response<ListSampleResponse>, Status> {
        let (caller, request) = self.shell.gate.open(request)?;
        Ok(Response::new(list_sample::run(self, caller, request).await?))
    }

    async fn list_sample_for_third_party(
        &self,
        request: Request<ListSampleForThirdPartyRequest>,
    ) -> Result<Response<ListSampleForThirdPartyResponse>, Status> {
        let (caller, request) = self.shell.gate.open(request)?;
        Ok(Response::new(list_sample_for_third_party::run(self, caller, request).await?))
    }

    async fn record_call_back(
        &self,
        request: Request<RecordCallBackRequest>,
    ) -> Result<Response<RecordCallBackResponse>, Status> {
        let (caller, request) = self.shell.gate.open(request)?;
        Ok(Response::new(record_call_back::run(self, caller, request).await?))
    }

    async fn record_assessment(
        &self,
        request: Request<RecordAssessmentRequest>,
    ) -> Result<Response<RecordAssessmentResponse>, Status> {
        let (caller, request) = self.shell.gate.open(request)?;
        Ok(Response::new(record_assessment::run(self, caller, request).await?))
    }

    async fn list_assessments(
        &self,
        request: Request<ListAssessmentsRequest>,
    ) -> Result<Response<ListAssessmentsResponse>, Status> {
        let (caller, request) = self.shell.gate.open(request)?;
        Ok(Response::new(list_assessments::run(self, caller, request).await?))
    }
}
