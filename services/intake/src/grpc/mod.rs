//! The RPCs of this service, one line each; whom a handler admits, its signature says.

use proto::intake::v1::{
    CompleteCaseRequest, CompleteCaseResponse, DrawSampleRequest, DrawSampleResponse,
    EnterPaperFormsRequest, EnterPaperFormsResponse, GetPermissionRequest, GetPermissionResponse,
    GetPersonRequest, GetPersonResponse, GetRatingRequest, GetRatingResponse, GetSurveyRequest,
    GetSurveyResponse, GetWindowCodeRequest, GetWindowCodeResponse, ImportRatingsRequest,
    ImportRatingsResponse, ListAssessmentsRequest, ListAssessmentsResponse, ListAuditRequest,
    ListAuditResponse, ListMessagesRequest, ListMessagesResponse, ListMyCasesRequest,
    ListMyCasesResponse, ListPopulationRequest, ListPopulationResponse, ListRatingsRequest,
    ListRatingsResponse, ListReviewSummariesRequest, ListReviewSummariesResponse,
    ListReviewsRequest, ListReviewsResponse, ListSampleForThirdPartyRequest,
    ListSampleForThirdPartyResponse, ListSampleRequest, ListSampleResponse, PlanSurveyRequest,
    PlanSurveyResponse, PublishReviewSummaryRequest, PublishReviewSummaryResponse, PushCaseRequest,
    PushCaseResponse, PushCasesRequest, PushCasesResponse, ReceiveReplyRequest,
    ReceiveReplyResponse, RecordAssessmentRequest, RecordAssessmentResponse, RecordCallBackRequest,
    RecordCallBackResponse, RecordPermissionRequest, RecordPermissionResponse, RecordReviewRequest,
    RecordReviewResponse, ResolveInvitationRequest, ResolveInvitationResponse, RetryMessageRequest,
    RetryMessageResponse, RevealPersonRequest, RevealPersonResponse, ScanWindowCodeRequest,
    ScanWindowCodeResponse, SubmitApplicationRequest, SubmitApplicationResponse,
    SubmitRatingRequest, SubmitRatingResponse, SubmitReviewRequest, SubmitReviewResponse,
    SummarizeReviewsRequest, SummarizeReviewsResponse, WatchCaseRequest, WatchWindowRequest,
    case_service_server::CaseService, message_service_server::MessageService,
    people_service_server::PeopleService, rating_service_server::RatingService,
    review_service_server::ReviewService, survey_service_server::SurveyService,
};
use tonic::{Request, Response, Status, Streaming};

use crate::{Intake, rpc};

#[tonic::async_trait]
impl CaseService for Intake {
    async fn submit_application(
        &self,
        request: Request<SubmitApplicationRequest>,
    ) -> Result<Response<SubmitApplicationResponse>, Status> {
        let (caller, request) = self.shell.gate.open(request)?;
        Ok(Response::new(rpc::case::submit_application::run(self, caller, request).await?))
    }

    async fn complete_case(
        &self,
        request: Request<CompleteCaseRequest>,
    ) -> Result<Response<CompleteCaseResponse>, Status> {
        let (caller, request) = self.shell.gate.open(request)?;
        Ok(Response::new(rpc::case::complete_case::run(self, caller, request).await?))
    }

    async fn push_case(
        &self,
        request: Request<PushCaseRequest>,
    ) -> Result<Response<PushCaseResponse>, Status> {
        let (caller, request) = self.shell.gate.open(request)?;
        Ok(Response::new(rpc::case::push_case::run(self, caller, request).await?))
    }

    async fn push_cases(
        &self,
        request: Request<Streaming<PushCasesRequest>>,
    ) -> Result<Response<PushCasesResponse>, Status> {
        let (caller, reports) = self.shell.gate.open_stream(request)?;
        Ok(Response::new(rpc::case::push_cases::run(self, caller, reports).await?))
    }

    async fn list_my_cases(
        &self,
        request: Request<ListMyCasesRequest>,
    ) -> Result<Response<ListMyCasesResponse>, Status> {
        let (caller, request) = self.shell.gate.open(request)?;
        Ok(Response::new(rpc::case::list_my_cases::run(self, caller, request).await?))
    }

    type WatchCaseStream = rpc::case::watch_case::Changes;

    async fn watch_case(
        &self,
        request: Request<WatchCaseRequest>,
    ) -> Result<Response<Self::WatchCaseStream>, Status> {
        let (caller, request) = self.shell.gate.open(request)?;
        Ok(Response::new(rpc::case::watch_case::run(self, caller, request).await?))
    }
}

#[tonic::async_trait]
impl RatingService for Intake {
    async fn resolve_invitation(
        &self,
        request: Request<ResolveInvitationRequest>,
    ) -> Result<Response<ResolveInvitationResponse>, Status> {
        let (caller, request) = self.shell.gate.open(request)?;
        Ok(Response::new(rpc::rating::resolve_invitation::run(self, caller, request).await?))
    }

