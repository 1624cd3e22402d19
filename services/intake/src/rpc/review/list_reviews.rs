//! Lists the reviews of the caller's region, with their text and never with a contact.

use domain::violation::{Violations, identifier};
use platform::{auth::Authority, clock::instant, convert::to_wire, page::Page, status::Failure};
use proto::intake::v1::{ListReviewsRequest, ListReviewsResponse, Review, ReviewSubject};

use crate::{
    Intake,
    app::review::span,
    convert::{
        self, days, given, meaning,
        review::{ReviewWords, SOURCES},
        to_column,
    },
    entity::review,
    error::Error,
    store::{self, review::ReviewQuery},
};

pub(crate) async fn run(
    intake: &Intake,
    caller: Authority,
    request: ListReviewsRequest,
) -> Result<ListReviewsResponse, Error> {
    let mut wrong = Violations::default();
    let period = request.period.as_ref();
    let period = period.and_then(|period| days(&mut wrong, "period", Some(period)));
    if request.source != 0 {
        wrong.take("source", meaning(&SOURCES, request.source));
    }
    wrong.take("agency_id", identifier(&request.agency_id));
    let page = Page::read(&mut wrong, "ListReviews", request.page_size, &request.page_token);
    wrong.finish(())?;
    let wanted = ReviewQuery {
        region: caller.officer().region_code().clone(),
        taken_in: period.map(span),
        source: (request.source != 0).then(|| to_column(request.source)),
        agency_id: given(&request.agency_id),
    };
    let rows = store::review::page(&intake.store, wanted, &page).await?;
    let review = |row: review::Model| Ok((row.id, to_review(intake, row)?));
    let reviews: Result<_, Failure> = rows.into_iter().map(review).collect();
    let (reviews, next_page_token) = page.cut_to_answer(reviews?);
    Ok(ListReviewsResponse { reviews, next_page_token })
}

fn to_review(intake: &Intake, row: review::Model) -> Result<Review, Failure> {
    let words: ReviewWords =
        convert::open(&intake.shell.sealer, "review.content", row.id, &row.content)?;
    Ok(Review {
        review_id: row.id.to_string(),
        source: row.source.into(),
        subject: Some(ReviewSubject {
            region_code: row.region_code,
            agency_id: row.agency_id.unwrap_or_default(),
            item_code: row.item_code.unwrap_or_default(),
            unit_id: row.unit_id.unwrap_or_default(),
        }),
        level: row.level.unwrap_or_default().into(),
        text: words.text,
        has_contact: !words.contact.is_empty(),
        real_name: row.real_name,
        private: row.private,
        wants_ticket: row.wants_ticket,
        said_on: row.said_on,
        body: words.body,
        assessor_kind: words.assessor_kind,
        original_number: row.original_number.unwrap_or_default(),
        enclosures: words.enclosures,
        received_at: Some(to_wire(instant(row.received_at))),
        recorded_by: row.recorded_by.unwrap_or_default(),
    })
}

#[cfg(test)]
mod tests {
    use platform::testing::{AGENCY, REGION};
    use prost::Message as _;
    use proto::intake::v1::{DayRange as WireDays, ReviewSource};

    use super::*;
    use crate::rpc::{
        review::record_review::{self, tests::request},
        testing::{Fixture, authority, holds, named},
    };

    async fn list(fixture: &Fixture, region: &str, asked: ListReviewsRequest) -> Vec<Review> {
        run(&fixture.intake, authority(region), asked).await.unwrap().reviews
    }

    #[tokio::test]
    async fn i17_the_authority_reads_what_is_said_and_never_whom_to_reach() {
        let fixture = Fixture::new().await;
        let mut asked = request(&fixture, ReviewSource::Supervisor);
        asked.contact = "13800000000".to_owned();
        record_review::run(&fixture.intake, authority(REGION), asked).await.unwrap();
        let answer = run(&fixture.intake, authority(REGION), ListReviewsRequest::default()).await;
        let answer = answer.unwrap();
        assert!(!holds(&answer.encode_to_vec(), "13800000000"));
        let [review] = answer.reviews.try_into().unwrap();
        assert_eq!(review.text, "大厅缺少老年人座椅。");
        assert!(review.has_contact);
        assert_eq!((review.body.as_str(), review.recorded_by.as_str()), ("示例单位", "officer"));
        assert_eq!(review.said_on, "2026-02-27", "beside the server's time");
        assert_eq!(review.received_at.unwrap().seconds, 1_772_413_200);
        for stranger in ["652302", "652301105"] {
            assert!(list(&fixture, stranger, ListReviewsRequest::default()).await.is_empty());
        }
        assert_eq!(list(&fixture, "650000", ListReviewsRequest::default()).await.len(), 1);
    }

    #[tokio::test]
    async fn i17_reviews_are_found_by_period_source_and_agency_page_by_page() {
        let fixture = Fixture::new().await;
        let sources = [ReviewSource::Meeting, ReviewSource::Email, ReviewSource::Hotline12345];
        for (day, source) in (2..).zip(sources) {
            fixture.on_march(day);
            let mut asked = request(&fixture, source);
            if source == ReviewSource::Email {
                asked.subject.as_mut().unwrap().agency_id = AGENCY.to_owned();
            }
            record_review::run(&fixture.intake, authority(REGION), asked).await.unwrap();
        }
        let period = |from: &str, to: &str| ListReviewsRequest {
            period: Some(WireDays { from: from.to_owned(), to: to.to_owned() }),
            ..ListReviewsRequest::default()
        };
        let by = |source: ReviewSource| ListReviewsRequest {
            source: source.into(),
            ..ListReviewsRequest::default()
        };
        let about = |agency: &str| ListReviewsRequest {
            agency_id: agency.to_owned(),
            ..ListReviewsRequest::default()
        };
        for (asked, found) in [
            (period("2026-03-03", "2026-03-03"), vec![ReviewSource::Email]),
            (
                period("2026-03-03", "2026-03-04"),
                vec![ReviewSource::Hotline12345, ReviewSource::Email],
            ),
            (by(ReviewSource::Meeting), vec![ReviewSource::Meeting]),
            (about(AGENCY), vec![ReviewSource::Hotline12345, ReviewSource::Email]),
            (about("652301-a99"), vec![]),
        ] {
            let rows = list(&fixture, REGION, asked).await;
            assert_eq!(rows.iter().map(Review::source).collect::<Vec<_>>(), found);
        }
        let mut asked = ListReviewsRequest { page_size: 2, ..ListReviewsRequest::default() };
        let mut read = Vec::new();
        loop {
            let page = run(&fixture.intake, authority(REGION), asked.clone()).await.unwrap();
            assert!(page.reviews.len() <= 2);
            read.extend(page.reviews.iter().map(Review::source));
            asked.page_token = page.next_page_token;
            if asked.page_token.is_empty() {
                break;
            }
        }
        assert!(read.into_iter().eq(sources.into_iter().rev()), "the newest first, each once");
        let wrong = ListReviewsRequest {
            source: 99,
            agency_id: "\n".to_owned(),
            page_token: "x".to_owned(),
            ..period("2026-03-03", "2026-03-02")
        };
        let refused = run(&fixture.intake, authority(REGION), wrong).await.unwrap_err();
        assert_eq!(named(refused), ["period.to", "source", "agency_id", "page_token"]);
    }
}
