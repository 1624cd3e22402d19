//! Reports the result to the Authority (T15).

use platform::auth::Officer;
use proto::ticketing::v1::{ReportResultRequest, ReportResultResponse, step::Act};

use crate::{
    app::ticket::take_step::{StepRequest, take_step},
    error::Error,
    state::Ticketing,
};

pub(crate) async fn run(
    ticketing: &Ticketing,
    caller: Officer,
    request: ReportResultRequest,
) -> Result<ReportResultResponse, Error> {
    let asked = StepRequest {
        rpc: "ReportResult",
        request_id: &request.request_id,
        ticket_id: &request.ticket_id,
        field: "report",
        step: request.report.clone().map(Act::Report),
        request: &request,
    };
    let ticket = take_step(ticketing, &caller, asked).await?;
    Ok(ReportResultResponse { ticket: Some(ticket) })
}
