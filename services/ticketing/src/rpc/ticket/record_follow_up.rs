//! Records a follow-up (T06).

use platform::auth::Officer;
use proto::ticketing::v1::{RecordFollowUpRequest, RecordFollowUpResponse, step::Act};

use crate::{
    app::ticket::take_step::{StepRequest, take_step},
    error::Error,
    state::Ticketing,
};

pub(crate) async fn run(
    ticketing: &Ticketing,
    caller: Officer,
    request: RecordFollowUpRequest,
) -> Result<RecordFollowUpResponse, Error> {
    let asked = StepRequest {
        rpc: "RecordFollowUp",
        request_id: &request.request_id,
        ticket_id: &request.ticket_id,
        seen: request.seen_step_count,
        field: "follow_up",
        step: request.follow_up.clone().map(Act::FollowUp),
        request: &request,
    };
    let ticket = take_step(ticketing, &caller, asked).await?;
    Ok(RecordFollowUpResponse { ticket: Some(ticket) })
}

#[cfg(test)]
mod tests {
    use platform::testing::{AGENCY, REGION};
    use proto::{
        ticketing::v1::FollowUp,
        r#type::v1::{Finding, TicketState},
    };
    use tonic::Code;

    use super::*;
    use crate::rpc::testing::{
        Fixture, accept, assign, authority, close, contact, feed_back, follow_up, handler, rectify,
        refusal, report, request_id, to_closed, verify,
    };

    #[tokio::test]
    async fn t06_only_a_satisfied_follow_up_confirms_and_an_unsatisfied_one_reopens() {
        let fixture = Fixture::new().await;
        let id = fixture.ticket().await;
        let early = fixture.step(&id, follow_up(true)).await.unwrap_err();
        assert_eq!(early.code(), Code::FailedPrecondition);
        let closed = fixture.steps(&id, to_closed()).await;
        assert_eq!((closed.state(), closed.deadlines.len()), (TicketState::Closed, 3));
        fixture.at("2026-03-10T01:00:00Z");
        let reopened = fixture.step(&id, follow_up(false)).await.unwrap();
        assert_eq!((reopened.state(), reopened.deadlines.len()), (TicketState::Opened, 6));
        let anew = reopened.deadlines.last().unwrap();
        assert_eq!(anew.due_on, "2026-03-17");
        assert!(reopened.due_at.is_some() && reopened.finding == 0);
        fixture.steps(&id, to_closed()).await;
        let confirmed = fixture.step(&id, follow_up(true)).await.unwrap();
        assert_eq!((confirmed.state(), confirmed.step_count), (TicketState::Confirmed, 18));
        let again = fixture.step(&id, follow_up(true)).await.unwrap_err();
        assert_eq!(again.code(), Code::FailedPrecondition);
    }

    #[tokio::test]
    async fn i17_i18_the_ticket_of_a_matter_takes_every_step_to_the_confirmed_follow_up() {
        let fixture = Fixture::new().await;
        let id = fixture.ticket_of(&fixture.matter()).await;
        let finding = verify(Finding::Complex);
        let told = vec![assign(), contact(), finding, rectify(), feed_back(), report()];
        fixture.steps(&id, told).await;
        let closed = fixture.steps(&id, vec![accept(), close()]).await;
        assert_eq!((closed.state(), closed.step_count), (TicketState::Closed, 8));
        let confirmed = fixture.step(&id, follow_up(true)).await.unwrap();
        assert_eq!(confirmed.state(), TicketState::Confirmed);
        assert!(!confirmed.matter_id.is_empty(), "in the answer to a step too");
    }

    #[tokio::test]
    async fn t06_the_authority_follows_up_and_a_follow_up_that_is_sent_twice_reopens_once() {
        let fixture = Fixture::new().await;
        let ticket_id = fixture.ticket().await;
        fixture.steps(&ticket_id, to_closed()).await;
        let Act::FollowUp(asked) = follow_up(false) else { panic!("a follow-up") };
        let follow_up = Some(asked.clone());
        let request = RecordFollowUpRequest {
            request_id: request_id(),
            ticket_id,
            follow_up,
            seen_step_count: None,
        };
        let call = |caller, request| run(&fixture.ticketing, caller, request);
        let agency = call(handler(AGENCY), request.clone()).await;
        let another = (Code::PermissionDenied, "ANOTHER_OFFICES_STEP".to_owned());
        assert_eq!(refusal(agency), another);
        let elsewhere = call(authority("650000"), request.clone()).await;
        assert_eq!(refusal(elsewhere), (Code::NotFound, "TICKET_NOT_FOUND".to_owned()));
        for (follow_up, field) in [
            (None, "follow_up: is missing"),
            (Some(FollowUp { means: 0, ..asked.clone() }), "follow_up.means:"),
            (Some(FollowUp { note: String::new(), ..asked.clone() }), "follow_up.note:"),
        ] {
            let wrong = RecordFollowUpRequest { follow_up, ..request.clone() };
            let told = call(authority(REGION), wrong).await.unwrap_err().to_string();
            assert!(told.contains(field), "{field} {told}");
        }
        let reopened = call(authority(REGION), request.clone()).await.unwrap();
        assert_eq!(call(authority(REGION), request).await.unwrap(), reopened);
        let ticket = reopened.ticket.unwrap();
        assert_eq!((ticket.state(), ticket.step_count), (TicketState::Opened, 9));
        let [step] = ticket.steps.as_slice() else { panic!("{ticket:?}") };
        assert_eq!((step.by.as_str(), &step.act), ("authority", &Some(Act::FollowUp(asked))));
    }
}
