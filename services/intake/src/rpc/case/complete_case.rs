//! Completes a case, by its agency's business system.

use domain::{
    case::{CaseState, MAX_LATE_REASON_CHARS, Stage, late_reason},
    violation::{Violations, identifier, plain_text},
};
use platform::{auth::System, clock::instant, once::Recognised, status::Failure};
use proto::intake::v1::{CompleteCaseRequest, CompleteCaseResponse};

use crate::{
    Intake,
    app::{
        case::offer::{GivenService, hall_of, offer, own_step},
        message::invite,
    },
    convert::{case::case_to_wire, deadline, request_id},
    error::{Error, case::CaseError},
    facts::case_completed,
    store::{
        case::{cases, watched::WatchTarget},
        message::messages,
    },
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
    wrong.take("late_reason", plain_text(&request.late_reason, MAX_LATE_REASON_CHARS));
    wrong.finish(())?;
    let scope = caller.id().as_bytes();
    let key = intake.shell.requests.key(scope, "CompleteCase", request_id, &request);

    let asked = intake.shell.once(&intake.store, key).await?;
    let number = &request.project_number;
    let case = cases::case_of_agency(&asked, caller.agency(), number).await?;
    let mut case = case.ok_or(CaseError::NotFound)?;
    let txn = match asked.recognise().await? {
        Recognised::Before(answer) => return Ok(answer),
        Recognised::New(txn) => txn,
    };
    let at = intake.shell.clock.now();
    let state = match case.completed_at {
        None => CaseState::Accepted,
        Some(at) => CaseState::Completed { at: instant(at) },
    };
    state.complete(at)?;
    case.late_reason = late_reason(&deadline(&case.promised)?, at, request.late_reason)?;
    case.completed_at = Some(at.as_microsecond());
    let (completed_at, reason) = (at.as_microsecond(), case.late_reason.clone());
    if !cases::complete_case(&txn, case.id, completed_at, reason).await? {
        return Err(Failure::Raced("the case was completed by another request").into());
    }
    let snapshot = intake.reference.now();
    let not_yet = |what| Error::NotKnownYet { reason: "CATALOG_NOT_KNOWN_YET", what };
    let profile = snapshot.policy(&case.policy).ok_or_else(|| not_yet("the policy profile"))?;
    let calendar = snapshot.calendar().ok_or_else(|| not_yet("the calendar"))?;
    let calendar = calendar.of(&case.region_code);
    let version = u32::try_from(case.item_version).ok();
    let item = intake.reference.item(&case.item_code, version).await?;
    let item = item.ok_or_else(|| not_yet("the item"))?;
    let given = GivenService::here(Stage::Completion, hall_of(&snapshot, &case));
    let offered = offer(&intake.shell, profile, &calendar, (&case, &item), given, at)?;
    cases::insert_steps(&txn, vec![own_step(&case, Stage::Completion, at)]).await?;
    let mut bodies = vec![case_completed(&case)];
    if let Some(offered) = offered {
        bodies.extend(offered.fact());
        let planned = invite::plan(intake, profile, &case, &offered.row);
        messages::insert(&txn, planned).await?;
        cases::insert_acts(&txn, vec![offered.row]).await?;
    }
    // The agency's system gets the completion, not the invitation to rate.
    let answer = CompleteCaseResponse { case: Some(case_to_wire(&case, None)?) };
    let answer = txn.finish(answer, bodies).await?;
    intake.board.acts_came([WatchTarget::Case(case.id)]);
    Ok(answer)
}

#[cfg(test)]
mod tests {
    use platform::facts;
    use prost::Message as _;
    use proto::{
        fact::v1::{Fact, fact::Body},
        intake::v1::{Case, CaseState, WatchCaseRequest},
    };
    use tokio_stream::StreamExt as _;
    use tonic::{Code, Status};
    use tonic_types::StatusExt as _;

    use super::*;
    use crate::{
        rpc::{
            case::watch_case,
            testing::{COMMITTED_ITEM, Fixture},
        },
        store::case::cases,
    };

    fn request(project_number: &str) -> CompleteCaseRequest {
        let request_id = platform::clock::Clock::System.new_id().to_string();
        CompleteCaseRequest {
            request_id,
            project_number: project_number.to_owned(),
            late_reason: String::new(),
        }
    }

    fn late(project_number: &str, reason: &str) -> CompleteCaseRequest {
        CompleteCaseRequest { late_reason: reason.to_owned(), ..request(project_number) }
    }

    /// A committed case in the evening of its last promised day, and what tries to complete it.
    async fn near_its_limit() -> (Fixture, Case) {
        let fixture = Fixture::new().await;
        let case = fixture.submit(COMMITTED_ITEM).await;
        assert_eq!(case.promised.as_ref().unwrap().due_on, "2026-03-11");
        fixture.intake.shell.clock.set("2026-03-11T15:59:59Z".parse().unwrap());
        (fixture, case)
    }

