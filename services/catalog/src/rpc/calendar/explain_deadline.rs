//! Explains a deadline day by day.

use domain::{
    codes::RegionCode,
    deadline::day_of,
    violation::{Violations, identifier},
};
use platform::{
    auth::Anyone,
    convert::{deadline_to_wire, instant_of},
    status::Failure,
};
use proto::catalog::v1::{ExplainDeadlineRequest, ExplainDeadlineResponse};

use crate::{
    error::{CalendarError, Error, PolicyError},
    state::Catalog,
};

pub(crate) async fn run(
    catalog: &Catalog,
    _: Anyone,
    request: ExplainDeadlineRequest,
) -> Result<ExplainDeadlineResponse, Error> {
    let mut wrong = Violations::default();
    wrong.require(!request.act.is_empty(), "act", "is missing");
    wrong.take("act", identifier(&request.act));
    let region = wrong.take("region_code", RegionCode::parse(&request.region_code));
    let event_at = wrong.take("event_at", instant_of(request.event_at.as_ref()));
    let (Some(region), Some(event_at)) = wrong.finish((region, event_at))? else {
        return Err(Violations::default().into());
    };
    let day = day_of(event_at);
    let view = catalog.memory.view().await?;
    let documents = &view.documents;
    let profile = documents
        .profile_on(region.as_str(), day)
        .ok_or_else(|| PolicyError::ProfileNotFound { region: region.to_string(), day })?;
    let rule =
        profile.deadline(&request.act).ok_or(CalendarError::RuleNotFound { act: request.act })?;
    let calendar = documents
        .calendar()
        .ok_or_else(|| Failure::Internal("no calendar is published".to_owned()))?;
    let deadline = rule.due(event_at, &calendar.of(region.as_str()))?;
    Ok(ExplainDeadlineResponse { deadline: Some(deadline_to_wire(&deadline)) })
}

#[cfg(test)]
mod tests {
    use platform::convert::to_wire;
    use platform::testing::nobody;
    use proto::{
        catalog::v1::{CalendarDocument, ProfileDocument, change::Subject},
        r#type::v1::Deadline,
    };

    use super::*;
    use crate::{
        jobs::load_region::tests::{SOURCES, loaded},
        rpc::testing::{REGION, change, publish},
    };

    async fn explain(catalog: &Catalog, act: &str, at: &str) -> Result<Deadline, Error> {
        explain_in(catalog, REGION, act, at).await
    }

    async fn explain_in(
        catalog: &Catalog,
        region: &str,
        act: &str,
        at: &str,
    ) -> Result<Deadline, Error> {
        let request = ExplainDeadlineRequest {
            region_code: region.to_owned(),
            act: act.to_owned(),
            event_at: Some(to_wire(at.parse().unwrap())),
        };
        run(catalog, nobody(), request).await.map(|answer| answer.deadline.unwrap())
    }

    /// Publishes a year of the calendar with one holiday, or a region's overlay of it.
    async fn calendar(catalog: &Catalog, region: Option<&str>, year: u32, day: &str) {
        let own = region.map(|region| format!("region = \"{region}\"\n")).unwrap_or_default();
        let document = format!(
            "{own}year = {year}\nnotice = \"示例通知\"\ndocument = \"示例号\"\n\
             [[holiday]]\nname = \"示例节\"\ndays = [\"{day}\"]\nworkdays = []\n"
        );
        let change = change(Subject::Calendar(CalendarDocument { document }));
        publish(catalog, region.unwrap_or("000000"), change).await.unwrap();
    }

