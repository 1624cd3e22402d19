//! Records what was put right.

use platform::auth::Officer;
use proto::ticketing::v1::{RectifyTicketRequest, RectifyTicketResponse, step::Act};

use crate::{
    app::ticket::take_step::{StepRequest, take_step},
    error::Error,
    state::Ticketing,
};

pub(crate) async fn run(
    ticketing: &Ticketing,
    caller: Officer,
    request: RectifyTicketRequest,
) -> Result<RectifyTicketResponse, Error> {
    let asked = StepRequest {
        rpc: "RectifyTicket",
        request_id: &request.request_id,
        ticket_id: &request.ticket_id,
        seen: request.seen_step_count,
        field: "rectification",
        step: request.rectification.clone().map(Act::Rectification),
        request: &request,
    };
    let ticket = take_step(ticketing, &caller, asked).await?;
    Ok(RectifyTicketResponse { ticket: Some(ticket) })
}

#[cfg(test)]
mod tests {
    use platform::testing::{AGENCY, REGION};
    use proto::{
        ticketing::v1::Rectification,
        r#type::v1::{Finding, TicketState},
    };
    use tonic::Code;

    use super::*;
    use crate::rpc::testing::{
        Fixture, assign, authority, contact, handler, rectify, refusal, request_id, verify,
    };

    #[tokio::test]
    async fn t03_what_is_clear_is_rectified_and_what_has_no_legal_basis_is_not() {
        let fixture = Fixture::new().await;
        for (finding, rectified) in [(Finding::Clear, true), (Finding::NoLegalBasis, false)] {
            let id = fixture.ticket().await;
            fixture.steps(&id, vec![assign(), contact(), verify(finding)]).await;
            match fixture.step(&id, rectify()).await {
                Ok(ticket) => assert!(rectified && ticket.state() == TicketState::Rectified),
                Err(refused) => {
                    assert!(!rectified, "{refused}");
                    assert_eq!(refused.code(), Code::FailedPrecondition);
                }
            }
        }
    }

    #[tokio::test]
    async fn t03_what_was_put_right_is_recorded_once_with_its_measures_and_what_shows_them() {
        let fixture = Fixture::new().await;
        let ticket_id = fixture.ticket().await;
        fixture.steps(&ticket_id, vec![assign(), contact(), verify(Finding::Clear)]).await;
        let Act::Rectification(done) = rectify() else { panic!("a rectification") };
        let rectification = Some(done.clone());
        let request = RectifyTicketRequest {
            request_id: request_id(),
            ticket_id,
            rectification,
            seen_step_count: None,
        };
        let call = |caller, request| run(&fixture.ticketing, caller, request);
        let authority = call(authority(REGION), request.clone()).await;
        let another = (Code::PermissionDenied, "ANOTHER_OFFICES_STEP".to_owned());
        assert_eq!(refusal(authority), another);
        for (rectification, field) in [
            (None, "rectification: is missing"),
            (
                Some(Rectification { measures: String::new(), ..done.clone() }),
                "rectification.measures:",
            ),
            (
                Some(Rectification { evidence: String::new(), ..done.clone() }),
                "rectification.evidence:",
            ),
        ] {
            let wrong = RectifyTicketRequest { rectification, ..request.clone() };
            let told = call(handler(AGENCY), wrong).await.unwrap_err().to_string();
            assert!(told.contains(field), "{field} {told}");
        }
        let recorded = call(handler(AGENCY), request.clone()).await.unwrap();
        assert_eq!(call(handler(AGENCY), request.clone()).await.unwrap(), recorded);
        let ticket = recorded.ticket.unwrap();
        assert_eq!((ticket.state(), ticket.step_count), (TicketState::Rectified, 4));
        let [step] = ticket.steps.as_slice() else { panic!("{ticket:?}") };
        assert_eq!((step.by.as_str(), &step.act), ("handler", &Some(Act::Rectification(done))));
        let other =
            Rectification { measures: "另一措施".to_owned(), ..Rectification::default() };
        let reused = RectifyTicketRequest { rectification: Some(other), ..request };
        let reused = call(handler(AGENCY), reused).await;
        assert_eq!(refusal(reused), (Code::AlreadyExists, "REQUEST_ID_REUSED".to_owned()));
    }
}
