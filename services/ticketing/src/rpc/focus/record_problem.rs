//! Records a problem on which negative ratings concentrate (T13).

use platform::auth::Authority;
use proto::ticketing::v1::{RecordProblemRequest, RecordProblemResponse};

use crate::{app::focus::problem, error::Error, state::Ticketing};

pub(crate) async fn run(
    ticketing: &Ticketing,
    caller: Authority,
    request: RecordProblemRequest,
) -> Result<RecordProblemResponse, Error> {
    let problem = problem::record(ticketing, &caller, request).await?;
    Ok(RecordProblemResponse { problem: Some(problem) })
}

#[cfg(test)]
mod tests {
    use platform::testing::{AGENCY, COMMITTED_ITEM, ON_THE_SPOT_ITEM, REGION};
    use proto::{ticketing::v1::RatingSample, r#type::v1::ProblemState};
    use tonic::Code;

    use super::*;
    use crate::rpc::{
        focus::testing::{TAG, record, the_authority},
        testing::{Fixture, refusal},
    };

    #[tokio::test]
    async fn t13_a_problem_is_an_item_or_a_reason_at_one_with_its_tickets_and_its_figures() {
        let fixture = Fixture::new().await;
        let tickets = fixture.a_bad_quarter().await;
        let call = |request| run(&fixture.ticketing, the_authority(REGION), request);
        for tag in ["", TAG] {
            let request = record(tag, &tickets);
            let recorded = call(request.clone()).await.unwrap();
            assert_eq!(call(request).await.unwrap(), recorded, "a repeat");
            let problem = recorded.problem.unwrap();
            assert_eq!(problem.state(), ProblemState::Recorded);
            assert_eq!((problem.agency_id.as_str(), problem.ticket_ids.len()), (AGENCY, 12));
            let before = problem.before.unwrap();
            assert_eq!(
                (before.object_id.as_str(), before.tag_code.as_str()),
                (ON_THE_SPOT_ITEM, tag)
            );
            assert_eq!(before.own, Some(RatingSample { poor: 12, ratings: 40 }));
            let again = call(record(tag, &tickets)).await;
            let open = (Code::FailedPrecondition, "FOCUS_ALREADY_OPEN".to_owned());
            assert_eq!(refusal(again), open);
        }
    }

    #[tokio::test]
    async fn t13_no_problem_rests_on_nothing_or_on_other_tickets() {
        let fixture = Fixture::new().await;
        let tickets = fixture.a_bad_quarter().await;
        let call = |request| run(&fixture.ticketing, the_authority(REGION), request);
        let mut elsewhere = record("", &tickets);
        elsewhere.item_code = COMMITTED_ITEM.to_owned();
        let unfounded = (Code::FailedPrecondition, "FINDINGS_NOT_VERIFIED".to_owned());
        assert_eq!(refusal(call(elsewhere).await), unfounded);
        let foreign = record("", &[fixture.ticketing.shell.clock.new_id().to_string()]);
        assert_eq!(refusal(call(foreign).await), unfounded);
        let not = (Code::FailedPrecondition, "NOT_CONCENTRATED".to_owned());
        assert_eq!(refusal(call(record("slow", &tickets)).await), not);
        let none = call(record("", &[])).await.unwrap_err().to_string();
        assert!(none.contains("ticket_ids"), "{none}");
        let wrong = call(record("", &["x".to_owned()])).await.unwrap_err().to_string();
        assert!(wrong.contains("ticket_ids[0]: is no UUID"), "{wrong}");
    }
}
