use platform::{facts::consume::Consumer as _, testing::REGION};
use proto::{
    fact::v1::{RatingSubmitted, fact::Body},
    publication::v1::{Dimension, GetFiguresRequest},
    r#type::v1::{Channel as WireChannel, Level as WireLevel, ServiceAct},
};

use super::*;
use crate::{
    app::statistics::verify,
    rpc::{
        pain_point::{list_pain_points, testing::authority},
        statistics::get_figures,
        testing::{Fixture, anyone},
    },
};

/// An item of a robot's agency.
const ROBOTS: &str = "Y1000000PY6523035T4002014901000";

fn robots(fixture: &Fixture) -> ServiceAct {
    ServiceAct {
        agency_id: "652301-robot".to_owned(),
        window_id: String::new(),
        staff_id: String::new(),
        ..fixture.act_of(ROBOTS)
    }
}

/// One rating of each level by a channel, at a time, and of no more levels than told.
async fn round(fixture: &Fixture, channel: WireChannel, at: &str, levels: usize) {
    for level in Level::ALL.into_iter().take(levels) {
        let act = robots(fixture);
        fixture.invite(&act).await;
        let rating = fixture.rating(&act, level_to_wire(level), at);
        let rating = RatingSubmitted { channel: channel.into(), private: true, ..rating };
        fixture.apply(Body::RatingSubmitted(rating)).await;
    }
}

async fn proofs(fixture: &Fixture, within_minutes: u32) -> GetLastProofResponse {
    let region_code = REGION.to_owned();
    let request = GetLastProofRequest { region_code, within_minutes };
    run(&fixture.publication, anyone(), request).await.unwrap()
}

/// Those that are missing, as (channel, level).
fn missing(told: &GetLastProofResponse) -> Vec<(WireChannel, WireLevel)> {
    let missing = told.proofs.iter().filter(|proof| proof.missing);
    missing.map(|proof| (proof.channel(), proof.level())).collect()
}

#[tokio::test]
async fn s07_a_robots_ratings_are_proofs_with_their_delay_and_what_stops_arriving_is_missing() {
    let fixture = Fixture::new().await;
    let clock = &fixture.publication.shell.clock;
    assert_eq!(proofs(&fixture, 0).await.proofs, []);
    clock.set("2026-03-02T01:00:03Z".parse().unwrap());
    round(&fixture, WireChannel::Kiosk, "2026-03-02T01:00:00Z", 5).await;
    round(&fixture, WireChannel::Portal, "2026-03-02T01:00:01Z", 3).await;
    let told = proofs(&fixture, 0).await;
    assert_eq!(told.proofs.len(), 10);
    assert_eq!(told.unproved_channels.len(), Channel::ALL.len() - 2);
    let never = [
        (WireChannel::Portal, WireLevel::Dissatisfied),
        (WireChannel::Portal, WireLevel::VeryDissatisfied),
    ];
    assert_eq!(missing(&told), never, "the portal lets only praise through");
    let first = &told.proofs[0];
    assert_eq!((first.channel(), first.level()), (WireChannel::Kiosk, WireLevel::VerySatisfied));
    assert_eq!(first.delay_ms, 3_000);
    assert_eq!(first.netted_out, 1);
    // Praise alone goes on arriving.
    clock.set("2026-03-02T01:10:04Z".parse().unwrap());
    round(&fixture, WireChannel::Kiosk, "2026-03-02T01:10:00Z", 3).await;
    let told = proofs(&fixture, 0).await;
    let stopped = [WireLevel::Dissatisfied, WireLevel::VeryDissatisfied];
    assert_eq!(missing(&told)[..2], stopped.map(|level| (WireChannel::Kiosk, level)));
    assert_eq!(missing(&proofs(&fixture, 60).await), never);
    assert_eq!((told.proofs[0].netted_out, told.proofs[4].netted_out), (2, 1));
    // An older one told late takes nothing back.
    let last = told.proofs[0].rating_id.clone();
    round(&fixture, WireChannel::Kiosk, "2026-03-02T01:05:00Z", 1).await;
    assert_eq!(proofs(&fixture, 0).await.proofs[0].rating_id, last);
}

