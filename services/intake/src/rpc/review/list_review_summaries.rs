//! Lists a region's published summaries of reviews (I17).

use domain::{codes::RegionCode, violation::Violations};
use platform::{auth::Anyone, page::Page, status::Failure};
use proto::intake::v1::{ListReviewSummariesRequest, ListReviewSummariesResponse};

use crate::{Intake, convert::kept, error::Error, store};

pub(crate) async fn run(
    intake: &Intake,
    _: Anyone,
    request: ListReviewSummariesRequest,
) -> Result<ListReviewSummariesResponse, Error> {
    let mut wrong = Violations::default();
    let region = wrong.take("region_code", RegionCode::parse(&request.region_code));
    let page =
        Page::read(&mut wrong, "ListReviewSummaries", request.page_size, &request.page_token);
    let Some(region) = wrong.finish(region)? else {
        return Err(Violations::default().into());
    };
    let region = region.as_str();
    let rows = store::review::summaries(&intake.store, region, &page).await?;
    let summary = |row: &crate::entity::review_summary::Model| Ok((row.id, kept(&row.summary)?));
    let summaries: Result<_, Failure> = rows.iter().map(summary).collect();
    let (summaries, next_page_token) = page.cut_to_answer(summaries?);
    Ok(ListReviewSummariesResponse { summaries, next_page_token })
}

#[cfg(test)]
mod tests {
    use platform::testing::{REGION, nobody};
    use proto::intake::v1::ReviewSummaryKind;

    use super::*;
    use crate::rpc::{
        review::publish_review_summary::{self, tests::request},
        testing::{Fixture, authority, named},
    };

    #[tokio::test]
    async fn i17_anyone_reads_a_regions_summaries_the_newest_first() {
        let fixture = Fixture::new().await;
        for day in 2..5 {
            fixture.on_march(day + 1);
            let mut asked = request(&fixture, day);
            asked.kind = ReviewSummaryKind::Periodic.into();
            publish_review_summary::run(&fixture.intake, authority(REGION), asked).await.unwrap();
        }
        let mut asked = ListReviewSummariesRequest {
            region_code: REGION.to_owned(),
            page_size: 2,
            page_token: String::new(),
        };
        let mut days = Vec::new();
        loop {
            let page = run(&fixture.intake, nobody(), asked.clone()).await.unwrap();
            assert!(page.summaries.len() <= 2);
            days.extend(page.summaries.into_iter().map(|summary| summary.period.unwrap().from));
            asked.page_token = page.next_page_token;
            if asked.page_token.is_empty() {
                break;
            }
        }
        assert_eq!(days, ["2026-03-04", "2026-03-03", "2026-03-02"]);
        asked.region_code = "652302".to_owned();
        assert!(run(&fixture.intake, nobody(), asked).await.unwrap().summaries.is_empty());
        let wrong = ListReviewSummariesRequest { page_token: "x".to_owned(), ..Default::default() };
        let refused = run(&fixture.intake, nobody(), wrong).await.unwrap_err();
        assert_eq!(named(refused), ["region_code", "page_token"]);
    }
}
