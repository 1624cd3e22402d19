//! Decides of a proposed exclusion (T03).

use platform::auth::Officer;
use proto::ticketing::v1::{DecideExclusionRequest, DecideExclusionResponse, step::Act};

use crate::{
    app::ticket::take_step::{StepRequest, take_step},
    error::Error,
    state::Ticketing,
};

pub(crate) async fn run(
    ticketing: &Ticketing,
    caller: Officer,
    request: DecideExclusionRequest,
) -> Result<DecideExclusionResponse, Error> {
    let asked = StepRequest {
        rpc: "DecideExclusion",
        request_id: &request.request_id,
        ticket_id: &request.ticket_id,
        field: "decision",
        step: request.decision.clone().map(Act::Decision),
        request: &request,
    };
    let ticket = take_step(ticketing, &caller, asked).await?;
    Ok(DecideExclusionResponse { ticket: Some(ticket) })
}
