//! Closes a ticket (T05).

use platform::auth::Officer;
use proto::ticketing::v1::{CloseTicketRequest, CloseTicketResponse, step::Act};

use crate::{
    app::ticket::take_step::{StepRequest, take_step},
    error::Error,
    state::Ticketing,
};

pub(crate) async fn run(
    ticketing: &Ticketing,
    caller: Officer,
    request: CloseTicketRequest,
) -> Result<CloseTicketResponse, Error> {
    let asked = StepRequest {
        rpc: "CloseTicket",
        request_id: &request.request_id,
        ticket_id: &request.ticket_id,
        seen: request.seen_step_count,
        field: "closing",
        step: request.closing.map(Act::Closing),
        request: &request,
    };
    let ticket = take_step(ticketing, &caller, asked).await?;
    Ok(CloseTicketResponse { ticket: Some(ticket) })
}

#[cfg(test)]
mod tests {
    use platform::testing::{AGENCY, REGION};
    use proto::{
        ticketing::v1::Closing,
        r#type::v1::{Finding, TicketState},
    };
    use tonic::Code;

    use super::*;
    use crate::rpc::testing::{
        Fixture, accept, assign, authority, close, contact, feed_back, handler, rectify, refusal,
        report, request_id, verify,
    };

    #[tokio::test]
    async fn t05_a_ticket_cannot_close_without_feedback_nor_before_the_authority_accepted() {
        let fixture = Fixture::new().await;
        let id = fixture.ticket().await;
        let clear = verify(Finding::Clear);
        let steps = [assign(), contact(), clear, rectify(), feed_back(), report()];
        for step in steps {
            let early = fixture.step(&id, close()).await.unwrap_err();
            assert_eq!(early.code(), Code::FailedPrecondition);
            fixture.step(&id, step).await.unwrap();
        }
        let unreviewed = fixture.step(&id, close()).await.unwrap_err();
        assert!(unreviewed.message().contains("Authority has not accepted"), "{unreviewed}");
        let closed = fixture.steps(&id, vec![accept(), close()]).await;
        assert_eq!(closed.state(), TicketState::Closed);
    }

    #[tokio::test]
    async fn t05_the_handling_agency_closes_what_was_accepted_and_closes_it_once() {
        let fixture = Fixture::new().await;
        let ticket_id = fixture.ticket().await;
        let clear = verify(Finding::Clear);
        let told = vec![assign(), contact(), clear, rectify(), feed_back(), report()];
        fixture.steps(&ticket_id, told).await;
        let id = ticket_id.clone();
        let closing = Some(Closing {});
        let request = CloseTicketRequest {
            request_id: request_id(),
            ticket_id,
            closing,
            seen_step_count: None,
        };
        let call = |caller, request| run(&fixture.ticketing, caller, request);
        let state = (Code::FailedPrecondition, "TICKET_STATE_REFUSES".to_owned());
        let unreviewed = call(handler(AGENCY), request.clone()).await;
        assert_eq!(refusal(unreviewed), state, "nobody has accepted it");
        fixture.step(&id, accept()).await.unwrap();
        let authority = call(authority(REGION), request.clone()).await;
        let another = (Code::PermissionDenied, "ANOTHER_OFFICES_STEP".to_owned());
        assert_eq!(refusal(authority), another);
        let silent = CloseTicketRequest { closing: None, ..request.clone() };
        let said = call(handler(AGENCY), silent).await.unwrap_err().to_string();
        assert!(said.contains("closing: is missing"), "{said}");
        let closed = call(handler(AGENCY), request.clone()).await.unwrap();
        assert_eq!(call(handler(AGENCY), request.clone()).await.unwrap(), closed);
        let ticket = closed.ticket.unwrap();
        assert_eq!((ticket.state(), ticket.step_count), (TicketState::Closed, 8));
        let [step] = ticket.steps.as_slice() else { panic!("{ticket:?}") };
        assert_eq!((step.by.as_str(), &step.act), ("handler", &Some(Act::Closing(Closing {}))));
        let again = CloseTicketRequest { request_id: request_id(), ..request };
        assert_eq!(refusal(call(handler(AGENCY), again).await), state, "it is closed");
    }
}
