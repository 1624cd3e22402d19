//! Records that the rater was given the result (T05).

use platform::auth::Officer;
use proto::ticketing::v1::{FeedBackTicketRequest, FeedBackTicketResponse, step::Act};

use super::take_step::{Asked, take_step};
use crate::{Ticketing, error::Error};

pub(crate) async fn run(
    ticketing: &Ticketing,
    caller: Officer,
    request: FeedBackTicketRequest,
) -> Result<FeedBackTicketResponse, Error> {
    let asked = Asked {
        rpc: "FeedBackTicket",
        request_id: &request.request_id,
        ticket_id: &request.ticket_id,
        field: "feedback",
        act: request.feedback.clone().map(Act::Feedback),
        request: &request,
    };
    let ticket = take_step(ticketing, &caller, asked).await?;
    Ok(FeedBackTicketResponse { ticket: Some(ticket) })
}

#[cfg(test)]
mod tests {
    use proto::r#type::v1::{Finding, TicketState};
    use tonic::Code;

    use crate::rpc::testing::{Fixture, assign, contact, feed_back, rectify, verify};

    #[tokio::test]
    async fn t05_the_rater_is_told_what_was_rectified_or_why_not_and_nothing_is_due_then() {
        let fixture = Fixture::new().await;
        let id = fixture.ticket().await;
        fixture.steps(&id, vec![assign(), contact(), verify(Finding::Clear)]).await;
        let early = fixture.step(&id, feed_back()).await.unwrap_err();
        assert_eq!(early.code(), Code::FailedPrecondition);
        let told = fixture.steps(&id, vec![rectify(), feed_back()]).await;
        assert_eq!((told.state(), told.due_at), (TicketState::FedBack, None));
        let id = fixture.ticket().await;
        let finding = Finding::NoLegalBasis;
        let explained =
            fixture.steps(&id, vec![assign(), contact(), verify(finding), feed_back()]).await;
        assert_eq!((explained.state(), explained.finding()), (TicketState::FedBack, finding));
    }
}
