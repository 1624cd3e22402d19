//! Records that the rater was given the solution of a complex claim (T04).

use platform::auth::Officer;
use proto::ticketing::v1::{FeedBackSolutionRequest, FeedBackSolutionResponse, step::Act};

use crate::{
    app::ticket::take_step::{StepRequest, take_step},
    error::Error,
    state::Ticketing,
};

pub(crate) async fn run(
    ticketing: &Ticketing,
    caller: Officer,
    request: FeedBackSolutionRequest,
) -> Result<FeedBackSolutionResponse, Error> {
    let asked = StepRequest {
        rpc: "FeedBackSolution",
        request_id: &request.request_id,
        ticket_id: &request.ticket_id,
        seen: request.seen_step_count,
        field: "solution",
        step: request.solution.clone().map(Act::Solution),
        request: &request,
    };
    let ticket = take_step(ticketing, &caller, asked).await?;
    Ok(FeedBackSolutionResponse { ticket: Some(ticket) })
}

#[cfg(test)]
mod tests {
    use platform::testing::{AGENCY, REGION};
    use proto::{
        ticketing::v1::{Means, Solution},
        r#type::v1::{DeadlineEnd, Finding, TicketState},
    };

    use super::*;
    use crate::rpc::testing::{
        Asked, Fixture, OTHER_AGENCY, assign, authority, contact, handler, once, refusal,
        request_id, running, verify,
    };

    fn told(means: Means) -> Option<Solution> {
        Some(Solution { means: means.into(), summary: "增设窗口".to_owned() })
    }

    #[tokio::test]
    async fn t04_cj_the_solution_of_a_complex_claim_is_fed_back_and_its_plans_day_stays_tracked() {
        let fixture = Fixture::new().await;
        let ticket_id = fixture.ticket().await;
        fixture.steps(&ticket_id, vec![assign(), contact(), verify(Finding::Complex)]).await;
        let request = FeedBackSolutionRequest {
            request_id: request_id(),
            ticket_id,
            solution: told(Means::Online),
            seen_step_count: None,
        };
        let of = |solution| FeedBackSolutionRequest { solution, ..request.clone() };
        let blank = Some(Solution { means: Means::Phone.into(), summary: " ".to_owned() });
        let asked = Asked {
            by: handler(AGENCY),
            never: vec![
                (authority(REGION), "ANOTHER_OFFICES_STEP"),
                (handler(OTHER_AGENCY), "TICKET_NOT_FOUND"),
            ],
            wrong: vec![
                (
                    FeedBackSolutionRequest::default(),
                    &["request_id:", "ticket_id:", "solution: is missing"][..],
                ),
                (of(Some(Solution { means: 99, ..Solution::default() })), &["solution.means:"]),
                (of(blank), &["solution.summary: must be filled in"]),
                (of(told(Means::Phone)), &["solution.means: is no way of this region's document"]),
            ],
            request: request.clone(),
        };
        let call =
            async |by, request| Ok(run(&fixture.ticketing, by, request).await?.ticket.unwrap());
        fixture.at("2026-03-20T01:00:00Z");
        let ticket = once(call, asked).await;
        assert_eq!(ticket.state(), TicketState::SolutionFedBack);
        assert_eq!(ticket.finding(), Finding::Complex);
        assert_eq!(running(&ticket), ["carry_out_plan 2026-04-30"]);
        let told = ticket.deadlines.iter().find(|due| due.act == "feed_back_complex").unwrap();
        assert_eq!((told.end(), told.missed), (DeadlineEnd::Met, false));
        let (stepped, _) = fixture.last_step().await;
        assert_eq!(stepped.state(), TicketState::SolutionFedBack);
        assert_eq!(stepped.next_due_on, "2026-04-30");
        assert_eq!(stepped.missed, [""; 0]);
    }

    #[tokio::test]
    async fn t04_a_clear_claim_has_no_solution_to_come() {
        let fixture = Fixture::new().await;
        let ticket_id = fixture.ticket().await;
        fixture.steps(&ticket_id, vec![assign(), contact(), verify(Finding::Clear)]).await;
        let request = FeedBackSolutionRequest {
            request_id: request_id(),
            ticket_id,
            solution: told(Means::Online),
            seen_step_count: None,
        };
        let refused = run(&fixture.ticketing, handler(AGENCY), request).await;
        assert_eq!(refusal(refused).1, "TICKET_STATE_REFUSES");
    }
}
