//! Reads the report of a period to a region or an agency (P11).

use domain::{
    codes::RegionCode,
    deadline::day_of,
    report_period::ReportPeriod,
    violation::{Violations, identifier},
};
use jiff::civil::Date;
use platform::{auth::Officer, page::Page};
use proto::{
    catalog::v1::UnitKind,
    publication::v1::{Dimension, Figures, GetPeriodReportRequest, GetPeriodReportResponse},
};

use crate::{
    app::statistics::answer,
    error::{Error, StatisticsError},
    state::Publication,
    store::statistics::{
        figures::{Counts, FigureQuery, Keys, figures},
        fold::is_outdated,
    },
};

pub(crate) async fn run(
    publication: &Publication,
    caller: Officer,
    request: GetPeriodReportRequest,
) -> Result<GetPeriodReportResponse, Error> {
    let mut wrong = Violations::default();
    let region = wrong.take("region_code", RegionCode::parse(&request.region_code));
    wrong.take("agency_id", identifier(&request.agency_id));
    let period = wrong.take("period", ReportPeriod::parse(&request.period));
    let page: Page<String> =
        Page::read(&mut wrong, "GetPeriodReport", request.page_size, &request.page_token);
    let Some((region, period)) = wrong.finish(region.zip(period))? else {
        return Err(Violations::default().into());
    };
    let (from, to, agency) = (period.first(), period.last(), request.agency_id);
    let own = caller.agency().is_none_or(|own| own == agency);
    if !own || !caller.reaches(region.as_str()) {
        let outside = if agency.is_empty() {
            StatisticsError::RegionNotFound
        } else {
            StatisticsError::AgencyNotFound
        };
        return Err(outside.into());
    }
    let known = publication.reference.now();
    let is_there = |unit: &proto::catalog::v1::Unit| unit.region_code == region.as_str();
    if !agency.is_empty() && !known.unit(&agency, to).is_some_and(is_there) {
        return Err(StatisticsError::AgencyNotFound.into());
    }
    if day_of(publication.shell.clock.now()) <= to {
        return Err(StatisticsError::PeriodNotOver { to }.into());
    }
    let (dimension, key) = match agency.is_empty() {
        true => (Dimension::Region, region.to_string()),
        false => (Dimension::Agency, agency.clone()),
    };
    let read = publication.store.read();
    if is_outdated(read).await? {
        return Err(StatisticsError::NotRebuilt.into());
    }
    let row = |dimension, key: String, counts: &Counts, on: Date| -> Figures {
        let profile = answer::profile_of(&known, dimension, &key, region.as_str(), on);
        answer::row(dimension, key, counts, profile)
    };
    let whole = async |from, to| -> Result<Figures, Error> {
        let keys = Keys::One(key.clone());
        let wanted = FigureQuery { dimension, keys, channel: 0, from, to, after: None, limit: 1 };
        let counts = figures(read, &wanted).await?.remove(&key).unwrap_or_default();
        Ok(row(dimension, key.clone(), &counts, to))
    };
    let before = period.before();
    let (now, before) = (whole(from, to).await?, whole(before.first(), before.last()).await?);
    let (part, kind) = match agency.is_empty() {
        true => (Dimension::Agency, UnitKind::Agency),
        false => (Dimension::Window, UnitKind::Window),
    };
    let parts = known.units(to).filter(|unit| unit.kind() == kind && is_there(unit));
    let parts = parts.filter(|unit| agency.is_empty() || unit.agency_id == agency);
    let wanted = FigureQuery {
        dimension: part,
        keys: Keys::Among(parts.map(|unit| unit.unit_id.clone()).collect()),
        channel: 0,
        from,
        to,
        after: page.after.clone(),
        limit: page.read_size(),
    };
    let counted = figures(read, &wanted).await?;
    let rows = counted.into_iter().map(|(key, counts)| row(part, key, &counts, to));
    let mut parts: Vec<Figures> = rows.collect();
    let next_page_token = page.cut(&mut parts, |row| row.key.clone());
    Ok(GetPeriodReportResponse {
        from: from.to_string(),
        to: to.to_string(),
        figures: Some(now),
        before: Some(before),
        parts,
        next_page_token,
    })
}