    async fn submit_rating(
        &self,
        request: Request<SubmitRatingRequest>,
    ) -> Result<Response<SubmitRatingResponse>, Status> {
        let network = request.remote_addr().map(|address| address.ip());
        let (caller, request) = self.shell.gate.open(request)?;
        Ok(Response::new(rpc::rating::submit_rating::run(self, caller, network, request).await?))
    }

    async fn get_rating(
        &self,
        request: Request<GetRatingRequest>,
    ) -> Result<Response<GetRatingResponse>, Status> {
        let (caller, request) = self.shell.gate.open(request)?;
        Ok(Response::new(rpc::rating::get_rating::run(self, caller, request).await?))
    }

    async fn list_ratings(
        &self,
        request: Request<ListRatingsRequest>,
    ) -> Result<Response<ListRatingsResponse>, Status> {
        let (caller, request) = self.shell.gate.open(request)?;
        Ok(Response::new(rpc::rating::list_ratings::run(self, caller, request).await?))
    }

    async fn receive_reply(
        &self,
        request: Request<ReceiveReplyRequest>,
    ) -> Result<Response<ReceiveReplyResponse>, Status> {
        let (caller, request) = self.shell.gate.open(request)?;
        Ok(Response::new(rpc::rating::receive_reply::run(self, caller, request).await?))
    }

    async fn enter_paper_forms(
        &self,
        request: Request<EnterPaperFormsRequest>,
    ) -> Result<Response<EnterPaperFormsResponse>, Status> {
        let (caller, request) = self.shell.gate.open(request)?;
        Ok(Response::new(rpc::rating::enter_paper_forms::run(self, caller, request).await?))
    }

    async fn import_ratings(
        &self,
        request: Request<Streaming<ImportRatingsRequest>>,
    ) -> Result<Response<ImportRatingsResponse>, Status> {
        let (caller, ratings) = self.shell.gate.open_stream(request)?;
        Ok(Response::new(rpc::rating::import_ratings::run(self, caller, ratings).await?))
    }

    type WatchWindowStream = rpc::rating::watch_window::Matters;

    async fn watch_window(
        &self,
        request: Request<WatchWindowRequest>,
    ) -> Result<Response<Self::WatchWindowStream>, Status> {
        let (caller, request) = self.shell.gate.open(request)?;
        Ok(Response::new(rpc::rating::watch_window::run(self, caller, request).await?))
    }

    async fn get_window_code(
        &self,
        request: Request<GetWindowCodeRequest>,
    ) -> Result<Response<GetWindowCodeResponse>, Status> {
        let (caller, request) = self.shell.gate.open(request)?;
        Ok(Response::new(rpc::rating::get_window_code::run(self, caller, request).await?))
    }

    async fn scan_window_code(
        &self,
        request: Request<ScanWindowCodeRequest>,
    ) -> Result<Response<ScanWindowCodeResponse>, Status> {
        let (caller, request) = self.shell.gate.open(request)?;
        Ok(Response::new(rpc::rating::scan_window_code::run(self, caller, request).await?))
    }
}

#[tonic::async_trait]
impl PeopleService for Intake {
    async fn get_person(
        &self,
        request: Request<GetPersonRequest>,
    ) -> Result<Response<GetPersonResponse>, Status> {
        let (caller, request) = self.shell.gate.open(request)?;
        Ok(Response::new(rpc::people::get_person::run(self, caller, request).await?))
    }

    async fn reveal_person(
        &self,
        request: Request<RevealPersonRequest>,
    ) -> Result<Response<RevealPersonResponse>, Status> {
        let (caller, request) = self.shell.gate.open(request)?;
        Ok(Response::new(rpc::people::reveal_person::run(self, caller, request).await?))
    }

    async fn list_audit(
        &self,
        request: Request<ListAuditRequest>,
    ) -> Result<Response<ListAuditResponse>, Status> {
        let (caller, request) = self.shell.gate.open(request)?;
        Ok(Response::new(rpc::people::list_audit::run(self, caller, request).await?))
    }

    async fn record_permission(
        &self,
        request: Request<RecordPermissionRequest>,
    ) -> Result<Response<RecordPermissionResponse>, Status> {
        let (caller, request) = self.shell.gate.open(request)?;
        Ok(Response::new(rpc::people::record_permission::run(self, caller, request).await?))
    }

    async fn get_permission(
        &self,
        request: Request<GetPermissionRequest>,
    ) -> Result<Response<GetPermissionResponse>, Status> {
        let (caller, request) = self.shell.gate.open(request)?;
        Ok(Response::new(rpc::people::get_permission::run(self, caller, request).await?))
    }
}

#[tonic::async_trait]
impl MessageService for Intake {
    async fn list_messages(
        &self,
        request: Request<ListMessagesRequest>,
    ) -> Result<Response<ListMessagesResponse>, Status> {
        let (caller, request) = self.shell.gate.open(request)?;
        Ok(Response::new(rpc::message::list_messages::run(self, caller, request).await?))
    }

    async fn retry_message(
        &self,
        request: Request<RetryMessageRequest>,
    ) -> Result<Response<RetryMessageResponse>, Status> {
        let (caller, request) = self.shell.gate.open(request)?;
        Ok(Response::new(rpc::message::retry_message::run(self, caller, request).await?))
    }
}

