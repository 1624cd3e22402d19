//! Makes the caller the assigned person.

use platform::auth::Officer;
use proto::ticketing::v1::{TakeOverTicketRequest, TakeOverTicketResponse, step::Act};

use crate::{
    app::ticket::take_step::{StepRequest, take_step},
    error::Error,
    state::Ticketing,
};

pub(crate) async fn run(
    ticketing: &Ticketing,
    caller: Officer,
    request: TakeOverTicketRequest,
) -> Result<TakeOverTicketResponse, Error> {
    let asked = StepRequest {
        rpc: "TakeOverTicket",
        request_id: &request.request_id,
        ticket_id: &request.ticket_id,
        seen: request.seen_step_count,
        field: "taking_over",
        step: request.taking_over.map(Act::TakingOver),
        request: &request,
    };
    let ticket = take_step(ticketing, &caller, asked).await?;
    Ok(TakeOverTicketResponse { ticket: Some(ticket) })
}

#[cfg(test)]
mod tests {
    use platform::{
        auth::Caller,
        testing::{AGENCY, REGION, principal},
    };
    use proto::{
        ticketing::v1::TakingOver,
        r#type::v1::{DeadlineEnd, TicketState},
    };

    use super::*;
    use crate::rpc::testing::{
        Asked, Fixture, OTHER_AGENCY, authority, handler, once, refusal, request_id,
    };

    #[tokio::test]
    async fn t02_an_officer_of_the_agency_takes_a_ticket_over_and_that_starts_the_procedure() {
        let fixture = Fixture::new().await;
        let request = TakeOverTicketRequest {
            request_id: request_id(),
            ticket_id: fixture.ticket().await,
            taking_over: Some(TakingOver {}),
            seen_step_count: None,
        };
        let asked = Asked {
            by: handler(AGENCY),
            never: vec![
                (authority(REGION), "ANOTHER_OFFICES_STEP"),
                (handler(OTHER_AGENCY), "TICKET_NOT_FOUND"),
            ],
            wrong: vec![(
                TakeOverTicketRequest::default(),
                &["request_id:", "ticket_id:", "taking_over: is missing"][..],
            )],
            request: request.clone(),
        };
        let call =
            async |by, request| Ok(run(&fixture.ticketing, by, request).await?.ticket.unwrap());
        let ticket = once(call, asked).await;
        assert_eq!((ticket.state(), ticket.assignee.as_str()), (TicketState::Assigned, "handler"));
        let started = ticket.deadlines.iter().find(|due| due.act == "start_handling").unwrap();
        assert_eq!((started.end(), started.missed), (DeadlineEnd::Met, false));
        assert_eq!(fixture.last_step().await.0.state(), TicketState::Assigned);
        // A colleague takes it over in turn.
        let of_agency = Caller::Handler { region: REGION.to_owned(), agency: AGENCY.to_owned() };
        let colleague: Officer = principal("colleague", of_agency);
        let again = TakeOverTicketRequest { request_id: request_id(), ..request };
        let again = run(&fixture.ticketing, colleague, again).await.unwrap().ticket.unwrap();
        assert_eq!(again.assignee, "colleague");
    }

    #[tokio::test]
    async fn t02_of_two_officers_at_once_the_one_who_saw_the_ticket_before_is_told_so() {
        let fixture = Fixture::new().await;
        let ticket_id = fixture.ticket().await;
        let request = |seen_step_count| TakeOverTicketRequest {
            request_id: request_id(),
            ticket_id: ticket_id.clone(),
            taking_over: Some(TakingOver {}),
            seen_step_count,
        };
        let take = |seen| run(&fixture.ticketing, handler(AGENCY), request(seen));
        let (a, b, c) = tokio::join!(take(Some(0)), take(Some(0)), take(Some(0)));
        let (taken, lost): (Vec<_>, Vec<_>) = [a, b, c].into_iter().partition(Result::is_ok);
        assert_eq!(taken.len(), 1);
        let changed = (tonic::Code::Aborted, "TICKET_CHANGED".to_owned());
        for lost in lost {
            assert_eq!(refusal(lost), changed);
        }
        // Whoever says nothing takes it as it is.
        let (a, b) = tokio::join!(take(None), take(None));
        assert!(a.is_ok() && b.is_ok());
        let ticket = fixture.read(handler(AGENCY), &ticket_id).await.unwrap();
        assert_eq!((ticket.step_count, ticket.steps.len()), (3, 3));
        take(Some(ticket.step_count)).await.unwrap();
        assert_eq!(refusal(take(Some(ticket.step_count)).await), changed);
    }
}
