//! Answers the part of a participating agency (T20).

use platform::auth::Officer;
use proto::ticketing::v1::{AnswerPartRequest, AnswerPartResponse, step::Act};

use crate::{
    app::ticket::take_step::{StepRequest, take_step},
    error::Error,
    state::Ticketing,
};

pub(crate) async fn run(
    ticketing: &Ticketing,
    caller: Officer,
    request: AnswerPartRequest,
) -> Result<AnswerPartResponse, Error> {
    let asked = StepRequest {
        rpc: "AnswerPart",
        request_id: &request.request_id,
        ticket_id: &request.ticket_id,
        field: "part",
        step: request.part.clone().map(Act::Part),
        request: &request,
    };
    let ticket = take_step(ticketing, &caller, asked).await?;
    Ok(AnswerPartResponse { ticket: Some(ticket) })
}
