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
        seen: request.seen_step_count,
        field: "returning",
        step: request.returning.clone().map(Act::Return),
        request: &request,
    };
    let ticket = take_step(ticketing, &caller, asked).await?;
    Ok(ReturnResultResponse { ticket: Some(ticket) })
}

#[cfg(test)]
mod tests {
    use platform::testing::{AGENCY, REGION};
    use proto::{
        ticketing::v1::Return,
        r#type::v1::{Finding, TicketState},
    };

    use super::*;
    use crate::rpc::testing::{
        Asked, Fixture, assign, authority, contact, feed_back, handler, once, rectify, report,
        request_id, running, to_closed, verify,
    };

    #[tokio::test]
    async fn t15_the_authority_returns_a_result_and_it_is_verified_again_by_the_old_clock() {
        let fixture = Fixture::new().await;
        let ticket_id = fixture.ticket().await;
        let verified = vec![assign(), contact(), verify(Finding::Clear)];
        let limits = running(&fixture.steps(&ticket_id, verified).await);
        let told = fixture.steps(&ticket_id, vec![rectify(), feed_back(), report()]).await;
        assert_eq!(running(&told), [""; 0]);
        let request = ReturnResultRequest {
            request_id: request_id(),
            ticket_id: ticket_id.clone(),
            returning: Some(Return { reason: "材料不全".to_owned() }),
            seen_step_count: None,
        };
        let blank = Some(Return::default());
        let asked = Asked {
            by: authority(REGION),
            never: vec![
                (handler(AGENCY), "ANOTHER_OFFICES_STEP"),
                (authority("650000"), "TICKET_NOT_FOUND"),
            ],
            wrong: vec![
                (
                    ReturnResultRequest::default(),
                    &["request_id:", "ticket_id:", "returning: is missing"][..],
                ),
                (
                    ReturnResultRequest { returning: blank, ..request.clone() },
                    &["return.reason: must be filled in"],
                ),
            ],
            request: request.clone(),
        };
        let call =
            async |by, request| Ok(run(&fixture.ticketing, by, request).await?.ticket.unwrap());
        fixture.at("2026-03-12T01:00:00Z");
        let ticket = once(call, asked).await;
        assert_eq!((ticket.state(), ticket.finding), (TicketState::Contacted, 0));
        assert_eq!(running(&ticket), limits);
        let (stepped, _) = fixture.last_step().await;
        assert_eq!(stepped.state(), TicketState::Contacted);
        assert_eq!(stepped.missed, ["feed_back_clear", "fix_clear"], "late by the old clock");
        // From the verification on it goes its way again, without a new call.
        let closed = fixture.steps(&ticket_id, to_closed()[2..].to_vec()).await;
        assert_eq!(closed.state(), TicketState::Closed);
    }
}
