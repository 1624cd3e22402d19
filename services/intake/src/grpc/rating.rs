//! The RPCs of `RatingService`, one line each.

use proto::intake::v1::{
    AnswerFollowUpRequest, AnswerFollowUpResponse, EnterPaperFormsRequest, EnterPaperFormsResponse,
    GetRatingRequest, GetRatingResponse, GetReceiptRequest, GetReceiptResponse,
    GetWindowCodeRequest, GetWindowCodeResponse, ImportRatingsRequest, ImportRatingsResponse,
    ListPublishedWordsRequest, ListPublishedWordsResponse, ListRatingsRequest, ListRatingsResponse,
    LookUpReceiptRequest, LookUpReceiptResponse, ReceiveReplyRequest, ReceiveReplyResponse,
    ResolveInvitationRequest, ResolveInvitationResponse, ScanWindowCodeRequest,
    ScanWindowCodeResponse, SubmitRatingRequest, SubmitRatingResponse, WatchWindowRequest,
    rating_service_server::RatingService,
};
use tonic::{Request, Response, Status, Streaming};

use crate::{
    Intake,
    rpc::rating::{
        answer_follow_up, enter_paper_forms, get_rating, get_receipt, get_window_code,
        import_ratings, list_published_words, list_ratings, look_up_receipt, receive_reply,
        resolve_invitation, scan_window_code, submit_rating, watch_window,
    },
};

#[tonic::async_trait]
impl RatingService for Intake {
    async fn resolve_invitation(
        &self,
        request: Request<ResolveInvitationRequest>,
    ) -> Result<Response<ResolveInvitationResponse>, Status> {
        let (caller, request) = self.shell.gate.open(request)?;
        Ok(Response::new(resolve_invitation::run(self, caller, request).await?))
    }

    async fn submit_rating(
        &self,
        request: Request<SubmitRatingRequest>,
    ) -> Result<Response<SubmitRatingResponse>, Status> {
        let network = request.remote_addr().map(|address| address.ip());
        let (caller, request) = self.shell.gate.open(request)?;
        Ok(Response::new(submit_rating::run(self, caller, network, request).await?))
    }

    async fn get_rating(
        &self,
        request: Request<GetRatingRequest>,
    ) -> Result<Response<GetRatingResponse>, Status> {
        let (caller, request) = self.shell.gate.open(request)?;
        Ok(Response::new(get_rating::run(self, caller, request).await?))
    }

    async fn get_receipt(
        &self,
        request: Request<GetReceiptRequest>,
    ) -> Result<Response<GetReceiptResponse>, Status> {
        let (caller, request) = self.shell.gate.open(request)?;
        Ok(Response::new(get_receipt::run(self, caller, request).await?))
    }

    async fn list_published_words(
        &self,
        request: Request<ListPublishedWordsRequest>,
    ) -> Result<Response<ListPublishedWordsResponse>, Status> {
        let (caller, request) = self.shell.gate.open(request)?;
        Ok(Response::new(list_published_words::run(self, caller, request).await?))
    }

    async fn list_ratings(
        &self,
        request: Request<ListRatingsRequest>,
    ) -> Result<Response<ListRatingsResponse>, Status> {
        let (caller, request) = self.shell.gate.open(request)?;
        Ok(Response::new(list_ratings::run(self, caller, request).await?))
    }

    async fn look_up_receipt(
        &self,
        request: Request<LookUpReceiptRequest>,
    ) -> Result<Response<LookUpReceiptResponse>, Status> {
        let network = request.remote_addr().map(|address| address.ip());
        let (caller, request) = self.shell.gate.open(request)?;
        Ok(Response::new(look_up_receipt::run(self, caller, network, request).await?))
    }

    async fn answer_follow_up(
        &self,
        request: Request<AnswerFollowUpRequest>,
    ) -> Result<Response<AnswerFollowUpResponse>, Status> {
        let (caller, request) = self.shell.gate.open(request)?;
        Ok(Response::new(answer_follow_up::run(self, caller, request).await?))
    }

    async fn receive_reply(
        &self,
        request: Request<ReceiveReplyRequest>,
    ) -> Result<Response<ReceiveReplyResponse>, Status> {
        let (caller, request) = self.shell.gate.open(request)?;
        Ok(Response::new(receive_reply::run(self, caller, request).await?))
    }

    async fn enter_paper_forms(
        &self,
        request: Request<EnterPaperFormsRequest>,
    ) -> Result<Response<EnterPaperFormsResponse>, Status> {
        let (caller, request) = self.shell.gate.open(request)?;
        Ok(Response::new(enter_paper_forms::run(self, caller, request).await?))
    }

    async fn import_ratings(
        &self,
        request: Request<Streaming<ImportRatingsRequest>>,
    ) -> Result<Response<ImportRatingsResponse>, Status> {
        let (caller, ratings) = self.shell.gate.open_stream(request)?;
        Ok(Response::new(import_ratings::run(self, caller, ratings).await?))
    }

    type WatchWindowStream = watch_window::Matters;

    async fn watch_window(
        &self,
        request: Request<WatchWindowRequest>,
    ) -> Result<Response<Self::WatchWindowStream>, Status> {
        let (caller, request) = self.shell.gate.open(request)?;
        Ok(Response::new(watch_window::run(self, caller, request).await?))
    }

    async fn get_window_code(
        &self,
        request: Request<GetWindowCodeRequest>,
    ) -> Result<Response<GetWindowCodeResponse>, Status> {
        let (caller, request) = self.shell.gate.open(request)?;
        Ok(Response::new(get_window_code::run(self, caller, request).await?))
    }

    async fn scan_window_code(
        &self,
        request: Request<ScanWindowCodeRequest>,
    ) -> Result<Response<ScanWindowCodeResponse>, Status> {
        let (caller, request) = self.shell.gate.open(request)?;
        Ok(Response::new(scan_window_code::run(self, caller, request).await?))
    }
}
