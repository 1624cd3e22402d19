//! Hands a ticket over to another one of the same matter (T17).

use platform::auth::Officer;
use proto::ticketing::v1::{LinkTicketRequest, LinkTicketResponse, step::Act};

use crate::{
    app::ticket::take_step::{StepRequest, take_step},
    error::Error,
    state::Ticketing,
};

pub(crate) async fn run(
    ticketing: &Ticketing,
    caller: Officer,
    request: LinkTicketRequest,
) -> Result<LinkTicketResponse, Error> {
    let asked = StepRequest {
        rpc: "LinkTicket",
        request_id: &request.request_id,
        ticket_id: &request.ticket_id,
        seen: request.seen_step_count,
        field: "link",
        step: request.link.clone().map(Act::Link),
        request: &request,
    };
    let ticket = take_step(ticketing, &caller, asked).await?;
    Ok(LinkTicketResponse { ticket: Some(ticket) })
}

#[cfg(test)]
mod tests {
    use platform::testing::AGENCY;
    use proto::{
        fact::v1::{TicketLinked, fact::Body},
        ticketing::v1::{Link, Ticket},
        r#type::v1::{Level, TicketState},
    };
    use uuid::Uuid;

    use super::*;
    use crate::rpc::testing::{
        Asked, Fixture, OTHER_AGENCY, assign, authority, handler, once, request_id, running,
        to_closed,
    };

    #[tokio::test]
    async fn t17_the_same_matter_is_handled_in_one_ticket_and_later_ratings_join_that_one() {
        let fixture = Fixture::new().await;
        let main = fixture.ticket_of(&fixture.matter()).await;
        let over = fixture.ticket().await;
        fixture.steps(&over, to_closed()).await;
        let act_id = fixture.ticketing.shell.clock.new_id();
        let rating = fixture.rating(act_id, Level::Dissatisfied);
        let told = fixture.apply(&rating).await;
        let [Body::TicketOpened(opened)] = told.as_slice() else { panic!("{told:?}") };
        let ticket_id = opened.ticket_id.clone();
        let link = |main: &str, reason: &str| {
            Some(Link { main_ticket_id: main.to_owned(), reason: reason.to_owned() })
        };
        let request = LinkTicketRequest {
            request_id: request_id(),
            ticket_id: ticket_id.clone(),
            link: link(&main, "同一来电反映"),
            seen_step_count: None,
        };
        let of = |link| LinkTicketRequest { link, ..request.clone() };
        let unknown = Uuid::from_u128(7).to_string();
        let asked = Asked {
            by: handler(AGENCY),
            never: vec![
                (handler(OTHER_AGENCY), "TICKET_NOT_FOUND"),
                (authority("650000"), "TICKET_NOT_FOUND"),
            ],
            wrong: vec![
                (
                    LinkTicketRequest::default(),
                    &["request_id:", "ticket_id:", "link: is missing"][..],
                ),
                (of(link("x", "因")), &["link.main_ticket_id: is no UUID"]),
                (
                    of(link(&unknown, "因")),
                    &["link.main_ticket_id: is no ticket within your reach"],
                ),
                (of(link(&ticket_id, "因")), &["link.main_ticket_id: is the ticket itself"]),
                (of(link(&over, "因")), &["link.main_ticket_id: is not open"]),
                (of(link(&main, "")), &["link.reason: must be filled in"]),
            ],
            request: request.clone(),
        };
        let call =
            async |by, request| Ok(run(&fixture.ticketing, by, request).await?.ticket.unwrap());
        let linked = once(call, asked).await;
        assert_eq!((linked.state(), &linked.main_ticket_id), (TicketState::Linked, &main));
        assert_eq!((running(&linked), linked.due_at), (Vec::new(), None));
        let (stepped, more) = fixture.last_step().await;
        assert_eq!(stepped.state(), TicketState::Linked);
        let fact = TicketLinked {
            ticket_id: ticket_id.clone(),
            main_ticket_id: main.clone(),
            at: stepped.at,
        };
        assert_eq!(more, [Body::TicketLinked(fact)]);
        let refused = fixture.step(&ticket_id, assign()).await.unwrap_err();
        assert!(refused.message().contains("another ticket handles"), "{refused}");
        // One more of the same act belongs to the one that is handled.
        let told = fixture.apply(&fixture.rating(act_id, Level::VeryDissatisfied)).await;
        let [Body::RatingJoinedTicket(joined)] = told.as_slice() else { panic!("{told:?}") };
        assert_eq!(joined.ticket_id, main);
    }
    async fn linked(fixture: &Fixture, ticket_id: &str, main: &str) -> Result<Ticket, Error> {
        let request = LinkTicketRequest {
            request_id: request_id(),
            ticket_id: ticket_id.to_owned(),
            link: Some(Link { main_ticket_id: main.to_owned(), reason: "同一件事".to_owned() }),
            seen_step_count: None,
        };
        Ok(run(&fixture.ticketing, handler(AGENCY), request).await?.ticket.unwrap())
    }

    #[tokio::test]
    async fn t17_of_two_tickets_handed_over_to_each_other_at_once_one_stays_open() {
        let fixture = Fixture::new().await;
        for _ in 0..8 {
            let (one, other) = (fixture.ticket().await, fixture.ticket().await);
            let (a, b) =
                tokio::join!(linked(&fixture, &one, &other), linked(&fixture, &other, &one));
            assert!(a.is_ok() != b.is_ok(), "{a:?} {b:?}");
        }
    }

    #[tokio::test]
    async fn t17_a_ticket_handed_over_takes_along_those_it_handled_and_so_do_later_ratings() {
        let fixture = Fixture::new().await;
        let act_id = fixture.ticketing.shell.clock.new_id();
        let told = fixture.apply(&fixture.rating(act_id, Level::Dissatisfied)).await;
        let [Body::TicketOpened(opened)] = told.as_slice() else { panic!("{told:?}") };
        let first = opened.ticket_id.as_str();
        let (second, third) = (fixture.ticket().await, fixture.ticket().await);
        linked(&fixture, first, &second).await.unwrap();
        linked(&fixture, &second, &third).await.unwrap();
        let (stepped, more) = fixture.last_step().await;
        let at = stepped.at;
        let fact = |ticket_id: &str| {
            let (ticket_id, main_ticket_id) = (ticket_id.to_owned(), third.clone());
            Body::TicketLinked(TicketLinked { ticket_id, main_ticket_id, at })
        };
        assert_eq!(more, [fact(&second), fact(first)]);
        let read = fixture.read(handler(AGENCY), first).await.unwrap();
        assert_eq!(read.main_ticket_id, third);
        let told = fixture.apply(&fixture.rating(act_id, Level::VeryDissatisfied)).await;
        let [Body::RatingJoinedTicket(joined)] = told.as_slice() else { panic!("{told:?}") };
        assert_eq!(joined.ticket_id, third);
    }
}
