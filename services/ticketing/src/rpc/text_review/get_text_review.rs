//! Reads the review of a rating's text.

use domain::violation::Violations;
use platform::auth::Authority;
use proto::ticketing::v1::{GetTextReviewRequest, GetTextReviewResponse};
use uuid::Uuid;

use crate::{
    convert::text_review::review_to_wire,
    error::{Error, TextReviewError},
    state::Ticketing,
    store,
};

pub(crate) async fn run(
    ticketing: &Ticketing,
    caller: Authority,
    request: GetTextReviewRequest,
) -> Result<GetTextReviewResponse, Error> {
    let mut wrong = Violations::default();
    let id = wrong.take("rating_id", request.rating_id.parse::<Uuid>().map_err(|_| "is no UUID"));
    let id = wrong.finish(id)?.unwrap_or_default();
    let read = ticketing.store.read();
    let row = store::text_review::review(read, caller.officer(), id).await?;
    let row = row.ok_or(TextReviewError::NotFound)?;
    let review = review_to_wire(&row, ticketing.shell.clock.now())?;
    Ok(GetTextReviewResponse { review: Some(review) })
}

#[cfg(test)]
mod tests {
    use proto::ticketing::v1::TextReviewState;
    use tonic::Code;

    use super::*;
    use crate::rpc::testing::{Fixture, refusal};
    use crate::rpc::text_review::testing::{authority_of, worded};

    #[tokio::test]
    async fn t08_gx8_a_review_shows_its_deadline_day_by_day_and_only_to_its_authority() {
        let fixture = Fixture::under("guangxi-2019").await;
        let rating = worded(&fixture).await;
        let get = |region: &str| {
            let request = GetTextReviewRequest { rating_id: rating.rating_id.clone() };
            run(&fixture.ticketing, authority_of(region), request)
        };
        let review = get("652301").await.unwrap().review.unwrap();
        let deadline = review.deadline.clone().unwrap();
        assert_eq!(
            (deadline.act.as_str(), deadline.due_on.as_str()),
            ("text_review", "2026-03-17")
        );
        assert_eq!(deadline.derivation.iter().filter(|day| day.counted_as > 0).count(), 15);
        assert!(deadline.clause.contains("第八条"), "{}", deadline.clause);
        assert_eq!((review.state(), review.has_text), (TextReviewState::Pending, true));
        let unknown = (Code::NotFound, "TEXT_REVIEW_NOT_FOUND".to_owned());
        assert_eq!(refusal(get("650000").await), unknown);
        fixture.at("2026-03-17T16:00:00Z");
        let silent = get("652301").await.unwrap().review.unwrap();
        assert_eq!(silent.state(), TextReviewState::AcceptedBySilence, "no job ran");
        assert_eq!(silent.decided_at, deadline.due_at);
    }
}
