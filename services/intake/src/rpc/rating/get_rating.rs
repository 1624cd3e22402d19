//! Reads a rating back, with its outcome (I20), for the holder of its invitation.

use domain::{deadline::day_of, violation::Violations};
use platform::auth::Rater;
use proto::intake::v1::{GetRatingRequest, GetRatingResponse};
use uuid::Uuid;

use crate::{
    Intake,
    convert::rating::{outcome_to_wire, rating_to_wire},
    error::{
        Error,
        rating::{RatingError, invitation::InvitationError},
    },
    store::{
        case::acts,
        rating::{handlings, ratings},
    },
};

pub(crate) async fn run(
    intake: &Intake,
    _: Rater,
    request: GetRatingRequest,
) -> Result<GetRatingResponse, Error> {
    let act_id = intake.shell.invitations.open(&request.token)?;
    let mut wrong = Violations::default();
    let wanted = match request.rating_id.as_str() {
        "" => None,
        id => wrong.take("rating_id", id.parse::<Uuid>().map_err(|_| "is no UUID")),
    };
    let wanted = wrong.finish(wanted)?;
    let (act, _) = acts::act(&intake.store, act_id).await?.ok_or(InvitationError::NotFound)?;
    let newest = ratings::newest_of_acts(intake.store.read(), &[act_id.0]).await?;
    let effective = ratings::effective(&newest).map(|row| row.id);
    let wanted = wanted.or(effective).ok_or(RatingError::NotFound)?;
    let row = match newest.into_iter().find(|row| wanted == row.id) {
        Some(row) => Some(row),
        None => ratings::rating_of(&intake.store, act_id, wanted).await?,
    };
    let row = row.ok_or(RatingError::NotFound)?;
    let rating = rating_to_wire(&row, &act, effective == Some(row.id));
    let became = handlings::became(intake.store.read(), &[act_id.0]).await?;
    let (known, today) = (intake.reference.now(), day_of(intake.shell.clock.now()));
    let outcome = became.first().map(|became| outcome_to_wire(became, &known, today));
    Ok(GetRatingResponse { rating: Some(rating), outcome })
}

#[cfg(test)]
mod tests {
    use proto::r#type::v1::Level;
    use tonic::Code;

    use super::*;
    use crate::rpc::{
        rating::submit_rating,
        testing::{Fixture, rater, rating_request},
    };

    #[tokio::test]
    async fn only_the_invitations_holder_reads_its_rating() {
        let fixture = Fixture::new().await;
        let (mine, other) = (fixture.invitation().await, fixture.invitation().await);
        let request = rating_request(&mine, Level::Satisfied);
        let receipt = submit_rating::run(&fixture.intake, rater(), None, request).await.unwrap();
        let get = |token: &str, rating_id: &str| {
            let request =
                GetRatingRequest { token: token.to_owned(), rating_id: rating_id.to_owned() };
            run(&fixture.intake, rater(), request)
        };
        let read = get(&mine, &receipt.rating_id).await.unwrap().rating.unwrap();
        assert_eq!((read.level(), read.receipt_code), (Level::Satisfied, receipt.receipt_code));
        for (token, id, code) in [
            (other.as_str(), receipt.rating_id.as_str(), Code::NotFound),
            (other.as_str(), "", Code::NotFound),
            (mine.as_str(), "x", Code::InvalidArgument),
            ("", receipt.rating_id.as_str(), Code::Unauthenticated),
        ] {
            let status = tonic::Status::from(get(token, id).await.unwrap_err());
            assert_eq!(status.code(), code, "{token} {id}");
        }
    }
}