#[tokio::test]
async fn s07_a_robots_ratings_are_in_no_figure_and_real_ones_stay() {
    let fixture = Fixture::new().await;
    fixture.publication.shell.clock.set("2026-03-02T01:00:03Z".parse().unwrap());
    let real = fixture.act();
    fixture.invite(&real).await;
    let rating = fixture.rating(&real, WireLevel::VeryDissatisfied, "2026-03-02T01:00:00Z");
    fixture.apply(Body::RatingSubmitted(rating)).await;
    let span = ("2026-03-01", "2026-03-31");
    let region = || fixture.figures_of(Dimension::Region, REGION, span.0, span.1);
    let before = region().await;
    for _ in 0..3 {
        round(&fixture, WireChannel::Kiosk, "2026-03-02T01:00:00Z", 5).await;
    }
    let after = region().await;
    assert_eq!((after.levels, after.participation), (before.levels, before.participation));
    assert_eq!((after.levels, after.participation), ([0, 0, 0, 0, 1], (1, 1)));
    // A region in which nobody but robots rated is in no list of figures.
    for level in Level::ALL {
        let act = ServiceAct { region_code: "652302".to_owned(), ..robots(&fixture) };
        let rating = fixture.rating(&act, level_to_wire(level), "2026-03-02T01:00:00Z");
        fixture.apply(Body::RatingSubmitted(rating)).await;
    }
    for number in [1, 2, 3, 4, 5, 6, 7, 9] {
        let request = GetFiguresRequest {
            dimension: number,
            from: span.0.to_owned(),
            to: span.1.to_owned(),
            ..GetFiguresRequest::default()
        };
        let told = get_figures::run(&fixture.publication, anyone(), request).await.unwrap();
        let keys: Vec<&str> = told.rows.iter().map(|row| row.key.as_str()).collect();
        assert_eq!(keys.len(), 1, "{number}: {keys:?}");
        assert!(!keys.iter().any(|key| key.contains("robot") || *key == "652302"), "{keys:?}");
    }
    let published = verify::published(&fixture.publication.store).await.unwrap();
    let of_robots = published.counts.iter().filter(|(of, _)| of.to_string().contains("obot"));
    let of_robots: Vec<_> = of_robots.collect();
    assert!(of_robots.iter().all(|(of, _)| of.to_string().starts_with("DIMENSION_REGION 65230")));
    assert_eq!(of_robots.len(), 10, "one count a level, and nothing of its agency or item");
    let pain = proto::publication::v1::ListPainPointsRequest {
        region_code: REGION.to_owned(),
        from: "2026-03-01".to_owned(),
        to: "2026-03-31".to_owned(),
        ..Default::default()
    };
    let pain = list_pain_points::run(&fixture.publication, authority(REGION), pain).await.unwrap();
    assert_eq!(pain.points.len(), 1, "the real one: {pain:?}");
}

#[tokio::test]
async fn s07_proofs_that_are_in_no_history_any_more_are_none() {
    let fixture = Fixture::new().await;
    fixture.publication.shell.clock.set("2026-03-02T01:00:03Z".parse().unwrap());
    round(&fixture, WireChannel::Kiosk, "2026-03-02T01:00:00Z", 5).await;
    let txn = fixture.publication.store.begin().await.unwrap();
    // Each level is two facts: the offer and the rating.
    fixture.publication.consumer().forget(&txn, "intake", 6).await.unwrap();
    txn.commit().await.unwrap();
    let told = proofs(&fixture, 0).await;
    let negative = [WireLevel::Dissatisfied, WireLevel::VeryDissatisfied];
    assert_eq!(missing(&told), negative.map(|level| (WireChannel::Kiosk, level)));
    let counts: Vec<u64> = told.proofs.iter().map(|proof| proof.netted_out).collect();
    assert_eq!(counts, [1, 1, 1, 0, 0]);
}

#[tokio::test]
async fn everything_wrong_is_named_at_once() {
    let fixture = Fixture::new().await;
    let request = GetLastProofRequest { region_code: "x".to_owned(), within_minutes: 10_081 };
    let told = run(&fixture.publication, anyone(), request).await.unwrap_err().to_string();
    for field in ["region_code", "within_minutes"] {
        assert!(told.contains(&format!("{field}:")), "{told}");
    }
}
