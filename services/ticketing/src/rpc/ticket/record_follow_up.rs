//! Records a follow-up (T06).

use platform::auth::Officer;
use proto::ticketing::v1::{RecordFollowUpRequest, RecordFollowUpResponse, step::Act};

use crate::{
    app::ticket::take_step::{Asked, take_step},
    error::Error,
    state::Ticketing,
};

pub(crate) async fn run(
    ticketing: &Ticketing,
    caller: Officer,
    request: RecordFollowUpRequest,
) -> Result<RecordFollowUpResponse, Error> {
    let asked = Asked {
        rpc: "RecordFollowUp",
        request_id: &request.request_id,
        ticket_id: &request.ticket_id,
        field: "follow_up",
        act: request.follow_up.clone().map(Act::FollowUp),
        request: &request,
    };
    let ticket = take_step(ticketing, &caller, asked).await?;
    Ok(RecordFollowUpResponse { ticket: Some(ticket) })
}

#[cfg(test)]
mod tests {
    use proto::r#type::v1::{Finding, TicketState};
    use tonic::Code;

    use crate::rpc::testing::{
        Fixture, accept, assign, close, contact, feed_back, follow_up, rectify, verify,
    };

    #[tokio::test]
    async fn t06_only_a_satisfied_follow_up_confirms_and_an_unsatisfied_one_reopens() {
        let fixture = Fixture::new().await;
        let id = fixture.ticket().await;
        let loop_once = || {
            let finding = verify(Finding::Clear);
            vec![assign(), contact(), finding, rectify(), feed_back(), accept(), close()]
        };
        let early = fixture.step(&id, follow_up(true)).await.unwrap_err();
        assert_eq!(early.code(), Code::FailedPrecondition);
        let closed = fixture.steps(&id, loop_once()).await;
        assert_eq!((closed.state(), closed.deadlines.len()), (TicketState::Closed, 2));
        fixture.at("2026-03-10T01:00:00Z");
        let reopened = fixture.step(&id, follow_up(false)).await.unwrap();
        assert_eq!((reopened.state(), reopened.deadlines.len()), (TicketState::Opened, 4));
        let anew = reopened.deadlines.last().unwrap();
        assert_eq!(anew.due_on, "2026-03-17");
        assert!(reopened.due_at.is_some() && reopened.finding == 0);
        fixture.steps(&id, loop_once()).await;
        let confirmed = fixture.step(&id, follow_up(true)).await.unwrap();
        assert_eq!((confirmed.state(), confirmed.step_count), (TicketState::Confirmed, 16));
        let again = fixture.step(&id, follow_up(true)).await.unwrap_err();
        assert_eq!(again.code(), Code::FailedPrecondition);
    }

    #[tokio::test]
    async fn i17_i18_the_ticket_of_a_matter_takes_every_step_to_the_confirmed_follow_up() {
        let fixture = Fixture::new().await;
        let id = fixture.ticket_of(&fixture.matter()).await;
        let finding = verify(Finding::Complex);
        let steps = vec![assign(), contact(), finding, rectify(), feed_back(), accept(), close()];
        let closed = fixture.steps(&id, steps).await;
        assert_eq!((closed.state(), closed.step_count), (TicketState::Closed, 7));
        let confirmed = fixture.step(&id, follow_up(true)).await.unwrap();
        assert_eq!(confirmed.state(), TicketState::Confirmed);
        assert!(!confirmed.matter_id.is_empty(), "in the answer to a step too");
    }
}
