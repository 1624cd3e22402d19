use platform::{
    auth::Caller,
    facts,
    testing::{AGENCY, REGION, STAFF, principal},
};
use proto::{
    fact::v1::fact::Body,
    ticketing::v1::{FocusProposal, FocusProposalState, GetKeyTargetRequest, GetProblemRequest},
    r#type::v1::{FocusBasis, FocusKind, KeyTargetState, Level, ProblemState},
};
use tonic::Code;

use super::*;
use crate::rpc::{
    focus::{
        get_key_target, get_problem,
        testing::{BAD, GOOD, OTHER_STAFF, Ratings, decide, note, term, the_authority},
    },
    testing::{Fixture, authority, refusal},
};

/// The first look after the bad quarter.
const APRIL: &str = "2026-04-01T01:00:00Z";
const MAY: &str = "2026-05-01T01:00:00Z";

async fn proposed() -> (Fixture, FocusProposal) {
    let fixture = Fixture::new().await;
    fixture.a_bad_quarter().await;
    assert_eq!(fixture.looked_at(APRIL).await, 4);
    let proposal = fixture.open_proposal(FocusBasis::Ratings, FocusKind::Staff).await;
    (fixture, proposal)
}

#[tokio::test]
async fn t12_an_accepted_proposal_is_a_named_key_target_with_the_figures_that_were_proposed() {
    let (fixture, proposal) = proposed().await;
    let request = decide(&proposal.proposal_id, true);
    let accepted = fixture.settled(request.clone()).await.unwrap();
    assert_eq!(fixture.settled(request).await.unwrap(), accepted, "a repeat");
    assert_eq!(accepted.state(), FocusProposalState::Accepted);
    assert_eq!((accepted.decided_by.as_str(), accepted.reason.as_str()), ("authority", "示例理由"));
    let request = GetKeyTargetRequest { target_id: accepted.record_id.clone() };
    let read = get_key_target::run(&fixture.ticketing, authority(REGION), request).await.unwrap();
    let target = read.target.unwrap();
    assert_eq!((target.state(), target.agency_id.as_str()), (KeyTargetState::Named, AGENCY));
    assert_eq!((target.before, target.step_count, target.steps.len()), (proposal.figures, 1, 1));
    let told = facts::list(&fixture.ticketing.store, 0, 10_000).await.unwrap();
    let told: Vec<Body> = told.into_iter().filter_map(|fact| fact.body).collect();
    let [
        ..,
        Body::KeyTargetStepped(one),
        Body::KeyTargetStepped(two),
        Body::FocusProposalDecided(d),
    ] = told.as_slice()
    else {
        panic!("{:?}", told.last());
    };
    assert_eq!((one.sequence, two.sequence, d.accepted), (0, 1, true));
    assert_eq!(d.record_id, accepted.record_id);
    let again = fixture.settled(decide(&proposal.proposal_id, false)).await;
    assert_eq!(refusal(again), (Code::FailedPrecondition, "PROPOSAL_DECIDED".to_owned()));
    // As long as it is open it is not proposed again, whatever comes.
    fixture.rate(BAD).await;
    fixture.looked_at(MAY).await;
    let about = |p: &FocusProposal| p.figures.as_ref().is_some_and(|f| f.object_id == STAFF);
    assert!(!fixture.open_proposals().await.iter().any(about));
}

#[tokio::test]
async fn t13_an_accepted_proposal_of_an_item_is_a_recorded_problem_with_its_tickets() {
    let (fixture, _) = proposed().await;
    let proposal = fixture.open_proposal(FocusBasis::Ratings, FocusKind::ItemTag).await;
    let accepted = fixture.settled(decide(&proposal.proposal_id, true)).await.unwrap();
    let request = GetProblemRequest { problem_id: accepted.record_id };
    let read = get_problem::run(&fixture.ticketing, authority(REGION), request).await.unwrap();
    let problem = read.problem.unwrap();
    assert_eq!((problem.state(), problem.agency_id.as_str()), (ProblemState::Recorded, AGENCY));
    assert_eq!((problem.ticket_ids.len(), problem.ticket_ids), (12, proposal.ticket_ids));
    assert_eq!(problem.before, proposal.figures);
}

#[tokio::test]
async fn t12_what_was_declined_is_proposed_again_only_on_later_evidence() {
    let (fixture, proposal) = proposed().await;
    fixture.settled(decide(&proposal.proposal_id, false)).await.unwrap();
    let staff = async || {
        let all = fixture.open_proposals().await;
        let about = |p: &FocusProposal| {
            p.figures.as_ref().is_some_and(|figures| figures.kind() == FocusKind::Staff)
        };
        all.into_iter().filter(about).collect::<Vec<_>>()
    };
    // The bad ratings lie in the next window too, and say nothing new; good ones come meanwhile.
    fixture.rate(Ratings { staff: OTHER_STAFF, n: 100, ..GOOD }).await;
    fixture.looked_at(MAY).await;
    assert_eq!(staff().await, [], "the same evidence");
    let bad = fixture.rate(Ratings { n: 30, ..BAD }).await;
    fixture.rate(Ratings { staff: OTHER_STAFF, n: 200, ..GOOD }).await;
    fixture.looked_at("2026-06-01T01:00:00Z").await;
    let [again] = &staff().await[..] else { panic!("new evidence") };
    let figures = again.figures.as_ref().unwrap();
    assert_eq!((figures.from.as_str(), figures.until.as_str()), ("2026-04-01", "2026-05-31"));
    assert_eq!((figures.own.unwrap().poor, again.ticket_ids.len()), (30, bad.len()));
}

