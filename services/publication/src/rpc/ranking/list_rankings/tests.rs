//! Rankings over the figures: what counts, what stands beside, what is not told.

use platform::testing::{
    AGENCY, AUTHORITY, ON_THE_SPOT_ITEM, REGION, WINDOWS, republished, tell, unit_published,
    wire_item,
};
use proto::{
    catalog::v1::{Unit, UnitKind},
    fact::v1::{RatingSubmitted, fact::Body},
    publication::v1::{NotRanked, RankingRow},
    r#type::v1::{Level, Origin, ServiceAct},
};
use sea_orm::{ColumnTrait as _, ConnectionTrait as _, EntityTrait as _, QueryFilter as _};
use tonic_types::StatusExt as _;

use super::*;
use crate::{
    entity::tally,
    rpc::{
        ranking::testing::{at_window, of, offer, publish, rate, rate_as},
        testing::{Fixture, anyone, follow_items},
    },
};

const DAY: &str = "2026-01-15";

fn asked(dimension: Dimension) -> ListRankingsRequest {
    ListRankingsRequest {
        dimension: dimension.into(),
        region_code: REGION.to_owned(),
        period: "2026-01".to_owned(),
        ..ListRankingsRequest::default()
    }
}

async fn told(fixture: &Fixture, request: ListRankingsRequest) -> ListRankingsResponse {
    run(&fixture.publication, anyone(), request).await.unwrap()
}

fn row<'a>(answer: &'a ListRankingsResponse, key: &str) -> &'a RankingRow {
    answer.rows.iter().find(|row| row.key == key).expect(key)
}

fn places(answer: &ListRankingsResponse, key: &str) -> (u32, u32) {
    let row = row(answer, key);
    (row.place_from, row.place_to)
}

#[tokio::test]
async fn p07_p03_windows_are_ranked_in_bands_with_participation_beside_and_few_ratings_untold() {
    let fixture = Fixture::new().await;
    publish(&fixture, UnitKind::Window, &["652301-w03", "652301-w04"]).await;
    for (window, counts) in [
        (WINDOWS[0], of(99, 1)),
        (WINDOWS[1], of(60, 40)),
        ("652301-w03", of(0, 29)),
        ("652301-w04", of(98, 2)),
        // Of another region, or of none that is known.
        ("652302-w01", of(0, 50)),
    ] {
        rate(&fixture, &at_window(&fixture, window), DAY, counts).await;
    }
    offer(&fixture, &at_window(&fixture, WINDOWS[0]), DAY, 100).await;
    let answer = told(&fixture, asked(Dimension::Window)).await;
    let keys: Vec<&str> = answer.rows.iter().map(|row| row.key.as_str()).collect();
    assert_eq!(keys, [WINDOWS[0], "652301-w04", WINDOWS[1], "652301-w03"]);
    for key in [WINDOWS[0], "652301-w04"] {
        assert_eq!(places(&answer, key), (1, 2), "one rating more says nothing");
    }
    assert_eq!(places(&answer, WINDOWS[1]), (3, 3));
    let few = RankingRow {
        key: "652301-w03".to_owned(),
        not_ranked: NotRanked::TooFewRatings.into(),
        ..RankingRow::default()
    };
    assert_eq!(answer.rows[3], few, "nothing of it is told");
    let first = row(&answer, WINDOWS[0]);
    let parts = |rate: proto::publication::v1::Rate| (rate.numerator, rate.denominator);
    assert_eq!(parts(first.participation.unwrap()), (100, 200));
    assert_eq!(parts(first.satisfaction.unwrap()), (99, 100));
    assert_eq!((first.ratings, first.observed), (100, 9_900));
    assert!(first.lower < first.score && first.score < first.upper && first.score < 9_900);
    let basis = answer.basis.unwrap();
    assert_eq!((basis.from.as_str(), basis.to.as_str()), ("2026-01-01", "2026-01-31"));
    assert_eq!((basis.ranked, basis.least_ratings, basis.full_marks), (3, 30, 0));
    let before = ListRankingsRequest { period: "2025-12".to_owned(), ..asked(Dimension::Window) };
    assert_eq!(told(&fixture, before).await.rows, [], "another month");
    let other =
        ListRankingsRequest { agency_id: "652301-a99".to_owned(), ..asked(Dimension::Window) };
    assert_eq!(told(&fixture, other).await.rows, [], "another agency's");
}

