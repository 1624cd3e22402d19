//! Lists reviews of what negative ratings say, the nearest deadline first.

use domain::violation::Violations;
use platform::{auth::Authority, page::Page};
use proto::ticketing::v1::{ListTextReviewsRequest, ListTextReviewsResponse};

use crate::{convert::text_review::review_to_wire, error::Error, state::Ticketing, store};

pub(crate) async fn run(
    ticketing: &Ticketing,
    caller: Authority,
    request: ListTextReviewsRequest,
) -> Result<ListTextReviewsResponse, Error> {
    let mut wrong = Violations::default();
    let page = Page::read(&mut wrong, "ListTextReviews", request.page_size, &request.page_token);
    wrong.finish(())?;
    let now = ticketing.shell.clock.now();
    let pending_at = request.pending.then(|| now.as_microsecond());
    let (officer, read) = (caller.officer(), ticketing.store.read());
    let (after, size) = (page.after, page.read_size());
    let rows = store::text_review::reviews(read, officer, pending_at, after, size).await?;
    let mut reviews = Vec::with_capacity(rows.len());
    for row in rows {
        reviews.push(((row.due_at, row.rating_id), review_to_wire(&row, now)?));
    }
    let (reviews, next_page_token) = page.cut_to_answer(reviews);
    Ok(ListTextReviewsResponse { reviews, next_page_token })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::rpc::testing::Fixture;
    use crate::rpc::text_review::testing::{authority_of, worded};

    #[tokio::test]
    async fn t08_pages_hold_every_review_once_soonest_due_first_and_silence_ends_waiting() {
        let fixture = Fixture::under("guangxi-2019").await;
        let mut rated = Vec::new();
        for day in [4, 2, 3] {
            fixture.at(&format!("2026-03-0{day}T01:00:00Z"));
            rated.push((day, worded(&fixture).await.rating_id));
        }
        rated.sort();
        let ids: Vec<String> = rated.into_iter().map(|(_, id)| id).collect();
        let list = async |pending| {
            let mut request =
                ListTextReviewsRequest { pending, page_size: 2, ..Default::default() };
            let mut listed = Vec::new();
            loop {
                let region = authority_of("652301");
                let page = run(&fixture.ticketing, region, request.clone()).await.unwrap();
                listed.extend(page.reviews.into_iter().map(|review| review.rating_id));
                request.page_token = page.next_page_token;
                if request.page_token.is_empty() {
                    return listed;
                }
            }
        };
        assert_eq!((list(true).await, list(false).await), (ids.clone(), ids.clone()));
        fixture.at("2026-03-18T16:00:00Z");
        assert_eq!(list(true).await, ids[2..], "two lapsed, and no job ran");
        assert_eq!(list(false).await, ids);
        let elsewhere = ListTextReviewsRequest::default();
        let other = run(&fixture.ticketing, authority_of("650000"), elsewhere).await.unwrap();
        assert!(other.reviews.is_empty());
    }
}
