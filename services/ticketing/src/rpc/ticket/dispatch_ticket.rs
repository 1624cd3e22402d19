//! Passes a ticket on to the handling agency (T01, T20).

use platform::auth::Officer;
use proto::ticketing::v1::{DispatchTicketRequest, DispatchTicketResponse, step::Act};

use crate::{
    app::ticket::take_step::{StepRequest, take_step},
    error::Error,
    state::Ticketing,
};

pub(crate) async fn run(
    ticketing: &Ticketing,
    caller: Officer,
    request: DispatchTicketRequest,
) -> Result<DispatchTicketResponse, Error> {
    let asked = StepRequest {
        rpc: "DispatchTicket",
        request_id: &request.request_id,
        ticket_id: &request.ticket_id,
        seen: request.seen_step_count,
        field: "dispatch",
        step: request.dispatch.clone().map(Act::Dispatch),
        request: &request,
    };
    let ticket = take_step(ticketing, &caller, asked).await?;
    Ok(DispatchTicketResponse { ticket: Some(ticket) })
}

#[cfg(test)]
mod tests {
    use platform::testing::{AGENCY, REGION};
    use proto::{
        ticketing::v1::{Dispatch, ListTicketsRequest},
        r#type::v1::{DeadlineEnd, TicketState},
    };

    use super::*;
    use crate::rpc::{
        testing::{
            Asked, Fixture, OTHER_AGENCY, OTHER_STAFF, assign, authority, contact, handler, once,
            refusal, request_id, running,
        },
        ticket::list_tickets,
    };

    fn to_other(note: &str) -> Dispatch {
        Dispatch {
            agency_id: OTHER_AGENCY.to_owned(),
            participant_ids: vec![AGENCY.to_owned()],
            note: note.to_owned(),
        }
    }

    #[tokio::test]
    async fn t01_dq_2_1_the_authority_passes_it_on_the_same_day_to_the_agencies_that_take_part() {
        let fixture = Fixture::under("district-2-5-15").await;
        let ticket_id = fixture.ticket().await;
        let received = fixture.read(authority(REGION), &ticket_id).await.unwrap();
        assert_eq!(received.state(), TicketState::Received);
        assert_eq!(running(&received)[0], "dispatch 2026-03-02");
        let early = fixture.step(&ticket_id, assign()).await.unwrap_err();
        assert!(early.message().contains("not passed it on"), "{early}");
        let request = DispatchTicketRequest {
            request_id: request_id(),
            ticket_id: ticket_id.clone(),
            dispatch: Some(to_other("请牵头办理")),
            seen_step_count: None,
        };
        let of = |dispatch| DispatchTicketRequest { dispatch: Some(dispatch), ..request.clone() };
        let unknown = Dispatch {
            agency_id: "652301-a98".to_owned(),
            participant_ids: vec![OTHER_STAFF.to_owned()],
            ..Dispatch::default()
        };
        let twice = Dispatch {
            participant_ids: vec![OTHER_AGENCY.to_owned(), AGENCY.to_owned(), AGENCY.to_owned()],
            note: "长".repeat(1_001),
            ..to_other("")
        };
        let asked = Asked {
            by: authority(REGION),
            never: vec![
                (handler(AGENCY), "ANOTHER_OFFICES_STEP"),
                (handler(OTHER_AGENCY), "TICKET_NOT_FOUND"),
                (authority("650000"), "TICKET_NOT_FOUND"),
            ],
            wrong: vec![
                (
                    DispatchTicketRequest::default(),
                    &["request_id:", "ticket_id:", "dispatch: is missing"][..],
                ),
                (
                    of(unknown),
                    &[
                        "dispatch.agency_id: is no agency known here",
                        "dispatch.participant_ids[0]: is no agency known here",
                    ],
                ),
                (
                    of(twice),
                    &[
                        "dispatch.participant_ids[0]: is named twice",
                        "dispatch.participant_ids[2]: is named twice",
                        "dispatch.note: has 1001 characters",
                    ],
                ),
            ],
            request: request.clone(),
        };
        let call =
            async |by, request| Ok(run(&fixture.ticketing, by, request).await?.ticket.unwrap());
        let ticket = once(call, asked).await;
        assert_eq!(
            (ticket.state(), ticket.agency_id.as_str()),
            (TicketState::Opened, OTHER_AGENCY)
        );
        assert_eq!(ticket.agency_name, "示例机构 652301-a04");
        let [part] = ticket.participants.as_slice() else { panic!("{ticket:?}") };
        assert_eq!((part.agency_id.as_str(), part.answered), (AGENCY, false));
        assert_eq!(part.agency_name, "示例机构 652301-a03");
        let dispatch = ticket.deadlines.iter().find(|due| due.act == "dispatch").unwrap();
        assert_eq!((dispatch.end(), dispatch.missed), (DeadlineEnd::Met, false));
        let (stepped, more) = fixture.last_step().await;
        assert_eq!(
            (stepped.state(), stepped.agency_id.as_str()),
            (TicketState::Opened, OTHER_AGENCY)
        );
        assert!(more.is_empty(), "{more:?}");
        // Whoever has a part reads it, and finds it among what it takes part in.
        assert!(fixture.read(handler(AGENCY), &ticket_id).await.is_ok());
        for (participating, found) in [(false, 0), (true, 1)] {
            let request = ListTicketsRequest { participating, ..ListTicketsRequest::default() };
            let listed = list_tickets::run(&fixture.ticketing, handler(AGENCY), request).await;
            assert_eq!(listed.unwrap().tickets.len(), found);
        }
        let part = fixture.step_by(&handler(AGENCY), &ticket_id, assign()).await.unwrap_err();
        assert_eq!(part.code(), tonic::Code::PermissionDenied, "the lead's step");
    }

    #[tokio::test]
    async fn t01_it_is_passed_on_to_another_agency_until_the_rater_was_called_back() {
        let fixture = Fixture::new().await;
        let ticket_id = fixture.ticket().await;
        fixture.step(&ticket_id, assign()).await.unwrap();
        let request = || DispatchTicketRequest {
            request_id: request_id(),
            ticket_id: ticket_id.clone(),
            dispatch: Some(Dispatch { agency_id: AGENCY.to_owned(), ..Dispatch::default() }),
            seen_step_count: None,
        };
        let again = run(&fixture.ticketing, authority(REGION), request()).await.unwrap();
        let again = again.ticket.unwrap();
        assert_eq!((again.state(), again.assignee.as_str()), (TicketState::Opened, ""));
        fixture.steps(&ticket_id, vec![assign(), contact()]).await;
        let late = run(&fixture.ticketing, authority(REGION), request()).await;
        assert_eq!(refusal(late).1, "TICKET_STATE_REFUSES");
    }
}