#[tokio::test]
async fn p01_p02_default_and_imported_ratings_lift_nobody_even_where_a_profile_scores_them() {
    // Guangxi lets default ratings into the score, and scores agencies by their staff.
    let fixture = Fixture::under("guangxi-2019").await;
    let of_agency = |agency: &str| ServiceAct { agency_id: agency.to_owned(), ..fixture.act() };
    for agency in [AGENCY, AUTHORITY] {
        rate(&fixture, &of_agency(agency), DAY, [60, 10, 5, 4, 1]).await;
        rate_as(&fixture, &of_agency(agency), DAY, [5, 0, 0, 0, 0], Origin::Paper).await;
    }
    let lifted = of_agency(AGENCY);
    for origin in [Origin::Default, Origin::Imported] {
        rate_as(&fixture, &lifted, DAY, [200, 0, 0, 0, 0], origin).await;
    }
    // No member of staff was rated: it is in satisfaction, and in no mean of staff.
    let nobodys = ServiceAct { staff_id: String::new(), ..of_agency(AUTHORITY) };
    rate(&fixture, &nobodys, DAY, [0, 0, 0, 0, 7]).await;
    let answer = told(&fixture, asked(Dimension::Agency)).await;
    let [own, other] = [AGENCY, AUTHORITY].map(|agency| row(&answer, agency));
    assert_eq!((own.defaults, own.imported, own.paper), (200, 200, 5));
    assert_eq!((other.defaults, other.imported, other.paper), (0, 0, 5));
    let values = |row: &RankingRow| (row.score, row.lower, row.upper, row.observed, row.ratings);
    assert_eq!(values(own), values(other));
    assert_eq!((places(&answer, AGENCY), places(&answer, AUTHORITY)), ((1, 2), (1, 2)));
    // (65·10 + 10·8 + 5·6 + 4·3) / 85, of 10.
    assert_eq!((own.ratings, own.observed), (85, 9_082));
    let basis = answer.basis.unwrap();
    assert_eq!((basis.full_marks, basis.mean_of_staff), (10, true));
    assert!(basis.policy.starts_with("guangxi-2019@") && !basis.clause.is_empty());
    // It scores no windows: their satisfaction is ranked.
    let windows = told(&fixture, asked(Dimension::Window)).await.basis.unwrap();
    assert_eq!((windows.full_marks, windows.policy.as_str()), (0, ""));
}

#[tokio::test]
async fn p07_a_window_that_serves_only_the_hard_item_is_not_behind_for_it() {
    let fixture = Fixture::new().await;
    publish(&fixture, UnitKind::Window, &["652301-w03", "652301-w04"]).await;
    let of_item = |window: &str, item: &str| ServiceAct {
        item_code: format!("{}{item}", &fixture.act().item_code[..30]),
        ..at_window(&fixture, window)
    };
    for window in [WINDOWS[0], WINDOWS[1], "652301-w03"] {
        // In two months of the quarter.
        rate(&fixture, &of_item(window, "1"), "2025-10-31", of(98, 2)).await;
        rate(&fixture, &of_item(window, "1"), "2025-11-01", of(98, 2)).await;
        rate(&fixture, &of_item(window, "2"), "2025-12-31", of(140, 60)).await;
    }
    rate(&fixture, &of_item("652301-w04", "2"), "2025-12-01", of(280, 120)).await;
    // Not in this quarter.
    rate(&fixture, &of_item("652301-w04", "2"), "2026-01-01", of(0, 50)).await;
    let quarter = ListRankingsRequest { period: "2025-Q4".to_owned(), ..asked(Dimension::Window) };
    let answer = told(&fixture, quarter).await;
    let hard = row(&answer, "652301-w04");
    assert_eq!((hard.ratings, hard.comparable, hard.observed), (400, 400, 7_000));
    assert!(hard.expected < 7_100, "{}", hard.expected);
    assert_eq!(places(&answer, "652301-w04"), (1, 4));
    assert_eq!(row(&answer, WINDOWS[0]).observed, 8_400);
}

