//! Records what was corrected.

use platform::auth::Officer;
use proto::ticketing::v1::{RectifyTicketRequest, RectifyTicketResponse, step::Act};

use super::take_step::{Asked, take_step};
use crate::{Ticketing, error::Error};

pub(crate) async fn run(
    ticketing: &Ticketing,
    caller: Officer,
    request: RectifyTicketRequest,
) -> Result<RectifyTicketResponse, Error> {
    let asked = Asked {
        rpc: "RectifyTicket",
        request_id: &request.request_id,
        ticket_id: &request.ticket_id,
        field: "rectification",
        act: request.rectification.clone().map(Act::Rectification),
        request: &request,
    };
    let ticket = take_step(ticketing, &caller, asked).await?;
    Ok(RectifyTicketResponse { ticket: Some(ticket) })
}

#[cfg(test)]
mod tests {
    use proto::r#type::v1::{Finding, TicketState};
    use tonic::Code;

    use crate::rpc::testing::{Fixture, assign, contact, rectify, verify};

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
}
