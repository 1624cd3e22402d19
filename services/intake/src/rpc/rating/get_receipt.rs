//! Gets what proves that a rating is in the public log (I22), for the holder of its invitation: the salt
//! is nobody else's.

use domain::{id::RatingId, rating::receipt_code, violation::Violations};
use platform::auth::Rater;
use proto::intake::v1::{GetReceiptRequest, GetReceiptResponse};
use uuid::Uuid;

use crate::{
    Intake,
    convert::rating::receipt_of,
    error::{
        Error,
        rating::{RatingError, invitation::InvitationError},
    },
    store::{case::acts, rating::ratings},
};

pub(crate) async fn run(
    intake: &Intake,
    _: Rater,
    request: GetReceiptRequest,
) -> Result<GetReceiptResponse, Error> {
    let act_id = intake.shell.invitations.open(&request.token)?;
    let mut wrong = Violations::default();
    let wanted = match request.rating_id.as_str() {
        "" => None,
        id => wrong.take("rating_id", id.parse::<Uuid>().map_err(|_| "is no UUID")),
    };
    let wanted = wrong.finish(wanted)?;
    let act = acts::act_row(&intake.store, act_id.0).await?.ok_or(InvitationError::NotFound)?;
    let row = match wanted {
        Some(id) => ratings::rating_of(&intake.store, act_id, id).await?,
        None => {
            let newest = ratings::newest_of_acts(intake.store.read(), &[act_id.0]).await?;
            ratings::effective(&newest).cloned()
        }
    };
    let row = row.ok_or(RatingError::NotFound)?;
    let receipt = receipt_of((&intake.shell.salts, &intake.shell.sealer), &row, &act)?;
    let receipt_code = receipt_code(RatingId(row.id));
    Ok(GetReceiptResponse { receipt: Some(receipt), receipt_code })
}

#[cfg(test)]
mod tests {
    use platform::receipt::leaf_of;
    use proto::{
        fact::v1::{RatingSubmitted, fact::Body},
        intake::v1::SubmitRatingRequest,
        r#type::v1::{Level, RatingReceipt},
    };
    use tonic::Code;

    use super::*;
    use crate::rpc::{
        rating::submit_rating,
        testing::{Fixture, rater, rating_request},
    };

    async fn submitted(fixture: &Fixture) -> Vec<RatingSubmitted> {
        let told = fixture.told().await.into_iter();
        told.filter_map(|body| match body {
            Body::RatingSubmitted(rating) => Some(rating),
            _ => None,
        })
        .collect()
    }

    /// The receipt that a fact gives, which has no salt.
    fn of_fact(said: &RatingSubmitted, salt: Vec<u8>) -> RatingReceipt {
        RatingReceipt {
            rating_id: said.rating_id.clone(),
            act: said.act.clone(),
            level: said.level,
            channel: said.channel,
            origin: said.origin,
            private: said.private,
            received_at: said.received_at,
            given_at: said.given_at,
            tag_codes: said.tag_codes.clone(),
            tag_list_version: said.tag_list_version.clone(),
            batch_id: said.batch_id.clone(),
            words_hash: said.words_hash.clone(),
            salt,
        }
    }

    #[tokio::test]
    async fn i22_a_receipt_gives_the_leaf_that_the_rating_s_fact_gives_words_included() {
        let fixture = Fixture::new().await;
        let mine = fixture.invitation().await;
        let text = "排队两小时".to_owned();
        for request in [
            rating_request(&mine, Level::Satisfied),
            SubmitRatingRequest { text, ..rating_request(&mine, Level::VeryDissatisfied) },
        ] {
            submit_rating::run(&fixture.intake, rater(), None, request).await.unwrap();
        }
        let told = submitted(&fixture).await;
        assert_eq!(told.iter().map(|said| said.words_hash.len()).collect::<Vec<_>>(), [0, 32]);
        for said in told {
            let request =
                GetReceiptRequest { token: mine.clone(), rating_id: said.rating_id.clone() };
            let answer = run(&fixture.intake, rater(), request).await.unwrap();
            let receipt = answer.receipt.unwrap();
            assert_eq!(receipt, of_fact(&said, receipt.salt.clone()));
            assert!(leaf_of(&receipt).is_ok());
        }
    }

    #[tokio::test]
    async fn i22_only_the_invitations_holder_gets_the_salt() {
        let fixture = Fixture::new().await;
        let (mine, other) = (fixture.invitation().await, fixture.invitation().await);
        let request = rating_request(&mine, Level::Satisfied);
        let given = submit_rating::run(&fixture.intake, rater(), None, request).await.unwrap();
        let get = |token: &str, rating_id: &str| {
            let request =
                GetReceiptRequest { token: token.to_owned(), rating_id: rating_id.to_owned() };
            run(&fixture.intake, rater(), request)
        };
        let mine_is = get(&mine, "").await.unwrap();
        assert_eq!(mine_is.receipt.unwrap().rating_id, given.rating_id);
        assert_eq!(mine_is.receipt_code, given.receipt_code);
        for (token, id, code) in [
            (other.as_str(), given.rating_id.as_str(), Code::NotFound),
            (other.as_str(), "", Code::NotFound),
            (mine.as_str(), "x", Code::InvalidArgument),
            ("", given.rating_id.as_str(), Code::Unauthenticated),
        ] {
            let status = tonic::Status::from(get(token, id).await.unwrap_err());
            assert_eq!(status.code(), code, "{token} {id}");
        }
    }
}