#[tokio::test]
async fn p07_items_and_lines_and_regions_below_are_ranked_without_adjustment() {
    let fixture = Fixture::new().await;
    publish(&fixture, UnitKind::Region, &["652301105", "652301106", "652302"]).await;
    for (region, counts) in [("652301105", of(60, 0)), ("652301106", of(20, 40))] {
        let act = ServiceAct { region_code: region.to_owned(), ..fixture.act() };
        rate(&fixture, &act, DAY, counts).await;
    }
    rate(
        &fixture,
        &ServiceAct { region_code: "652302".to_owned(), ..fixture.act() },
        DAY,
        of(50, 0),
    )
    .await;
    let regions = told(&fixture, asked(Dimension::Region)).await;
    assert_eq!((places(&regions, "652301105"), places(&regions, "652301106")), ((1, 1), (2, 2)));
    assert_eq!(regions.rows.len(), 2, "the next county is not below this one");
    for dimension in [Dimension::Item, Dimension::Line] {
        let answer = told(&fixture, asked(dimension)).await;
        let [only] = &answer.rows[..] else { panic!("{answer:?}") };
        assert_eq!((only.ratings, only.comparable), (170, 0));
        assert_eq!(only.expected, only.observed);
    }
}

#[tokio::test]
async fn p07_items_are_narrowed_by_region_agency_and_line_and_lines_by_region() {
    let fixture = Fixture::new().await;
    let act = |item: &str, region: &str, line: &str| ServiceAct {
        item_code: item.to_owned(),
        region_code: region.to_owned(),
        line_id: line.to_owned(),
        ..fixture.act()
    };
    let mut items = Vec::new();
    for (n, (region, agency, line)) in [
        (REGION, AGENCY, "l1"),
        (REGION, AGENCY, "l2"),
        (REGION, AUTHORITY, "l1"),
        ("652302", "x", "l1"),
    ]
    .into_iter()
    .enumerate()
    {
        let mut item = wire_item(ON_THE_SPOT_ITEM);
        item.code = format!("{}{}", &ON_THE_SPOT_ITEM[..30], n + 4);
        (item.region_code, item.agency_id) = (region.to_owned(), agency.to_owned());
        item.line_id = line.to_owned();
        items.push(item.code.clone());
        tell(&fixture.publication.store, vec![republished(&item)]).await;
        rate(&fixture, &act(&item.code, region, line), DAY, of(40 + n as u64, 5)).await;
    }
    follow_items(&fixture.publication.store).await;
    let ranked = async |request: ListRankingsRequest| {
        let mut rows: Vec<(String, u64)> = told(&fixture, request)
            .await
            .rows
            .into_iter()
            .map(|row| (row.key, row.ratings))
            .collect();
        rows.sort();
        rows
    };
    let rows = |of: &[usize]| -> Vec<(String, u64)> {
        of.iter().map(|n| (items[*n].clone(), 45 + *n as u64)).collect()
    };
    let all = asked(Dimension::Item);
    assert_eq!(ranked(all.clone()).await, rows(&[0, 1, 2, 3]));
    let within = ListRankingsRequest { within_region: true, ..all.clone() };
    assert_eq!(ranked(within.clone()).await, rows(&[0, 1, 2]));
    let line = ListRankingsRequest { line_id: "l1".to_owned(), ..all };
    assert_eq!(ranked(line.clone()).await, rows(&[0, 2, 3]));
    let both = ListRankingsRequest { within_region: true, ..line };
    assert_eq!(ranked(both.clone()).await, rows(&[0, 2]));
    let one = ListRankingsRequest { agency_id: AGENCY.to_owned(), ..both };
    assert_eq!(ranked(one).await, rows(&[0]));
    // A line goes through both regions.
    let lines = asked(Dimension::Line);
    let of_lines = |l1, l2| vec![("l1".to_owned(), l1), ("l2".to_owned(), l2)];
    assert_eq!(ranked(lines.clone()).await, of_lines(45 + 47 + 48, 46));
    let within = ListRankingsRequest { within_region: true, ..lines };
    assert_eq!(ranked(within.clone()).await, of_lines(45 + 47, 46));
    offer(&fixture, &act(&items[0], REGION, "l2"), DAY, 46).await;
    let answer = told(&fixture, within).await;
    let beside = row(&answer, "l2").participation.unwrap();
    assert_eq!((beside.numerator, beside.denominator), (46, 92));
}

