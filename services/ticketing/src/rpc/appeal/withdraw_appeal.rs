//! Takes an appeal back (T07).

use domain::{appeal::AppealCommand, violation::Violations};
use platform::{auth::Officer, once::Recognised};
use proto::ticketing::v1::{WithdrawAppealRequest, WithdrawAppealResponse};
use uuid::Uuid;

use crate::{
    app::appeal::take::{self, CommandWords, take},
    error::{AppealError, Error},
    state::Ticketing,
    store,
};

pub(crate) async fn run(
    ticketing: &Ticketing,
    caller: Officer,
    request: WithdrawAppealRequest,
) -> Result<WithdrawAppealResponse, Error> {
    let mut wrong = Violations::default();
    let no_uuid = |text: &str| text.parse::<Uuid>().map_err(|_| "is no UUID");
    let request_id = wrong.take("request_id", no_uuid(&request.request_id)).unwrap_or_default();
    let appeal_id = wrong.take("appeal_id", no_uuid(&request.appeal_id)).unwrap_or_default();
    wrong.finish(())?;
    let shell = &ticketing.shell;
    let key = shell.requests.key(caller.id().as_bytes(), "WithdrawAppeal", request_id, &request);
    let txn = shell.once(&ticketing.store, key).await?;
    let found = store::appeal::appeal(&txn, &caller, appeal_id).await?;
    found.ok_or(AppealError::NotFound)?;
    let txn = match txn.recognise().await? {
        Recognised::Before(answer) => return Ok(answer),
        Recognised::New(txn) => txn,
    };
    let open = take::open(ticketing, &txn, &caller, appeal_id).await?;
    let words = CommandWords::default();
    let taken = take(ticketing, &txn, &caller, open, AppealCommand::Withdraw, words).await?;
    let answer = WithdrawAppealResponse { appeal: Some(taken.appeal) };
    Ok(txn.finish(answer, taken.told).await?)
}

#[cfg(test)]
mod tests {
    use proto::{
        fact::v1::{appeal_decided::AppealOutcome, fact::Body},
        ticketing::v1::AppealState,
        r#type::v1::{ExclusionDuty, ExclusionGround},
    };
    use tonic::Code;

    use super::*;
    use crate::rpc::appeal::testing::{SERVED, of_authority, officer};
    use crate::rpc::testing::{Fixture, refusal, request_id};

    fn withdraw(appeal_id: &str) -> WithdrawAppealRequest {
        WithdrawAppealRequest { request_id: request_id(), appeal_id: appeal_id.to_owned() }
    }

    #[tokio::test]
    async fn t07_an_appeal_is_taken_back_by_whose_it_is_before_the_decision_and_can_come_again() {
        let fixture = Fixture::under("changji-2020").await;
        let rated = fixture.rated().await;
        let id = fixture.lodged(&rated).await.appeal_id;
        let call = |by, request| run(&fixture.ticketing, by, request);
        for other in [officer("other"), of_authority("lodger")] {
            let refused = refusal(call(other, withdraw(&id)).await);
            assert_eq!(refused, (Code::PermissionDenied, "APPEAL_OF_ANOTHER".to_owned()));
        }
        let request = withdraw(&id);
        let answer = call(officer(SERVED), request.clone()).await.unwrap();
        assert_eq!(call(officer(SERVED), request).await.unwrap(), answer);
        let appeal = answer.appeal.unwrap();
        assert_eq!((appeal.state(), appeal.decision), (AppealState::Withdrawn, None));
        let outcomes = fixture.facts().await.into_iter().filter_map(|body| match body {
            Body::AppealDecided(decided) => Some(decided.outcome()),
            _ => None,
        });
        assert_eq!(outcomes.collect::<Vec<_>>(), [AppealOutcome::Withdrawn]);
        let again = fixture.lodged(&rated).await.appeal_id;
        fixture.record(officer("reviewer"), &again, ExclusionDuty::Verified).await;
        fixture.decided(officer("decider"), &again, ExclusionGround::Unspecified).await;
        let late = refusal(call(officer("lodger"), withdraw(&again)).await);
        assert_eq!(late, (Code::FailedPrecondition, "APPEAL_STATE_REFUSES".to_owned()));
        let wrong = WithdrawAppealRequest::default();
        let said = call(officer("lodger"), wrong).await.unwrap_err().to_string();
        assert!(said.contains("request_id:") && said.contains("appeal_id:"), "{said}");
    }
}