#[tokio::test]
async fn t12_a_lifted_key_target_is_not_named_for_what_led_to_it() {
    use proto::ticketing::v1::key_target_step::Act;
    let (fixture, proposal) = proposed().await;
    let target = fixture.settled(decide(&proposal.proposal_id, true)).await.unwrap().record_id;
    // Bad ratings after the decision, but before it is over.
    fixture.rate(Ratings { n: 30, ..BAD }).await;
    fixture.rate(Ratings { staff: OTHER_STAFF, n: 100, ..GOOD }).await;
    let cause = proto::ticketing::v1::CauseFinding { call_backs: 3, cause: "示例".to_owned() };
    for act in [
        Act::Cause(cause),
        Act::Measures(note()),
        Act::InForce(term("2026-04-10")),
        Act::FollowUp(note()),
        Act::Lifting(note()),
    ] {
        fixture.target_step(&target, act).await.unwrap();
    }
    fixture.looked_at(MAY).await;
    let about = |p: &FocusProposal| p.figures.as_ref().is_some_and(|f| f.object_id == STAFF);
    assert!(!fixture.open_proposals().await.iter().any(about));
}

#[tokio::test]
async fn t12_only_the_regions_authority_decides_never_whom_it_is_about_and_with_a_reason() {
    let (fixture, proposal) = proposed().await;
    let request = decide(&proposal.proposal_id, true);
    let elsewhere = run(&fixture.ticketing, the_authority("652302"), request.clone()).await;
    assert_eq!(refusal(elsewhere), (Code::NotFound, "FOCUS_NOT_FOUND".to_owned()));
    let own = principal(STAFF, Caller::Authority { region: REGION.to_owned() });
    let own = run(&fixture.ticketing, own, request).await;
    assert_eq!(refusal(own), (Code::PermissionDenied, "CONCERNED_STAFF_MEMBER".to_owned()));
    let silent = DecideFocusProposalRequest { reason: " ".to_owned(), ..Default::default() };
    let refused = fixture.settled(silent).await.unwrap_err().to_string();
    for field in ["request_id", "proposal_id", "reason"] {
        assert!(refused.contains(field), "{field}: {refused}");
    }
}

#[tokio::test]
async fn t12_one_of_two_decisions_at_once_stands() {
    let (fixture, proposal) = proposed().await;
    let (yes, no) = tokio::join!(
        fixture.settled(decide(&proposal.proposal_id, true)),
        fixture.settled(decide(&proposal.proposal_id, false)),
    );
    assert_eq!([&yes, &no].iter().filter(|answer| answer.is_ok()).count(), 1, "{yes:?} {no:?}");
    assert_eq!(fixture.open_proposals().await.len(), 3);
}

#[tokio::test]
async fn t19_a_lasting_bottom_rank_is_a_hint_and_opens_nothing() {
    let fixture = Fixture::new().await;
    for month in ["01", "02", "03"] {
        fixture.at(&format!("2026-{month}-10T01:00:00Z"));
        for ratings in [
            Ratings { n: 30, ..GOOD },
            Ratings { n: 20, level: Level::Dissatisfied, ..GOOD },
            Ratings { n: 200, staff: OTHER_STAFF, ..GOOD },
        ] {
            fixture.rate(ratings).await;
        }
    }
    fixture.looked_at(APRIL).await;
    let hint = fixture.open_proposal(FocusBasis::Ranks, FocusKind::Staff).await;
    let ranks = hint.ranks.clone().unwrap();
    assert_eq!((ranks.staff_id.as_str(), hint.figures), (STAFF, None));
    let months: Vec<&str> = ranks.months.iter().map(|rank| rank.month.as_str()).collect();
    assert_eq!(months, ["2026-01", "2026-02", "2026-03"]);
    assert!(ranks.p <= ranks.threshold && ranks.explanation.contains("仅供参考"));
    assert_eq!(hint.ticket_ids.len(), 50, "of sixty");
    let accepted = fixture.settled(decide(&hint.proposal_id, true)).await.unwrap();
    assert_eq!(accepted.record_id, "", "measures need verified findings");
    // The same months are no evidence again.
    for ratings in [
        Ratings { n: 30, ..GOOD },
        Ratings { n: 20, level: Level::Dissatisfied, ..GOOD },
        Ratings { n: 200, staff: OTHER_STAFF, ..GOOD },
    ] {
        fixture.rate(ratings).await;
    }
    fixture.looked_at(MAY).await;
    let ranked = |p: &FocusProposal| p.basis() == FocusBasis::Ranks;
    assert!(!fixture.open_proposals().await.iter().any(ranked));
}
