//! Takes a step of a key target (T12).

use platform::auth::Officer;
use proto::ticketing::v1::{AdvanceKeyTargetRequest, AdvanceKeyTargetResponse};

use crate::{app::focus::key_target, error::Error, state::Ticketing};

pub(crate) async fn run(
    ticketing: &Ticketing,
    caller: Officer,
    request: AdvanceKeyTargetRequest,
) -> Result<AdvanceKeyTargetResponse, Error> {
    let target = key_target::advance(ticketing, &caller, request).await?;
    Ok(AdvanceKeyTargetResponse { target: Some(target) })
}

#[cfg(test)]
mod tests {
    use platform::{
        auth::Caller,
        testing::{AGENCY, REGION, STAFF, principal},
    };
    use proto::{
        ticketing::v1::{
            CauseFinding, Improvement, KeyTargetStep, RatingSample, key_target_step::Act,
        },
        r#type::v1::KeyTargetState,
    };
    use tonic::Code;

    use super::*;
    use crate::rpc::{
        focus::testing::{BAD, GOOD, Ratings, note, term},
        testing::{Fixture, authority, handler, refusal, request_id},
    };

    fn cause() -> Act {
        Act::Cause(CauseFinding { call_backs: 5, cause: "示例原因".to_owned() })
    }

    async fn in_force(fixture: &Fixture) -> String {
        let id = fixture.proposed().await.target_id;
        let steps =
            [Act::Naming(note()), cause(), Act::Measures(note()), Act::InForce(term("2026-04-01"))];
        for act in steps {
            fixture.target_step(&id, act).await.unwrap();
        }
        id
    }

    #[tokio::test]
    async fn t12_gx_from_the_proposal_to_the_lifting_with_figures_computed_and_not_typed() {
        let fixture = Fixture::under("guangxi-2019").await;
        fixture.a_bad_quarter().await;
        let id = in_force(&fixture).await;
        // Two months later, with 30 ratings since, one of them poor.
        fixture.at("2026-04-30T02:00:00Z");
        fixture.rate(Ratings { n: 29, ..GOOD }).await;
        fixture.rate(Ratings { n: 1, ..BAD }).await;
        let followed = fixture.target_step(&id, Act::FollowUp(note())).await.unwrap();
        assert_eq!(followed.improvement(), Improvement::Improved);
        let after = followed.after.unwrap();
        assert_eq!((after.from.as_str(), after.until.as_str()), ("2026-03-03", "2026-04-30"));
        assert_eq!(after.own, Some(RatingSample { poor: 1, ratings: 30 }));
        let lifted = fixture.target_step(&id, Act::Lifting(note())).await.unwrap();
        assert_eq!((lifted.state(), lifted.step_count), (KeyTargetState::Lifted, 6));
        let [step] = lifted.steps.as_slice() else { panic!("{lifted:?}") };
        assert_eq!((step.sequence, step.by.as_str()), (6, "authority"));
    }

    #[tokio::test]
    async fn t12_what_did_not_improve_is_extended_and_not_lifted() {
        let fixture = Fixture::under("guangxi-2019").await;
        fixture.a_bad_quarter().await;
        let id = in_force(&fixture).await;
        fixture.at("2026-03-30T02:00:00Z");
        fixture.rate(Ratings { n: 25, ..BAD }).await;
        let followed = fixture.target_step(&id, Act::FollowUp(note())).await.unwrap();
        assert_eq!(followed.improvement(), Improvement::NotImproved);
        let lifted = fixture.target_step(&id, Act::Lifting(note())).await;
        let state = (Code::FailedPrecondition, "FOCUS_STATE_REFUSES".to_owned());
        assert_eq!(refusal(lifted), state);
        let extended = fixture.target_step(&id, Act::Extension(term("2026-05-01"))).await.unwrap();
        assert_eq!(
            (extended.state(), extended.until.as_str()),
            (KeyTargetState::InForce, "2026-05-01")
        );
    }

    #[tokio::test]
    async fn t12_nothing_is_automatic_and_its_agency_sees_it_only_once_it_is_named() {
        let fixture = Fixture::under("guangxi-2019").await;
        fixture.a_bad_quarter().await;
        let id = fixture.proposed().await.target_id;
        let unseen = (Code::NotFound, "FOCUS_NOT_FOUND".to_owned());
        let measures = || Act::Measures(note());
        assert_eq!(refusal(fixture.target_step(&id, measures()).await), unseen);
        let elsewhere = fixture.target_step_by(authority("652302"), &id, Act::Naming(note()));
        assert_eq!(refusal(elsewhere.await), unseen);
        fixture.target_step(&id, Act::Naming(note())).await.unwrap();
        let another = (Code::PermissionDenied, "ANOTHER_OFFICES_STEP".to_owned());
        let agency = fixture.target_step_by(handler(AGENCY), &id, cause()).await;
        assert_eq!(refusal(agency), another);
        // Its cause first, as this profile has it.
        let early = fixture.target_step(&id, measures()).await;
        assert_eq!(refusal(early), (Code::FailedPrecondition, "FOCUS_STATE_REFUSES".to_owned()));
        fixture.target_step(&id, cause()).await.unwrap();
        fixture.target_step(&id, measures()).await.unwrap();
        let other = fixture.target_step_by(handler("652301-a04"), &id, measures()).await;
        assert_eq!(refusal(other), unseen);
    }

    #[tokio::test]
    async fn t12_whoever_is_the_target_takes_no_part_and_a_repeat_is_one_step() {
        let fixture = Fixture::new().await;
        fixture.a_bad_quarter().await;
        let id = fixture.proposed().await.target_id;
        let request = AdvanceKeyTargetRequest {
            request_id: request_id(),
            target_id: id.clone(),
            step: Some(KeyTargetStep { act: Some(Act::Naming(note())), ..Default::default() }),
        };
        let call = || run(&fixture.ticketing, authority(REGION), request.clone());
        let (first, second) = tokio::join!(call(), call());
        let first = first.unwrap();
        assert_eq!(second.unwrap(), first);
        assert_eq!(first.target.unwrap().step_count, 1);
        let own = Caller::Handler { region: REGION.to_owned(), agency: AGENCY.to_owned() };
        let own: Officer = principal(STAFF, own);
        let measures = fixture.target_step_by(own, &id, Act::Measures(note())).await;
        let concerned = (Code::PermissionDenied, "CONCERNED_STAFF_MEMBER".to_owned());
        assert_eq!(refusal(measures), concerned);
        let empty = AdvanceKeyTargetRequest::default();
        let told = run(&fixture.ticketing, authority(REGION), empty).await.unwrap_err();
        for field in ["request_id", "target_id", "step"] {
            assert!(told.to_string().contains(field), "{told}");
        }
    }
}
