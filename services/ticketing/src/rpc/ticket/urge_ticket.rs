//! Urges (T09).

use platform::auth::Officer;
use proto::ticketing::v1::{UrgeTicketRequest, UrgeTicketResponse, step::Act};

use crate::{
    app::ticket::take_step::{StepRequest, take_step},
    error::Error,
    state::Ticketing,
};

pub(crate) async fn run(
    ticketing: &Ticketing,
    caller: Officer,
    request: UrgeTicketRequest,
) -> Result<UrgeTicketResponse, Error> {
    let asked = StepRequest {
        rpc: "UrgeTicket",
        request_id: &request.request_id,
        ticket_id: &request.ticket_id,
        seen: request.seen_step_count,
        field: "urging",
        step: request.urging.clone().map(Act::Urging),
        request: &request,
    };
    let ticket = take_step(ticketing, &caller, asked).await?;
    Ok(UrgeTicketResponse { ticket: Some(ticket) })
}

#[cfg(test)]
mod tests {
    use platform::testing::{AGENCY, REGION};
    use proto::{ticketing::v1::Urging, r#type::v1::TicketState};

    use super::*;
    use crate::rpc::testing::{
        Asked, Fixture, assign, authority, handler, once, refusal, request_id, running, to_closed,
    };

    #[tokio::test]
    async fn t09_the_authority_urges_an_open_ticket_and_what_is_late_is_told_with_it() {
        let fixture = Fixture::new().await;
        let ticket_id = fixture.ticket().await;
        let assigned = fixture.step(&ticket_id, assign()).await.unwrap();
        let request = UrgeTicketRequest {
            request_id: request_id(),
            ticket_id: ticket_id.clone(),
            urging: Some(Urging { note: "请立即办理".to_owned() }),
            seen_step_count: None,
        };
        let blank = UrgeTicketRequest { urging: Some(Urging::default()), ..request.clone() };
        let asked = Asked {
            by: authority(REGION),
            never: vec![
                (handler(AGENCY), "ANOTHER_OFFICES_STEP"),
                (authority("650000"), "TICKET_NOT_FOUND"),
            ],
            wrong: vec![
                (
                    UrgeTicketRequest::default(),
                    &["request_id:", "ticket_id:", "urging: is missing"][..],
                ),
                (blank, &["urging.note: must be filled in"]),
            ],
            request: request.clone(),
        };
        let call =
            async |by, request| Ok(run(&fixture.ticketing, by, request).await?.ticket.unwrap());
        fixture.at("2026-03-03T01:00:00Z");
        let urged = once(call, asked).await;
        assert_eq!(urged.state(), TicketState::Assigned);
        assert_eq!(running(&urged), running(&assigned), "no clock is touched");
        let (stepped, _) = fixture.last_step().await;
        assert_eq!(
            (stepped.state(), stepped.missed),
            (TicketState::Assigned, vec!["fix_clear".to_owned()])
        );
        fixture.steps(&ticket_id, to_closed()[1..].to_vec()).await;
        let over = UrgeTicketRequest { request_id: request_id(), ..request };
        let over = run(&fixture.ticketing, authority(REGION), over).await;
        assert_eq!(refusal(over).1, "TICKET_STATE_REFUSES");
    }
}
