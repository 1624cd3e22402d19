//! Assigns a person to call back and verify (T02).

use platform::auth::Officer;
use proto::ticketing::v1::{AssignTicketRequest, AssignTicketResponse, step::Act};

use crate::{
    app::ticket::take_step::{StepRequest, take_step},
    error::Error,
    state::Ticketing,
};

pub(crate) async fn run(
    ticketing: &Ticketing,
    caller: Officer,
    request: AssignTicketRequest,
) -> Result<AssignTicketResponse, Error> {
    let asked = StepRequest {
        rpc: "AssignTicket",
        request_id: &request.request_id,
        ticket_id: &request.ticket_id,
        seen: request.seen_step_count,
        field: "assignment",
        step: request.assignment.clone().map(Act::Assignment),
        request: &request,
    };
    let ticket = take_step(ticketing, &caller, asked).await?;
    Ok(AssignTicketResponse { ticket: Some(ticket) })
}

#[cfg(test)]
mod tests {
    use platform::clock::Clock;
    use proto::ticketing::v1::Assignment;
    use tonic::{Code, Status};

    use super::*;
    use crate::rpc::testing::{Fixture, OTHER_STAFF, authority, handler};

    #[tokio::test]
    async fn the_same_request_is_one_step_and_the_authority_cannot_assign() {
        let fixture = Fixture::new().await;
        let request = AssignTicketRequest {
            request_id: Clock::System.new_id().to_string(),
            ticket_id: fixture.ticket().await,
            assignment: Some(Assignment { assignee: "652301-s01".to_owned() }),
            seen_step_count: None,
        };
        let call = |caller, request| run(&fixture.ticketing, caller, request);
        let first = call(handler("652301-a03"), request.clone()).await.unwrap();
        assert_eq!(call(handler("652301-a03"), request.clone()).await.unwrap(), first);
        assert_eq!(first.ticket.unwrap().steps.len(), 1);
        let other = Some(Assignment { assignee: "652301-s02".to_owned() });
        let reused = AssignTicketRequest { assignment: other, ..request.clone() };
        let reused = call(handler("652301-a03"), reused).await.unwrap_err();
        assert_eq!(Status::from(reused).code(), Code::AlreadyExists);
        let refused = call(authority("652301"), request).await.unwrap_err();
        assert_eq!(Status::from(refused).code(), Code::PermissionDenied);
    }

    #[tokio::test]
    async fn two_of_the_same_request_at_once_are_one_step_and_have_one_answer() {
        let fixture = Fixture::new().await;
        let request = AssignTicketRequest {
            request_id: Clock::System.new_id().to_string(),
            ticket_id: fixture.ticket().await,
            assignment: Some(Assignment { assignee: "652301-s01".to_owned() }),
            seen_step_count: None,
        };
        let call = || run(&fixture.ticketing, handler("652301-a03"), request.clone());
        let (first, second) = tokio::join!(call(), call());
        let first = first.unwrap();
        assert_eq!(second.unwrap(), first);
        assert_eq!(first.ticket.unwrap().steps.len(), 1);
    }

    #[tokio::test]
    async fn everything_missing_is_named_at_once() {
        let fixture = Fixture::new().await;
        let empty = AssignTicketRequest::default();
        let told = run(&fixture.ticketing, handler("652301-a03"), empty).await.unwrap_err();
        let told = told.to_string();
        for field in ["request_id", "ticket_id", "assignment"] {
            assert!(told.contains(field), "{told}");
        }
    }

    #[tokio::test]
    async fn t02_whoever_is_assigned_is_a_staff_member_of_the_handling_agency() {
        let fixture = Fixture::new().await;
        let ticket_id = fixture.ticket().await;
        for (assignee, said) in [
            (OTHER_STAFF, "assignment.assignee: is not of the handling agency"),
            ("652301-a03", "assignment.assignee: is no staff member known here"),
            ("652301-s99", "assignment.assignee: is no staff member known here"),
        ] {
            let request = AssignTicketRequest {
                request_id: Clock::System.new_id().to_string(),
                ticket_id: ticket_id.clone(),
                assignment: Some(Assignment { assignee: assignee.to_owned() }),
                seen_step_count: None,
            };
            let refused = run(&fixture.ticketing, handler("652301-a03"), request).await;
            let refused = Status::from(refused.unwrap_err());
            assert_eq!(refused.code(), Code::InvalidArgument);
            assert!(refused.message().contains(said), "{refused}");
        }
    }
}
