use platform::{
    convert::to_wire,
    testing::{AGENCY, COMMITTED_ITEM, ON_THE_SPOT_ITEM, REGION, republished, tell, wire_item},
};
use proto::{
    catalog::v1::{Cause, CauseKind},
    publication::v1::{ChangeEffect, PainShare},
};
use sea_orm::ConnectionTrait as _;
use tonic::Code;

use super::*;
use crate::rpc::{
    pain_point::testing::{authority, handler},
    testing::Fixture,
};

fn asked(to: &str) -> GetPainPointRequest {
    GetPainPointRequest {
        region_code: REGION.to_owned(),
        item_code: ON_THE_SPOT_ITEM.to_owned(),
        reason_code: "109".to_owned(),
        to: to.to_owned(),
        ..GetPainPointRequest::default()
    }
}

async fn read(fixture: &Fixture, request: GetPainPointRequest) -> GetPainPointResponse {
    run(&fixture.publication, authority(REGION), request).await.unwrap()
}

/// A new version of the item, on a day, because of a ticket or for no stated reason.
async fn publish(fixture: &Fixture, version: u32, day: &str, ticket: Option<&str>) {
    let mut item = wire_item(ON_THE_SPOT_ITEM);
    item.version = version;
    item.line_id = fixture.act().line_id;
    item.published_at = Some(to_wire(format!("{day}T02:00:00Z").parse().unwrap()));
    let cause = |id: &str| Cause { kind: CauseKind::Ticket.into(), id: id.to_owned() };
    item.causes = ticket.map(cause).into_iter().collect();
    tell(&fixture.publication.store, vec![republished(&item)]).await;
    fixture.publication.reference.refresh().await.unwrap();
}

#[tokio::test]
async fn p09_a_pain_point_has_its_last_twelve_months_as_parts() {
    let fixture = Fixture::new().await;
    let act = fixture.act_of(ON_THE_SPOT_ITEM);
    for (day, of) in [("2025-03-31", (1, 2)), ("2026-01-31", (2, 5)), ("2026-02-27", (3, 3))] {
        fixture.rate(&act, day, of).await;
    }
    fixture.complain(ON_THE_SPOT_ITEM, "2026-02-27", 4).await;
    let months = read(&fixture, asked("2026-02-27")).await.months;
    let told: Vec<_> = months.iter().map(|month| (month.count, month.ratings)).collect();
    let none = [(0, 0); 9];
    assert_eq!(told, [&[(1, 2)][..], &none, &[(2, 5), (3, 3)]].concat());
    let (first, last) = (&months[0], &months[11]);
    assert_eq!((first.from.as_str(), first.to.as_str()), ("2025-03-01", "2025-03-31"));
    assert_eq!((last.from.as_str(), last.to.as_str()), ("2026-02-01", "2026-02-27"));
    let other_stage = GetPainPointRequest { stage: Stage::Approval.into(), ..asked("2026-02-27") };
    let nothing = read(&fixture, other_stage).await.months;
    assert!(nothing.iter().all(|month| (month.count, month.ratings) == (0, 0)));
    let source = "hotline_12345".to_owned();
    let complaints =
        GetPainPointRequest { reason_code: String::new(), source, ..asked("2026-02-27") };
    let complaints = read(&fixture, complaints).await.months;
    assert_eq!((complaints[11].count, complaints[11].ratings), (4, 0));
}

