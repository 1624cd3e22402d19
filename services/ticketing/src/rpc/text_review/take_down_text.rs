//! Takes an accepted text down because the law forbids to publish it (T08, P05). What silence accepted, nobody
//! read; and whoever reads much overlooks something.

use domain::{
    appeal::is_among,
    text_review::{TextStanding, Verdict},
    violation::Violations,
};
use platform::{auth::Authority, once::Recognised, status::Failure};
use proto::ticketing::v1::{TakeDownTextRequest, TakeDownTextResponse};
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
    request: TakeDownTextRequest,
) -> Result<TakeDownTextResponse, Error> {
    let mut wrong = Violations::default();
    let no_uuid = |text: &str| text.parse::<Uuid>().map_err(|_| "is no UUID");
    let request_id = wrong.take("request_id", no_uuid(&request.request_id)).unwrap_or_default();
    let rating_id = wrong.take("rating_id", no_uuid(&request.rating_id)).unwrap_or_default();
    let ground = match verdict_from_wire(request.ground) {
        Ok(Verdict::Refused(ground)) => Ok(ground),
        Ok(Verdict::Accepted) | Err(_) => Err("is no ground"),
    };
    let ground = wrong.take("ground", ground);
    let Some(ground) = wrong.finish(ground)? else { return Err(Violations::default().into()) };
    let (officer, shell) = (caller.officer(), &ticketing.shell);
    let key = shell.requests.key(officer.id().as_bytes(), "TakeDownText", request_id, &request);
    let txn = shell.once(&ticketing.store, key).await?;
    let before = store::text_review::review(&txn, officer, rating_id).await?;
    let before = before.ok_or(TextReviewError::NotFound)?;
    let txn = match txn.recognise().await? {
        Recognised::Before(answer) => return Ok(answer),
        Recognised::New(txn) => txn,
    };
    let rated = store::ticket::rated(&*txn, before.ticket_id).await?;
    if is_among(officer.id(), &rated) {
        return Err(TextReviewError::Rated.into());
    }
    let now = shell.clock.now();
    let review = review_from_row(&before)?;
    let mut row = before.clone();
    // Silence accepted it at a moment, whether that is on record yet or not.
    row.accepted_at = match review.standing(now) {
        TextStanding::Accepted { at } | TextStanding::AcceptedBySilence { at } => {
            Some(at.as_microsecond())
        }
        TextStanding::Pending | TextStanding::Overdue | TextStanding::Refused { .. } => None,
    };
    row.accepted_by.clone_from(&before.decided_by);
    review.take_down(ground, now)?;
    (row.verdict, row.ground) = verdict_to_columns(Verdict::Refused(ground));
    row.decided_at = Some(now.as_microsecond());
    row.decided_by = officer.id().to_owned();
    if !store::text_review::take_down(&txn, &before, &row).await? {
        return Err(Failure::Raced("somebody else decided").into());
    }
    let answer = TakeDownTextResponse { review: Some(review_to_wire(&row, now)?) };
    Ok(txn.finish(answer, vec![reviewed(&row)]).await?)
}

#[cfg(test)]
mod tests {
    use platform::{
        auth::Caller,
        testing::{REGION, principal},
    };
    use proto::ticketing::v1::{ReviewTextRequest, TextGround, TextReviewState};
    use tonic::Code;

    use super::*;
    use crate::{
        jobs::settle_text_reviews::settle,
        rpc::{
            testing::{Fixture, refusal, request_id},
            text_review::{
                review_text,
                testing::{authority_of, told, worded},
            },
        },
    };

    fn down(rating_id: &str, ground: TextGround) -> TakeDownTextRequest {
        TakeDownTextRequest {
            request_id: request_id(),
            rating_id: rating_id.to_owned(),
            ground: ground.into(),
        }
    }

    async fn accept(fixture: &Fixture, rating_id: &str) {
        let request = ReviewTextRequest {
            request_id: request_id(),
            rating_id: rating_id.to_owned(),
            ground: TextGround::Unspecified.into(),
        };
        review_text::run(&fixture.ticketing, authority_of(REGION), request).await.unwrap();
    }

