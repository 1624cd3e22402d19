//! Opens measures about a member of staff, from verified findings only (T19).

use platform::auth::Authority;
use proto::ticketing::v1::{OpenStaffMeasureRequest, OpenStaffMeasureResponse};

use crate::{app::focus::staff_measure, error::Error, state::Ticketing};

pub(crate) async fn run(
    ticketing: &Ticketing,
    caller: Authority,
    request: OpenStaffMeasureRequest,
) -> Result<OpenStaffMeasureResponse, Error> {
    let measure = staff_measure::open(ticketing, &caller, request).await?;
    Ok(OpenStaffMeasureResponse { measure: Some(measure) })
}

#[cfg(test)]
mod tests {
    use platform::{
        auth::Caller,
        testing::{AGENCY, REGION, STAFF, principal},
    };
    use proto::{
        ticketing::v1::key_target_step::Act,
        r#type::v1::{Finding, StaffMeasureState},
    };
    use tonic::Code;

    use super::*;
    use crate::rpc::{
        focus::testing::{BAD, OTHER_STAFF, Ratings, note, open_measure, the_authority},
        testing::{Fixture, refusal},
    };

    #[tokio::test]
    async fn t19_measures_rest_on_tickets_of_this_person_that_were_found_true() {
        let fixture = Fixture::under("district-2-5-15").await;
        let call = |request| run(&fixture.ticketing, the_authority(REGION), request);
        let unfounded = (Code::FailedPrecondition, "FINDINGS_NOT_VERIFIED".to_owned());
        let bad = fixture.rate(Ratings { n: 3, ..BAD }).await;
        assert_eq!(refusal(call(open_measure(&bad)).await), unfounded, "not verified yet");
        fixture.found(&bad[..2], Finding::Clear).await;
        fixture.found(&bad[2..], Finding::NoLegalBasis).await;
        assert_eq!(refusal(call(open_measure(&bad)).await), unfounded, "one was not true");
        let two = call(open_measure(&bad[..2])).await;
        assert_eq!(refusal(two), unfounded, "two are not repeated");
        let others = fixture.rate(Ratings { n: 1, staff: OTHER_STAFF, ..BAD }).await;
        fixture.found(&others, Finding::Simple).await;
        let with_others = [&bad[..2], &others].concat();
        assert_eq!(refusal(call(open_measure(&with_others)).await), unfounded);
        let third = fixture.rate(Ratings { n: 1, ..BAD }).await;
        fixture.found(&third, Finding::Simple).await;
        let three = [&bad[..2], &third].concat();
        let request = open_measure(&three);
        let opened = call(request.clone()).await.unwrap();
        assert_eq!(call(request).await.unwrap(), opened, "a repeat");
        let measure = opened.measure.unwrap();
        assert_eq!(
            (measure.state(), measure.agency_id.as_str()),
            (StaffMeasureState::Verified, AGENCY)
        );
        let again = call(open_measure(&three)).await;
        let open = (Code::FailedPrecondition, "FOCUS_ALREADY_OPEN".to_owned());
        assert_eq!(refusal(again), open);
        let own = principal(STAFF, Caller::Authority { region: REGION.to_owned() });
        let own = run(&fixture.ticketing, own, open_measure(&three)).await;
        let concerned = (Code::PermissionDenied, "CONCERNED_STAFF_MEMBER".to_owned());
        assert_eq!(refusal(own), concerned);
        let elsewhere =
            run(&fixture.ticketing, the_authority("652302"), open_measure(&three)).await;
        assert!(elsewhere.is_err());
    }

    #[tokio::test]
    async fn t19_of_a_named_key_target_one_verified_finding_is_enough() {
        let fixture = Fixture::under("district-2-5-15").await;
        let tickets = fixture.a_bad_quarter().await;
        let target_id = fixture.proposed().await.target_id;
        fixture.found(&tickets[..1], Finding::Clear).await;
        let mut request = open_measure(&tickets[..1]);
        request.target_id.clone_from(&target_id);
        let call = || run(&fixture.ticketing, the_authority(REGION), request.clone());
        let unfounded = (Code::FailedPrecondition, "FINDINGS_NOT_VERIFIED".to_owned());
        assert_eq!(refusal(call().await), unfounded, "only proposed");
        fixture.target_step(&target_id, Act::Naming(note())).await.unwrap();
        assert_eq!(call().await.unwrap().measure.unwrap().target_id, target_id);
    }
}
