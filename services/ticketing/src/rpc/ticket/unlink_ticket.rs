//! Takes a ticket out of another one again (T17).

use platform::auth::Officer;
use proto::ticketing::v1::{UnlinkTicketRequest, UnlinkTicketResponse, step::Act};

use crate::{
    app::ticket::take_step::{StepRequest, take_step},
    error::Error,
    state::Ticketing,
};

pub(crate) async fn run(
    ticketing: &Ticketing,
    caller: Officer,
    request: UnlinkTicketRequest,
) -> Result<UnlinkTicketResponse, Error> {
    let asked = StepRequest {
        rpc: "UnlinkTicket",
        request_id: &request.request_id,
        ticket_id: &request.ticket_id,
        seen: request.seen_step_count,
        field: "unlink",
        step: request.unlink.clone().map(Act::Unlink),
        request: &request,
    };
    let ticket = take_step(ticketing, &caller, asked).await?;
    Ok(UnlinkTicketResponse { ticket: Some(ticket) })
}

#[cfg(test)]
mod tests {
    use platform::testing::{AGENCY, REGION};
    use proto::{
        fact::v1::{TicketLinked, fact::Body},
        ticketing::v1::{Link, Unlink},
        r#type::v1::TicketState,
    };

    use super::*;
    use crate::rpc::testing::{
        Asked, Fixture, OTHER_AGENCY, assign, authority, handler, once, refusal, request_id,
        running,
    };

    #[tokio::test]
    async fn t17_what_was_linked_by_mistake_starts_over_by_its_own_clock_that_never_stopped() {
        let fixture = Fixture::new().await;
        let (main, ticket_id) = (fixture.ticket().await, fixture.ticket().await);
        let request = || UnlinkTicketRequest {
            request_id: request_id(),
            ticket_id: ticket_id.clone(),
            unlink: Some(Unlink { reason: "另一件事".to_owned() }),
            seen_step_count: None,
        };
        let early = run(&fixture.ticketing, handler(AGENCY), request()).await;
        assert_eq!(refusal(early).1, "TICKET_STATE_REFUSES", "it is not linked");
        let assigned = fixture.step(&ticket_id, assign()).await.unwrap();
        let link = Link { main_ticket_id: main, reason: "同一来电反映".to_owned() };
        fixture.step(&ticket_id, Act::Link(link)).await.unwrap();
        fixture.at("2026-03-11T01:00:00Z");
        let asked = Asked {
            by: authority(REGION),
            never: vec![(handler(OTHER_AGENCY), "TICKET_NOT_FOUND")],
            wrong: vec![
                (
                    UnlinkTicketRequest::default(),
                    &["request_id:", "ticket_id:", "unlink: is missing"][..],
                ),
                (
                    UnlinkTicketRequest { unlink: Some(Unlink::default()), ..request() },
                    &["unlink.reason: must be filled in"],
                ),
            ],
            request: request(),
        };
        let call =
            async |by, request| Ok(run(&fixture.ticketing, by, request).await?.ticket.unwrap());
        let out = once(call, asked).await;
        assert_eq!((out.state(), out.main_ticket_id.as_str()), (TicketState::Opened, ""));
        assert_eq!(running(&out), running(&assigned));
        let (stepped, more) = fixture.last_step().await;
        assert_eq!(stepped.state(), TicketState::Opened);
        assert_eq!(stepped.missed, ["feed_back_clear", "fix_clear"]);
        let fact = TicketLinked { ticket_id, main_ticket_id: String::new(), at: stepped.at };
        assert_eq!(more, [Body::TicketLinked(fact)]);
    }

    #[tokio::test]
    async fn t17_what_was_linked_while_with_the_authority_is_in_its_queue_again() {
        let fixture = Fixture::under("district-2-5-15").await;
        let (main, ticket_id) = (fixture.ticket().await, fixture.ticket().await);
        let received = fixture.read(authority(REGION), &ticket_id).await.unwrap();
        assert_eq!(received.state(), TicketState::Received);
        let link = Link { main_ticket_id: main, reason: "同一来电反映".to_owned() };
        fixture.step_by(&authority(REGION), &ticket_id, Act::Link(link)).await.unwrap();
        let request = UnlinkTicketRequest {
            request_id: request_id(),
            ticket_id: ticket_id.clone(),
            unlink: Some(Unlink { reason: "另一件事".to_owned() }),
            seen_step_count: None,
        };
        let out = run(&fixture.ticketing, authority(REGION), request).await.unwrap();
        let out = out.ticket.unwrap();
        assert_eq!(out.state(), TicketState::Received);
        assert_eq!(running(&out), running(&received), "it is to be passed on by the same day");
        let early = fixture.step(&ticket_id, assign()).await.unwrap_err();
        assert!(early.message().contains("not passed it on"), "{early}");
    }
}
