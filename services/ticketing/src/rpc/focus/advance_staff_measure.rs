//! Takes a step of measures about staff, with its result (T19).

use platform::auth::Officer;
use proto::ticketing::v1::{AdvanceStaffMeasureRequest, AdvanceStaffMeasureResponse};

use crate::{app::focus::staff_measure, error::Error, state::Ticketing};

pub(crate) async fn run(
    ticketing: &Ticketing,
    caller: Officer,
    request: AdvanceStaffMeasureRequest,
) -> Result<AdvanceStaffMeasureResponse, Error> {
    let measure = staff_measure::advance(ticketing, &caller, request).await?;
    Ok(AdvanceStaffMeasureResponse { measure: Some(measure) })
}

#[cfg(test)]
mod tests {
    use platform::{
        auth::Caller,
        testing::{AGENCY, REGION, STAFF, principal},
    };
    use proto::{
        ticketing::v1::{
            RectificationOutcome, ReplacementNotice, StaffMeasure, StaffMeasureConclusion,
            StaffTeaching, staff_measure_step::Act,
        },
        r#type::v1::{StaffMeasureOutcome, StaffMeasureState},
    };
    use tonic::Code;

    use super::*;
    use crate::rpc::{
        focus::testing::{advance_measure, term},
        testing::{Fixture, authority, handler, refusal},
    };

    fn education() -> Act {
        let (what, result) = ("示例教育".to_owned(), "示例结果".to_owned());
        Act::Education(StaffTeaching { what, result })
    }

    fn replacement() -> Act {
        Act::Replacement(ReplacementNotice {
            document_number: "示例〔2026〕2号".to_owned(),
            replace_by: "2026-05-01".to_owned(),
        })
    }

    fn outcome(improved: bool) -> Act {
        Act::Outcome(RectificationOutcome { improved, result: "示例结果".to_owned() })
    }

    async fn step(fixture: &Fixture, id: &str, act: Act) -> Result<StaffMeasure, Error> {
        let request = advance_measure(id, act);
        let stepped = run(&fixture.ticketing, authority(REGION), request).await?;
        Ok(stepped.measure.unwrap())
    }

    #[tokio::test]
    async fn t19_dq_education_rectification_notice_of_replacement_and_result_in_this_order() {
        let fixture = Fixture::under("district-2-5-15").await;
        let id = fixture.measures().await.measure_id;
        let state = (Code::FailedPrecondition, "FOCUS_STATE_REFUSES".to_owned());
        assert_eq!(refusal(step(&fixture, &id, replacement()).await), state, "nothing tried yet");
        let by_agency = advance_measure(&id, education());
        run(&fixture.ticketing, handler(AGENCY), by_agency).await.unwrap();
        let set = step(&fixture, &id, Act::Rectification(term("2026-04-01"))).await.unwrap();
        assert_eq!(
            (set.state(), set.until.as_str()),
            (StaffMeasureState::Rectifying, "2026-04-01")
        );
        let not_better = step(&fixture, &id, outcome(false)).await.unwrap();
        assert_eq!(not_better.state(), StaffMeasureState::NotImproved);
        let agencys = run(&fixture.ticketing, handler(AGENCY), advance_measure(&id, replacement()));
        let another = (Code::PermissionDenied, "ANOTHER_OFFICES_STEP".to_owned());
        assert_eq!(refusal(agencys.await), another);
        let notified = step(&fixture, &id, replacement()).await.unwrap();
        assert_eq!(notified.until, "2026-05-01");
        let conclusion = |outcome: StaffMeasureOutcome| {
            let result = "示例结果".to_owned();
            Act::Conclusion(StaffMeasureConclusion { outcome: outcome.into(), result })
        };
        let improved = step(&fixture, &id, conclusion(StaffMeasureOutcome::Improved)).await;
        assert_eq!(refusal(improved), state, "it did not improve");
        let replaced = conclusion(StaffMeasureOutcome::Replaced);
        let concluded = step(&fixture, &id, replaced).await.unwrap();
        assert_eq!(concluded.state(), StaffMeasureState::Concluded);
        assert_eq!(concluded.outcome(), StaffMeasureOutcome::Replaced);
        assert_eq!((concluded.step_count, concluded.until.as_str()), (5, ""));
    }

    #[tokio::test]
    async fn t19_the_profile_decides_what_is_possible_and_the_person_takes_no_part() {
        let fixture = Fixture::new().await;
        let id = fixture.measures().await.measure_id;
        let state = (Code::FailedPrecondition, "FOCUS_STATE_REFUSES".to_owned());
        assert_eq!(refusal(step(&fixture, &id, education()).await), state, "supervision only");
        let (what, result) = ("示例督导".to_owned(), "示例结果".to_owned());
        let supervision =
            || Act::Supervision(StaffTeaching { what: what.clone(), result: result.clone() });
        let own = Caller::Handler { region: REGION.to_owned(), agency: AGENCY.to_owned() };
        let own: Officer = principal(STAFF, own);
        let request = advance_measure(&id, supervision());
        let own = run(&fixture.ticketing, own, request.clone()).await;
        let concerned = (Code::PermissionDenied, "CONCERNED_STAFF_MEMBER".to_owned());
        assert_eq!(refusal(own), concerned);
        let call = || run(&fixture.ticketing, authority(REGION), request.clone());
        let (first, second) = tokio::join!(call(), call());
        assert_eq!(first.unwrap(), second.unwrap());
        let silent = Act::Supervision(StaffTeaching { what, result: String::new() });
        let told = step(&fixture, &id, silent).await.unwrap_err().to_string();
        assert!(told.contains("supervision.result"), "each step has its result: {told}");
        let unseen = (Code::NotFound, "FOCUS_NOT_FOUND".to_owned());
        let other = run(&fixture.ticketing, handler("652301-a04"), request.clone()).await;
        assert_eq!(refusal(other), unseen);
    }
}
