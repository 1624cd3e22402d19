//! Takes a step of a problem (T13).

use platform::auth::Officer;
use proto::ticketing::v1::{AdvanceProblemRequest, AdvanceProblemResponse};

use crate::{app::focus::problem, error::Error, state::Ticketing};

pub(crate) async fn run(
    ticketing: &Ticketing,
    caller: Officer,
    request: AdvanceProblemRequest,
) -> Result<AdvanceProblemResponse, Error> {
    let problem = problem::advance(ticketing, &caller, request).await?;
    Ok(AdvanceProblemResponse { problem: Some(problem) })
}

#[cfg(test)]
mod tests {
    use platform::testing::{AGENCY, REGION};
    use proto::{
        ticketing::v1::{FocusDocument, Problem, ProblemMeasures, RatingSample, problem_step::Act},
        r#type::v1::ProblemState,
    };
    use tonic::Code;

    use super::*;
    use crate::rpc::{
        focus::testing::{BAD, GOOD, Ratings, advance_problem, note, term},
        testing::{Fixture, authority, handler, refusal},
    };

    fn measures() -> Act {
        Act::Measures(ProblemMeasures {
            measures: "示例措施".to_owned(),
            owner: AGENCY.to_owned(),
            until: "2026-04-01".to_owned(),
        })
    }

    fn report() -> Act {
        Act::Report(FocusDocument {
            body: "示例市人民政府".to_owned(),
            document_number: "示例〔2026〕1号".to_owned(),
            on: "2026-03-02".to_owned(),
        })
    }

    async fn step(fixture: &Fixture, id: &str, act: Act) -> Result<Problem, Error> {
        let request = advance_problem(id, act);
        let stepped = run(&fixture.ticketing, authority(REGION), request).await?;
        Ok(stepped.problem.unwrap())
    }

    #[tokio::test]
    async fn t13_cj_a_problem_has_cause_measures_owner_deadline_and_result_and_is_reported() {
        let fixture = Fixture::new().await;
        let id = fixture.a_problem().await.problem_id;
        let state = (Code::FailedPrecondition, "FOCUS_STATE_REFUSES".to_owned());
        assert_eq!(refusal(step(&fixture, &id, measures()).await), state, "its cause first");
        let cause = advance_problem(&id, Act::Cause(note()));
        let by_agency = run(&fixture.ticketing, handler(AGENCY), cause).await.unwrap();
        assert_eq!(by_agency.problem.unwrap().state(), ProblemState::CauseFound);
        let in_force = step(&fixture, &id, measures()).await.unwrap();
        assert_eq!((in_force.owner.as_str(), in_force.until.as_str()), (AGENCY, "2026-04-01"));
        let early = step(&fixture, &id, Act::Closing(note())).await;
        assert_eq!(refusal(early), state, "not reported to the government yet");
        let agencys =
            run(&fixture.ticketing, handler(AGENCY), advance_problem(&id, report())).await;
        let another = (Code::PermissionDenied, "ANOTHER_OFFICES_STEP".to_owned());
        assert_eq!(refusal(agencys), another);
        let reported = step(&fixture, &id, report()).await.unwrap();
        let document = reported.reported_to_own_government.unwrap();
        assert_eq!(document.document_number, "示例〔2026〕1号");
        let extended = step(&fixture, &id, Act::Extension(term("2026-05-01"))).await.unwrap();
        assert_eq!(extended.until, "2026-05-01");
        fixture.at("2026-04-02T02:00:00Z");
        fixture.rate(Ratings { n: 30, ..GOOD }).await;
        fixture.rate(Ratings { n: 1, ..BAD }).await;
        let closed = step(&fixture, &id, Act::Closing(note())).await.unwrap();
        assert_eq!((closed.state(), closed.step_count), (ProblemState::Closed, 5));
        assert_eq!(closed.after.unwrap().own, Some(RatingSample { poor: 1, ratings: 31 }));
    }

    #[tokio::test]
    async fn t13_a_problem_of_another_region_or_agency_is_not_there_and_a_repeat_is_one_step() {
        let fixture = Fixture::new().await;
        let id = fixture.a_problem().await.problem_id;
        let unseen = (Code::NotFound, "FOCUS_NOT_FOUND".to_owned());
        let request = advance_problem(&id, Act::Cause(note()));
        for caller in [handler("652301-a04"), authority("652302")] {
            let refused = run(&fixture.ticketing, caller, request.clone()).await;
            assert_eq!(refusal(refused), unseen);
        }
        let call = || run(&fixture.ticketing, authority(REGION), request.clone());
        let first = call().await.unwrap();
        assert_eq!(call().await.unwrap(), first);
        let wrong = run(&fixture.ticketing, authority(REGION), AdvanceProblemRequest::default());
        let wrong = wrong.await.unwrap_err().to_string();
        assert!(wrong.contains("request_id") && wrong.contains("step"), "{wrong}");
    }
}
