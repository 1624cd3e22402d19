//! Decides of a proposed exclusion (T03).

use platform::auth::Officer;
use proto::ticketing::v1::{DecideExclusionRequest, DecideExclusionResponse, step::Act};

use crate::{
    app::ticket::take_step::{StepRequest, take_step},
    error::Error,
    state::Ticketing,
};

pub(crate) async fn run(
    ticketing: &Ticketing,
    caller: Officer,
    request: DecideExclusionRequest,
) -> Result<DecideExclusionResponse, Error> {
    let asked = StepRequest {
        rpc: "DecideExclusion",
        request_id: &request.request_id,
        ticket_id: &request.ticket_id,
        seen: request.seen_step_count,
        field: "decision",
        step: request.decision.clone().map(Act::Decision),
        request: &request,
    };
    let ticket = take_step(ticketing, &caller, asked).await?;
    Ok(DecideExclusionResponse { ticket: Some(ticket) })
}

#[cfg(test)]
mod tests {
    use platform::testing::{AGENCY, REGION};
    use proto::{
        ticketing::v1::{Decision, Dispatch, Verification},
        r#type::v1::{ExclusionGround, TicketState},
    };

    use super::*;
    use crate::rpc::testing::{
        Asked, Fixture, assign, authority, contact, handler, once, request_id, running,
    };

    /// A ticket of the district whose rating is proposed not to count.
    async fn proposed(fixture: &Fixture) -> String {
        let ticket_id = fixture.ticket().await;
        let dispatch = Dispatch { agency_id: AGENCY.to_owned(), ..Dispatch::default() };
        let malicious = Verification {
            ground: ExclusionGround::Malicious.into(),
            reason: "同一设备连续差评".to_owned(),
            document_number: "区局报〔2026〕3号".to_owned(),
            ..Verification::default()
        };
        let oral = Verification { document_number: String::new(), ..malicious.clone() };
        fixture.steps(&ticket_id, vec![Act::Dispatch(dispatch), assign(), contact()]).await;
        let oral = fixture.step(&ticket_id, Act::Verification(oral)).await.unwrap_err();
        assert!(oral.message().contains("verification.document_number"), "{oral}");
        let ticket = fixture.step(&ticket_id, Act::Verification(malicious)).await.unwrap();
        assert_eq!(ticket.state(), TicketState::ExclusionProposed);
        assert_eq!(ticket.ground(), ExclusionGround::Malicious);
        assert!(!running(&ticket).is_empty(), "the clock is not stopped by proposing");
        ticket_id
    }

    #[tokio::test]
    async fn t03_dq_2_3_the_authority_decides_of_what_the_department_reported_in_writing() {
        let fixture = Fixture::under("district-2-5-15").await;
        for (upheld, state, ground) in [
            (true, TicketState::Excluded, ExclusionGround::Malicious),
            (false, TicketState::Contacted, ExclusionGround::Unspecified),
        ] {
            let ticket_id = proposed(&fixture).await;
            let decision = Some(Decision { upheld, opinion: "经复核".to_owned() });
            let request = DecideExclusionRequest {
                request_id: request_id(),
                ticket_id,
                decision,
                seen_step_count: None,
            };
            let blank = Some(Decision { upheld, opinion: String::new() });
            let asked = Asked {
                by: authority(REGION),
                never: vec![
                    (handler(AGENCY), "ANOTHER_OFFICES_STEP"),
                    (authority("650000"), "TICKET_NOT_FOUND"),
                ],
                wrong: vec![
                    (
                        DecideExclusionRequest::default(),
                        &["request_id:", "ticket_id:", "decision: is missing"][..],
                    ),
                    (
                        DecideExclusionRequest { decision: blank, ..request.clone() },
                        &["decision.opinion: must be filled in"],
                    ),
                ],
                request: request.clone(),
            };
            let call =
                async |by, request| Ok(run(&fixture.ticketing, by, request).await?.ticket.unwrap());
            let ticket = once(call, asked).await;
            assert_eq!((ticket.state(), ticket.ground()), (state, ground));
            assert_eq!(running(&ticket).is_empty(), upheld);
            assert_eq!(fixture.last_step().await.0.state(), state);
        }
    }
}
