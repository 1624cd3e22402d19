//! Corrects what an earlier step says (T14).

use platform::auth::Officer;
use proto::ticketing::v1::{CorrectStepRequest, CorrectStepResponse, step::Act};

use crate::{
    app::ticket::take_step::{StepRequest, take_step},
    error::Error,
    state::Ticketing,
};

pub(crate) async fn run(
    ticketing: &Ticketing,
    caller: Officer,
    request: CorrectStepRequest,
) -> Result<CorrectStepResponse, Error> {
    let asked = StepRequest {
        rpc: "CorrectStep",
        request_id: &request.request_id,
        ticket_id: &request.ticket_id,
        field: "correction",
        step: request.correction.clone().map(Act::Correction),
        request: &request,
    };
    let ticket = take_step(ticketing, &caller, asked).await?;
    Ok(CorrectStepResponse { ticket: Some(ticket) })
}