    #[tokio::test]
    async fn t04_cj_five_working_days_are_counted_day_by_day_over_a_holiday() {
        let (catalog, _place) = loaded().await;
        // Thursday before the Spring Festival of 2026; 14 February is a make-up workday.
        let deadline = explain(&catalog, "feed_back_clear", "2026-02-12T03:00:00Z").await.unwrap();
        let counted: Vec<(String, u32)> = deadline
            .derivation
            .iter()
            .filter(|day| day.counted_as > 0)
            .map(|day| (day.date.clone(), day.counted_as))
            .collect();
        let expected = ["2026-02-13", "2026-02-14", "2026-02-24", "2026-02-25", "2026-02-26"];
        let expected: Vec<_> = (1..).zip(expected).map(|(n, d)| (d.to_owned(), n)).collect();
        assert_eq!(counted, expected);
        assert_eq!(deadline.due_on, "2026-02-26");
        assert_eq!(deadline.derivation[0].reason, "当日不计（工作日）");
        assert_eq!(deadline.derivation[2].reason, "春节调休上班");
        assert!(!deadline.provisional && deadline.clause.contains("四（一）"));
    }

    #[tokio::test]
    async fn t04_cj_a_deadline_into_a_year_without_notice_is_provisional() {
        let (catalog, _place) = loaded().await;
        let deadline = explain(&catalog, "feed_back_clear", "2026-12-28T03:00:00Z").await.unwrap();
        assert!(deadline.provisional && deadline.calendar_version.ends_with("暂定"));
        assert_eq!(deadline.due_on, "2027-01-05");
    }

    #[tokio::test]
    async fn an_unknown_act_and_a_year_out_of_range_are_refused() {
        let (catalog, _place) = loaded().await;
        let unknown = explain(&catalog, "dance", "2026-03-02T03:00:00Z").await.unwrap_err();
        assert!(matches!(unknown, Error::Calendar(CalendarError::RuleNotFound { .. })));
        let late = explain(&catalog, "feed_back_clear", "2099-03-02T03:00:00Z").await.unwrap_err();
        assert!(
            matches!(late, Error::Calendar(CalendarError::OutOfRange(out)) if out.year == 2099)
        );
    }

    #[tokio::test]
    async fn t04_a_years_notice_makes_its_deadlines_certain() {
        let (catalog, _place) = loaded().await;
        let event = "2026-12-28T03:00:00Z";
        assert!(explain(&catalog, "feed_back_clear", event).await.unwrap().provisional);
        calendar(&catalog, None, 2027, "2027-01-04").await;
        let deadline = explain(&catalog, "feed_back_clear", event).await.unwrap();
        assert!(!deadline.provisional, "{}", deadline.calendar_version);
        // New Year's Day is a workday by this notice, and Monday the 4th is off.
        assert_eq!(deadline.due_on, "2027-01-05");
        calendar(&catalog, None, 2027, "2027-01-01").await;
        let corrected = explain(&catalog, "feed_back_clear", event).await.unwrap();
        assert_eq!((corrected.due_on.as_str(), corrected.provisional), ("2027-01-05", false));
        let off: Vec<&str> = corrected
            .derivation
            .iter()
            .filter(|day| day.reason.contains("示例节"))
            .map(|day| day.date.as_str())
            .collect();
        assert_eq!(off, ["2027-01-01"], "a year's later document replaces the earlier one");
    }

    #[tokio::test]
    async fn t04_a_regions_own_holiday_counts_in_that_region_only() {
        let (catalog, _place) = loaded().await;
        let document = SOURCES.profiles[1]
            .text
            .replace("id = \"changji-2020\"", "id = \"neighbour-2026\"")
            .replace("region = \"652301\"", "region = \"652302\"");
        let profile = ProfileDocument { document, region_code: String::new() };
        publish(&catalog, "652302", change(Subject::Profile(profile))).await.unwrap();
        let event = "2026-03-02T03:00:00Z";
        calendar(&catalog, Some(REGION), 2026, "2026-03-03").await;
        for (region, due) in
            [(REGION, "2026-03-10"), ("652301105", "2026-03-10"), ("652302", "2026-03-09")]
        {
            let deadline = explain_in(&catalog, region, "feed_back_clear", event).await.unwrap();
            assert_eq!(deadline.due_on, due, "{region}");
        }
    }
}