#[tokio::test]
async fn p07_more_than_can_be_ranked_are_refused_until_narrowed() {
    let fixture = Fixture::new().await;
    let mut facts = Vec::new();
    for n in 0..=2_000 {
        let mut act = fixture.act();
        act.item_code = format!("{}{n:04}", &ON_THE_SPOT_ITEM[..27]);
        let rating = fixture.rating(&act, Level::Satisfied, &format!("{DAY}T03:00:00Z"));
        facts.push(Body::RatingSubmitted(rating));
    }
    fixture.apply_together(facts).await.unwrap();
    rate(&fixture, &fixture.act(), DAY, of(40, 0)).await;
    let all = asked(Dimension::Item);
    let refused = run(&fixture.publication, anyone(), all.clone()).await.unwrap_err();
    let refused = tonic::Status::from(refused);
    let reason = refused.get_error_details().error_info().cloned().unwrap().reason;
    assert_eq!(reason, "TOO_MANY_TO_RANK");
    let narrowed = ListRankingsRequest { agency_id: AGENCY.to_owned(), ..all };
    let rows = told(&fixture, narrowed).await.rows;
    assert_eq!(rows.len(), 1, "the catalog's own");
}

#[tokio::test]
async fn p01_p07_a_merged_region_keeps_its_figures_and_is_ranked_until_it_ends() {
    let fixture = Fixture::new().await;
    let span = |id: &str, from: &str, to: &str, successor: &str| Unit {
        unit_id: id.to_owned(),
        kind: UnitKind::Region.into(),
        region_code: id.to_owned(),
        valid_from: from.to_owned(),
        valid_to: to.to_owned(),
        successor_id: successor.to_owned(),
        ..Unit::default()
    };
    let (old, new) = ("652301105", "652301106");
    let known = [span(old, "", "2026-01-15", new), span(new, "", "", "")];
    tell(&fixture.publication.store, known.map(|unit| unit_published(&[unit])).to_vec()).await;
    fixture.publication.reference.refresh().await.unwrap();
    let act = |region: &str| ServiceAct { region_code: region.to_owned(), ..fixture.act() };
    for (region, day, counts) in [
        (old, "2025-12-10", of(40, 10)),
        (new, "2025-12-10", of(45, 0)),
        (old, "2026-01-10", of(31, 0)),
        (new, "2026-01-20", of(50, 5)),
    ] {
        rate(&fixture, &act(region), day, counts).await;
    }
    let ranked = async |period: &str| {
        let period = period.to_owned();
        let request = ListRankingsRequest { period, ..asked(Dimension::Region) };
        let rows = told(&fixture, request).await.rows;
        rows.into_iter().map(|row| (row.key, row.ratings)).collect::<Vec<_>>()
    };
    let row = |region: &str, ratings| (region.to_owned(), ratings);
    assert_eq!(ranked("2025-12").await, [row(new, 45), row(old, 50)]);
    assert_eq!(ranked("2026-01").await, [row(new, 55)], "in force on the last day");
    // What the ranking has is what the figures have, and nothing is lost.
    let figures = async |region: &str| -> u64 {
        let told = fixture.figures_of(Dimension::Region, region, "2026-01-01", "2026-01-31").await;
        told.levels.iter().sum()
    };
    assert_eq!((figures(old).await, figures(new).await), (31, 55));
}

#[tokio::test]
async fn i14_p07_a_private_rating_that_waits_is_in_no_place_and_no_mix() {
    let fixture = Fixture::new().await;
    for window in WINDOWS {
        rate(&fixture, &at_window(&fixture, window), DAY, of(45, 5)).await;
    }
    let before = told(&fixture, asked(Dimension::Window)).await;
    let act = at_window(&fixture, WINDOWS[0]);
    let rating = fixture.rating(&act, Level::VeryDissatisfied, "2026-01-16T03:00:00Z");
    let private = RatingSubmitted { private: true, ..rating };
    fixture.apply(Body::RatingSubmitted(private)).await;
    assert_eq!(told(&fixture, asked(Dimension::Window)).await, before);
}

