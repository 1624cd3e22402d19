use platform::testing::{AGENCY, REGION};
use proto::{
    fact::v1::fact::Body,
    ticketing::v1::{AppealState, Verification, step::Act},
    r#type::v1::{
        ExclusionDuty::{
            self, CorrectedUpstream, FiledByAuthority, InWriting, NotifyAuthority,
            ReviewedByAuthority,
        },
        ExclusionGround,
    },
};
use tonic::Code;

use super::*;
use crate::rpc::appeal::testing::{SERVED, lodge, of_authority, officer, review};
use crate::rpc::{
    appeal::{list_exclusions, lodge_appeal},
    testing::{Fixture, assign, contact, handler, refusal, request_id},
};

fn denied(reason: &str) -> (Code, String) {
    (Code::PermissionDenied, reason.to_owned())
}

#[tokio::test]
async fn t07_dq_the_department_reports_in_writing_the_authority_reviews_and_corrects_upstream() {
    let fixture = Fixture::under("district-2-5-15").await;
    let rated = fixture.rated().await;
    let lodged = lodge_appeal::run(&fixture.ticketing, of_authority("a-1"), lodge(&rated, ""));
    let id = lodged.await.unwrap().appeal.unwrap().appeal_id;
    let call = |by, duty| run(&fixture.ticketing, by, review(&id, duty));
    let state = (Code::FailedPrecondition, "APPEAL_STATE_REFUSES".to_owned());
    assert_eq!(refusal(call(officer("h-1"), InWriting).await), state, "not verified yet");
    assert_eq!(
        refusal(call(of_authority("a-2"), ExclusionDuty::Verified).await),
        denied("ANOTHER_OFFICES_STEP")
    );
    fixture.record(officer("h-1"), &id, ExclusionDuty::Verified).await;
    let (reported, _) = fixture.record(officer("h-1"), &id, InWriting).await;
    let last = reported.duties.last().unwrap();
    assert_eq!((last.duty(), last.by.as_str()), (InWriting, "h-1"));
    assert_eq!(last.document_number, "示例〔2026〕1号");
    let own = refusal(call(of_authority("a-1"), ReviewedByAuthority).await);
    assert_eq!(own, denied("OWN_APPEAL"));
    fixture.record(of_authority("a-2"), &id, ReviewedByAuthority).await;
    assert_eq!(refusal(call(of_authority("a-2"), CorrectedUpstream).await), state);
    let (upheld, excluded) =
        fixture.decided(of_authority("a-2"), &id, ExclusionGround::MisTapped).await;
    assert_eq!(upheld.state(), AppealState::Upheld);
    assert_eq!(excluded.unwrap().completed_at, None, "not before it is corrected upstream");
    fixture.at("2026-03-20T01:00:00Z");
    let (completed, exclusion) = fixture.record(of_authority("a-1"), &id, CorrectedUpstream).await;
    assert_eq!((completed.state(), completed.duties_left.len()), (AppealState::Completed, 0));
    assert_eq!(exclusion.unwrap().completed_at, completed.duties.last().unwrap().at);
}

#[tokio::test]
async fn s02_whoever_is_rated_or_has_lodged_examines_nothing() {
    let fixture = Fixture::under("changji-2020").await;
    let id = fixture.lodged(&fixture.rated().await).await.appeal_id;
    let call =
        |by: &str| run(&fixture.ticketing, officer(by), review(&id, ExclusionDuty::Verified));
    assert_eq!(refusal(call(SERVED).await), denied("RATED_STAFF_MEMBER"));
    assert_eq!(refusal(call("lodger").await), denied("OWN_APPEAL"));
    let request = review(&id, ExclusionDuty::Verified);
    let once = run(&fixture.ticketing, officer("reviewer"), request.clone()).await.unwrap();
    let twice = run(&fixture.ticketing, officer("reviewer"), request).await.unwrap();
    assert_eq!(once, twice);
    assert_eq!(once.appeal.unwrap().duties.len(), 1);
}

/// The step that finds that a rating is not to count.
fn not_to_count(ground: ExclusionGround) -> Act {
    Act::Verification(Verification {
        ground: ground.into(),
        reason: "示例：评价人确认点错".to_owned(),
        ..Verification::default()
    })
}

