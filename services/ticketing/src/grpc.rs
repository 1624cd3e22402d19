//! The RPCs of this service, one line each. The signature of a handler says who may call it.

use proto::ticketing::v1::{
    AcceptResultRequest, AcceptResultResponse, AssignTicketRequest, AssignTicketResponse,
    CloseTicketRequest, CloseTicketResponse, FeedBackTicketRequest, FeedBackTicketResponse,
    GetTicketRequest, GetTicketResponse, ListTicketsRequest, ListTicketsResponse,
    RecordContactRequest, RecordContactResponse, RecordFollowUpRequest, RecordFollowUpResponse,
    RectifyTicketRequest, RectifyTicketResponse, VerifyTicketRequest, VerifyTicketResponse,
    ticket_service_server::TicketService,
};
use tonic::{Request, Response, Status};

use crate::{Ticketing, rpc};

#[tonic::async_trait]
impl TicketService for Ticketing {
    async fn list_tickets(
        &self,
        request: Request<ListTicketsRequest>,
    ) -> Result<Response<ListTicketsResponse>, Status> {
        let (caller, request) = self.shell.gate.open(request)?;
        Ok(Response::new(rpc::list_tickets::run(self, caller, request).await?))
    }

    async fn get_ticket(
        &self,
        request: Request<GetTicketRequest>,
    ) -> Result<Response<GetTicketResponse>, Status> {
        let (caller, request) = self.shell.gate.open(request)?;
        Ok(Response::new(rpc::get_ticket::run(self, caller, request).await?))
    }

    async fn assign_ticket(
        &self,
        request: Request<AssignTicketRequest>,
    ) -> Result<Response<AssignTicketResponse>, Status> {
        let (caller, request) = self.shell.gate.open(request)?;
        Ok(Response::new(rpc::assign_ticket::run(self, caller, request).await?))
    }

    async fn record_contact(
        &self,
        request: Request<RecordContactRequest>,
    ) -> Result<Response<RecordContactResponse>, Status> {
        let (caller, request) = self.shell.gate.open(request)?;
        Ok(Response::new(rpc::record_contact::run(self, caller, request).await?))
    }

    async fn verify_ticket(
        &self,
        request: Request<VerifyTicketRequest>,
    ) -> Result<Response<VerifyTicketResponse>, Status> {
        let (caller, request) = self.shell.gate.open(request)?;
        Ok(Response::new(rpc::verify_ticket::run(self, caller, request).await?))
    }

    async fn rectify_ticket(
        &self,
        request: Request<RectifyTicketRequest>,
    ) -> Result<Response<RectifyTicketResponse>, Status> {
        let (caller, request) = self.shell.gate.open(request)?;
        Ok(Response::new(rpc::rectify_ticket::run(self, caller, request).await?))
    }

    async fn feed_back_ticket(
        &self,
        request: Request<FeedBackTicketRequest>,
    ) -> Result<Response<FeedBackTicketResponse>, Status> {
        let (caller, request) = self.shell.gate.open(request)?;
        Ok(Response::new(rpc::feed_back_ticket::run(self, caller, request).await?))
    }

    async fn accept_result(
        &self,
        request: Request<AcceptResultRequest>,
    ) -> Result<Response<AcceptResultResponse>, Status> {
        let (caller, request) = self.shell.gate.open(request)?;
        Ok(Response::new(rpc::accept_result::run(self, caller, request).await?))
    }

    async fn close_ticket(
        &self,
        request: Request<CloseTicketRequest>,
    ) -> Result<Response<CloseTicketResponse>, Status> {
        let (caller, request) = self.shell.gate.open(request)?;
        Ok(Response::new(rpc::close_ticket::run(self, caller, request).await?))
    }

    async fn record_follow_up(
        &self,
        request: Request<RecordFollowUpRequest>,
    ) -> Result<Response<RecordFollowUpResponse>, Status> {
        let (caller, request) = self.shell.gate.open(request)?;
        Ok(Response::new(rpc::record_follow_up::run(self, caller, request).await?))
    }
}
