//! Completes a case, by its agency's business system.

use domain::{
    case::CaseState,
    id::ActId,
    violation::{Violations, identifier},
};
use platform::{auth::System, clock::instant, facts, status::Failure};
use proto::intake::v1::{CompleteCaseRequest, CompleteCaseResponse};

use super::submit_application::{act_of, request_id};
use crate::{
    Intake,
    convert::{act_to_row, case_to_wire},
    error::Error,
    facts::{case_completed, rating_invited},
    store,
};

pub(crate) async fn run(
    intake: &Intake,
    caller: System,
    request: CompleteCaseRequest,
) -> Result<CompleteCaseResponse, Error> {
    let request_id = request_id(&request.request_id)?;
    let mut wrong = Violations::default();
    wrong.require(!request.project_number.is_empty(), "project_number", "is missing");
    wrong.take("project_number", identifier(&request.project_number));
    wrong.finish(())?;
    let scope = caller.id().as_bytes();
    let key = intake.shell.requests.key(scope, "CompleteCase", request_id, &request);
    let clock = &intake.shell.clock;

    let txn = intake.store.begin().await?;
    if let Some(answer) = intake.shell.requests.replay(&txn, key).await? {
        return Ok(answer);
    }
    let number = &request.project_number;
    let case = store::case_of_agency(&txn, caller.agency(), number).await?;
    let mut case = case.ok_or(Error::CaseNotFound)?;
    let at = clock.now();
    let state = match case.completed_at {
        None => CaseState::Accepted,
        Some(at) => CaseState::Completed { at: instant(at) },
    };
    state.complete(at)?;
    if !store::complete_case(&txn, case.id, at.as_microsecond()).await? {
        return Err(Failure::Raced("the case was completed by another request").into());
    }
    case.completed_at = Some(at.as_microsecond());
    let known = intake.reference.now();
    let not_yet = |what| Error::NotKnownYet { reason: "CATALOG_NOT_KNOWN_YET", what };
    let profile = known.policy(&case.policy).ok_or_else(|| not_yet("the policy profile"))?;
    let calendar = known.calendar().ok_or_else(|| not_yet("the calendar"))?;
    let calendar = calendar.of(&case.region_code);
    let act = act_of(&case, ActId(clock.new_id()), at);
    let window = profile.rating_window.as_ref().map(|ruled| ruled.value.due(at, &calendar));
    let window = window.transpose()?;
    store::insert_act(&txn, act_to_row(&act, case.real_name, window.as_ref())).await?;
    // The agency's system learns that the case is completed, not how to rate it.
    let answer = CompleteCaseResponse { case: Some(case_to_wire(&case, None)?) };
    intake.shell.requests.keep(&txn, key, clock, &answer).await?;
    let bodies = vec![case_completed(&case), rating_invited(&act, window.as_ref())];
    facts::append(&txn, clock, bodies).await?;
    txn.commit().await?;
    intake.shell.bus.committed(crate::NAME);
    Ok(answer)
}

#[cfg(test)]
mod tests {
    use proto::intake::v1::CaseState;
    use tonic::Code;

    use super::*;
    use crate::rpc::testing::{COMMITTED_ITEM, Fixture};

    fn request(project_number: &str) -> CompleteCaseRequest {
        let request_id = platform::clock::Clock::System.new_id().to_string();
        CompleteCaseRequest { request_id, project_number: project_number.to_owned() }
    }

    #[tokio::test]
    async fn i15_the_agency_completes_its_own_case_once_and_never_holds_the_invitation() {
        let fixture = Fixture::new().await;
        let case = fixture.submit(COMMITTED_ITEM).await;
        let agency = fixture.agency_of(COMMITTED_ITEM);
        let system = || fixture.system(&agency);
        let asked = request(&case.project_number);
        let done = run(&fixture.intake, system(), asked.clone()).await.unwrap();
        let completed = done.case.clone().unwrap();
        assert_eq!((completed.state(), completed.invitation), (CaseState::Completed, None));
        assert_eq!(run(&fixture.intake, system(), asked).await.unwrap(), done);
        let again = run(&fixture.intake, system(), request(&case.project_number)).await;
        assert_eq!(tonic::Status::from(again.unwrap_err()).code(), Code::FailedPrecondition);
    }

    #[tokio::test]
    async fn another_agencys_case_is_not_found_like_an_unknown_one() {
        let fixture = Fixture::new().await;
        let case = fixture.submit(COMMITTED_ITEM).await;
        for (agency, number) in
            [("652301-a99", case.project_number.as_str()), ("652301-a01", "652301x")]
        {
            let refused = run(&fixture.intake, fixture.system(agency), request(number)).await;
            let status = tonic::Status::from(refused.unwrap_err());
            assert_eq!(
                (status.code(), status.message()),
                (Code::NotFound, "there is no such case")
            );
        }
    }
}
