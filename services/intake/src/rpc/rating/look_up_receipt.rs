//! Looks up by a receipt code what became of a rating (P08): no person, no words.

use std::net::IpAddr;

use domain::deadline::day_of;
use platform::{auth::Rater, convert::to_wire};
use proto::intake::v1::{LookUpReceiptRequest, LookUpReceiptResponse};

use crate::{
    Intake,
    app::rating::receipt,
    convert::rating::outcome_to_wire,
    error::Error,
    store::rating::{handlings, ratings},
};

pub(crate) async fn run(
    intake: &Intake,
    caller: Rater,
    network: Option<IpAddr>,
    request: LookUpReceiptRequest,
) -> Result<LookUpReceiptResponse, Error> {
    let row = receipt::rating_of(intake, &caller, network, &request.receipt_code).await?;
    let read = intake.store.read();
    let newest = ratings::newest_of_acts(read, &[row.act_id]).await?;
    let became = handlings::became(read, &[row.act_id]).await?;
    let (known, today) = (intake.reference.now(), day_of(intake.shell.clock.now()));
    Ok(LookUpReceiptResponse {
        level: row.level.into(),
        given_at: Some(to_wire(ratings::given_at(&row))),
        effective: ratings::effective(&newest).is_some_and(|stands| stands.id == row.id),
        outcome: became.first().map(|became| outcome_to_wire(became, &known, today)),
    })
}

#[cfg(test)]
mod tests {
    use platform::testing::{TestPlace, plan};
    use proto::r#type::v1::{Level, TicketState};
    use tonic::Code;
    use uuid::Uuid;

    use super::*;
    use crate::{
        Migrator,
        rpc::testing::{Fixture, rater, refusal},
    };

    async fn look(fixture: &Fixture, code: &str) -> Result<LookUpReceiptResponse, Error> {
        let request = LookUpReceiptRequest { receipt_code: code.to_owned() };
        run(&fixture.intake, rater(), None, request).await
    }

    #[tokio::test]
    async fn p08_i20_a_receipt_code_shows_the_rating_its_handling_next_date_and_who_answers() {
        let fixture = Fixture::new().await;
        let token = fixture.invitation().await;
        let rated = fixture.rate(&token, Level::VeryDissatisfied).await.unwrap();
        let other = fixture.rate(&fixture.invitation().await, Level::Satisfied).await.unwrap();
        let typed = rated.receipt_code.to_lowercase().replace('-', " ");
        let shown = look(&fixture, &typed).await.unwrap();
        assert_eq!((shown.level(), shown.effective), (Level::VeryDissatisfied, true));
        assert_eq!((shown.given_at, shown.outcome), (rated.received_at, None));
        fixture.ticket_is(&rated.rating_id, TicketState::Assigned).await;
        let outcome = look(&fixture, &typed).await.unwrap().outcome.unwrap();
        assert_eq!(
            (outcome.state(), outcome.next_due_on.as_str()),
            (TicketState::Assigned, "2026-03-09")
        );
        assert!(!outcome.agency_name.is_empty());
        let positive = look(&fixture, &other.receipt_code).await.unwrap();
        assert_eq!((positive.level(), positive.outcome), (Level::Satisfied, None));
        // A later rating stands, and the code still says what its holder gave.
        fixture.on_march(3);
        fixture.rate(&token, Level::Satisfied).await.unwrap();
        let shown = look(&fixture, &typed).await.unwrap();
        assert_eq!((shown.level(), shown.effective), (Level::VeryDissatisfied, false));
    }

    #[tokio::test]
    async fn p08_a_slip_a_guess_and_no_code_are_told_the_same_and_only_so_often() {
        let fixture = Fixture::new().await;
        let token = fixture.invitation().await;
        let code = fixture.rate(&token, Level::Dissatisfied).await.unwrap().receipt_code;
        let slip = code.replacen(&code[..1], if code.starts_with('A') { "B" } else { "A" }, 1);
        let mut said = Vec::new();
        for wrong in [slip.as_str(), "ABCD-EFGH", "", "O0I1-O0I1", "评价"] {
            let status = tonic::Status::from(look(&fixture, wrong).await.unwrap_err());
            said.push((status.code(), status.message().to_owned(), status.details().to_vec()));
        }
        assert_eq!(said[0].0, Code::NotFound);
        assert!(said.iter().all(|one| *one == said[0]), "{said:?}");
        for _ in said.len()..60 {
            look(&fixture, &code).await.unwrap();
        }
        let often = refusal(look(&fixture, &code).await.unwrap_err());
        assert_eq!(often, (Code::ResourceExhausted, "ASKED_TOO_OFTEN".to_owned()));
        // Others are not held up, and in a while neither is this one.
        let request = LookUpReceiptRequest { receipt_code: code.clone() };
        let elsewhere = Some("192.0.2.7".parse().unwrap());
        run(&fixture.intake, rater(), elsewhere, request).await.unwrap();
        fixture.on_march(3);
        look(&fixture, &code).await.unwrap();
    }

    #[tokio::test]
    async fn p08_a_rating_is_found_by_its_receipt_however_many_there_are() {
        let place = TestPlace::new().await;
        let store = place.store::<Migrator>(crate::NAME).await;
        let end = Uuid::from_u128(7).as_bytes()[11..].try_into().unwrap();
        let statement = ratings::receipt_statement(store.backend(), &end);
        let plan = plan(&store, statement).await;
        assert!(plan.contains("rating_receipt"), "{plan}");
    }
}