#[cfg(test)]
mod tests {
    use platform::{
        auth::Caller,
        testing::{AGENCY, REGION, principal},
    };
    use proto::{
        fact::v1::fact::Body,
        r#type::v1::{Level, ServiceAct},
    };

    use super::*;
    use crate::rpc::testing::Fixture;

    fn authority(region: &str) -> Officer {
        principal("authority", Caller::Authority { region: region.to_owned() })
    }

    fn handler(agency: &str) -> Officer {
        let (region, agency) = (REGION.to_owned(), agency.to_owned());
        principal("handler", Caller::Handler { region, agency })
    }

    fn asked(agency: &str, period: &str) -> GetPeriodReportRequest {
        GetPeriodReportRequest {
            region_code: REGION.to_owned(),
            agency_id: agency.to_owned(),
            period: period.to_owned(),
            ..GetPeriodReportRequest::default()
        }
    }

    /// Two ratings in January and one in February 2026.
    async fn rated() -> Fixture {
        let fixture = Fixture::new().await;
        for (window, at) in [
            ("652301-w01", "2026-01-05T03:00:00Z"),
            ("652301-w02", "2026-01-31T15:59:59Z"),
            ("652301-w02", "2026-01-31T16:00:00Z"),
        ] {
            let act = ServiceAct { window_id: window.to_owned(), ..fixture.act() };
            let rating = fixture.rating(&act, Level::Satisfied, at);
            fixture.apply(Body::RatingSubmitted(rating)).await;
        }
        fixture
    }

    fn given(figures: &Figures) -> u64 {
        figures.levels.iter().map(|level| level.count).sum()
    }

    #[tokio::test]
    async fn p11_each_region_and_agency_gets_its_period_the_one_before_and_its_parts() {
        let fixture = rated().await;
        let read = async |caller, request| run(&fixture.publication, caller, request).await;
        let told = read(handler(AGENCY), asked(AGENCY, "2026-02")).await.unwrap();
        assert_eq!((told.from.as_str(), told.to.as_str()), ("2026-02-01", "2026-02-28"));
        let (now, before) = (told.figures.unwrap(), told.before.unwrap());
        assert_eq!((given(&now), given(&before)), (1, 2), "days are Asia/Shanghai");
        let parts: Vec<_> =
            told.parts.iter().map(|part| (part.key.as_str(), given(part))).collect();
        assert_eq!(parts, [("652301-w02", 1)]);
        let year = read(authority(REGION), asked("", "2025")).await.unwrap();
        assert_eq!(given(&year.figures.unwrap()), 0);
        let month = read(authority(REGION), asked("", "2026-01")).await.unwrap();
        let parts: Vec<_> =
            month.parts.iter().map(|part| (part.key.as_str(), given(part))).collect();
        assert_eq!(parts, [(AGENCY, 2)]);
    }

    #[tokio::test]
    async fn p11_a_period_that_has_not_ended_has_no_report_and_others_reports_are_not_found() {
        let fixture = rated().await;
        let read = async |caller, request| run(&fixture.publication, caller, request).await;
        // It is 2 March 2026.
        for open in ["2026-03", "2026-Q1", "2026"] {
            let refused = read(authority(REGION), asked("", open)).await.unwrap_err();
            let open_yet =
                matches!(refused, Error::Statistics(StatisticsError::PeriodNotOver { .. }));
            assert!(open_yet, "{open}: {refused}");
        }
        for (caller, agency) in [
            (handler("652301-a04"), AGENCY),
            (handler(AGENCY), ""),
            (authority("652302"), ""),
            (authority(REGION), "652301-a99"),
        ] {
            let refused = read(caller, asked(agency, "2026-01")).await.unwrap_err();
            assert_eq!(tonic::Status::from(refused).code(), tonic::Code::NotFound, "{agency}");
        }
    }

    #[tokio::test]
    async fn everything_wrong_is_named_at_once() {
        let fixture = Fixture::new().await;
        let request = GetPeriodReportRequest { agency_id: "a b".to_owned(), ..Default::default() };
        let refused = run(&fixture.publication, authority(REGION), request).await.unwrap_err();
        let told = refused.to_string();
        for field in ["region_code", "agency_id", "period"] {
            assert!(told.contains(&format!("{field}:")), "{told}");
        }
    }
}
