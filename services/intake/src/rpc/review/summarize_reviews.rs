//! Counts the reviews of the caller's region in a period (I17, I25).

use std::collections::BTreeMap;

use domain::{codes::RegionCode, review::DayRange, violation::Violations};
use platform::auth::Authority;
use proto::intake::v1::{
    AgencyCount, LevelCount, ReviewCounts, SourceCount, SummarizeReviewsRequest,
    SummarizeReviewsResponse,
};
use sea_orm::ConnectionTrait;

use super::list_reviews::span;
use crate::{
    Intake,
    convert::days,
    error::Error,
    store::review::{Wanted, shares},
};

pub(crate) async fn run(
    intake: &Intake,
    caller: Authority,
    request: SummarizeReviewsRequest,
) -> Result<SummarizeReviewsResponse, Error> {
    let mut wrong = Violations::default();
    let period = days(&mut wrong, "period", request.period.as_ref());
    let Some(period) = wrong.finish(period)? else {
        return Err(Violations::default().into());
    };
    let counts = count(intake.store.read(), caller.officer().region_code(), period).await?;
    Ok(SummarizeReviewsResponse { counts: Some(counts) })
}

/// The counts of a region's period.
pub(crate) async fn count(
    connection: &impl ConnectionTrait,
    region: &RegionCode,
    period: DayRange,
) -> Result<ReviewCounts, Error> {
    let wanted = Wanted {
        region: region.clone(),
        taken_in: Some(span(period)),
        source: None,
        agency_id: None,
    };
    let mut counts = ReviewCounts::default();
    let mut sources = BTreeMap::<i16, u64>::new();
    let mut agencies = BTreeMap::<String, u64>::new();
    // Those without a level come last.
    let mut levels = BTreeMap::<(bool, i16), u64>::new();
    for (source, agency, level, wants_ticket, n) in shares(connection, wanted).await? {
        let n = n.unsigned_abs();
        counts.total += n;
        counts.wants_ticket += if wants_ticket { n } else { 0 };
        *sources.entry(source).or_default() += n;
        *agencies.entry(agency.unwrap_or_default()).or_default() += n;
        *levels.entry((level.is_none(), level.unwrap_or_default())).or_default() += n;
    }
    let source = |(source, count)| SourceCount { source: i32::from(source), count };
    counts.by_source = sources.into_iter().map(source).collect();
    let agency = |(agency_id, count)| AgencyCount { agency_id, count };
    counts.by_agency = agencies.into_iter().map(agency).collect();
    counts.by_agency.sort_by_key(|agency| std::cmp::Reverse(agency.count));
    let level = |((_, level), count)| LevelCount { level: i32::from(level), count };
    counts.by_level = levels.into_iter().map(level).collect();
    Ok(counts)
}

#[cfg(test)]
pub(crate) mod tests {
    use platform::testing::{AGENCY, REGION};
    use proto::{
        intake::v1::{DayRange as WireDays, ReviewSource},
        r#type::v1::Level,
    };

    use super::*;
    use crate::rpc::{
        record_review::{self, tests::request},
        testing::{Fixture, authority, named},
    };

    /// Records a review; about the agency and with the level that are given.
    pub(crate) async fn record(
        fixture: &Fixture,
        source: ReviewSource,
        agency: &str,
        level: Level,
    ) {
        let mut asked = request(fixture, source);
        asked.subject.as_mut().unwrap().agency_id = agency.to_owned();
        (asked.level, asked.wants_ticket) = (level.into(), !agency.is_empty());
        record_review::run(&fixture.intake, authority(REGION), asked).await.unwrap();
    }

    pub(crate) fn march(from: u8, to: u8) -> Option<WireDays> {
        let day = |day: u8| format!("2026-03-{day:02}");
        Some(WireDays { from: day(from), to: day(to) })
    }

    #[tokio::test]
    async fn i17_i25_reviews_and_complaints_are_counted_by_source_agency_level_and_ticket() {
        let fixture = Fixture::new().await;
        record(&fixture, ReviewSource::Meeting, "", Level::Unspecified).await;
        record(&fixture, ReviewSource::Meeting, AGENCY, Level::VeryDissatisfied).await;
        fixture.on_march(3);
        record(&fixture, ReviewSource::Hotline12345, AGENCY, Level::Satisfied).await;
        fixture.on_march(4);
        record(&fixture, ReviewSource::Email, "652301-a01", Level::Satisfied).await;
        let count = |region: &'static str, period| {
            let asked = SummarizeReviewsRequest { period };
            let fixture = &fixture;
            async move { run(&fixture.intake, authority(region), asked).await.unwrap().counts.unwrap() }
        };
        let counts = count(REGION, march(2, 3)).await;
        assert_eq!((counts.total, counts.wants_ticket), (3, 2));
        let sources: Vec<_> = counts.by_source.iter().map(|n| (n.source(), n.count)).collect();
        assert_eq!(sources, [(ReviewSource::Meeting, 2), (ReviewSource::Hotline12345, 1)]);
        let agencies: Vec<_> =
            counts.by_agency.iter().map(|n| (n.agency_id.as_str(), n.count)).collect();
        assert_eq!(agencies, [(AGENCY, 2), ("", 1)], "the most first");
        let levels: Vec<_> = counts.by_level.iter().map(|n| (n.level(), n.count)).collect();
        let expected =
            [(Level::Satisfied, 1), (Level::VeryDissatisfied, 1), (Level::Unspecified, 1)];
        assert_eq!(levels, expected);
        assert_eq!(count(REGION, march(2, 4)).await.total, 4);
        assert_eq!(count("652300", march(4, 4)).await.total, 1);
        assert_eq!(count("652302", march(2, 4)).await, ReviewCounts::default());
        let none = SummarizeReviewsRequest { period: None };
        let refused = run(&fixture.intake, authority(REGION), none).await.unwrap_err();
        assert_eq!(named(refused), ["period"]);
    }
}
