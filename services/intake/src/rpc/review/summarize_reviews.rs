//! Counts the reviews of the caller's region in a period (I17, I25).

use domain::violation::Violations;
use platform::auth::Authority;
use proto::intake::v1::{SummarizeReviewsRequest, SummarizeReviewsResponse};

use crate::{Intake, app::review::count, convert::days, error::Error};

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

#[cfg(test)]
pub(crate) mod tests {
    use platform::testing::{AGENCY, REGION};
    use proto::{
        intake::v1::{DayRange as WireDays, ReviewCounts, ReviewSource},
        r#type::v1::Level,
    };

    use super::*;
    use crate::rpc::{
        review::record_review::{self, tests::request},
        testing::{Fixture, authority, named},
    };

    /// Records a review with this agency and level.
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
