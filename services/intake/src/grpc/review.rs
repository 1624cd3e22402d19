//! The RPCs of `ReviewService`, one line each.

use proto::intake::v1::{
    ListReviewSummariesRequest, ListReviewSummariesResponse, ListReviewsRequest,
    ListReviewsResponse, PublishReviewSummaryRequest, PublishReviewSummaryResponse,
    RecordReviewRequest, RecordReviewResponse, SubmitReviewRequest, SubmitReviewResponse,
    SummarizeReviewsRequest, SummarizeReviewsResponse, review_service_server::ReviewService,
};
use tonic::{Request, Response, Status};

use crate::{
    Intake,
    rpc::review::{
        list_review_summaries, list_reviews, publish_review_summary, record_review, submit_review,
        summarize_reviews,
    },
};

#[tonic::async_trait]
impl ReviewService for Intake {
    async fn submit_review(
        &self,
        request: Request<SubmitReviewRequest>,
    ) -> Result<Response<SubmitReviewResponse>, Status> {
        let network = request.remote_addr().map(|address| address.ip());
        let (caller, request) = self.shell.gate.open(request)?;
        Ok(Response::new(submit_review::run(self, caller, network, request).await?))
    }

    async fn record_review(
        &self,
        request: Request<RecordReviewRequest>,
    ) -> Result<Response<RecordReviewResponse>, Status> {
        let (caller, request) = self.shell.gate.open(request)?;
        Ok(Response::new(record_review::run(self, caller, request).await?))
    }

    async fn list_reviews(
        &self,
        request: Request<ListReviewsRequest>,
    ) -> Result<Response<ListReviewsResponse>, Status> {
        let (caller, request) = self.shell.gate.open(request)?;
        Ok(Response::new(list_reviews::run(self, caller, request).await?))
    }

    async fn summarize_reviews(
        &self,
        request: Request<SummarizeReviewsRequest>,
    ) -> Result<Response<SummarizeReviewsResponse>, Status> {
        let (caller, request) = self.shell.gate.open(request)?;
        Ok(Response::new(summarize_reviews::run(self, caller, request).await?))
    }

    async fn publish_review_summary(
        &self,
        request: Request<PublishReviewSummaryRequest>,
    ) -> Result<Response<PublishReviewSummaryResponse>, Status> {
        let (caller, request) = self.shell.gate.open(request)?;
        Ok(Response::new(publish_review_summary::run(self, caller, request).await?))
    }

    async fn list_review_summaries(
        &self,
        request: Request<ListReviewSummariesRequest>,
    ) -> Result<Response<ListReviewSummariesResponse>, Status> {
        let (caller, request) = self.shell.gate.open(request)?;
        Ok(Response::new(list_review_summaries::run(self, caller, request).await?))
    }
}
