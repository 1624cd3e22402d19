//! Lists all ratings of a service act for the holder of its invitation, superseded ones included.

use domain::violation::Violations;
use platform::{auth::Rater, page::Page};
use proto::intake::v1::{ListRatingsRequest, ListRatingsResponse};

use crate::{
    Intake,
    convert::rating::rating_to_wire,
    error::{Error, rating::invitation::InvitationError},
    store::{case::acts, rating::ratings},
};

pub(crate) async fn run(
    intake: &Intake,
    _: Rater,
    request: ListRatingsRequest,
) -> Result<ListRatingsResponse, Error> {
    let act_id = intake.shell.invitations.open(&request.token)?;
    let mut wrong = Violations::default();
    let page = Page::read(&mut wrong, "ListRatings", request.page_size, &request.page_token);
    wrong.finish(())?;
    let (act, _) = acts::act(&intake.store, act_id).await?.ok_or(InvitationError::NotFound)?;
    let (after, size) = (page.after, page.read_size());
    let ratings = ratings::ratings_of(&intake.store, act_id, after, size).await?;
    let newest = ratings::newest_of_acts(intake.store.read(), &[act_id.0]).await?;
    let effective = ratings::effective(&newest).map(|row| row.id);
    let ratings =
        ratings.iter().map(|row| (row.id, rating_to_wire(row, &act, effective == Some(row.id))));
    let (ratings, next_page_token) = page.cut_to_answer(ratings.collect());
    Ok(ListRatingsResponse { ratings, next_page_token })
}

#[cfg(test)]
mod tests {
    use proto::r#type::v1::Level;
    use tonic::Code;

    use super::*;
    use crate::rpc::testing::{Fixture, rater};

    #[tokio::test]
    async fn i09_every_rating_stays_on_record_and_one_of_them_stands() {
        let fixture = Fixture::new().await;
        let token = fixture.invitation().await;
        let levels = [Level::VeryDissatisfied, Level::Satisfied, Level::Dissatisfied];
        for (n, level) in (1..).zip(levels) {
            fixture.intake.shell.clock.set(format!("2026-03-02T01:00:0{n}Z").parse().unwrap());
            fixture.rate(&token, level).await.unwrap();
        }
        let (mut listed, mut page_token) = (Vec::new(), String::new());
        loop {
            let request = ListRatingsRequest { token: token.clone(), page_size: 2, page_token };
            let page = run(&fixture.intake, rater(), request).await.unwrap();
            listed.extend(page.ratings);
            page_token = page.next_page_token;
            if page_token.is_empty() {
                break;
            }
        }
        let shown: Vec<_> = listed.iter().map(|r| (r.level(), r.effective)).collect();
        let [first, second, last] = levels;
        assert_eq!(shown, [(last, true), (second, false), (first, false)]);
        let other = ListRatingsRequest {
            token: fixture.invitation().await,
            ..ListRatingsRequest::default()
        };
        assert!(run(&fixture.intake, rater(), other).await.unwrap().ratings.is_empty());
        let forged = ListRatingsRequest { token: "x".to_owned(), ..ListRatingsRequest::default() };
        let refused = run(&fixture.intake, rater(), forged).await.unwrap_err();
        assert_eq!(tonic::Status::from(refused).code(), Code::Unauthenticated);
    }
}
