//! Makes the caller the assigned person.

use platform::auth::Officer;
use proto::ticketing::v1::{TakeOverTicketRequest, TakeOverTicketResponse, step::Act};

use crate::{
    app::ticket::take_step::{StepRequest, take_step},
    error::Error,
    state::Ticketing,
};

pub(crate) async fn run(
    ticketing: &Ticketing,
    caller: Officer,
    request: TakeOverTicketRequest,
) -> Result<TakeOverTicketResponse, Error> {
    let asked = StepRequest {
        rpc: "TakeOverTicket",
        request_id: &request.request_id,
        ticket_id: &request.ticket_id,
        field: "taking_over",
        step: request.taking_over.map(Act::TakingOver),
        request: &request,
    };
    let ticket = take_step(ticketing, &caller, asked).await?;
    Ok(TakeOverTicketResponse { ticket: Some(ticket) })
}
