//! Records that the rater was informed (T05).

use platform::auth::Officer;
use proto::ticketing::v1::{FeedBackTicketRequest, FeedBackTicketResponse, step::Act};

use crate::{
    app::ticket::take_step::{StepRequest, take_step},
    error::Error,
    state::Ticketing,
};

pub(crate) async fn run(
    ticketing: &Ticketing,
    caller: Officer,
    request: FeedBackTicketRequest,
) -> Result<FeedBackTicketResponse, Error> {
    let asked = StepRequest {
        rpc: "FeedBackTicket",
        request_id: &request.request_id,
        ticket_id: &request.ticket_id,
        seen: request.seen_step_count,
        field: "feedback",
        step: request.feedback.clone().map(Act::Feedback),
        request: &request,
    };
    let ticket = take_step(ticketing, &caller, asked).await?;
    Ok(FeedBackTicketResponse { ticket: Some(ticket) })
}

#[cfg(test)]
mod tests {
    use platform::testing::{AGENCY, REGION};
    use proto::{
        ticketing::v1::Feedback,
        r#type::v1::{Finding, TicketState},
    };
    use tonic::Code;

    use super::*;
    use crate::rpc::testing::{
        Fixture, assign, authority, contact, feed_back, handler, rectify, refusal, request_id,
        verify,
    };

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

    #[tokio::test]
    async fn t05_that_the_rater_was_told_is_recorded_once_by_the_handling_agency() {
        let fixture = Fixture::new().await;
        let ticket_id = fixture.ticket().await;
        let verified = vec![assign(), contact(), verify(Finding::Clear)];
        fixture.steps(&ticket_id, verified).await;
        let Act::Feedback(told) = feed_back() else { panic!("a feedback") };
        let feedback = Some(told.clone());
        let id = ticket_id.clone();
        let request = FeedBackTicketRequest {
            request_id: request_id(),
            ticket_id,
            feedback,
            seen_step_count: None,
        };
        let call = |caller, request| run(&fixture.ticketing, caller, request);
        let early = call(handler(AGENCY), request.clone()).await;
        let state = (Code::FailedPrecondition, "TICKET_STATE_REFUSES".to_owned());
        assert_eq!(refusal(early), state, "nothing is rectified yet");
        fixture.step(&id, rectify()).await.unwrap();
        let authority = call(authority(REGION), request.clone()).await;
        let another = (Code::PermissionDenied, "ANOTHER_OFFICES_STEP".to_owned());
        assert_eq!(refusal(authority), another);
        for (feedback, field) in [
            (None, "feedback: is missing"),
            (Some(Feedback { means: 99, ..told.clone() }), "feedback.means:"),
            (Some(Feedback { summary: " ".to_owned(), ..told.clone() }), "feedback.summary:"),
        ] {
            let wrong = FeedBackTicketRequest { feedback, ..request.clone() };
            let said = call(handler(AGENCY), wrong).await.unwrap_err().to_string();
            assert!(said.contains(field), "{field} {said}");
        }
        let recorded = call(handler(AGENCY), request.clone()).await.unwrap();
        assert_eq!(call(handler(AGENCY), request).await.unwrap(), recorded);
        let ticket = recorded.ticket.unwrap();
        assert_eq!((ticket.state(), ticket.due_at), (TicketState::FedBack, None));
        let [step] = ticket.steps.as_slice() else { panic!("{ticket:?}") };
        assert_eq!((step.sequence, &step.act), (5, &Some(Act::Feedback(told))));
    }
}
