use platform::convert::to_wire;
use proto::{
    fact::v1::{RatingExcluded, fact::Body},
    publication::v1::ExcludedRating,
    r#type::v1::{ExclusionGround, ExclusionKind, Level},
};

use super::*;
use crate::rpc::{
    disclosure::testing::{Excluding as _, excluded},
    testing::{Fixture, anyone},
};

async fn list(fixture: &Fixture, agency: &str) -> (Vec<ExcludedRating>, u64) {
    let mut request = ListExcludedRatingsRequest {
        region_code: "652301000000".to_owned(),
        agency_id: agency.to_owned(),
        page_size: 2,
        ..ListExcludedRatingsRequest::default()
    };
    let mut listed = Vec::new();
    loop {
        let page = run(&fixture.publication, anyone(), request.clone()).await.unwrap();
        listed.extend(page.ratings);
        request.page_token = page.next_page_token;
        if request.page_token.is_empty() {
            return (listed, page.private_count);
        }
    }
}

#[tokio::test]
async fn p04_t07_the_ledger_shows_what_was_excluded_why_by_which_clause_and_never_a_rating_or_person()
 {
    let fixture = Fixture::new().await;
    let mut tickets = Vec::new();
    for n in 0..3 {
        let rated = fixture.negative(&fixture.act(), false).await;
        // The first one is the newest.
        let since = to_wire(format!("2026-03-0{}T03:00:00Z", 5 - n).parse().unwrap());
        let id = fixture.publication.shell.clock.new_id().to_string();
        let excluded = RatingExcluded { at: Some(since), ..excluded(&rated, id, 0) };
        fixture.apply(Body::RatingExcluded(excluded.clone())).await;
        if n == 1 {
            fixture.reinstate(&excluded, 1).await;
        }
        tickets.push(rated.ticket_id.clone());
    }
    let (listed, hidden) = list(&fixture, "").await;
    let ids: Vec<_> = listed.iter().map(|one| one.ticket_id.clone()).collect();
    assert_eq!((ids, hidden), (tickets, 0));
    let one = &listed[0];
    assert_eq!((one.level(), one.ground()), (Level::VeryDissatisfied, ExclusionGround::Malicious));
    assert_eq!((one.kind(), one.clause.as_str()), (ExclusionKind::Excluded, "第二十三条"));
    assert_eq!(
        (&one.agency_id, &one.item_code),
        (&fixture.act().agency_id, &fixture.act().item_code)
    );
    let ended: Vec<_> = listed.iter().map(|one| one.reinstated_at.is_some()).collect();
    assert_eq!(ended, [false, true, false], "both stay on record");
    assert_eq!(list(&fixture, "652301-a99").await, (Vec::new(), 0));
}

#[tokio::test]
async fn i14_an_excluded_private_rating_is_never_shown_singly_and_counted_in_fives() {
    let fixture = Fixture::new().await;
    for n in 1..=10_u64 {
        let rated = fixture.negative(&fixture.act(), true).await;
        fixture.exclude(&rated, 0).await;
        assert_eq!(list(&fixture, "").await, (Vec::new(), n / 5 * 5));
    }
    // A further private rating hides the act's public one, excluded or not.
    let act = fixture.act();
    let rated = fixture.negative(&act, false).await;
    fixture.exclude(&rated, 0).await;
    assert_eq!(list(&fixture, "").await.0.len(), 1);
    fixture.private_rating(&act, Level::Satisfied).await;
    assert_eq!(list(&fixture, "").await, (Vec::new(), 10));
}

#[tokio::test]
async fn everything_wrong_is_named_at_once() {
    let fixture = Fixture::new().await;
    let request = ListExcludedRatingsRequest {
        page_token: "eA".to_owned(),
        agency_id: "a b".to_owned(),
        ..ListExcludedRatingsRequest::default()
    };
    let told = run(&fixture.publication, anyone(), request).await.unwrap_err().to_string();
    for field in ["region_code:", "agency_id:", "page_token:"] {
        assert!(told.contains(field), "{told}");
    }
}
