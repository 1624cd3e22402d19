//! Corrects what an earlier step says (T14).

use platform::auth::Officer;
use proto::ticketing::v1::{CorrectStepRequest, CorrectStepResponse, step::Act};

use crate::{
    app::ticket::take_step::{StepRequest, take_step},
    error::Error,
    state::Ticketing,
};

pub(crate) async fn run(
    ticketing: &Ticketing,
    caller: Officer,
    request: CorrectStepRequest,
) -> Result<CorrectStepResponse, Error> {
    let asked = StepRequest {
        rpc: "CorrectStep",
        request_id: &request.request_id,
        ticket_id: &request.ticket_id,
        seen: request.seen_step_count,
        field: "correction",
        step: request.correction.clone().map(Act::Correction),
        request: &request,
    };
    let ticket = take_step(ticketing, &caller, asked).await?;
    Ok(CorrectStepResponse { ticket: Some(ticket) })
}

#[cfg(test)]
mod tests {
    use platform::{
        auth::Caller,
        testing::{AGENCY, REGION, principal},
    };
    use proto::{ticketing::v1::Correction, r#type::v1::TicketState};

    use super::*;
    use crate::rpc::testing::{
        Asked, Fixture, OTHER_AGENCY, assign, authority, contact, handler, once, refusal,
        request_id,
    };

    #[tokio::test]
    async fn t14_a_step_is_corrected_by_a_further_one_of_who_took_it_and_stays_as_it_is() {
        let fixture = Fixture::new().await;
        let ticket_id = fixture.ticket().await;
        fixture.steps(&ticket_id, vec![assign(), contact()]).await;
        let correction =
            |sequence| Correction { sequence, words: "评价人来电时间有误".to_owned() };
        let of = |correction| CorrectStepRequest {
            request_id: request_id(),
            ticket_id: ticket_id.clone(),
            correction: Some(correction),
            seen_step_count: None,
        };
        let of_agency = Caller::Handler { region: REGION.to_owned(), agency: AGENCY.to_owned() };
        let colleague: Officer = principal("colleague", of_agency);
        let blank = Correction { sequence: 0, words: " ".to_owned() };
        let asked = Asked {
            by: handler(AGENCY),
            never: vec![
                (colleague, "ANOTHERS_STEP"),
                (authority(REGION), "ANOTHERS_STEP"),
                (handler(OTHER_AGENCY), "TICKET_NOT_FOUND"),
            ],
            wrong: vec![
                (
                    CorrectStepRequest::default(),
                    &["request_id:", "ticket_id:", "correction: is missing"][..],
                ),
                (
                    of(blank),
                    &["correction.words: must be filled in", "correction.sequence: must be"],
                ),
            ],
            request: of(correction(2)),
        };
        let call =
            async |by, request| Ok(run(&fixture.ticketing, by, request).await?.ticket.unwrap());
        let ticket = once(call, asked).await;
        assert_eq!((ticket.state(), ticket.step_count), (TicketState::Contacted, 3));
        let read = fixture.read(handler(AGENCY), &ticket_id).await.unwrap();
        assert_eq!(read.steps[1].act, Some(contact()), "nothing is edited");
        assert_eq!(read.steps[2].act, Some(Act::Correction(correction(2))));
        let none = run(&fixture.ticketing, handler(AGENCY), of(correction(9))).await;
        assert_eq!(refusal(none).1, "TICKET_STATE_REFUSES");
    }
}
