//! Hands a ticket over to another one of the same matter (T17).

use platform::auth::Officer;
use proto::ticketing::v1::{LinkTicketRequest, LinkTicketResponse, step::Act};

use crate::{
    app::ticket::take_step::{StepRequest, take_step},
    error::Error,
    state::Ticketing,
};

pub(crate) async fn run(
    ticketing: &Ticketing,
    caller: Officer,
    request: LinkTicketRequest,
) -> Result<LinkTicketResponse, Error> {
    let asked = StepRequest {
        rpc: "LinkTicket",
        request_id: &request.request_id,
        ticket_id: &request.ticket_id,
        field: "link",
        step: request.link.clone().map(Act::Link),
        request: &request,
    };
    let ticket = take_step(ticketing, &caller, asked).await?;
    Ok(LinkTicketResponse { ticket: Some(ticket) })
}
