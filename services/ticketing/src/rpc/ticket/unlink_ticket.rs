//! Takes a ticket out of another one again (T17).

use platform::auth::Officer;
use proto::ticketing::v1::{UnlinkTicketRequest, UnlinkTicketResponse, step::Act};

use crate::{
    app::ticket::take_step::{StepRequest, take_step},
    error::Error,
    state::Ticketing,
};

pub(crate) async fn run(
    ticketing: &Ticketing,
    caller: Officer,
    request: UnlinkTicketRequest,
) -> Result<UnlinkTicketResponse, Error> {
    let asked = StepRequest {
        rpc: "UnlinkTicket",
        request_id: &request.request_id,
        ticket_id: &request.ticket_id,
        field: "unlink",
        step: request.unlink.clone().map(Act::Unlink),
        request: &request,
    };
    let ticket = take_step(ticketing, &caller, asked).await?;
    Ok(UnlinkTicketResponse { ticket: Some(ticket) })
}
