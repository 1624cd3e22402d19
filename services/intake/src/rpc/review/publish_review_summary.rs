//! Publishes a summary of a period's reviews, with the counts as they are now (I17).

use domain::violation::Violations;
use platform::{auth::Authority, convert::to_wire, facts::take_turn, once::Recognised};
use prost::Message as _;
use proto::intake::v1::{PublishReviewSummaryRequest, PublishReviewSummaryResponse, ReviewSummary};

use crate::{
    Intake,
    app::review::count,
    convert::{days, meaning, request_id, review::SUMMARIES},
    entity::review_summary,
    error::Error,
    store,
};

pub(crate) async fn run(
    intake: &Intake,
    caller: Authority,
    request: PublishReviewSummaryRequest,
) -> Result<PublishReviewSummaryResponse, Error> {
    let request_id = request_id(&request.request_id)?;
    let at = intake.shell.clock.now();
    let mut wrong = Violations::default();
    let period = days(&mut wrong, "period", request.period.as_ref());
    let over = period.is_none_or(|period| period.is_settled(at));
    wrong.require(over, "period.to", "is not over for five minutes yet");
    match wrong.take("kind", meaning(&SUMMARIES, request.kind)) {
        Some(kind) => kind.check(&mut wrong, &request.words, &request.improvements),
        None => {
            let any = domain::review::SummaryKind::Periodic;
            any.check(&mut wrong, &request.words, &request.improvements);
        }
    }
    let Some(period) = wrong.finish(period)? else {
        return Err(Violations::default().into());
    };
    let officer = caller.officer();
    let key = intake.shell.requests.key(
        officer.id().as_bytes(),
        "PublishReviewSummary",
        request_id,
        &request,
    );

    let asked = intake.shell.once(&intake.store, key).await?;
    let txn = match asked.recognise::<PublishReviewSummaryResponse>().await? {
        Recognised::Before(answer) => {
            // An officer who now works in another region sees nothing of the former one's.
            let region_code = answer.summary.as_ref().map(|summary| summary.region_code.as_str());
            let reached = region_code.is_some_and(|region_code| officer.reaches(region_code));
            return if reached { Ok(answer) } else { Err(Error::RegionNotFound) };
        }
        Recognised::New(txn) => txn,
    };
    // Reviews received in the period and being written at this moment commit first. After five
    // minutes nothing of it is still on its way: the caller has given up.
    take_turn(&txn).await?;
    let id = intake.shell.clock.new_id();
    let summary = ReviewSummary {
        summary_id: id.to_string(),
        region_code: officer.region().to_owned(),
        kind: request.kind,
        period: request.period,
        words: request.words,
        improvements: request.improvements,
        counts: Some(count(&txn, officer.region_code(), period).await?),
        published_at: Some(to_wire(at)),
    };
    let row = review_summary::Model {
        id,
        region_code: summary.region_code.clone(),
        summary: summary.encode_to_vec(),
        published_by: officer.id().to_owned(),
        published_at: at.as_microsecond(),
    };
    let answer = PublishReviewSummaryResponse { summary: Some(summary) };
    store::review::insert_summary(&txn, row).await?;
    Ok(txn.finish(answer, Vec::new()).await?)
}

#[cfg(test)]
pub(crate) mod tests {
    use platform::testing::{AGENCY, REGION};
    use proto::{
        intake::v1::{ReviewSource, ReviewSummaryKind, SummarizeReviewsRequest},
        r#type::v1::Level,
    };

    use super::*;
    use crate::rpc::{
        review::summarize_reviews::{
            self,
            tests::{march, record},
        },
        testing::{Fixture, authority, named},
    };

    /// A summary of a day in March 2026.
    pub(crate) fn request(fixture: &Fixture, day: u8) -> PublishReviewSummaryRequest {
        PublishReviewSummaryRequest {
            request_id: fixture.intake.shell.clock.new_id().to_string(),
            kind: ReviewSummaryKind::SupervisorsMeeting.into(),
            period: march(day, day),
            words: "逐条办理，均已答复。".to_owned(),
            improvements: "增设引导岗。".to_owned(),
        }
    }

    #[tokio::test]
    async fn i17_a_summary_keeps_the_counts_of_its_moment_for_good() {
        let fixture = Fixture::new().await;
        record(&fixture, ReviewSource::Meeting, AGENCY, Level::Satisfied).await;
        fixture.on_march(3);
        let asked = request(&fixture, 2);
        let first = run(&fixture.intake, authority(REGION), asked.clone()).await.unwrap();
        let summary = first.summary.clone().unwrap();
        assert_eq!(
            (summary.region_code.as_str(), summary.kind()),
            (REGION, ReviewSummaryKind::SupervisorsMeeting)
        );
        assert_eq!(summary.improvements, "增设引导岗。");
        assert_eq!(summary.counts.as_ref().unwrap().total, 1);
        // A review recorded for that day afterwards, even by mistake, changes no summary.
        fixture.on_march(2);
        record(&fixture, ReviewSource::Email, AGENCY, Level::Satisfied).await;
        let now = SummarizeReviewsRequest { period: march(2, 2) };
        let now = summarize_reviews::run(&fixture.intake, authority(REGION), now).await.unwrap();
        assert_eq!(now.counts.unwrap().total, 2);
        fixture.on_march(3);
        let again = run(&fixture.intake, authority(REGION), asked.clone()).await.unwrap();
        assert_eq!(again, first, "again");
        let moved = run(&fixture.intake, authority("652302"), asked).await.unwrap_err();
        assert!(matches!(moved, Error::RegionNotFound), "{moved}");
        let page = platform::page::Page::first("ListReviewSummaries", 9);
        let kept = store::review::summaries(&fixture.intake.store, REGION, &page);
        let [kept] = kept.await.unwrap().try_into().unwrap();
        assert_eq!(ReviewSummary::decode(kept.summary.as_slice()).unwrap(), summary);
    }

    #[tokio::test]
    async fn i17_a_summary_is_of_a_period_that_is_over_and_a_meeting_gets_plans() {
        let fixture = Fixture::new().await;
        let wrong =
            PublishReviewSummaryRequest { improvements: String::new(), ..request(&fixture, 2) };
        let refused = run(&fixture.intake, authority(REGION), wrong).await.unwrap_err();
        assert_eq!(named(refused), ["period.to", "improvements"]);
        fixture.intake.shell.clock.set("2026-03-02T16:04:59Z".parse().unwrap());
        let refused = run(&fixture.intake, authority(REGION), request(&fixture, 2)).await;
        assert_eq!(named(refused.unwrap_err()), ["period.to"], "something may be in flight");
        fixture.intake.shell.clock.set("2026-03-02T16:05:00Z".parse().unwrap());
        run(&fixture.intake, authority(REGION), request(&fixture, 2)).await.unwrap();
        let wrong = PublishReviewSummaryRequest {
            request_id: fixture.intake.shell.clock.new_id().to_string(),
            ..PublishReviewSummaryRequest::default()
        };
        let refused = run(&fixture.intake, authority(REGION), wrong).await.unwrap_err();
        assert_eq!(named(refused), ["period", "kind", "words"]);
    }
}
