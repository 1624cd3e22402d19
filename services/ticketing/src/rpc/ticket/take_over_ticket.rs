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
    async fn t02_two_steps_at_once_are_one_after_the_other_or_one_of_them_is_told_that_it_lost() {
        let fixture = Fixture::new().await;
        let ticket_id = fixture.ticket().await;
        let request = || TakeOverTicketRequest {
            request_id: request_id(),
            ticket_id: ticket_id.clone(),
            taking_over: Some(TakingOver {}),
        };
        let take = || run(&fixture.ticketing, handler(AGENCY), request());
        let (a, b, c) = tokio::join!(take(), take(), take());
        let ends = [a, b, c];
        let taken = ends.iter().filter(|end| end.is_ok()).count();
        assert!(taken > 0, "{ends:?}");
        for lost in ends.into_iter().filter(Result::is_err) {
            let (code, reason) = refusal(lost);
            assert_eq!(code, tonic::Code::Aborted);
            assert!(["TICKET_CHANGED", "RACED"].contains(&reason.as_str()), "{reason}");
        }
        let ticket = fixture.read(handler(AGENCY), &ticket_id).await.unwrap();
        assert_eq!((ticket.step_count as usize, ticket.steps.len()), (taken, taken));
    }
}
