use proto::{
    fact::v1::{AppealDecided, RatingExcluded, appeal_decided::AppealOutcome, fact::Body},
    ticketing::v1::AppealState,
    r#type::v1::{ExclusionDuty, ExclusionGround, ExclusionKind},
};
use tonic::Code;

use super::*;
use crate::rpc::appeal::testing::{Rated, SERVED, decide, lodge, of_authority, officer};
use crate::rpc::{
    appeal::lodge_appeal,
    testing::{Fixture, handler, refusal},
};

fn denied(reason: &str) -> (Code, String) {
    (Code::PermissionDenied, reason.to_owned())
}

fn refused(reason: &str) -> (Code, String) {
    (Code::FailedPrecondition, reason.to_owned())
}

async fn told(fixture: &Fixture) -> (Vec<AppealDecided>, Vec<RatingExcluded>) {
    let (mut decided, mut excluded) = (Vec::new(), Vec::new());
    for body in fixture.facts().await {
        match body {
            Body::AppealDecided(fact) => decided.push(fact),
            Body::RatingExcluded(fact) => excluded.push(fact),
            _ => {}
        }
    }
    (decided, excluded)
}

#[tokio::test]
async fn t07_s02_cj_another_person_of_the_department_decides_and_the_rating_is_excluded() {
    let fixture = Fixture::under("changji-2020").await;
    let rated = fixture.rated().await;
    let id = fixture.lodged(&rated).await.appeal_id;
    let call =
        |by: &str| run(&fixture.ticketing, officer(by), decide(&id, ExclusionGround::Mistaken));
    let unverified = refusal(call("decider").await);
    assert_eq!(unverified, refused("APPEAL_STATE_REFUSES"));
    fixture.record(officer("reviewer"), &id, ExclusionDuty::Verified).await;
    assert_eq!(refusal(call("lodger").await), denied("OWN_APPEAL"));
    assert_eq!(refusal(call(SERVED).await), denied("RATED_STAFF_MEMBER"));
    let authority = decide(&id, ExclusionGround::Mistaken);
    let authority = run(&fixture.ticketing, of_authority("a-1"), authority).await;
    assert_eq!(refusal(authority), denied("ANOTHER_OFFICES_STEP"));
    let request = decide(&id, ExclusionGround::Mistaken);
    let answer = run(&fixture.ticketing, officer("decider"), request.clone()).await.unwrap();
    let repeat = run(&fixture.ticketing, officer("decider"), request.clone()).await.unwrap();
    assert_eq!(repeat, answer);
    let appeal = answer.appeal.unwrap();
    let decision = appeal.decision.clone().unwrap();
    assert_eq!((decision.reason, decision.by.as_str()), (request.reason.clone(), "decider"));
    let exclusion = answer.exclusion.unwrap();
    assert_eq!((appeal.state(), exclusion.kind()), (AppealState::Upheld, ExclusionKind::Excluded));
    assert_eq!(
        (exclusion.appeal_id.as_str(), &exclusion.rating_id),
        (id.as_str(), &rated.rating_id)
    );
    let (decided, excluded) = told(&fixture).await;
    let [decided] = decided.as_slice() else { panic!("{decided:?}") };
    assert_eq!((decided.outcome(), decided.late), (AppealOutcome::Upheld, false));
    let [excluded] = excluded.as_slice() else { panic!("once, although asked twice") };
    assert_eq!(excluded.act_id, rated.act_id.to_string());
    assert_eq!((excluded.ratings_left, excluded.ground()), (0, ExclusionGround::Mistaken));
    assert!(!excluded.clause.is_empty() && excluded.exclusion_id == exclusion.exclusion_id);
    let facts = format!("{:?}", fixture.facts().await);
    assert!(!facts.contains(&request.reason) && !facts.contains("decider"), "{facts}");
    assert_eq!(refusal(call("decider").await), refused("APPEAL_STATE_REFUSES"), "once");
}

#[tokio::test]
async fn t07_a_rejected_appeal_leaves_the_rating_where_it_is_and_a_late_one_is_told_to_be_late() {
    let fixture = Fixture::under("haiyang-2021").await;
    let rated = fixture.rated().await;
    let lodged = lodge_appeal::run(&fixture.ticketing, officer("lodger"), lodge(&rated, "")).await;
    let id = lodged.unwrap().appeal.unwrap().appeal_id;
    fixture.record(of_authority("a-1"), &id, ExclusionDuty::Verified).await;
    fixture.at("2026-03-05T16:00:00Z");
    let (appeal, exclusion) =
        fixture.decided(of_authority("a-1"), &id, ExclusionGround::Unspecified).await;
    assert_eq!((appeal.state(), exclusion), (AppealState::Rejected, None));
    assert!(appeal.duties_left.is_empty() && !appeal.overdue);
    let (decided, excluded) = told(&fixture).await;
    assert_eq!((decided[0].outcome(), decided[0].late), (AppealOutcome::Rejected, true));
    assert!(excluded.is_empty());
}

