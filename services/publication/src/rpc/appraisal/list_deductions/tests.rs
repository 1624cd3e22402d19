//! Deductions: from verified findings, and nothing else.

use platform::testing::{AGENCY, REGION, STAFF, WINDOWS};
use proto::{
    fact::v1::{MisconductTransferred, fact::Body},
    publication::v1::{Deduction, FindingKind, FindingSubject},
    r#type::v1::{RestrictedKind, SignalSubject},
};

use super::*;
use crate::rpc::{
    appraisal::testing::{authority, judge, uphold},
    ranking::testing::{at_window, of, rate},
    testing::Fixture,
};

fn asked(period: &str) -> ListDeductionsRequest {
    ListDeductionsRequest {
        region_code: REGION.to_owned(),
        period: period.to_owned(),
        ..ListDeductionsRequest::default()
    }
}

async fn told(fixture: &Fixture, reader: &str, request: ListDeductionsRequest) -> Vec<Deduction> {
    run(&fixture.publication, authority(reader, REGION), request).await.unwrap().deductions
}

fn briefly(all: &[Deduction]) -> Vec<(&str, Vec<(FindingKind, u32)>)> {
    let kinds = |one: &Deduction| one.findings.iter().map(|of| (of.kind(), of.count)).collect();
    all.iter().map(|one| (one.subject_id.as_str(), kinds(one))).collect()
}

#[tokio::test]
async fn p07_nobody_loses_anything_by_bad_ratings_but_by_what_was_found_true() {
    let fixture = Fixture::under("haiyang-2021").await;
    rate(&fixture, &at_window(&fixture, WINDOWS[0]), "2026-01-15", of(0, 100)).await;
    assert_eq!(told(&fixture, "主管", asked("2026-01")).await, [], "bad ratings are no finding");
    for (subject, id, day, found_true) in [
        (SignalSubject::Staff, STAFF, "2026-01-01", true),
        (SignalSubject::Staff, STAFF, "2026-01-31", true),
        (SignalSubject::Staff, STAFF, "2026-02-01", true),
        (SignalSubject::Window, WINDOWS[0], "2026-01-05", false),
        (SignalSubject::Window, WINDOWS[1], "2026-01-05", true),
    ] {
        judge(&fixture, (subject, id), day, found_true).await;
    }
    uphold(&fixture, RestrictedKind::Retaliation, "2026-01-09").await;
    // A transfer is not verified.
    let ticket_id = fixture.open_ticket(&fixture.act(), false).await;
    let transfer_id = fixture.publication.shell.clock.new_id().to_string();
    let at = Some(platform::convert::to_wire("2026-01-25T04:00:00Z".parse().unwrap()));
    let transferred = MisconductTransferred { ticket_id, transfer_id, at };
    fixture.apply(Body::MisconductTransferred(transferred)).await;

    let all = told(&fixture, "主管", asked("2026-01")).await;
    let expected = [
        (AGENCY, vec![(FindingKind::Retaliation, 1)]),
        (STAFF, vec![(FindingKind::FakedPraise, 2)]),
        (WINDOWS[1], vec![(FindingKind::FakedPraise, 1)]),
    ];
    assert_eq!(briefly(&all), expected);
    let subjects = [FindingSubject::Unit, FindingSubject::Staff, FindingSubject::Window];
    assert_eq!(all.iter().map(Deduction::subject).collect::<Vec<_>>(), subjects);
    assert!(all[0].consequence.contains("末位"), "{}", all[0].consequence);
    assert_eq!((all[1].consequence.as_str(), all[2].consequence.as_str()), ("", ""));
    let february = told(&fixture, "主管", asked("2026-02")).await;
    assert_eq!(briefly(&february), [(STAFF, vec![(FindingKind::FakedPraise, 1)])]);
    let others: Vec<Deduction> =
        all.iter().filter(|one| one.subject_id != STAFF).cloned().collect();
    assert_eq!(told(&fixture, STAFF, asked("2026-01")).await, others, "not her own");
    let mut request = ListDeductionsRequest { page_size: 1, ..asked("2026-01") };
    let mut pages = Vec::new();
    loop {
        let caller = authority("主管", REGION);
        let page = run(&fixture.publication, caller, request.clone()).await.unwrap();
        assert_eq!(page.deductions.len(), 1);
        pages.extend(page.deductions);
        request.page_token = page.next_page_token;
        if request.page_token.is_empty() {
            break;
        }
    }
    assert_eq!(pages, all);
}

#[tokio::test]
async fn p07_deductions_are_for_the_authority_of_their_region_and_all_wrong_is_named() {
    let fixture = Fixture::new().await;
    let outside = authority("主管", "652302");
    let refused = run(&fixture.publication, outside, asked("2026-01")).await.unwrap_err();
    assert_eq!(tonic::Status::from(refused).code(), tonic::Code::NotFound);
    let caller = authority("主管", REGION);
    let refused = run(&fixture.publication, caller, asked("2026-03")).await.unwrap_err();
    assert_eq!(tonic::Status::from(refused).code(), tonic::Code::FailedPrecondition);
    let wrong = ListDeductionsRequest { page_token: "%".to_owned(), ..Default::default() };
    let told = run(&fixture.publication, authority("主管", REGION), wrong).await.unwrap_err();
    let told = told.to_string();
    for field in ["region_code:", "period:", "page_token:"] {
        assert!(told.contains(field), "{told}");
    }
}