    async fn complete(fixture: &Fixture, request: CompleteCaseRequest) -> Result<Case, Status> {
        let system = fixture.system(&fixture.agency_of(COMMITTED_ITEM));
        Ok(run(&fixture.intake, system, request).await?.case.unwrap())
    }

    /// The facts of a completion, and whether it was late.
    async fn told_late(fixture: &Fixture) -> Vec<bool> {
        let told = facts::list(&fixture.intake.store, 0, 1_000).await.unwrap();
        let completed = told.into_iter().filter_map(|fact| match fact.body {
            Some(Body::CaseCompleted(completed)) => Some(completed.late),
            _ => None,
        });
        completed.collect()
    }

    #[tokio::test]
    async fn c05_a_case_completed_in_time_takes_no_reason_and_tells_that_it_is_not_late() {
        let (fixture, case) = near_its_limit().await;
        let refused = complete(&fixture, late(&case.project_number, "系统故障")).await.unwrap_err();
        let details = refused.get_error_details();
        let info = details.error_info().unwrap();
        assert_eq!(refused.code(), Code::FailedPrecondition);
        assert_eq!(
            (info.reason.as_str(), info.metadata["due_on"].as_str()),
            ("CASE_NOT_LATE", "2026-03-11")
        );
        let done = complete(&fixture, request(&case.project_number)).await.unwrap();
        assert_eq!((done.state(), done.late_reason.as_str()), (CaseState::Completed, ""));
        assert_eq!(told_late(&fixture).await, [false]);
    }

    #[tokio::test]
    async fn c05_a_case_past_its_limit_is_completed_with_a_public_reason_only() {
        let (fixture, case) = near_its_limit().await;
        fixture.intake.shell.clock.set("2026-03-11T16:00:00Z".parse().unwrap());
        for blank in ["", "  \n"] {
            let refused = complete(&fixture, late(&case.project_number, blank)).await.unwrap_err();
            let details = refused.get_error_details();
            let info = details.error_info().unwrap();
            assert_eq!(refused.code(), Code::FailedPrecondition);
            assert_eq!(info.reason, "LATE_REASON_NEEDED");
            assert_eq!(info.metadata["due_on"], "2026-03-11");
            assert!(details.localized_message().unwrap().message.contains("2026-03-11"));
        }
        let asked = late(&case.project_number, "供电中断，系统停机两日。");
        let done = complete(&fixture, asked.clone()).await.unwrap();
        assert_eq!(done.late_reason, "供电中断，系统停机两日。");
        assert_eq!(
            complete(&fixture, asked.clone()).await.unwrap(),
            done,
            "the same request again"
        );
        let moved = run(&fixture.intake, fixture.system("652301-a09"), asked).await.unwrap_err();
        assert!(matches!(moved, Error::Case(CaseError::NotFound)), "of another agency: {moved}");
        assert_eq!(told_late(&fixture).await, [true]);
        let row = cases::case(&fixture.intake.store, case.case_id.parse().unwrap()).await;
        assert_eq!(row.unwrap().unwrap().late_reason.unwrap(), done.late_reason, "kept");
        let told = facts::list(&fixture.intake.store, 0, 1_000).await.unwrap();
        let words = "供电中断".as_bytes();
        let holds = |fact: &Fact| fact.encode_to_vec().windows(words.len()).any(|w| w == words);
        assert!(!told.iter().any(holds), "facts carry no free text");
    }

    #[tokio::test]
    async fn c05_a_reason_hides_nothing_and_has_at_most_500_characters() {
        let (fixture, case) = near_its_limit().await;
        fixture.intake.shell.clock.set("2026-03-12T01:00:00Z".parse().unwrap());
        for wrong in ["\u{202E}反写".to_owned(), "长".repeat(501)] {
            let mut request = late(&case.project_number, &wrong);
            request.request_id = "x".to_owned();
            let refused = complete(&fixture, request).await.unwrap_err();
            assert_eq!(refused.code(), Code::InvalidArgument);
            let refused = complete(&fixture, late("", &wrong)).await.unwrap_err();
            let details = refused.get_error_details();
            let wrong = &details.bad_request().unwrap().field_violations;
            let fields: Vec<_> = wrong.iter().map(|violation| violation.field.as_str()).collect();
            assert_eq!(fields, ["project_number", "late_reason"], "everything at once");
        }
        complete(&fixture, late(&case.project_number, &"长".repeat(500))).await.unwrap();
    }

    #[tokio::test]
    async fn c05_the_applicant_sees_the_reason() {
        let (fixture, case) = near_its_limit().await;
        fixture.intake.shell.clock.set("2026-03-12T01:00:00Z".parse().unwrap());
        complete(&fixture, late(&case.project_number, "系统故障")).await.unwrap();
        let request = WatchCaseRequest { case_id: case.case_id };
        let watching = watch_case::run(&fixture.intake, fixture.terminal(), request).await;
        let seen = watching.unwrap().next().await.unwrap().unwrap().case.unwrap();
        assert_eq!(seen.late_reason, "系统故障");
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
