use platform::testing::{AGENCY, COMMITTED_ITEM, ON_THE_SPOT_ITEM, REGION};
use proto::{
    fact::v1::{FocusProposed, fact::Body},
    ticketing::v1::{FocusProposalState, FocusVerdict, Problem, problem_step::Act},
    r#type::v1::{FocusBasis, FocusKind},
};

use super::*;
use crate::rpc::{
    focus::{
        advance_problem,
        testing::{BAD, GOOD, OTHER_STAFF, Ratings, advance_problem as request, decide, note},
    },
    testing::{Fixture, authority},
};

async fn told(fixture: &Fixture) -> Vec<FocusProposed> {
    let told = fixture.told().await.into_iter().filter_map(|body| match body {
        Body::FocusProposed(told) => Some(told),
        _ => None,
    });
    told.collect()
}

#[tokio::test]
async fn t12_t13_each_month_proposes_what_the_figures_say_once_and_cites_what_it_rests_on() {
    let fixture = Fixture::new().await;
    let tickets = fixture.a_bad_quarter().await;
    let holder = fixture.ticketing.shell.clock.new_id();
    // The month of the ratings is not over.
    assert_eq!(round(&fixture.ticketing, holder, &mut None).await.unwrap(), 0);
    fixture.at("2026-04-01T01:00:00Z");
    assert_eq!(round(&fixture.ticketing, holder, &mut None).await.unwrap(), 4);
    assert_eq!(round(&fixture.ticketing, holder, &mut None).await.unwrap(), 0, "once a month");
    let open = fixture.open_proposals().await;
    let kinds: Vec<FocusKind> =
        open.iter().map(|proposal| proposal.figures.as_ref().unwrap().kind()).collect();
    for kind in [FocusKind::Staff, FocusKind::Agency, FocusKind::Item, FocusKind::ItemTag] {
        assert!(kinds.contains(&kind), "{kind:?}");
    }
    for proposal in open {
        assert_eq!(proposal.state(), FocusProposalState::Open);
        assert!(proposal.policy.starts_with("changji-2020@"), "{}", proposal.policy);
        let figures = proposal.figures.unwrap();
        assert_eq!((figures.from.as_str(), figures.until.as_str()), ("2026-01-01", "2026-03-31"));
        assert_eq!(figures.verdict(), FocusVerdict::Found);
        let (own, rest) = (figures.own.unwrap(), figures.rest.unwrap());
        assert_eq!((own.poor, own.ratings, rest.ratings), (12, 40, 200));
        // Two staff, two agencies, two items and four reasons at them, at four looks.
        assert_eq!(figures.compared, 4 * 10);
        assert!(figures.p <= figures.threshold && figures.threshold <= 0.05 / 40.0);
        assert!(figures.explanation.contains("40次比较"), "{}", figures.explanation);
        let mut behind = proposal.ticket_ids;
        behind.sort();
        let mut expected = tickets.clone();
        expected.sort();
        assert_eq!(behind, expected);
    }
    assert_eq!(told(&fixture).await.len(), 4);
    fixture.at("2026-05-01T01:00:00Z");
    assert_eq!(round(&fixture.ticketing, holder, &mut None).await.unwrap(), 0, "they wait");
}

#[tokio::test]
async fn t12_two_replicas_at_once_propose_once() {
    let fixture = Fixture::new().await;
    fixture.a_bad_quarter().await;
    let at = "2026-04-01T01:00:00Z";
    let (one, other) = tokio::join!(fixture.looked_at(at), fixture.looked_at(at));
    assert_eq!(one + other, 4);
    assert_eq!(told(&fixture).await.len(), 4);
    assert_eq!(fixture.open_proposals().await.len(), 4);
}

#[tokio::test]
async fn t12_nothing_is_proposed_of_what_the_profile_does_not_name_nor_of_fair_figures() {
    let haiyang = Fixture::under("haiyang-2021").await;
    haiyang.a_bad_quarter().await;
    assert_eq!(haiyang.looked_at("2026-04-01T01:00:00Z").await, 2, "an item and a reason at it");
    let fixture = Fixture::new().await;
    for ratings in [GOOD, Ratings { n: 2, ..BAD }, Ratings { n: 200, staff: OTHER_STAFF, ..GOOD }] {
        fixture.rate(ratings).await;
    }
    assert_eq!(fixture.looked_at("2026-04-01T01:00:00Z").await, 0);
}

