//! Decides about what a negative rating says (T08). The rating and its words stay as they are.

use domain::{appeal::is_among, violation::Violations};
use platform::{auth::Authority, once::Recognised, status::Failure};
use proto::ticketing::v1::{ReviewTextRequest, ReviewTextResponse};
use uuid::Uuid;

use crate::{
    app::text_review::tell::reviewed,
    convert::text_review::{
        review_from_row, review_to_wire, verdict as verdict_from_wire, verdict_to_columns,
    },
    error::{Error, TextReviewError},
    state::Ticketing,
    store,
};

pub(crate) async fn run(
    ticketing: &Ticketing,
    caller: Authority,
    request: ReviewTextRequest,
) -> Result<ReviewTextResponse, Error> {
    let mut wrong = Violations::default();
    let no_uuid = |text: &str| text.parse::<Uuid>().map_err(|_| "is no UUID");
    let request_id = wrong.take("request_id", no_uuid(&request.request_id)).unwrap_or_default();
    let rating_id = wrong.take("rating_id", no_uuid(&request.rating_id)).unwrap_or_default();
    let verdict = wrong.take("ground", verdict_from_wire(request.ground));
    let Some(verdict) = wrong.finish(verdict)? else { return Err(Violations::default().into()) };
    let (officer, shell) = (caller.officer(), &ticketing.shell);
    let key = shell.requests.key(officer.id().as_bytes(), "ReviewText", request_id, &request);
    let txn = shell.once(&ticketing.store, key).await?;
    let row = store::text_review::review(&txn, officer, rating_id).await?;
    let mut row = row.ok_or(TextReviewError::NotFound)?;
    let txn = match txn.recognise().await? {
        Recognised::Before(answer) => return Ok(answer),
        Recognised::New(txn) => txn,
    };
    let rated = store::ticket::rated(&*txn, row.ticket_id).await?;
    if is_among(officer.id(), &rated) {
        return Err(TextReviewError::Rated.into());
    }
    let now = shell.clock.now();
    review_from_row(&row)?.review(verdict, now)?;
    (row.verdict, row.ground) = verdict_to_columns(verdict);
    row.decided_at = Some(now.as_microsecond());
    row.decided_by = officer.id().to_owned();
    if !store::text_review::decide(&txn, &row).await? {
        return Err(Failure::Raced("somebody else decided").into());
    }
    let answer = ReviewTextResponse { review: Some(review_to_wire(&row, now)?) };
    Ok(txn.finish(answer, vec![reviewed(&row)]).await?)
}

#[cfg(test)]
mod tests {
    use platform::{
        auth::Caller,
        testing::{REGION, principal},
    };
    use proto::ticketing::v1::{TextGround, TextReviewState};
    use tonic::Code;

    use super::*;
    use crate::rpc::text_review::testing::{authority_of, told, worded};
    use crate::{
        jobs::settle_text_reviews::settle,
        rpc::testing::{Fixture, refusal, request_id},
    };

    fn refuse(rating_id: &str) -> ReviewTextRequest {
        ReviewTextRequest {
            request_id: request_id(),
            rating_id: rating_id.to_owned(),
            ground: TextGround::Abusive.into(),
        }
    }

    #[tokio::test]
    async fn t08_a_text_is_decided_once_by_its_authority_in_time() {
        let fixture = Fixture::under("guangxi-2019").await;
        let call = |request| run(&fixture.ticketing, authority_of(REGION), request);
        let (first, second) = (worded(&fixture).await.rating_id, worded(&fixture).await.rating_id);
        fixture.at("2026-03-17T15:59:59Z");
        let request = refuse(&first);
        let answer = call(request.clone()).await.unwrap();
        assert_eq!(call(request).await.unwrap(), answer, "a repeat gets the first answer");
        let review = answer.review.unwrap();
        assert_eq!(review.state(), TextReviewState::Refused);
        assert_eq!(
            (review.ground(), review.decided_by.as_str()),
            (TextGround::Abusive, "authority")
        );
        let once = (Code::FailedPrecondition, "TEXT_REVIEWED".to_owned());
        assert_eq!(refusal(call(refuse(&first)).await), once);
        let strange = run(&fixture.ticketing, authority_of("650000"), refuse(&second)).await;
        assert_eq!(refusal(strange), (Code::NotFound, "TEXT_REVIEW_NOT_FOUND".to_owned()));
        let wrong = ReviewTextRequest { ground: 99, ..ReviewTextRequest::default() };
        let said = call(wrong).await.unwrap_err().to_string();
        for field in ["request_id:", "rating_id:", "ground:"] {
            assert!(said.contains(field), "{said}");
        }
        // At the first instant after its time silence has accepted, whether the job ran or not.
        fixture.at("2026-03-17T16:00:00Z");
        let lapsed = (Code::FailedPrecondition, "TEXT_REVIEW_LAPSED".to_owned());
        assert_eq!(refusal(call(refuse(&second)).await), lapsed);
        assert_eq!(settle(&fixture.ticketing).await.unwrap(), 1);
        assert_eq!(refusal(call(refuse(&second)).await), lapsed);
        let told = told(&fixture).await;
        let said: Vec<_> = told.iter().map(|t| (&t.rating_id, t.accepted, t.by_silence)).collect();
        assert_eq!(said, [(&first, false, false), (&second, true, true)]);
    }

    #[tokio::test]
    async fn t08_whoever_is_rated_does_not_judge_what_is_said_of_them() {
        let fixture = Fixture::under("guangxi-2019").await;
        let rating = worded(&fixture).await.rating_id;
        let region = REGION.to_owned();
        let rated: Authority = principal("652301-S07", Caller::Authority { region });
        let refused = run(&fixture.ticketing, rated, refuse(&rating)).await;
        assert_eq!(refusal(refused), (Code::PermissionDenied, "RATED_STAFF_MEMBER".to_owned()));
    }
}
