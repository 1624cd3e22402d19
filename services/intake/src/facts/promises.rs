//! If a date was promised before the holiday notice it depends on (暂定), it is computed again when
//! the notice is published: nobody is late by a day that became a holiday. Both derivations stay on
//! record.

use domain::calendar::Calendar;
use platform::{database::Txn, reference::calendar};
use proto::fact::v1::{Fact, fact::Body};
use sea_orm::DbErr;

use crate::{
    convert::{case::promise_anew, deadline},
    store::case::cases,
};

/// Computes provisional promises of open cases again, if one of these facts is a new calendar.
pub(super) async fn compute_anew(txn: &Txn, facts: &[Fact]) -> Result<(), DbErr> {
    let mut published = facts.iter().filter_map(|fact| match &fact.body {
        // The reference data left out a fact it could not read, so it changes nothing here.
        Some(Body::CalendarPublished(published)) => calendar(published).ok(),
        _ => None,
    });
    match published.next_back() {
        Some(calendar) => by(txn, &calendar).await,
        None => Ok(()),
    }
}

async fn by(txn: &Txn, calendar: &Calendar) -> Result<(), DbErr> {
    let mut after = None;
    loop {
        let cases = cases::provisional(txn, after).await?;
        let Some(last) = cases.last() else { return Ok(()) };
        after = Some(last.id);
        for mut case in cases {
            let id = case.id;
            let unreadable = |error| DbErr::Type(format!("case {id}: {error}"));
            let promised = deadline(&case.promised).map_err(unreadable)?;
            // Where the calendar does not reach far enough, the promise stays.
            match promised.anew(&calendar.of(&case.region_code)).ok().flatten() {
                Some(anew) => case = promise_anew(case, &anew).map_err(unreadable)?,
                None if promised.provisional => continue,
                None => case.provisional = false,
            }
            cases::promise_anew(txn, case).await?;
        }
    }
}

#[cfg(test)]
mod tests {
    use platform::facts::consume::Consumer as _;
    use proto::{
        fact::v1::CalendarPublished,
        intake::v1::{CompleteCaseRequest, CompleteCaseResponse},
    };
    use tonic::Status;
    use tonic_types::StatusExt as _;

    use super::*;
    use crate::{
        rpc::{
            case::complete_case,
            testing::{COMMITTED_ITEM, Fixture},
        },
        store::case::cases,
    };

    const NATION: &str = include_str!("../../../domain/calendars/2026.toml");
    /// An invented notice of 2027: 4 January is a day off, Saturday the ninth is a workday instead.
    const NOTICE: &str = r#"
year = 2027
notice = "示例通知"
document = "示例〔2026〕1号"

[[holiday]]
name = "元旦"
days = ["2027-01-01", "2027-01-02", "2027-01-03", "2027-01-04"]
workdays = ["2027-01-09"]
"#;

    fn at(fixture: &Fixture, at: &str) {
        fixture.intake.shell.clock.set(at.parse().unwrap());
    }

    async fn publish(fixture: &Fixture, position: u64, years: &[&str]) {
        let published = CalendarPublished {
            years: years.iter().map(|&text| text.to_owned()).collect(),
            statutory: include_str!("../../../domain/calendars/statutory.toml").to_owned(),
            overlays: Vec::new(),
        };
        let fact = Fact {
            position,
            producer: "catalog".to_owned(),
            body: Some(Body::CalendarPublished(published)),
            ..Fact::default()
        };
        let txn = fixture.intake.store.begin().await.unwrap();
        let applied = fixture.intake.consumer().apply(&txn, &[fact]).await.unwrap();
        assert!(applied.left.is_empty());
        txn.commit().await.unwrap();
        fixture.intake.reference.refresh().await.unwrap();
    }

    async fn complete(fixture: &Fixture, number: &str) -> Result<CompleteCaseResponse, Status> {
        let request = CompleteCaseRequest {
            request_id: platform::clock::Clock::System.new_id().to_string(),
            project_number: number.to_owned(),
            late_reason: String::new(),
        };
        let system = fixture.system(&fixture.agency_of(COMMITTED_ITEM));
        complete_case::run(&fixture.intake, system, request).await.map_err(Status::from)
    }

    #[tokio::test]
    async fn c05_a_case_promised_across_a_day_that_became_a_holiday_is_judged_by_the_notice() {
        let fixture = Fixture::new().await;
        at(&fixture, "2026-12-25T01:00:00Z");
        let case = fixture.submit(COMMITTED_ITEM).await;
        let before = case.promised.clone().unwrap();
        assert_eq!((before.due_on.as_str(), before.provisional), ("2027-01-06", true));
        // The same calendar again changes nothing.
        publish(&fixture, 9_001, &[NATION]).await;
        publish(&fixture, 9_002, &[NATION, NOTICE]).await;
        publish(&fixture, 9_003, &[NATION, NOTICE]).await;
        at(&fixture, "2027-01-07T01:00:00Z");
        let done = complete(&fixture, &case.project_number).await.unwrap().case.unwrap();
        assert_eq!(done.late_reason, "", "the seventh is in time by the notice");
        let promised = done.promised.unwrap();
        assert_eq!((promised.due_on.as_str(), promised.provisional), ("2027-01-07", false));
        assert!(promised.calendar_version.contains("示例〔2026〕1号"), "{promised:?}");
        assert_eq!(done.promised_before, [before], "both derivations are on record");
    }

    #[tokio::test]
    async fn c05_without_the_notice_it_is_late_and_what_is_done_or_definite_stays() {
        let fixture = Fixture::new().await;
        let definite = fixture.submit(COMMITTED_ITEM).await;
        at(&fixture, "2026-12-25T01:00:00Z");
        let late = fixture.submit(COMMITTED_ITEM).await;
        let done = fixture.submit(COMMITTED_ITEM).await;
        complete(&fixture, &done.project_number).await.unwrap();
        at(&fixture, "2027-01-07T01:00:00Z");
        let refused = complete(&fixture, &late.project_number).await.unwrap_err();
        let details = refused.get_error_details();
        assert_eq!(details.error_info().unwrap().reason, "LATE_REASON_NEEDED");
        publish(&fixture, 9_002, &[NATION, NOTICE]).await;
        for (case, moved) in [(definite, false), (done, false), (late, true)] {
            let id = case.case_id.parse().unwrap();
            let row = cases::case(&fixture.intake.store, id).await.unwrap().unwrap();
            let now = deadline(&row.promised).unwrap().due_on.to_string();
            assert_eq!(now != case.promised.unwrap().due_on, moved, "{now}");
            assert_eq!(row.promised_before.is_some(), moved);
        }
    }
}