    #[tokio::test]
    async fn p05_t08_an_accepted_text_is_taken_down_where_the_law_forbids_it_and_only_then() {
        let fixture = Fixture::under("guangxi-2019").await;
        let call = |request| run(&fixture.ticketing, authority_of(REGION), request);
        let rating = worded(&fixture).await.rating_id;
        let waits = call(down(&rating, TextGround::PersonalData)).await;
        let not_shown = (Code::FailedPrecondition, "TEXT_NOT_SHOWN".to_owned());
        assert_eq!(refusal(waits), not_shown, "it is reviewed first");
        accept(&fixture, &rating).await;
        let abusive = call(down(&rating, TextGround::Abusive)).await;
        let stays = (Code::FailedPrecondition, "TEXT_STAYS_UP".to_owned());
        assert_eq!(refusal(abusive), stays, "that was decided");
        let request = down(&rating, TextGround::PersonalData);
        let answer = call(request.clone()).await.unwrap();
        assert_eq!(call(request).await.unwrap(), answer, "a repeat gets the first answer");
        let review = answer.review.unwrap();
        let state = (review.state(), review.ground(), review.accepted_by.as_str());
        assert_eq!(state, (TextReviewState::Refused, TextGround::PersonalData, "authority"));
        assert!(review.accepted_at.is_some(), "both decisions are on record");
        assert_eq!(refusal(call(down(&rating, TextGround::Unlawful)).await), not_shown);
        let strange = down(&rating, TextGround::Unlawful);
        let strange = run(&fixture.ticketing, authority_of("650000"), strange).await;
        assert_eq!(refusal(strange), (Code::NotFound, "TEXT_REVIEW_NOT_FOUND".to_owned()));
        let said: Vec<_> = told(&fixture).await.into_iter().map(|told| told.accepted).collect();
        assert_eq!(said, [true, false], "the last one counts");
        let said = call(TakeDownTextRequest::default()).await.unwrap_err().to_string();
        for field in ["request_id:", "rating_id:", "ground:"] {
            assert!(said.contains(field), "{said}");
        }
    }

    #[tokio::test]
    async fn p05_t08_what_silence_accepted_is_taken_down_whether_that_is_on_record_or_not() {
        let fixture = Fixture::under("guangxi-2019").await;
        let first = worded(&fixture).await.rating_id;
        fixture.at("2026-03-17T16:00:00Z");
        let call = |request| run(&fixture.ticketing, authority_of(REGION), request);
        let review = call(down(&first, TextGround::Unlawful)).await.unwrap().review.unwrap();
        assert_eq!((review.state(), review.accepted_by.as_str()), (TextReviewState::Refused, ""));
        assert_eq!(settle(&fixture.ticketing).await.unwrap(), 0, "silence accepts it no more");
        let second = worded(&fixture).await.rating_id;
        fixture.at("2026-05-17T16:00:00Z");
        assert_eq!(settle(&fixture.ticketing).await.unwrap(), 1);
        call(down(&second, TextGround::PersonalData)).await.unwrap();
        let told = told(&fixture).await;
        let said: Vec<_> = told.iter().map(|told| (&told.rating_id, told.accepted)).collect();
        assert_eq!(said, [(&first, false), (&second, true), (&second, false)]);
    }

    #[tokio::test]
    async fn p05_whoever_is_rated_takes_nothing_down() {
        let fixture = Fixture::under("guangxi-2019").await;
        let rating = worded(&fixture).await.rating_id;
        accept(&fixture, &rating).await;
        let region = REGION.to_owned();
        let rated: Authority = principal("652301-S07", Caller::Authority { region });
        let refused = run(&fixture.ticketing, rated, down(&rating, TextGround::PersonalData)).await;
        assert_eq!(refusal(refused), (Code::PermissionDenied, "RATED_STAFF_MEMBER".to_owned()));
    }
}
