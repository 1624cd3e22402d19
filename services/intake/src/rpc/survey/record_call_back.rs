//! Records a call-back to the rater of a drawn act; the last one of an act counts (I18).

use domain::{
    deadline::day_of,
    survey_plan::{CallBack, SamplingMethod},
    violation::Violations,
};
use jiff::civil::Date;
use platform::{
    auth::Authority,
    convert::{level, level_to_wire},
    database::Txn,
    once::Recognised,
    request::is_unique_violation,
    status::Failure,
};
use proto::intake::v1::{RecordCallBackRequest, RecordCallBackResponse};
use uuid::Uuid;

use crate::{
    Intake,
    app::survey::{never, own, to_survey},
    convert::{
        self, meaning, request_id,
        survey::{CallBackWords, METHODS, survey_id},
        to_column,
    },
    entity::call_back,
    error::{Error, survey::SurveyError},
    facts::call_back_raised,
    store::{self, people::permissions, survey::DrawnAct},
};

pub(crate) async fn run(
    intake: &Intake,
    caller: Authority,
    request: RecordCallBackRequest,
) -> Result<RecordCallBackResponse, Error> {
    let request_id = request_id(&request.request_id)?;
    let mut wrong = Violations::default();
    let id = survey_id(&mut wrong, &request.survey_id);
    let act_id = request.act_id.parse::<Uuid>().map_err(|_| "is no UUID");
    let act_id = wrong.take("act_id", act_id).unwrap_or_default();
    let stated = (request.level != 0).then(|| level(request.level)).transpose();
    let found = CallBack {
        reached: request.reached,
        policy_known: request.policy_known,
        convenient: request.convenient,
        level: wrong.take("level", stated).flatten(),
        words: request.words.clone(),
        problem: request.problem.clone(),
    };
    found.check(&mut wrong);
    wrong.finish(())?;
    let officer = caller.officer();
    let scope = officer.id().as_bytes();
    let key = intake.shell.requests.key(scope, "RecordCallBack", request_id, &request);
    let clock = &intake.shell.clock;
    let at = clock.now();

    let asked = intake.shell.once(&intake.store, key).await?;
    let survey = to_survey(&own(&asked, id, &caller).await?)?;
    let txn = match asked.recognise().await? {
        Recognised::Before(answer) => return Ok(answer),
        Recognised::New(txn) => txn,
    };
    let method = meaning(&METHODS, survey.method);
    let method = method.map_err(|why| Failure::Internal(format!("survey.method {why}")))?;
    let act =
        store::survey::sampled_act(&txn, id, act_id).await?.ok_or(SurveyError::ActNotDrawn)?;
    if method == SamplingMethod::SampledThirdParty {
        permitted(intake, &txn, &act, day_of(at)).await?;
    }
    let before = store::survey::last_call(&txn, id, act_id).await?;
    // A corrected report of a problem is no second problem.
    let raised = before.and_then(|(_, matter_id)| matter_id);
    let has_problem = !found.problem.trim().is_empty();
    let matter_id = raised.or_else(|| has_problem.then(|| clock.new_id()));
    let heard = CallBackWords { words: found.words, problem: found.problem };
    let row_id = clock.new_id();
    let row = call_back::Model {
        id: row_id,
        survey_id: id,
        act_id,
        sequence: before.map_or(1, |(sequence, _)| sequence + 1),
        by_hotline: request.by_hotline,
        reached: found.reached,
        policy_known: found.policy_known,
        convenient: found.convenient,
        level: found.level.map(|level| to_column(level_to_wire(level))),
        words: convert::seal(&intake.shell.sealer, "call_back.words", row_id, &heard)?,
        has_problem,
        matter_id,
        recorded_by: officer.id().to_owned(),
        recorded_at: at.as_microsecond(),
    };
    let matter = matter_id.filter(|_| has_problem);
    let answer = RecordCallBackResponse {
        call_back_id: row_id.to_string(),
        matter_id: matter.map(|id| id.to_string()).unwrap_or_default(),
    };
    let new = matter_id.filter(|_| raised.is_none());
    let body = new.map(|matter| call_back_raised(matter, &row, &act, method));
    match store::survey::insert_call_back(&txn, row).await {
        Err(error) if is_unique_violation(&error) => {
            return Err(Failure::Raced("another call-back of this act is being recorded").into());
        }
        inserted => inserted?,
    }
    Ok(txn.finish(answer, body.into_iter().collect()).await?)
}

