//! The review of what negative ratings say (文字评价审核).

use proto::ticketing::v1::{
    GetTextReviewRequest, GetTextReviewResponse, ListTextReviewsRequest, ListTextReviewsResponse,
    ReviewTextRequest, ReviewTextResponse, TakeDownTextRequest, TakeDownTextResponse,
    text_review_service_server::TextReviewService,
};
use tonic::{Request, Response, Status};

use crate::{rpc, state::Ticketing};

#[tonic::async_trait]
impl TextReviewService for Ticketing {
    async fn list_text_reviews(
        &self,
        request: Request<ListTextReviewsRequest>,
    ) -> Result<Response<ListTextReviewsResponse>, Status> {
        let (caller, request) = self.shell.gate.open(request)?;
        Ok(Response::new(rpc::text_review::list_text_reviews::run(self, caller, request).await?))
    }

    async fn get_text_review(
        &self,
        request: Request<GetTextReviewRequest>,
    ) -> Result<Response<GetTextReviewResponse>, Status> {
        let (caller, request) = self.shell.gate.open(request)?;
        Ok(Response::new(rpc::text_review::get_text_review::run(self, caller, request).await?))
    }

    async fn review_text(
        &self,
        request: Request<ReviewTextRequest>,
    ) -> Result<Response<ReviewTextResponse>, Status> {
        let (caller, request) = self.shell.gate.open(request)?;
        Ok(Response::new(rpc::text_review::review_text::run(self, caller, request).await?))
    }

    async fn take_down_text(
        &self,
        request: Request<TakeDownTextRequest>,
    ) -> Result<Response<TakeDownTextResponse>, Status> {
        let (caller, request) = self.shell.gate.open(request)?;
        Ok(Response::new(rpc::text_review::take_down_text::run(self, caller, request).await?))
    }
}