/// Complaints about an item received at an instant, without tickets.
async fn complaints(fixture: &Fixture, at: &str, item: &str, n: usize, wants_ticket: bool) {
    fixture.at(at);
    let one = |_| {
        let mut matter = fixture.matter();
        matter.item_code = item.to_owned();
        matter.wants_ticket = wants_ticket;
        Body::MatterRaised(matter)
    };
    let applied = fixture.apply_together((0..n).map(one).collect()).await;
    assert!(applied.left.is_empty(), "{:?}", applied.left);
}

#[tokio::test]
async fn t13_complaints_more_frequent_than_before_become_a_problem_and_its_closing_counts_again() {
    let fixture = Fixture::new().await;
    for (at, item, n) in [
        ("2025-04-10T01:00:00Z", COMMITTED_ITEM, 30),
        ("2025-07-10T01:00:00Z", ON_THE_SPOT_ITEM, 4),
        ("2026-02-10T01:00:00Z", COMMITTED_ITEM, 8),
    ] {
        complaints(&fixture, at, item, n, false).await;
    }
    complaints(&fixture, "2026-03-02T01:00:00Z", ON_THE_SPOT_ITEM, 14, true).await;
    fixture.looked_at("2026-04-01T01:00:00Z").await;
    let proposal = fixture.open_proposal(FocusBasis::Complaints, FocusKind::Item).await;
    let figures = proposal.figures.clone().unwrap();
    let counts = figures.complaints.unwrap();
    assert_eq!((figures.object_id.as_str(), counts.days_before), (ON_THE_SPOT_ITEM, 266));
    assert_eq!((counts.own_now, counts.own_before), (14, 4));
    assert_eq!((counts.rest_now, counts.rest_before), (8, 30));
    assert!(counts.p_rest.is_some() && figures.p <= figures.threshold);
    assert!(figures.explanation.contains("收到投诉14件"), "{}", figures.explanation);
    assert_eq!((figures.own, proposal.ticket_ids.len()), (None, 14));
    let accepted = fixture.settled(decide(&proposal.proposal_id, true)).await.unwrap();
    let step = async |act| -> Problem {
        let request = request(&accepted.record_id, act);
        let stepped =
            advance_problem::run(&fixture.ticketing, authority(REGION), request).await.unwrap();
        stepped.problem.unwrap()
    };
    step(Act::Cause(note())).await;
    let measures = proto::ticketing::v1::ProblemMeasures {
        measures: "示例措施".to_owned(),
        owner: AGENCY.to_owned(),
        until: "2026-04-20".to_owned(),
    };
    step(Act::Measures(measures)).await;
    complaints(&fixture, "2026-04-10T01:00:00Z", ON_THE_SPOT_ITEM, 1, false).await;
    fixture.at("2026-04-21T01:00:00Z");
    let document = proto::ticketing::v1::FocusDocument {
        body: "示例市人民政府".to_owned(),
        document_number: "示例〔2026〕9号".to_owned(),
        on: "2026-04-20".to_owned(),
    };
    step(Act::Report(document)).await;
    let closed = step(Act::Closing(note())).await;
    let after = closed.after.unwrap();
    assert_eq!((after.from.as_str(), after.complaints.unwrap().own_now), ("2026-04-02", 1));
    assert_ne!(after.verdict(), FocusVerdict::Found);
}

#[tokio::test]
async fn t13_complaints_that_rise_everywhere_or_have_no_past_propose_nothing() {
    let fixture = Fixture::new().await;
    for (at, item, n) in [
        ("2025-07-10T01:00:00Z", COMMITTED_ITEM, 10),
        ("2025-07-10T01:00:00Z", ON_THE_SPOT_ITEM, 10),
        ("2026-03-02T01:00:00Z", COMMITTED_ITEM, 40),
        ("2026-03-02T01:00:00Z", ON_THE_SPOT_ITEM, 40),
    ] {
        complaints(&fixture, at, item, n, false).await;
    }
    fixture.looked_at("2026-04-01T01:00:00Z").await;
    let of_item = |p: &proto::ticketing::v1::FocusProposal| {
        p.figures.as_ref().is_some_and(|figures| figures.kind() == FocusKind::Item)
    };
    assert!(!fixture.open_proposals().await.iter().any(of_item));
    let young = Fixture::new().await;
    complaints(&young, "2026-03-02T01:00:00Z", ON_THE_SPOT_ITEM, 40, false).await;
    assert_eq!(young.looked_at("2026-04-01T01:00:00Z").await, 0);
}
