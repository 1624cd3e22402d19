use platform::testing::AGENCY;
use proto::{
    ticketing::v1::{AppealParty, AppealState, GetTicketRequest},
    r#type::v1::{
        ExclusionDuty::Verified,
        ExclusionGround::{Malicious, Unspecified},
    },
};
use tonic::{Code, Status};
use tonic_types::StatusExt as _;

use super::*;
use crate::rpc::appeal::testing::{SERVED, lodge, of_authority, officer};
use crate::rpc::{
    testing::{Fixture, handler, refusal},
    ticket::get_ticket,
};

fn precondition(reason: &str) -> (Code, String) {
    (Code::FailedPrecondition, reason.to_owned())
}

#[tokio::test]
async fn t07_s02_cj_staff_are_heard_by_their_department_with_evidence() {
    let fixture = Fixture::under("changji-2020").await;
    let rated = fixture.rated().await;
    let request = lodge(&rated, SERVED);
    let call = |caller, request| run(&fixture.ticketing, caller, request);
    // The rated person may appeal themselves, and so may a colleague for them.
    let answer = call(officer(SERVED), request.clone()).await.unwrap();
    assert_eq!(call(officer(SERVED), request.clone()).await.unwrap(), answer, "a repeat");
    let appeal = answer.appeal.unwrap();
    assert_eq!((appeal.state(), appeal.from()), (AppealState::Lodged, AppealParty::Staff));
    assert_eq!(appeal.to(), AppealParty::HandlingAgency);
    assert_eq!((&appeal.staff_id, &appeal.lodged_by), (&SERVED.to_owned(), &SERVED.to_owned()));
    assert_eq!(appeal.statement, request.statement);
    assert!(appeal.deadlines.is_empty() && !appeal.overdue, "no document limits it");
    let told = fixture.facts().await;
    let lodged = told.iter().filter(|body| matches!(body, Body::AppealLodged(_))).count();
    assert_eq!(lodged, 1, "{told:?}");
    assert!(!format!("{told:?}").contains(&request.statement), "no free text in facts");
    let txn = fixture.ticketing.store.begin().await.unwrap();
    let stored = store::appeal::of_rating(&txn, rated.rating_id.parse().unwrap()).await;
    let stored = stored.unwrap().remove(0).statement;
    let plain = request.statement.as_bytes();
    assert!(!stored.windows(plain.len()).any(|part| part == plain), "it is sealed");
}

#[tokio::test]
async fn t07_who_may_not_appeal_is_told_who_may() {
    for (profile, admitted) in [("haiyang-2021", "业务办理单位"), ("changji-2020", "工作人员")]
    {
        let fixture = Fixture::under(profile).await;
        let rated = fixture.rated().await;
        let staff_id = if profile == "haiyang-2021" { SERVED } else { "" };
        let refused = run(&fixture.ticketing, officer("lodger"), lodge(&rated, staff_id)).await;
        let status = Status::from(refused.unwrap_err());
        let details = status.get_error_details();
        assert_eq!(details.error_info().unwrap().reason, "APPEAL_NOT_ADMITTED");
        let said = &details.localized_message().unwrap().message;
        assert!(said.contains(admitted), "{said}");
    }
    let fixture = Fixture::under("changji-2020").await;
    let rated = fixture.rated().await;
    let other = run(&fixture.ticketing, officer("lodger"), lodge(&rated, "652301-s08")).await;
    let denied = (Code::PermissionDenied, "APPEAL_NOT_ADMITTED".to_owned());
    assert_eq!(refusal(other), denied, "the rating names somebody else");
    let authority = run(&fixture.ticketing, of_authority("a-1"), lodge(&rated, "")).await;
    assert_eq!(refusal(authority), denied);
}

#[tokio::test]
async fn t07_hy23_within_three_working_days_of_the_rating_and_decided_within_three_more() {
    let fixture = Fixture::under("haiyang-2021").await;
    let (late, rated) = (fixture.rated().await, fixture.rated().await);
    // Monday; the third working day is Thursday.
    fixture.at("2026-03-05T15:59:59Z");
    let lodged = run(&fixture.ticketing, officer("lodger"), lodge(&rated, "")).await;
    let appeal = lodged.unwrap().appeal.unwrap();
    let due: Vec<_> =
        appeal.deadlines.iter().map(|d| (d.act.as_str(), d.due_on.as_str())).collect();
    assert_eq!(due, [("appeal", "2026-03-05"), ("decide_appeal", "2026-03-10")]);
    assert!(appeal.deadlines.iter().all(|d| d.clause.contains("第二十三条")));
    assert_eq!(appeal.deadlines[1].derivation.iter().filter(|d| d.counted_as > 0).count(), 3);
    // The appeal itself is a duty of this profile, and on record with it.
    assert_eq!((appeal.duties.len(), appeal.duties_left.len()), (1, 2));
    fixture.at("2026-03-05T16:00:00Z");
    let refused = run(&fixture.ticketing, officer("lodger"), lodge(&late, "")).await;
    let status = Status::from(refused.unwrap_err());
    let info = status.get_error_details().error_info().unwrap().clone();
    assert_eq!(
        (info.reason.as_str(), info.metadata["due_on"].as_str()),
        ("APPEAL_TOO_LATE", "2026-03-05")
    );
    assert!(info.metadata["clause"].contains("第二十三条"));
}