/// A third party may have called only raters whose data it could have: by their own latest
/// decision, and by the profile of the place where they were served (S05).
async fn permitted(intake: &Intake, txn: &Txn, act: &DrawnAct, today: Date) -> Result<(), Error> {
    let granted = permissions::granted(txn, &[act.case_id]).await?;
    let never = never(&intake.reference.now(), &act.region_code, today);
    match granted.contains(&act.case_id) && never.is_none() {
        true => Ok(()),
        false => Err(SurveyError::NotPermitted.into()),
    }
}

#[cfg(test)]
pub(crate) mod tests {
    use platform::testing::{AGENCY, REGION};
    use proto::{
        intake::v1::Survey,
        r#type::v1::{Level, MatterKind},
    };
    use sea_orm::{ColumnTrait as _, EntityTrait as _, QueryFilter as _, QueryOrder as _};
    use tonic::Code;

    use super::*;
    use crate::{
        entity::survey_act,
        rpc::{
            survey::{
                draw_sample::tests::drawn,
                list_sample_for_third_party::tests::{commissioned, say, strict},
                plan_survey::tests::request,
            },
            testing::{Fixture, ON_THE_SPOT_ITEM, authority, holds, named, refusal},
        },
    };

    /// A call-back that reached nobody.
    pub(crate) fn call(fixture: &Fixture, survey: &Survey, act: &str) -> RecordCallBackRequest {
        RecordCallBackRequest {
            request_id: fixture.intake.shell.clock.new_id().to_string(),
            survey_id: survey.survey_id.clone(),
            act_id: act.to_owned(),
            ..RecordCallBackRequest::default()
        }
    }

    /// A survey's call-backs, those of each act in the order of recording.
    pub(crate) async fn kept(fixture: &Fixture, survey_id: Uuid) -> Vec<call_back::Model> {
        let rows = call_back::Entity::find()
            .filter(call_back::Column::SurveyId.eq(survey_id))
            .order_by_asc(call_back::Column::Sequence);
        rows.all(fixture.intake.store.read()).await.unwrap()
    }

    async fn record(fixture: &Fixture, asked: RecordCallBackRequest) -> RecordCallBackResponse {
        run(&fixture.intake, authority(REGION), asked).await.unwrap()
    }

    #[tokio::test]
    async fn i18_a_problem_of_a_call_back_is_one_matter_that_wants_a_ticket() {
        let fixture = Fixture::new().await;
        let (survey, sample) = drawn(&fixture, 1, request(&fixture)).await;
        let fine = RecordCallBackRequest { reached: true, ..call(&fixture, &survey, &sample[0]) };
        assert_eq!(record(&fixture, fine.clone()).await.matter_id, "");
        let asked = RecordCallBackRequest {
            level: Level::VeryDissatisfied.into(),
            words: "说了两遍。".to_owned(),
            problem: "窗口无人值守。".to_owned(),
            ..RecordCallBackRequest { reached: true, ..call(&fixture, &survey, &sample[0]) }
        };
        let answer = record(&fixture, asked.clone()).await;
        assert_eq!(record(&fixture, asked.clone()).await, answer, "the same request again");
        let moved = run(&fixture.intake, authority("652302"), asked.clone()).await.unwrap_err();
        assert_eq!(refusal(moved), (Code::NotFound, "SURVEY_NOT_FOUND".to_owned()));
        let corrected = RecordCallBackRequest {
            request_id: fixture.intake.shell.clock.new_id().to_string(),
            problem: "窗口上午无人值守。".to_owned(),
            ..asked
        };
        assert_eq!(record(&fixture, corrected).await.matter_id, answer.matter_id);
        let [told] = fixture.matters().await.try_into().unwrap();
        assert_eq!(told.matter_id, answer.matter_id);
        assert_eq!(
            (told.kind(), told.source.as_str()),
            (MatterKind::SurveyProblem, "sampled_call_back_by_hotline")
        );
        assert_eq!((told.region_code.as_str(), told.agency_id.as_str()), (REGION, AGENCY));
        assert_eq!(
            (told.item_code.as_str(), told.level()),
            (ON_THE_SPOT_ITEM, Level::VeryDissatisfied)
        );
        assert!(told.wants_ticket && !told.real_name && told.private);
        let id = survey.survey_id.parse().unwrap();
        let rows = kept(&fixture, id).await;
        let kept: Vec<_> = rows.iter().map(|row| (row.sequence, row.has_problem)).collect();
        assert_eq!(kept, [(1, false), (2, true), (3, true)], "each stays on record");
        for row in rows {
            assert!(!holds(&row.words, "窗口") && !holds(&row.words, "两遍"), "sealed");
        }
    }

