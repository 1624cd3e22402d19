//! Closes a ticket (T05).

use platform::auth::Officer;
use proto::ticketing::v1::{CloseTicketRequest, CloseTicketResponse, step::Act};

use crate::{
    app::ticket::take_step::{Asked, take_step},
    error::Error,
    state::Ticketing,
};

pub(crate) async fn run(
    ticketing: &Ticketing,
    caller: Officer,
    request: CloseTicketRequest,
) -> Result<CloseTicketResponse, Error> {
    let asked = Asked {
        rpc: "CloseTicket",
        request_id: &request.request_id,
        ticket_id: &request.ticket_id,
        field: "closing",
        act: request.closing.map(Act::Closing),
        request: &request,
    };
    let ticket = take_step(ticketing, &caller, asked).await?;
    Ok(CloseTicketResponse { ticket: Some(ticket) })
}

#[cfg(test)]
mod tests {
    use proto::r#type::v1::{Finding, TicketState};
    use tonic::Code;

    use crate::rpc::testing::{
        Fixture, accept, assign, close, contact, feed_back, rectify, verify,
    };

    #[tokio::test]
    async fn t05_a_ticket_cannot_close_without_feedback_nor_before_the_authority_accepted() {
        let fixture = Fixture::new().await;
        let id = fixture.ticket().await;
        let steps = [assign(), contact(), verify(Finding::Clear), rectify(), feed_back()];
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
}
