//! Urges (T09).

use platform::auth::Officer;
use proto::ticketing::v1::{UrgeTicketRequest, UrgeTicketResponse, step::Act};

use crate::{
    app::ticket::take_step::{StepRequest, take_step},
    error::Error,
    state::Ticketing,
};

pub(crate) async fn run(
    ticketing: &Ticketing,
    caller: Officer,
    request: UrgeTicketRequest,
) -> Result<UrgeTicketResponse, Error> {
    let asked = StepRequest {
        rpc: "UrgeTicket",
        request_id: &request.request_id,
        ticket_id: &request.ticket_id,
        field: "urging",
        step: request.urging.clone().map(Act::Urging),
        request: &request,
    };
    let ticket = take_step(ticketing, &caller, asked).await?;
    Ok(UrgeTicketResponse { ticket: Some(ticket) })
}