#[tokio::test]
async fn t07_a_rating_has_one_open_appeal_and_each_party_one_decision() {
    let fixture = Fixture::under("county-2020").await;
    let rated = fixture.rated().await;
    let call = |request| run(&fixture.ticketing, officer("lodger"), request);
    let of_agency = call(lodge(&rated, "")).await.unwrap().appeal.unwrap();
    assert_eq!(refusal(call(lodge(&rated, SERVED)).await), precondition("APPEAL_OPEN"));
    fixture.record(of_authority("a-1"), &of_agency.appeal_id, Verified).await;
    fixture.decided(of_authority("a-1"), &of_agency.appeal_id, Unspecified).await;
    assert_eq!(refusal(call(lodge(&rated, "")).await), precondition("APPEAL_DECIDED"));
    // The staff member's right is their own; upheld, the rating is excluded.
    let of_staff = call(lodge(&rated, SERVED)).await.unwrap().appeal.unwrap();
    fixture.record(of_authority("a-1"), &of_staff.appeal_id, Verified).await;
    fixture.decided(of_authority("a-1"), &of_staff.appeal_id, Malicious).await;
    let again = call(lodge(&rated, "652301-S07")).await;
    assert_eq!(refusal(again), precondition("APPEAL_DECIDED"), "the same in other letters");
    // What is excluded already needs no appeal.
    let excluded = fixture.rated().await;
    let of_staff = call(lodge(&excluded, SERVED)).await.unwrap().appeal.unwrap();
    fixture.record(of_authority("a-1"), &of_staff.appeal_id, Verified).await;
    fixture.decided(of_authority("a-1"), &of_staff.appeal_id, Malicious).await;
    assert_eq!(refusal(call(lodge(&excluded, "")).await), precondition("RATING_EXCLUDED"));
}

#[tokio::test]
async fn t07_two_appeals_at_once_become_one() {
    let fixture = Fixture::under("changji-2020").await;
    let rated = fixture.rated().await;
    let call = |by: &'static str| run(&fixture.ticketing, officer(by), lodge(&rated, SERVED));
    let (one, other) = tokio::join!(call("one"), call("other"));
    assert_eq!(usize::from(one.is_ok()) + usize::from(other.is_ok()), 1, "{one:?} {other:?}");
}

#[tokio::test]
async fn t07_an_appeal_leaves_the_handling_of_the_ticket_as_it_is() {
    let fixture = Fixture::under("haiyang-2021").await;
    let rated = fixture.rated().await;
    let read = || async {
        let request =
            GetTicketRequest { ticket_id: rated.ticket_id.clone(), ..GetTicketRequest::default() };
        get_ticket::run(&fixture.ticketing, handler(AGENCY), request).await.unwrap().ticket
    };
    let before = read().await;
    run(&fixture.ticketing, officer("lodger"), lodge(&rated, "")).await.unwrap();
    assert_eq!(read().await, before, "neither state nor deadlines");
}

#[tokio::test]
async fn everything_wrong_is_named_at_once_and_what_is_out_of_reach_is_not_found() {
    let fixture = Fixture::under("changji-2020").await;
    let rated = fixture.rated().await;
    let wrong = LodgeAppealRequest {
        request_id: "x".to_owned(),
        rating_id: "x".to_owned(),
        staff_id: "a b".to_owned(),
        statement: "字".repeat(1_001),
        document_ids: vec!["x".to_owned()],
    };
    let said = run(&fixture.ticketing, of_authority("a-1"), wrong).await.unwrap_err().to_string();
    for field in ["request_id", "rating_id", "staff_id", "statement", "document_ids[0]"] {
        assert!(said.contains(&format!("{field}:")), "{field}: {said}");
    }
    let many = |n: usize| LodgeAppealRequest {
        document_ids: (0..n).map(|_| crate::rpc::testing::request_id()).collect(),
        ..lodge(&rated, SERVED)
    };
    let said = run(&fixture.ticketing, officer("lodger"), many(51)).await.unwrap_err().to_string();
    assert!(said.contains("document_ids: are more than 50"), "{said}");
    let silent = LodgeAppealRequest { statement: " ".to_owned(), ..lodge(&rated, SERVED) };
    let said = run(&fixture.ticketing, officer("lodger"), silent).await.unwrap_err().to_string();
    assert!(said.contains("statement: must be filled in"), "{said}");
    let missing = (Code::NotFound, "TICKETED_RATING_NOT_FOUND".to_owned());
    let unknown =
        LodgeAppealRequest { rating_id: Uuid::nil().to_string(), ..lodge(&rated, SERVED) };
    assert_eq!(refusal(run(&fixture.ticketing, officer("lodger"), unknown).await), missing);
    let stranger = run(&fixture.ticketing, handler("652301-a04"), lodge(&rated, SERVED)).await;
    assert_eq!(refusal(stranger), missing);
    let strange = run(&fixture.ticketing, officer("lodger"), many(50)).await.unwrap_err();
    assert!(strange.to_string().contains("document_ids[0]: is no document of this ticket"));
}
