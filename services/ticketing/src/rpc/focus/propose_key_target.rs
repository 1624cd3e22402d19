//! Keeps what the figures say about an object as a proposal (T12).

use platform::auth::Authority;
use proto::ticketing::v1::{ProposeKeyTargetRequest, ProposeKeyTargetResponse};

use crate::{app::focus::key_target, error::Error, state::Ticketing};

pub(crate) async fn run(
    ticketing: &Ticketing,
    caller: Authority,
    request: ProposeKeyTargetRequest,
) -> Result<ProposeKeyTargetResponse, Error> {
    let target = key_target::propose(ticketing, &caller, request).await?;
    Ok(ProposeKeyTargetResponse { target: Some(target) })
}

#[cfg(test)]
mod tests {
    use platform::testing::{AGENCY, REGION, STAFF};
    use proto::{
        ticketing::v1::RatingSample,
        r#type::v1::{FocusKind, KeyTargetState},
    };
    use tonic::Code;

    use super::*;
    use crate::rpc::{
        focus::testing::{BAD, GOOD, OTHER_AGENCY, OTHER_STAFF, Ratings, propose, the_authority},
        testing::{Fixture, refusal},
    };

    async fn call(
        fixture: &Fixture,
        request: ProposeKeyTargetRequest,
    ) -> Result<ProposeKeyTargetResponse, Error> {
        run(&fixture.ticketing, the_authority(REGION), request).await
    }

    #[tokio::test]
    async fn t12_what_the_figures_say_is_proposed_once_and_what_they_do_not_say_never() {
        let fixture = Fixture::new().await;
        fixture.a_bad_quarter().await;
        let request = propose(FocusKind::Staff, STAFF);
        let proposed = call(&fixture, request.clone()).await.unwrap();
        assert_eq!(call(&fixture, request).await.unwrap(), proposed, "a repeat");
        let target = proposed.target.unwrap();
        assert_eq!(target.state(), KeyTargetState::Proposed);
        assert_eq!((target.agency_id.as_str(), target.step_count), (AGENCY, 0));
        let before = target.before.unwrap();
        assert_eq!(before.own, Some(RatingSample { poor: 12, ratings: 40 }));
        let again = call(&fixture, propose(FocusKind::Staff, STAFF)).await;
        let open = (Code::FailedPrecondition, "FOCUS_ALREADY_OPEN".to_owned());
        assert_eq!(refusal(again), open);
        let fair = call(&fixture, propose(FocusKind::Agency, AGENCY)).await;
        assert!(fair.is_ok(), "its agency is another object");
        fixture.rate(Ratings { n: 60, ..GOOD }).await;
        let fixture = Fixture::new().await;
        for ratings in
            [GOOD, Ratings { n: 2, ..BAD }, Ratings { n: 200, staff: OTHER_STAFF, ..GOOD }]
        {
            fixture.rate(ratings).await;
        }
        let refused = call(&fixture, propose(FocusKind::Staff, STAFF)).await;
        let not = (Code::FailedPrecondition, "NOT_CONCENTRATED".to_owned());
        assert_eq!(refusal(refused), not);
    }

    #[tokio::test]
    async fn t12_only_what_the_profile_names_becomes_a_key_target_and_only_of_this_region() {
        let fixture = Fixture::new().await;
        fixture.a_bad_quarter().await;
        let no_rule = (Code::FailedPrecondition, "PROFILE_HAS_NO_KEY_TARGETS".to_owned());
        let region = call(&fixture, propose(FocusKind::Region, REGION)).await;
        assert_eq!(refusal(region), no_rule);
        let unknown = (Code::NotFound, "OBJECT_NOT_FOUND".to_owned());
        for stranger in [OTHER_AGENCY, STAFF, "nobody"] {
            let stranger = call(&fixture, propose(FocusKind::Agency, stranger)).await;
            assert_eq!(refusal(stranger), unknown);
        }
        let haiyang = Fixture::under("haiyang-2021").await;
        assert_eq!(refusal(call(&haiyang, propose(FocusKind::Staff, STAFF)).await), no_rule);
        let told = call(&fixture, propose(FocusKind::Item, "")).await.unwrap_err().to_string();
        assert!(told.contains("kind") && told.contains("object_id"), "{told}");
    }

    #[tokio::test]
    async fn t12_dq_three_bad_ratings_of_few_are_repeated_and_two_are_not() {
        for (n, repeated) in [(3, true), (2, false)] {
            let fixture = Fixture::under("district-2-5-15").await;
            for ratings in [
                Ratings { n: 4, ..GOOD },
                Ratings { n, ..BAD },
                Ratings { n: 200, staff: OTHER_STAFF, ..GOOD },
            ] {
                fixture.rate(ratings).await;
            }
            let answer = call(&fixture, propose(FocusKind::Staff, STAFF)).await;
            assert_eq!(answer.is_ok(), repeated, "{answer:?}");
        }
    }
}
