//! Tickets (差评工单).

use proto::ticketing::v1::{
    AcceptResultRequest, AcceptResultResponse, AnswerPartRequest, AnswerPartResponse,
    AssignTicketRequest, AssignTicketResponse, CloseTicketRequest, CloseTicketResponse,
    CorrectStepRequest, CorrectStepResponse, DecideExclusionRequest, DecideExclusionResponse,
    DispatchTicketRequest, DispatchTicketResponse, ExtendTicketRequest, ExtendTicketResponse,
    FeedBackSolutionRequest, FeedBackSolutionResponse, FeedBackTicketRequest,
    FeedBackTicketResponse, GetTicketRequest, GetTicketResponse, LinkTicketRequest,
    LinkTicketResponse, ListTicketsRequest, ListTicketsResponse, RecordContactRequest,
    RecordContactResponse, RecordFollowUpRequest, RecordFollowUpResponse, RectifyTicketRequest,
    RectifyTicketResponse, RegisterUpperNoticeRequest, RegisterUpperNoticeResponse,
    ReportResultRequest, ReportResultResponse, ReturnResultRequest, ReturnResultResponse,
    TakeOverTicketRequest, TakeOverTicketResponse, UnlinkTicketRequest, UnlinkTicketResponse,
    UrgeTicketRequest, UrgeTicketResponse, VerifyTicketRequest, VerifyTicketResponse,
    ticket_service_server::TicketService,
};
use tonic::{Request, Response, Status};

use crate::{rpc, state::Ticketing};

#[tonic::async_trait]
impl TicketService for Ticketing {
    async fn list_tickets(
        &self,
        request: Request<ListTicketsRequest>,
    ) -> Result<Response<ListTicketsResponse>, Status> {
        let (caller, request) = self.shell.gate.open(request)?;
        Ok(Response::new(rpc::ticket::list_tickets::run(self, caller, request).await?))
    }

    async fn get_ticket(
        &self,
        request: Request<GetTicketRequest>,
    ) -> Result<Response<GetTicketResponse>, Status> {
        let (caller, request) = self.shell.gate.open(request)?;
        Ok(Response::new(rpc::ticket::get_ticket::run(self, caller, request).await?))
    }

    async fn assign_ticket(
        &self,
        request: Request<AssignTicketRequest>,
    ) -> Result<Response<AssignTicketResponse>, Status> {
        let (caller, request) = self.shell.gate.open(request)?;
        Ok(Response::new(rpc::ticket::assign_ticket::run(self, caller, request).await?))
    }

    async fn record_contact(
        &self,
        request: Request<RecordContactRequest>,
    ) -> Result<Response<RecordContactResponse>, Status> {
        let (caller, request) = self.shell.gate.open(request)?;
        Ok(Response::new(rpc::ticket::record_contact::run(self, caller, request).await?))
    }

    async fn verify_ticket(
        &self,
        request: Request<VerifyTicketRequest>,
    ) -> Result<Response<VerifyTicketResponse>, Status> {
        let (caller, request) = self.shell.gate.open(request)?;
        Ok(Response::new(rpc::ticket::verify_ticket::run(self, caller, request).await?))
    }

    async fn rectify_ticket(
        &self,
        request: Request<RectifyTicketRequest>,
    ) -> Result<Response<RectifyTicketResponse>, Status> {
        let (caller, request) = self.shell.gate.open(request)?;
        Ok(Response::new(rpc::ticket::rectify_ticket::run(self, caller, request).await?))
    }

    async fn feed_back_ticket(
        &self,
        request: Request<FeedBackTicketRequest>,
    ) -> Result<Response<FeedBackTicketResponse>, Status> {
        let (caller, request) = self.shell.gate.open(request)?;
        Ok(Response::new(rpc::ticket::feed_back_ticket::run(self, caller, request).await?))
    }

    async fn accept_result(
        &self,
        request: Request<AcceptResultRequest>,
    ) -> Result<Response<AcceptResultResponse>, Status> {
        let (caller, request) = self.shell.gate.open(request)?;
        Ok(Response::new(rpc::ticket::accept_result::run(self, caller, request).await?))
    }

    async fn close_ticket(
        &self,
        request: Request<CloseTicketRequest>,
    ) -> Result<Response<CloseTicketResponse>, Status> {
        let (caller, request) = self.shell.gate.open(request)?;
        Ok(Response::new(rpc::ticket::close_ticket::run(self, caller, request).await?))
    }

