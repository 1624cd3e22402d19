//! Returns the reported result (T15).

use platform::auth::Officer;
use proto::ticketing::v1::{ReturnResultRequest, ReturnResultResponse, step::Act};

use crate::{
    app::ticket::take_step::{StepRequest, take_step},
    error::Error,
    state::Ticketing,
};

pub(crate) async fn run(
    ticketing: &Ticketing,
    caller: Officer,
    request: ReturnResultRequest,
) -> Result<ReturnResultResponse, Error> {
    let asked = StepRequest {
        rpc: "ReturnResult",
        request_id: &request.request_id,
        ticket_id: &request.ticket_id,
        field: "returning",
        step: request.returning.clone().map(Act::Return),
        request: &request,
    };
    let ticket = take_step(ticketing, &caller, asked).await?;
    Ok(ReturnResultResponse { ticket: Some(ticket) })
}
