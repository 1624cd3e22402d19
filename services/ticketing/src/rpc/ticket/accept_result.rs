//! Accepts the reported result, by the Authority (T15).

use platform::auth::Officer;
use proto::ticketing::v1::{AcceptResultRequest, AcceptResultResponse, step::Act};

use crate::{
    app::ticket::take_step::{StepRequest, take_step},
    error::Error,
    state::Ticketing,
};

pub(crate) async fn run(
    ticketing: &Ticketing,
    caller: Officer,
    request: AcceptResultRequest,
) -> Result<AcceptResultResponse, Error> {
    let asked = StepRequest {
        rpc: "AcceptResult",
        request_id: &request.request_id,
        ticket_id: &request.ticket_id,
        seen: request.seen_step_count,
        field: "acceptance",
        step: request.acceptance.clone().map(Act::Acceptance),
        request: &request,
    };
    let ticket = take_step(ticketing, &caller, asked).await?;
    Ok(AcceptResultResponse { ticket: Some(ticket) })
}

#[cfg(test)]
mod tests {
    use platform::clock::Clock;
    use proto::{
        ticketing::v1::Acceptance,
        r#type::v1::{Finding, TicketState},
    };
    use tonic::{Code, Status};

    use super::*;
    use crate::rpc::testing::{
        Fixture, accept, assign, contact, feed_back, handler, rectify, report, verify,
    };

    #[tokio::test]
    async fn t15_the_authority_accepts_the_reported_result_and_the_agency_cannot() {
        let fixture = Fixture::new().await;
        let id = fixture.ticket().await;
        let finding = verify(Finding::Clear);
        let told = vec![assign(), contact(), finding, rectify(), feed_back()];
        fixture.steps(&id, told).await;
        let early = fixture.step(&id, accept()).await.unwrap_err();
        assert!(early.message().contains("not reported yet"), "{early}");
        fixture.step(&id, report()).await.unwrap();
        let own = AcceptResultRequest {
            request_id: Clock::System.new_id().to_string(),
            ticket_id: id.clone(),
            acceptance: Some(Acceptance::default()),
            seen_step_count: None,
        };
        let refused = run(&fixture.ticketing, handler("652301-a03"), own).await.unwrap_err();
        assert_eq!(Status::from(refused).code(), Code::PermissionDenied);
        let accepted = fixture.step(&id, accept()).await.unwrap();
        assert_eq!(accepted.state(), TicketState::Accepted);
    }
}
