//! Sends a message again that had failed for good.

use domain::violation::Violations;
use platform::{auth::Operator, once::Recognised, status::Failure};
use proto::intake::v1::{MessageState, RetryMessageRequest, RetryMessageResponse};
use uuid::Uuid;

use crate::{
    Intake,
    convert::{message::message_to_wire, to_column},
    entity::message,
    error::{Error, message::MessageError},
    store::message::messages,
};

pub(crate) async fn run(
    intake: &Intake,
    caller: Operator,
    request: RetryMessageRequest,
) -> Result<RetryMessageResponse, Error> {
    let mut wrong = Violations::default();
    let id = request.message_id.parse::<Uuid>().map_err(|_| "is no UUID");
    let id = wrong.take("message_id", id);
    let request_id =
        wrong.take("request_id", request.request_id.parse::<Uuid>().map_err(|_| "is no UUID"));
    let (id, request_id) = wrong.finish((id, request_id))?;
    let (id, request_id) = (id.unwrap_or_default(), request_id.unwrap_or_default());
    let officer = caller.officer();
    let scope = officer.id().as_bytes();
    let key = intake.shell.requests.key(scope, "RetryMessage", request_id, &request);

    let asked = intake.shell.once(&intake.store, key).await?;
    let row = messages::message(&asked, id).await?;
    let row = row.filter(|row| officer.reaches(&row.region_code)).ok_or(MessageError::NotFound)?;
    let txn = match asked.recognise().await? {
        Recognised::Before(answer) => return Ok(answer),
        Recognised::New(txn) => txn,
    };
    if row.state != to_column(MessageState::Dead) {
        return Err(MessageError::NotDead.into());
    }
    let next_attempt_at = intake.shell.clock.now().as_microsecond();
    if !messages::revive(&txn, id, next_attempt_at).await? {
        return Err(Failure::Raced("the message waits again already").into());
    }
    let state = to_column(MessageState::Waiting);
    let row = message::Model { state, attempts: 0, next_attempt_at, ..row };
    let answer = RetryMessageResponse { message: Some(message_to_wire(&row)) };
    Ok(txn.finish(answer, Vec::new()).await?)
}

#[cfg(test)]
mod tests {
    use platform::{auth::Caller, testing::principal};
    use tonic::{Code, Status};
    use tonic_types::StatusExt as _;

    use super::*;
    use crate::{
        jobs::testing::{Answers, COUNTY, TestGateway, at, in_force, send, states, writing},
        rpc::testing::{Fixture, ON_THE_SPOT_ITEM},
    };

    fn authority(region: &str) -> Operator {
        principal("officer", Caller::Authority { region: region.to_owned() })
    }

    async fn refused(
        fixture: &Fixture,
        region: &str,
        request: &RetryMessageRequest,
    ) -> (Code, String) {
        let refused = run(&fixture.intake, authority(region), request.clone()).await.unwrap_err();
        let status = Status::from(refused);
        let reason = status.get_details_error_info().map(|info| info.reason).unwrap_or_default();
        (status.code(), reason)
    }

    #[tokio::test]
    async fn i08_the_authority_sends_again_what_was_given_up_and_only_that() {
        let gateway = TestGateway::start().await;
        let fixture = writing(&gateway, in_force(COUNTY, "")).await;
        fixture.submit(ON_THE_SPOT_ITEM).await;
        let new_id = || fixture.intake.shell.clock.new_id().to_string();
        let row = messages::due(&fixture.intake.store, i64::MAX, 1).await.unwrap().remove(0);
        let request = RetryMessageRequest { request_id: new_id(), message_id: row.id.to_string() };
        let not_dead = (Code::FailedPrecondition, "MESSAGE_NOT_DEAD".to_owned());
        assert_eq!(refused(&fixture, "652301", &request).await, not_dead);
        gateway.answers(Answers::Body(400, ""));
        at(&fixture, "2026-03-02T01:10:00Z");
        send(&fixture.intake).await;
        assert_eq!(states(&fixture.intake).await[0].1, MessageState::Dead);
        let not_found = (Code::NotFound, "MESSAGE_NOT_FOUND".to_owned());
        assert_eq!(refused(&fixture, "652302", &request).await, not_found, "another county's");
        let unknown = RetryMessageRequest { message_id: new_id(), ..request.clone() };
        assert_eq!(refused(&fixture, "652301", &unknown).await, not_found);

        gateway.answers(Answers::Body(202, ""));
        let first = run(&fixture.intake, authority("652301"), request.clone()).await.unwrap();
        let message = first.message.clone().unwrap();
        assert_eq!((message.state(), message.attempts), (MessageState::Waiting, 0));
        send(&fixture.intake).await;
        let told = gateway.told();
        assert_eq!(told.len(), 2);
        assert_eq!(told[0].head("idempotency-key"), told[1].head("idempotency-key"));
        let again = run(&fixture.intake, authority("652301"), request.clone()).await.unwrap();
        assert_eq!(again, first, "the same request again");
        assert_eq!(refused(&fixture, "652302", &request).await, not_found, "having moved since");
        send(&fixture.intake).await;
        assert_eq!(gateway.told().len(), 2);
        assert_eq!(states(&fixture.intake).await[0].1, MessageState::Sent);
        let wrong = RetryMessageRequest { request_id: "x".to_owned(), message_id: "y".to_owned() };
        let told = run(&fixture.intake, authority("652301"), wrong).await.unwrap_err().to_string();
        assert!(told.contains("request_id:") && told.contains("message_id:"), "{told}");
    }
}