#[tokio::test]
async fn p09_c14_a_change_that_a_ticket_led_to_shows_what_it_did_against_its_peers() {
    let fixture = Fixture::new().await;
    let (act, peer) = (fixture.act_of(ON_THE_SPOT_ITEM), fixture.act_of(COMMITTED_ITEM));
    fixture.rate(&act, "2025-12-20", (20, 40)).await;
    fixture.rate(&peer, "2025-12-20", (10, 100)).await;
    publish(&fixture, 2, "2026-01-10", None).await;
    publish(&fixture, 3, "2026-01-15", Some("ticket-7")).await;
    // On the day itself: in neither.
    fixture.rate(&act, "2026-01-15", (9, 9)).await;
    fixture.rate(&act, "2026-02-10", (2, 40)).await;
    fixture.rate(&peer, "2026-02-10", (10, 100)).await;
    let told = read(&fixture, asked("2026-02-28")).await.changes;
    let [change] = told.as_slice() else { panic!("{told:?}") };
    assert_eq!((change.item_version, change.published_on.as_str()), (3, "2026-01-15"));
    assert_eq!(change.causes[0].id, "ticket-7");
    assert_eq!(change.days, 44, "as many before as there are after");
    let share = |count, ratings| Some(PainShare { count, ratings });
    assert_eq!((change.before, change.after), (share(20, 40), share(2, 40)));
    assert_eq!((change.peers_before, change.peers_after), (share(10, 100), share(10, 100)));
    assert_eq!(change.effect(), ChangeEffect::Better);
    // On the first day nothing can be said, and before it there is no change.
    let told = read(&fixture, asked("2026-01-15")).await.changes;
    assert_eq!((told[0].days, told[0].effect()), (0, ChangeEffect::TooFew));
    assert_eq!(read(&fixture, asked("2026-01-14")).await.changes, []);
}

#[tokio::test]
async fn p09_others_pain_points_are_not_found_and_counts_of_an_earlier_version_are_refused() {
    let fixture = Fixture::new().await;
    fixture.rate(&fixture.act(), "2026-02-10", (1, 1)).await;
    let refused = async |caller, request| {
        let refused = run(&fixture.publication, caller, request).await.unwrap_err();
        tonic::Status::from(refused).code()
    };
    let foreign = GetPainPointRequest { agency_id: "652301-a04".to_owned(), ..asked("2026-02-28") };
    assert_eq!(refused(handler(AGENCY), foreign).await, Code::NotFound);
    assert_eq!(refused(authority("652302"), asked("2026-02-28")).await, Code::NotFound);
    let both = GetPainPointRequest { source: "gov_cn".to_owned(), ..asked("2026-02-30") };
    assert_eq!(refused(authority(REGION), both).await, Code::InvalidArgument);
    let older = "UPDATE fold SET version = version - 1";
    fixture.publication.store.write().execute_unprepared(older).await.unwrap();
    assert_eq!(refused(authority(REGION), asked("2026-02-28")).await, Code::Unavailable);
}

#[tokio::test]
async fn p09_an_item_has_the_words_of_most_of_its_published_texts_and_each_its_months() {
    let fixture = Fixture::new().await;
    let act = fixture.act_of(ON_THE_SPOT_ITEM);
    fixture.rate(&act, "2026-02-10", (0, 40)).await;
    fixture.rate(&fixture.act_of(COMMITTED_ITEM), "2026-02-10", (0, 40)).await;
    fixture.write(&act, "2025-11-20", 6, &["材料"]).await;
    fixture.write(&act, "2026-01-20", 5, &["材料", "窗口"]).await;
    fixture.write(&act, "2026-02-20", 2, &["材料"]).await;
    fixture.write(&act, "2026-02-20", 4, &["电话"]).await;
    let words = read(&fixture, asked("2026-02-27")).await.words;
    let short: Vec<_> = words.iter().map(|w| (w.word.as_str(), w.count, w.ratings)).collect();
    assert_eq!(short, [("材料", 7, 51), ("窗口", 5, 51)], "of ninety days, and no four texts");
    assert_eq!((words[0].count_before, words[0].ratings_before), (6, 6));
    assert_eq!(words[0].lift.as_ref().unwrap().peers_ratings, 40);
    let of = |word: &str| GetPainPointRequest {
        reason_code: String::new(),
        word: word.to_owned(),
        ..asked("2026-02-27")
    };
    let months = read(&fixture, of("材料")).await.months;
    assert_eq!(months[8..].iter().map(|m| m.count).collect::<Vec<_>>(), [6, 0, 5, 2]);
    let months = read(&fixture, of("电话")).await.months;
    assert_eq!(months.iter().map(|month| month.count).sum::<u64>(), 0, "four texts");
    let both = GetPainPointRequest { reason_code: "109".to_owned(), ..of("材料") };
    let refused = run(&fixture.publication, authority(REGION), both).await.unwrap_err();
    assert!(refused.to_string().contains("word:"), "{refused}");
}
