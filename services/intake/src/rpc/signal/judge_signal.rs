//! Records a person's judgement of a signal of fraud; the last one holds (S03).

use domain::violation::{Violations, plain_text};
use platform::{auth::Authority, once::Recognised, request::is_unique_violation, status::Failure};
use proto::{
    fact::v1::fact::Body,
    intake::v1::{JudgeSignalRequest, JudgeSignalResponse, SignalState},
};

use crate::{
    Intake,
    app::signal::own,
    convert::{
        request_id,
        signal::{Reason, judged, signal_id, signal_to_wire},
        to_column,
    },
    entity::{signal, signal_judgement},
    error::Error,
    store::signal::signals,
};

/// The longest reason, in characters.
const MAX_REASON_CHARS: usize = 1_000;

pub(crate) async fn run(
    intake: &Intake,
    caller: Authority,
    request: JudgeSignalRequest,
) -> Result<JudgeSignalResponse, Error> {
    let request_id = request_id(&request.request_id)?;
    let mut wrong = Violations::default();
    let id = signal_id(&mut wrong, &request.signal_id);
    let verdict = SignalState::try_from(request.verdict).unwrap_or_default();
    let is_verdict = !matches!(verdict, SignalState::Unspecified | SignalState::Open);
    wrong.require(is_verdict, "verdict", "is missing or no judgement");
    wrong.require(!request.reason.trim().is_empty(), "reason", "is missing");
    wrong.take("reason", plain_text(&request.reason, MAX_REASON_CHARS));
    wrong.finish(())?;
    let officer = caller.officer();
    let shell = &intake.shell;
    let key = shell.requests.key(officer.id().as_bytes(), "JudgeSignal", request_id, &request);

    let asked = shell.once(&intake.store, key).await?;
    let (signal, _) = own(&asked, id, officer).await?;
    let txn = match asked.recognise().await? {
        Recognised::Before(answer) => return Ok(answer),
        Recognised::New(txn) => txn,
    };
    let (row_id, at) = (shell.clock.new_id(), shell.clock.now().as_microsecond());
    let row = signal_judgement::Model {
        id: row_id,
        signal_id: id,
        sequence: signal.judgements + 1,
        verdict: to_column(verdict),
        reason: Reason { words: request.reason }.seal(&shell.sealer, row_id)?,
        judged_by: officer.id().to_owned(),
        judged_at: at,
    };
    match signals::judge(&txn, row).await {
        Err(error) if is_unique_violation(&error) => {
            return Err(Failure::Raced("another judgement of the signal is being recorded").into());
        }
        written => written?,
    }
    let signal =
        signal::Model { state: to_column(verdict), judgements: signal.judgements + 1, ..signal };
    let found_true = verdict == SignalState::FoundTrue;
    let body = Body::SignalJudged(judged(&signal, found_true, at));
    let answer = JudgeSignalResponse { signal: Some(signal_to_wire(&signal)) };
    Ok(txn.finish(answer, vec![body]).await?)
}

#[cfg(test)]
mod tests {
    use platform::{
        auth::Caller,
        testing::{REGION, STAFF, principal},
    };
    use proto::{
        fact::v1::SignalJudged,
        intake::v1::{GetSignalRequest, GetSignalResponse},
    };
    use sea_orm::EntityTrait as _;
    use tonic::Code;

    use super::*;
    use crate::{
        entity::rating,
        jobs::find_signals::testing::faked,
        rpc::{
            signal::get_signal,
            testing::{Fixture, authority, holds, named, refusal},
        },
    };

    const WHY: &str = "调取监控，系窗口人员代为评价。";

    fn request(fixture: &Fixture, id: &str, verdict: SignalState) -> JudgeSignalRequest {
        JudgeSignalRequest {
            request_id: fixture.intake.shell.clock.new_id().to_string(),
            signal_id: id.to_owned(),
            verdict: verdict.into(),
            reason: WHY.to_owned(),
        }
    }

    async fn told(fixture: &Fixture) -> Vec<SignalJudged> {
        let told = fixture.told().await.into_iter().filter_map(|body| match body {
            Body::SignalJudged(judged) => Some(judged),
            _ => None,
        });
        told.collect()
    }

