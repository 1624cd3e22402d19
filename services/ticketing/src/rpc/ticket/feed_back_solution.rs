//! Records that the rater was given the solution of a complex claim (T04).

use platform::auth::Officer;
use proto::ticketing::v1::{FeedBackSolutionRequest, FeedBackSolutionResponse, step::Act};

use crate::{
    app::ticket::take_step::{StepRequest, take_step},
    error::Error,
    state::Ticketing,
};

pub(crate) async fn run(
    ticketing: &Ticketing,
    caller: Officer,
    request: FeedBackSolutionRequest,
) -> Result<FeedBackSolutionResponse, Error> {
    let asked = StepRequest {
        rpc: "FeedBackSolution",
        request_id: &request.request_id,
        ticket_id: &request.ticket_id,
        field: "solution",
        step: request.solution.clone().map(Act::Solution),
        request: &request,
    };
    let ticket = take_step(ticketing, &caller, asked).await?;
    Ok(FeedBackSolutionResponse { ticket: Some(ticket) })
}