#[tokio::test]
async fn p07_what_the_mix_is_read_from_grows_with_months_and_not_with_ratings() {
    let fixture = Fixture::new().await;
    let rows = async || {
        let mixed = tally::Entity::find().filter(tally::Column::Dimension.between(101, 199));
        mixed.all(fixture.publication.store.read()).await.unwrap().len()
    };
    let act = at_window(&fixture, WINDOWS[0]);
    rate(&fixture, &act, "2026-01-01", of(1, 1)).await;
    // By agency, hall and window.
    assert_eq!(rows().await, 3);
    for day in ["2026-01-02", "2026-01-31"] {
        rate(&fixture, &act, day, of(50, 10)).await;
        rate_as(&fixture, &act, day, of(5, 5), Origin::Paper).await;
        rate_as(&fixture, &act, day, of(20, 0), Origin::Default).await;
    }
    assert_eq!(rows().await, 3);
    rate(&fixture, &act, "2026-02-01", of(1, 0)).await;
    assert_eq!(rows().await, 6);
}

#[tokio::test]
async fn p07_a_ranking_is_read_page_by_page() {
    let fixture = Fixture::new().await;
    publish(&fixture, UnitKind::Window, &["652301-w03"]).await;
    for (window, counts) in
        [(WINDOWS[0], of(20, 20)), (WINDOWS[1], of(40, 0)), ("652301-w03", of(3, 0))]
    {
        rate(&fixture, &at_window(&fixture, window), DAY, counts).await;
    }
    let whole = told(&fixture, asked(Dimension::Window)).await;
    assert_eq!((whole.rows.len(), whole.next_page_token.as_str()), (3, ""));
    let mut request = ListRankingsRequest { page_size: 2, ..asked(Dimension::Window) };
    let mut rows = Vec::new();
    loop {
        let page = told(&fixture, request.clone()).await;
        assert_eq!(page.basis, whole.basis);
        rows.extend(page.rows);
        request.page_token = page.next_page_token;
        if request.page_token.is_empty() {
            break;
        }
        assert_eq!(rows.len(), 2);
    }
    assert_eq!(rows, whole.rows);
}

#[tokio::test]
async fn p07_there_is_no_ranking_of_what_is_not_over_or_not_rebuilt_and_all_wrong_is_named() {
    let fixture = Fixture::new().await;
    let reason = async |request: ListRankingsRequest| {
        let refused = run(&fixture.publication, anyone(), request).await.unwrap_err();
        tonic::Status::from(refused).get_error_details().error_info().cloned().unwrap().reason
    };
    let of = |period: &str| ListRankingsRequest {
        period: period.to_owned(),
        ..asked(Dimension::Window)
    };
    // It is 2 March 2026.
    for period in ["2026-03", "2026-Q1", "2026"] {
        assert_eq!(reason(of(period)).await, "PERIOD_NOT_OVER", "{period}");
    }
    let store = &fixture.publication.store;
    rate(&fixture, &fixture.act(), DAY, [1, 0, 0, 0, 0]).await;
    store.write().execute_unprepared("UPDATE fold SET version = version - 1").await.unwrap();
    assert_eq!(reason(of("2026-02")).await, "FIGURES_NOT_REBUILT");
    for (request, named) in [
        (ListRankingsRequest::default(), &["dimension:", "region_code:", "period:"][..]),
        (asked(Dimension::Staff), &["dimension: is for officers"]),
        (asked(Dimension::Terminal), &["dimension: is not ranked"]),
        (
            ListRankingsRequest { agency_id: AGENCY.to_owned(), ..asked(Dimension::Agency) },
            &["agency_id:"],
        ),
        (
            ListRankingsRequest { line_id: "l1".to_owned(), ..asked(Dimension::Window) },
            &["line_id:"],
        ),
    ] {
        let told = run(&fixture.publication, anyone(), request).await.unwrap_err().to_string();
        assert!(named.iter().all(|field| told.contains(field)), "{told}");
    }
}
