//! Names a new day for what cannot be put right in time (T04).

use platform::auth::Officer;
use proto::ticketing::v1::{ExtendTicketRequest, ExtendTicketResponse, step::Act};

use crate::{
    app::ticket::take_step::{StepRequest, take_step},
    error::Error,
    state::Ticketing,
};

pub(crate) async fn run(
    ticketing: &Ticketing,
    caller: Officer,
    request: ExtendTicketRequest,
) -> Result<ExtendTicketResponse, Error> {
    let asked = StepRequest {
        rpc: "ExtendTicket",
        request_id: &request.request_id,
        ticket_id: &request.ticket_id,
        field: "extension",
        step: request.extension.clone().map(Act::Extension),
        request: &request,
    };
    let ticket = take_step(ticketing, &caller, asked).await?;
    Ok(ExtendTicketResponse { ticket: Some(ticket) })
}