    async fn record_follow_up(
        &self,
        request: Request<RecordFollowUpRequest>,
    ) -> Result<Response<RecordFollowUpResponse>, Status> {
        let (caller, request) = self.shell.gate.open(request)?;
        Ok(Response::new(rpc::ticket::record_follow_up::run(self, caller, request).await?))
    }

    async fn dispatch_ticket(
        &self,
        request: Request<DispatchTicketRequest>,
    ) -> Result<Response<DispatchTicketResponse>, Status> {
        let (caller, request) = self.shell.gate.open(request)?;
        Ok(Response::new(rpc::ticket::dispatch_ticket::run(self, caller, request).await?))
    }

    async fn take_over_ticket(
        &self,
        request: Request<TakeOverTicketRequest>,
    ) -> Result<Response<TakeOverTicketResponse>, Status> {
        let (caller, request) = self.shell.gate.open(request)?;
        Ok(Response::new(rpc::ticket::take_over_ticket::run(self, caller, request).await?))
    }

    async fn feed_back_solution(
        &self,
        request: Request<FeedBackSolutionRequest>,
    ) -> Result<Response<FeedBackSolutionResponse>, Status> {
        let (caller, request) = self.shell.gate.open(request)?;
        Ok(Response::new(rpc::ticket::feed_back_solution::run(self, caller, request).await?))
    }

    async fn extend_ticket(
        &self,
        request: Request<ExtendTicketRequest>,
    ) -> Result<Response<ExtendTicketResponse>, Status> {
        let (caller, request) = self.shell.gate.open(request)?;
        Ok(Response::new(rpc::ticket::extend_ticket::run(self, caller, request).await?))
    }

    async fn answer_part(
        &self,
        request: Request<AnswerPartRequest>,
    ) -> Result<Response<AnswerPartResponse>, Status> {
        let (caller, request) = self.shell.gate.open(request)?;
        Ok(Response::new(rpc::ticket::answer_part::run(self, caller, request).await?))
    }

    async fn report_result(
        &self,
        request: Request<ReportResultRequest>,
    ) -> Result<Response<ReportResultResponse>, Status> {
        let (caller, request) = self.shell.gate.open(request)?;
        Ok(Response::new(rpc::ticket::report_result::run(self, caller, request).await?))
    }

    async fn return_result(
        &self,
        request: Request<ReturnResultRequest>,
    ) -> Result<Response<ReturnResultResponse>, Status> {
        let (caller, request) = self.shell.gate.open(request)?;
        Ok(Response::new(rpc::ticket::return_result::run(self, caller, request).await?))
    }

    async fn decide_exclusion(
        &self,
        request: Request<DecideExclusionRequest>,
    ) -> Result<Response<DecideExclusionResponse>, Status> {
        let (caller, request) = self.shell.gate.open(request)?;
        Ok(Response::new(rpc::ticket::decide_exclusion::run(self, caller, request).await?))
    }

    async fn urge_ticket(
        &self,
        request: Request<UrgeTicketRequest>,
    ) -> Result<Response<UrgeTicketResponse>, Status> {
        let (caller, request) = self.shell.gate.open(request)?;
        Ok(Response::new(rpc::ticket::urge_ticket::run(self, caller, request).await?))
    }

    async fn correct_step(
        &self,
        request: Request<CorrectStepRequest>,
    ) -> Result<Response<CorrectStepResponse>, Status> {
        let (caller, request) = self.shell.gate.open(request)?;
        Ok(Response::new(rpc::ticket::correct_step::run(self, caller, request).await?))
    }

    async fn link_ticket(
        &self,
        request: Request<LinkTicketRequest>,
    ) -> Result<Response<LinkTicketResponse>, Status> {
        let (caller, request) = self.shell.gate.open(request)?;
        Ok(Response::new(rpc::ticket::link_ticket::run(self, caller, request).await?))
    }

    async fn unlink_ticket(
        &self,
        request: Request<UnlinkTicketRequest>,
    ) -> Result<Response<UnlinkTicketResponse>, Status> {
        let (caller, request) = self.shell.gate.open(request)?;
        Ok(Response::new(rpc::ticket::unlink_ticket::run(self, caller, request).await?))
    }

    async fn register_upper_notice(
        &self,
        request: Request<RegisterUpperNoticeRequest>,
    ) -> Result<Response<RegisterUpperNoticeResponse>, Status> {
        let (caller, request) = self.shell.gate.open(request)?;
        Ok(Response::new(rpc::ticket::register_upper_notice::run(self, caller, request).await?))
    }
}