#[tokio::test]
async fn t03_an_exclusion_by_verification_is_complete_once_the_authority_is_notified() {
    let fixture = Fixture::under("changji-2020").await;
    let rated = fixture.rated().await;
    let joined = fixture.rating_here(rated.act_id);
    fixture.apply(&joined).await;
    let steps = vec![assign(), contact(), not_to_count(ExclusionGround::Malicious)];
    fixture.steps(&rated.ticket_id, steps).await;
    let told = fixture.facts().await.into_iter().filter_map(|body| match body {
        Body::RatingExcluded(told) => Some((told.rating_id, told.appeal_id, told.ratings_left)),
        _ => None,
    });
    let mut told: Vec<_> = told.collect();
    told.sort();
    let mut both = [rated.rating_id.clone(), joined.rating_id];
    both.sort();
    let ids: Vec<_> = told.iter().map(|(id, ..)| id.clone()).collect();
    assert_eq!(ids, both, "every rating of the ticket");
    assert!(told.iter().all(|(_, appeal, _)| appeal.is_empty()), "{told:?}");
    assert!(told.iter().any(|(.., left)| *left == 0), "{told:?}");
    let listed = list_exclusions::run(&fixture.ticketing, officer("h-1"), Default::default());
    let excluded = listed.await.unwrap().exclusions.remove(0);
    assert_eq!((excluded.appeal_id.as_str(), excluded.completed_at), ("", None));
    let request = ReviewAppealRequest {
        appeal_id: String::new(),
        exclusion_id: excluded.exclusion_id.clone(),
        ..review("", NotifyAuthority)
    };
    let call = |by, request| run(&fixture.ticketing, by, request);
    let fresh = || ReviewAppealRequest { request_id: request_id(), ..request.clone() };
    let owner = call(of_authority("a-1"), fresh()).await;
    assert_eq!(refusal(owner), denied("ANOTHER_OFFICES_STEP"));
    assert_eq!(refusal(call(officer(SERVED), fresh()).await), denied("RATED_STAFF_MEMBER"));
    let missing = (Code::NotFound, "EXCLUSION_NOT_FOUND".to_owned());
    assert_eq!(refusal(call(handler("652301-a04"), fresh()).await), missing);
    let notified = call(officer("h-1"), request.clone()).await.unwrap();
    assert_eq!(call(officer("h-1"), request.clone()).await.unwrap(), notified);
    assert!(notified.exclusion.unwrap().completed_at.is_some());
    let again = refusal(call(officer("h-1"), fresh()).await);
    assert_eq!(again, (Code::FailedPrecondition, "APPEAL_STATE_REFUSES".to_owned()));
}

#[tokio::test]
async fn t07_an_exclusion_that_came_from_an_appeal_has_its_duties_there() {
    let fixture = Fixture::under("changji-2020").await;
    let (_, exclusion) = fixture.excluded().await;
    let request =
        ReviewAppealRequest { exclusion_id: exclusion.exclusion_id, ..review("", NotifyAuthority) };
    let refused = run(&fixture.ticketing, officer("h-1"), request).await;
    assert_eq!(refusal(refused), (Code::NotFound, "EXCLUSION_NOT_FOUND".to_owned()));
    let (appeal, exclusion) =
        fixture.record(officer("h-1"), &exclusion.appeal_id, NotifyAuthority).await;
    assert_eq!(appeal.state(), AppealState::Completed);
    assert!(exclusion.unwrap().completed_at.is_some());
}

#[tokio::test]
async fn everything_wrong_is_named_at_once() {
    let fixture = Fixture::under("changji-2020").await;
    let id = fixture.lodged(&fixture.rated().await).await.appeal_id;
    let call = |request| run(&fixture.ticketing, handler(AGENCY), request);
    let both = ReviewAppealRequest {
        request_id: "x".to_owned(),
        exclusion_id: id.clone(),
        duty: 99,
        note: "\u{202E}".to_owned(),
        document_number: "a b".to_owned(),
        appeal_id: id.clone(),
    };
    let said = call(both).await.unwrap_err().to_string();
    for field in ["request_id", "exclusion_id", "duty", "note", "document_number"] {
        assert!(said.contains(&format!("{field}:")), "{field}: {said}");
    }
    for (duty, field) in [(ExclusionDuty::Verified, "note"), (InWriting, "document_number")] {
        let bare = ReviewAppealRequest {
            note: String::new(),
            document_number: String::new(),
            ..review(&id, duty)
        };
        let said = call(bare).await.unwrap_err().to_string();
        assert!(said.contains(&format!("{field}: must be filled in")), "{said}");
    }
    let unknown = review(&request_id(), ExclusionDuty::Verified);
    let missing = (Code::NotFound, "APPEAL_NOT_FOUND".to_owned());
    assert_eq!(refusal(call(unknown).await), missing);
    let stranger = crate::rpc::testing::authority("650000");
    let stranger = run(&fixture.ticketing, stranger, review(&id, FiledByAuthority)).await;
    assert_eq!(refusal(stranger), missing, "{REGION} only");
}
