//! At the bottom again and again.

use platform::testing::{AGENCY, REGION, STAFF, WINDOWS};
use proto::catalog::v1::UnitKind;

use super::*;
use crate::rpc::{
    appraisal::testing::authority,
    ranking::testing::{at_window, by_staff, of, publish, rate},
    testing::Fixture,
};

fn asked(period: &str, at_least: u32) -> ListBottomRunsRequest {
    ListBottomRunsRequest {
        dimension: Dimension::Window.into(),
        region_code: REGION.to_owned(),
        period: period.to_owned(),
        at_least,
        ..ListBottomRunsRequest::default()
    }
}

async fn told(fixture: &Fixture, request: ListBottomRunsRequest) -> Vec<(String, u32)> {
    let caller = authority("主管", REGION);
    let runs = run(&fixture.publication, caller, request).await.unwrap().runs;
    runs.into_iter().map(|run| (run.row.unwrap().key, run.periods)).collect()
}

#[tokio::test]
async fn p07_only_who_is_surely_at_the_bottom_without_a_break_is_listed() {
    let fixture = Fixture::new().await;
    publish(&fixture, UnitKind::Window, &["652301-w03", "652301-w04"]).await;
    // By month: good, good, bad, bad, and so on.
    let (good, bad, little) = (of(99, 1), of(60, 40), of(5, 10));
    let months = [
        ("2025-11-30", [good, bad, good, bad]),
        ("2025-12-01", [good, good, bad, little]),
        ("2026-01-31", [good, bad, good, bad]),
        ("2026-02-28", [good, bad, bad, bad]),
    ];
    for (day, counts) in months {
        let windows = [WINDOWS[0], WINDOWS[1], "652301-w03", "652301-w04"];
        for (window, counts) in windows.into_iter().zip(counts) {
            rate(&fixture, &at_window(&fixture, window), day, counts).await;
        }
    }
    let run = |window: &str, periods| (window.to_owned(), periods);
    let twice = [run(WINDOWS[1], 2), run("652301-w04", 2)];
    assert_eq!(told(&fixture, asked("2026-02", 0)).await, twice);
    assert_eq!(told(&fixture, asked("2026-02", 3)).await, []);
    let once = [twice[0].clone(), twice[1].clone(), run("652301-w03", 1)];
    assert_eq!(told(&fixture, asked("2026-02", 1)).await, once, "the longest first");
    assert_eq!(told(&fixture, asked("2025-12", 1)).await, [run("652301-w03", 1)]);
    let page = ListBottomRunsRequest { page_size: 1, ..asked("2026-02", 0) };
    let caller = authority("主管", REGION);
    let answer = super::run(&fixture.publication, caller, page).await.unwrap();
    assert_eq!((answer.runs.len(), answer.next_page_token.is_empty()), (1, false));
}

#[tokio::test]
async fn p07_who_reads_of_runs_is_not_among_them() {
    let fixture = Fixture::new().await;
    for day in ["2026-01-31", "2026-02-28"] {
        for (staff, counts) in
            [(STAFF, of(20, 80)), ("652301-s02", of(21, 79)), ("652301-s03", of(99, 1))]
        {
            rate(&fixture, &by_staff(&fixture, staff), day, counts).await;
        }
    }
    let staff = ListBottomRunsRequest { dimension: Dimension::Staff.into(), ..asked("2026-02", 0) };
    assert_eq!(told(&fixture, staff.clone()).await.len(), 2);
    let own = run(&fixture.publication, authority(STAFF, REGION), staff).await.unwrap().runs;
    let keys: Vec<String> = own.into_iter().map(|run| run.row.unwrap().key).collect();
    assert_eq!(keys, [format!("{AGENCY} 652301-s02")]);
}

#[tokio::test]
async fn p07_where_nobody_can_be_told_from_anybody_nobody_is_at_the_bottom() {
    let fixture = Fixture::new().await;
    for day in ["2025-12-01", "2026-01-31", "2026-02-28"] {
        rate(&fixture, &at_window(&fixture, WINDOWS[0]), day, of(96, 4)).await;
        rate(&fixture, &at_window(&fixture, WINDOWS[1]), day, of(93, 7)).await;
    }
    assert_eq!(told(&fixture, asked("2026-02", 1)).await, [], "somebody is always last");
}

#[tokio::test]
async fn p07_runs_are_for_the_authority_of_their_region_and_all_wrong_is_named() {
    let fixture = Fixture::new().await;
    let outside = authority("主管", "652302");
    let refused = run(&fixture.publication, outside, asked("2026-02", 0)).await.unwrap_err();
    assert_eq!(tonic::Status::from(refused).code(), tonic::Code::NotFound);
    let wrong = ListBottomRunsRequest { at_least: 13, ..Default::default() };
    let told = run(&fixture.publication, authority("主管", REGION), wrong).await.unwrap_err();
    let told = told.to_string();
    for field in ["dimension:", "region_code:", "period:", "at_least:"] {
        assert!(told.contains(field), "{told}");
    }
}
