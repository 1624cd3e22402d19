//! Candidates for awards: the best by their ratings, without a verified finding.

use platform::testing::{AGENCY, REGION, STAFF, WINDOWS};
use proto::{
    catalog::v1::UnitKind,
    publication::v1::AwardCandidate,
    r#type::v1::{RestrictedKind, SignalSubject},
};

use super::*;
use crate::rpc::{
    appraisal::testing::{authority, judge, uphold},
    ranking::testing::{at_window, by_staff, of, publish, rate},
    testing::Fixture,
};

const DAY: &str = "2026-01-15";

fn asked(award: Award) -> ListAwardCandidatesRequest {
    ListAwardCandidatesRequest {
        award: award.into(),
        region_code: REGION.to_owned(),
        period: "2026-01".to_owned(),
        ..ListAwardCandidatesRequest::default()
    }
}

async fn told(fixture: &Fixture, award: Award) -> Vec<AwardCandidate> {
    let caller = authority("主管", REGION);
    run(&fixture.publication, caller, asked(award)).await.unwrap().candidates
}

/// (who, eligible, findings about itself, about its agency).
fn briefly(all: &[AwardCandidate]) -> Vec<(&str, bool, u32, u32)> {
    let one = |of: &AwardCandidate| (of.eligible, of.findings, of.agency_findings);
    let keys = all.iter().map(|of| of.row.as_ref().map(|row| row.key.as_str()).unwrap());
    keys.zip(all.iter().map(one)).map(|(key, (a, b, c))| (key, a, b, c)).collect()
}

#[tokio::test]
async fn p07_the_best_windows_are_candidates_unless_something_was_found_true_of_them() {
    let fixture = Fixture::new().await;
    publish(&fixture, UnitKind::Window, &["652301-w03", "652301-w04", "652301-w05"]).await;
    for (window, counts) in [
        (WINDOWS[0], of(199, 1)),
        (WINDOWS[1], of(150, 50)),
        ("652301-w03", of(198, 2)),
        // All good, but few; and too few for a place.
        ("652301-w04", of(40, 0)),
        ("652301-w05", of(29, 0)),
    ] {
        rate(&fixture, &at_window(&fixture, window), DAY, counts).await;
    }
    let window = |id| (SignalSubject::Window, id);
    // Found not to be so; of another month; and of one that is no candidate anyway.
    judge(&fixture, window(WINDOWS[0]), DAY, false).await;
    judge(&fixture, window(WINDOWS[0]), "2026-02-01", true).await;
    judge(&fixture, window(WINDOWS[1]), DAY, true).await;
    let all = told(&fixture, Award::BestWindow).await;
    let none = [(WINDOWS[0], true, 0, 0), ("652301-w03", true, 0, 0), ("652301-w04", true, 0, 0)];
    assert_eq!(briefly(&all), none, "by the lower end of the interval");
    assert!(all.iter().all(|one| one.agency_id == AGENCY));
    judge(&fixture, window("652301-w03"), "2026-01-31", true).await;
    uphold(&fixture, RestrictedKind::Leak, "2026-01-20").await;
    let all = told(&fixture, Award::BestWindow).await;
    let found = [(WINDOWS[0], true, 0, 1), ("652301-w03", false, 1, 1), ("652301-w04", true, 0, 1)];
    assert_eq!(briefly(&all), found, "its agency's finding is told, and decides nothing");
    let page = ListAwardCandidatesRequest { page_size: 2, ..asked(Award::BestWindow) };
    let caller = || authority("主管", REGION);
    let first = run(&fixture.publication, caller(), page.clone()).await.unwrap();
    let next = ListAwardCandidatesRequest { page_token: first.next_page_token, ..page };
    let second = run(&fixture.publication, caller(), next).await.unwrap();
    assert_eq!([first.candidates, second.candidates].concat(), all);
}

#[tokio::test]
async fn p07_stars_of_service_are_window_staff_of_the_whole_region() {
    let fixture = Fixture::under("guangxi-2019").await;
    for (staff, counts) in [(STAFF, [100, 0, 0, 0, 0]), ("652301-s02", [40, 20, 20, 10, 10])] {
        rate(&fixture, &by_staff(&fixture, staff), DAY, counts).await;
    }
    judge(&fixture, (SignalSubject::Staff, "652301-s02"), DAY, true).await;
    let all = told(&fixture, Award::ServiceStar).await;
    let key = format!("{AGENCY} {STAFF}");
    assert_eq!(briefly(&all), [(key.as_str(), true, 0, 0)]);
    judge(&fixture, (SignalSubject::Staff, STAFF), DAY, true).await;
    let all = told(&fixture, Award::ServiceStar).await;
    assert_eq!(briefly(&all), [(key.as_str(), false, 1, 0)]);
}

#[tokio::test]
async fn p07_whoever_reads_it_is_not_told_of_findings_about_themselves_whether_there_are_any_or_not()
 {
    let fixture = Fixture::under("guangxi-2019").await;
    let others = "652301-s02";
    for staff in [STAFF, others] {
        rate(&fixture, &by_staff(&fixture, staff), DAY, [100, 0, 0, 0, 0]).await;
    }
    let caller = || authority(STAFF, REGION);
    let read =
        async || run(&fixture.publication, caller(), asked(Award::ServiceStar)).await.unwrap();
    let key = format!("{AGENCY} {others}");
    let before = read().await;
    assert_eq!(briefly(&before.candidates), [(key.as_str(), true, 0, 0)]);
    judge(&fixture, (SignalSubject::Staff, STAFF), DAY, true).await;
    assert_eq!(read().await, before);
    assert_eq!(told(&fixture, Award::ServiceStar).await.len(), 2, "others are told");
}

#[tokio::test]
async fn p07_candidates_are_for_the_authority_of_their_region_and_all_wrong_is_named() {
    let fixture = Fixture::new().await;
    let outside = authority("主管", "652302");
    let refused = run(&fixture.publication, outside, asked(Award::BestWindow)).await.unwrap_err();
    assert_eq!(tonic::Status::from(refused).code(), tonic::Code::NotFound);
    let wrong = ListAwardCandidatesRequest { page_token: "%".to_owned(), ..Default::default() };
    let told = run(&fixture.publication, authority("主管", REGION), wrong).await.unwrap_err();
    let told = told.to_string();
    for field in ["award:", "region_code:", "period:", "page_token:"] {
        assert!(told.contains(field), "{told}");
    }
}
