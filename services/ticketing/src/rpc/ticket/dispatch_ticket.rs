//! Passes a ticket on to the handling agency (T01, T20).

use platform::auth::Officer;
use proto::ticketing::v1::{DispatchTicketRequest, DispatchTicketResponse, step::Act};

use crate::{
    app::ticket::take_step::{StepRequest, take_step},
    error::Error,
    state::Ticketing,
};

pub(crate) async fn run(
    ticketing: &Ticketing,
    caller: Officer,
    request: DispatchTicketRequest,
) -> Result<DispatchTicketResponse, Error> {
    let asked = StepRequest {
        rpc: "DispatchTicket",
        request_id: &request.request_id,
        ticket_id: &request.ticket_id,
        field: "dispatch",
        step: request.dispatch.clone().map(Act::Dispatch),
        request: &request,
    };
    let ticket = take_step(ticketing, &caller, asked).await?;
    Ok(DispatchTicketResponse { ticket: Some(ticket) })
}