    async fn read(fixture: &Fixture, id: &str) -> GetSignalResponse {
        let request = GetSignalRequest { signal_id: id.to_owned() };
        get_signal::run(&fixture.intake, authority(REGION), request).await.unwrap()
    }

    #[tokio::test]
    async fn s03_a_person_judges_and_a_later_judgement_supersedes_while_all_stay_on_record() {
        let fixture = Fixture::new().await;
        let (ids, signals) = faked(&fixture).await;
        let id = &signals[0].signal_id;
        let judge = async |request: JudgeSignalRequest| {
            run(&fixture.intake, authority(REGION), request).await.unwrap().signal.unwrap()
        };
        let true_one = request(&fixture, id, SignalState::FoundTrue);
        let judged = judge(true_one.clone()).await;
        assert_eq!(judged.state(), SignalState::FoundTrue);
        assert_eq!(judge(true_one.clone()).await, judged, "the same request again");
        let [fact] = &told(&fixture).await[..] else { panic!() };
        assert!(fact.found_true && fact.signal_id == *id && fact.subject_id == judged.subject_id);
        assert_eq!((fact.kind, fact.region_code.as_str()), (judged.kind, REGION));
        let other = JudgeSignalRequest { reason: "另".to_owned(), ..true_one };
        let refused = run(&fixture.intake, authority(REGION), other).await.unwrap_err();
        assert_eq!(refusal(refused), (Code::AlreadyExists, "REQUEST_ID_REUSED".to_owned()));

        judge(request(&fixture, id, SignalState::NotTrue)).await;
        let got = read(&fixture, id).await;
        assert_eq!(got.signal.unwrap().state(), SignalState::NotTrue);
        let verdicts: Vec<_> = got.judgements.iter().map(|one| one.verdict()).collect();
        assert_eq!(verdicts, [SignalState::FoundTrue, SignalState::NotTrue]);
        assert!(got.judgements.iter().all(|one| one.reason == WHY && one.judged_by == "officer"));
        let found_true: Vec<_> = told(&fixture).await.iter().map(|fact| fact.found_true).collect();
        assert_eq!(found_true, [true, false]);
        let rows = signal_judgement::Entity::find().all(fixture.intake.store.read()).await;
        assert!(rows.unwrap().iter().all(|row| !holds(&row.reason, "监控")), "sealed");
        let kept = rating::Entity::find().all(fixture.intake.store.read()).await.unwrap();
        assert_eq!(kept.len(), ids.len(), "no rating is touched");
    }

    #[tokio::test]
    async fn s03_nobody_judges_their_own_services_or_another_regions() {
        let fixture = Fixture::new().await;
        let (_, signals) = faked(&fixture).await;
        let herself = || principal(STAFF, Caller::Authority { region: REGION.to_owned() });
        // Both about her and about the window where she served.
        for signal in &signals {
            let asked = request(&fixture, &signal.signal_id, SignalState::NotTrue);
            let refused = run(&fixture.intake, herself(), asked.clone()).await.unwrap_err();
            let rated = (Code::FailedPrecondition, "RATED_STAFF_MEMBER".to_owned());
            assert_eq!(refusal(refused), rated);
            let refused = run(&fixture.intake, authority("652302"), asked).await.unwrap_err();
            assert_eq!(refusal(refused), (Code::NotFound, "SIGNAL_NOT_FOUND".to_owned()));
        }
        let unknown = request(&fixture, &uuid::Uuid::nil().to_string(), SignalState::NotTrue);
        let refused = run(&fixture.intake, authority(REGION), unknown).await.unwrap_err();
        assert_eq!(refusal(refused), (Code::NotFound, "SIGNAL_NOT_FOUND".to_owned()));
        let wrong = JudgeSignalRequest {
            reason: " ".to_owned(),
            ..request(&fixture, "x", SignalState::Open)
        };
        let refused = run(&fixture.intake, authority(REGION), wrong).await.unwrap_err();
        assert_eq!(named(refused), ["signal_id", "verdict", "reason"]);
        let long = JudgeSignalRequest {
            reason: "长".repeat(1_001),
            ..request(&fixture, &signals[0].signal_id, SignalState::NotTrue)
        };
        let refused = run(&fixture.intake, authority(REGION), long).await.unwrap_err();
        assert_eq!(named(refused), ["reason"]);
        assert!(told(&fixture).await.is_empty());
    }
}