#[tonic::async_trait]
impl ReviewService for Intake {
    async fn submit_review(
        &self,
        request: Request<SubmitReviewRequest>,
    ) -> Result<Response<SubmitReviewResponse>, Status> {
        let network = request.remote_addr().map(|address| address.ip());
        let (caller, request) = self.shell.gate.open(request)?;
        Ok(Response::new(rpc::review::submit_review::run(self, caller, network, request).await?))
    }

    async fn record_review(
        &self,
        request: Request<RecordReviewRequest>,
    ) -> Result<Response<RecordReviewResponse>, Status> {
        let (caller, request) = self.shell.gate.open(request)?;
        Ok(Response::new(rpc::review::record_review::run(self, caller, request).await?))
    }

    async fn list_reviews(
        &self,
        request: Request<ListReviewsRequest>,
    ) -> Result<Response<ListReviewsResponse>, Status> {
        let (caller, request) = self.shell.gate.open(request)?;
        Ok(Response::new(rpc::review::list_reviews::run(self, caller, request).await?))
    }

    async fn summarize_reviews(
        &self,
        request: Request<SummarizeReviewsRequest>,
    ) -> Result<Response<SummarizeReviewsResponse>, Status> {
        let (caller, request) = self.shell.gate.open(request)?;
        Ok(Response::new(rpc::review::summarize_reviews::run(self, caller, request).await?))
    }

    async fn publish_review_summary(
        &self,
        request: Request<PublishReviewSummaryRequest>,
    ) -> Result<Response<PublishReviewSummaryResponse>, Status> {
        let (caller, request) = self.shell.gate.open(request)?;
        Ok(Response::new(rpc::review::publish_review_summary::run(self, caller, request).await?))
    }

    async fn list_review_summaries(
        &self,
        request: Request<ListReviewSummariesRequest>,
    ) -> Result<Response<ListReviewSummariesResponse>, Status> {
        let (caller, request) = self.shell.gate.open(request)?;
        Ok(Response::new(rpc::review::list_review_summaries::run(self, caller, request).await?))
    }
}

#[tonic::async_trait]
impl SurveyService for Intake {
    async fn plan_survey(
        &self,
        request: Request<PlanSurveyRequest>,
    ) -> Result<Response<PlanSurveyResponse>, Status> {
        let (caller, request) = self.shell.gate.open(request)?;
        Ok(Response::new(rpc::survey::plan_survey::run(self, caller, request).await?))
    }

    async fn draw_sample(
        &self,
        request: Request<DrawSampleRequest>,
    ) -> Result<Response<DrawSampleResponse>, Status> {
        let (caller, request) = self.shell.gate.open(request)?;
        Ok(Response::new(rpc::survey::draw_sample::run(self, caller, request).await?))
    }

    async fn get_survey(
        &self,
        request: Request<GetSurveyRequest>,
    ) -> Result<Response<GetSurveyResponse>, Status> {
        let (caller, request) = self.shell.gate.open(request)?;
        Ok(Response::new(rpc::survey::get_survey::run(self, caller, request).await?))
    }

    async fn list_population(
        &self,
        request: Request<ListPopulationRequest>,
    ) -> Result<Response<ListPopulationResponse>, Status> {
        let (caller, request) = self.shell.gate.open(request)?;
        Ok(Response::new(rpc::survey::list_population::run(self, caller, request).await?))
    }

    async fn list_sample(
        &self,
        request: Request<ListSampleRequest>,
    ) -> Result<Response<ListSampleResponse>, Status> {
        let (caller, request) = self.shell.gate.open(request)?;
        Ok(Response::new(rpc::survey::list_sample::run(self, caller, request).await?))
    }

    async fn list_sample_for_third_party(
        &self,
        request: Request<ListSampleForThirdPartyRequest>,
    ) -> Result<Response<ListSampleForThirdPartyResponse>, Status> {
        let (caller, request) = self.shell.gate.open(request)?;
        Ok(Response::new(
            rpc::survey::list_sample_for_third_party::run(self, caller, request).await?,
        ))
    }

    async fn record_call_back(
        &self,
        request: Request<RecordCallBackRequest>,
    ) -> Result<Response<RecordCallBackResponse>, Status> {
        let (caller, request) = self.shell.gate.open(request)?;
        Ok(Response::new(rpc::survey::record_call_back::run(self, caller, request).await?))
    }

    async fn record_assessment(
        &self,
        request: Request<RecordAssessmentRequest>,
    ) -> Result<Response<RecordAssessmentResponse>, Status> {
        let (caller, request) = self.shell.gate.open(request)?;
        Ok(Response::new(rpc::survey::record_assessment::run(self, caller, request).await?))
    }

    async fn list_assessments(
        &self,
        request: Request<ListAssessmentsRequest>,
    ) -> Result<Response<ListAssessmentsResponse>, Status> {
        let (caller, request) = self.shell.gate.open(request)?;
        Ok(Response::new(rpc::survey::list_assessments::run(self, caller, request).await?))
    }
}

#[cfg(test)]
mod tests;