    #[tokio::test]
    async fn i18_only_the_sample_of_the_callers_region_is_called_back() {
        let fixture = Fixture::new().await;
        let (survey, sample) = drawn(&fixture, 2, request(&fixture)).await;
        let asked = call(&fixture, &survey, &sample[0]);
        let refused = run(&fixture.intake, authority("652302"), asked).await.unwrap_err();
        assert_eq!(refusal(refused), (Code::NotFound, "SURVEY_NOT_FOUND".to_owned()));
        let id: Uuid = survey.survey_id.parse().unwrap();
        let all = survey_act::Entity::find().filter(survey_act::Column::SurveyId.eq(id));
        let all = all.all(fixture.intake.store.read()).await.unwrap();
        let rest = all.into_iter().find(|act| !act.drawn).unwrap().act_id.to_string();
        for act in [rest, Uuid::nil().to_string()] {
            let asked = call(&fixture, &survey, &act);
            let refused = run(&fixture.intake, authority(REGION), asked).await.unwrap_err();
            assert_eq!(refusal(refused), (Code::NotFound, "ACT_NOT_DRAWN".to_owned()));
        }
    }

    #[tokio::test]
    async fn s05_a_third_partys_call_back_needs_the_raters_word_and_the_profiles() {
        let fixture = Fixture::new().await;
        let (survey, sample) = drawn(&fixture, 1, commissioned(&fixture)).await;
        let asked = || call(&fixture, &survey, &sample[0]);
        let refused = async || {
            let refused = run(&fixture.intake, authority(REGION), asked()).await.unwrap_err();
            assert_eq!(refusal(refused), (Code::FailedPrecondition, "NOT_PERMITTED".to_owned()));
        };
        refused().await;
        say(&fixture, &sample[0], true).await;
        record(&fixture, asked()).await;
        say(&fixture, &sample[0], false).await;
        refused().await;
        say(&fixture, &sample[0], true).await;
        fixture.tell(vec![strict(REGION)]).await;
        refused().await;
        // The Authority's own call-backs reveal nobody's data.
        let (own, sample) = drawn(&fixture, 0, request(&fixture)).await;
        record(&fixture, call(&fixture, &own, &sample[0])).await;
    }

    #[tokio::test]
    async fn i18_everything_wrong_with_a_call_back_is_named_at_once() {
        let fixture = Fixture::new().await;
        let wrong = RecordCallBackRequest {
            request_id: fixture.intake.shell.clock.new_id().to_string(),
            survey_id: "x".to_owned(),
            act_id: "x".to_owned(),
            level: 9,
            policy_known: Some(false),
            words: "长".repeat(2_001),
            ..RecordCallBackRequest::default()
        };
        let refused = run(&fixture.intake, authority(REGION), wrong).await.unwrap_err();
        let fields = ["survey_id", "act_id", "level", "words", "policy_known", "words"];
        assert_eq!(named(refused), fields);
    }
}