#[tokio::test]
async fn t07_hy23_an_upheld_appeal_is_complete_when_the_authority_has_filed_it() {
    let fixture = Fixture::under("haiyang-2021").await;
    let rated = fixture.rated().await;
    let lodged = lodge_appeal::run(&fixture.ticketing, officer("lodger"), lodge(&rated, "")).await;
    let id = lodged.unwrap().appeal.unwrap().appeal_id;
    fixture.record(of_authority("a-1"), &id, ExclusionDuty::Verified).await;
    let none = decide(&id, ExclusionGround::SystemFault);
    let none = run(&fixture.ticketing, of_authority("a-1"), none).await;
    assert_eq!(refusal(none), refused("EXCLUSION_GROUND_REFUSED"));
    fixture.decided(of_authority("a-1"), &id, ExclusionGround::Malicious).await;
    let (appeal, exclusion) =
        fixture.record(of_authority("a-2"), &id, ExclusionDuty::FiledByAuthority).await;
    assert_eq!(appeal.state(), AppealState::Completed);
    let by: Vec<_> = appeal.duties.iter().map(|d| (d.duty(), d.by.as_str())).collect();
    assert_eq!(
        by,
        [
            (ExclusionDuty::OnAppeal, "lodger"),
            (ExclusionDuty::Verified, "a-1"),
            (ExclusionDuty::FiledByAuthority, "a-2"),
        ]
    );
    assert!(exclusion.unwrap().completed_at.is_some());
}

#[tokio::test]
async fn t07_sc_a_governments_decision_is_entered_with_its_number() {
    let fixture = Fixture::under("county-2020").await;
    let id = fixture.lodged(&fixture.rated().await).await.appeal_id;
    fixture.record(of_authority("a-1"), &id, ExclusionDuty::Verified).await;
    let bare = DecideAppealRequest {
        document_number: String::new(),
        ..decide(&id, ExclusionGround::Malicious)
    };
    let said = run(&fixture.ticketing, of_authority("a-1"), bare).await.unwrap_err().to_string();
    assert!(said.contains("document_number: must be filled in"), "{said}");
    let (appeal, _) = fixture.decided(of_authority("a-1"), &id, ExclusionGround::Malicious).await;
    assert_eq!(appeal.state(), AppealState::Completed, "the Authority knows: it entered it");
    assert_eq!(appeal.decision.unwrap().document_number, "示例〔2026〕2号");
}

#[tokio::test]
async fn t03_gx13_a_system_fault_withdraws_a_rating_and_does_not_exclude_it() {
    let fixture = Fixture::under("guangxi-2019").await;
    let id = fixture.lodged(&fixture.rated().await).await.appeal_id;
    fixture.record(of_authority("a-1"), &id, ExclusionDuty::Verified).await;
    let (_, exclusion) =
        fixture.decided(of_authority("a-1"), &id, ExclusionGround::SystemFault).await;
    assert_eq!(exclusion.unwrap().kind(), ExclusionKind::Withdrawn);
}

#[tokio::test]
async fn t07_of_a_tickets_ratings_those_that_are_left_are_told() {
    let fixture = Fixture::under("changji-2020").await;
    let first = fixture.rated().await;
    let joined = fixture.rating_here(first.act_id);
    fixture.apply(&joined).await;
    let second = Rated { rating_id: joined.rating_id, ..first.clone() };
    for rated in [&first, &second] {
        let id = fixture.lodged(rated).await.appeal_id;
        fixture.record(officer("reviewer"), &id, ExclusionDuty::Verified).await;
        fixture.decided(officer("decider"), &id, ExclusionGround::Mistaken).await;
    }
    let left: Vec<_> = told(&fixture).await.1.iter().map(|told| told.ratings_left).collect();
    assert_eq!(left, [1, 0]);
}

#[tokio::test]
async fn t07_of_two_decisions_at_once_one_counts() {
    let fixture = Fixture::under("changji-2020").await;
    let id = fixture.lodged(&fixture.rated().await).await.appeal_id;
    fixture.record(officer("reviewer"), &id, ExclusionDuty::Verified).await;
    let call = |by: &'static str, ground| run(&fixture.ticketing, officer(by), decide(&id, ground));
    let (upheld, rejected) = tokio::join!(
        call("one", ExclusionGround::Mistaken),
        call("other", ExclusionGround::Unspecified)
    );
    assert_eq!(usize::from(upheld.is_ok()) + usize::from(rejected.is_ok()), 1);
    assert_eq!(told(&fixture).await.0.len(), 1);
}

#[tokio::test]
async fn everything_wrong_is_named_at_once_and_what_is_out_of_reach_is_not_found() {
    let fixture = Fixture::under("changji-2020").await;
    let id = fixture.lodged(&fixture.rated().await).await.appeal_id;
    let wrong = DecideAppealRequest { ground: 99, ..DecideAppealRequest::default() };
    let said = run(&fixture.ticketing, officer("decider"), wrong).await.unwrap_err().to_string();
    for field in ["request_id", "appeal_id", "ground", "reason"] {
        assert!(said.contains(&format!("{field}:")), "{field}: {said}");
    }
    let stranger = decide(&id, ExclusionGround::Mistaken);
    let stranger = run(&fixture.ticketing, handler("652301-a04"), stranger).await;
    assert_eq!(refusal(stranger), (Code::NotFound, "APPEAL_NOT_FOUND".to_owned()));
}
