//! Reads a survey: its rule, what was drawn, and what the call-backs found (I18). Public.

use std::collections::{BTreeMap, HashMap};

use domain::{survey_plan::MIN_REACHED, violation::Violations};
use platform::auth::Anyone;
use proto::intake::v1::{CallBackFigures, GetSurveyRequest, GetSurveyResponse, LevelCount};
use uuid::Uuid;

use crate::{
    Intake,
    app::survey::to_survey,
    convert::survey::survey_id,
    error::{Error, survey::SurveyError},
    store::{self, survey::CallBackAnswer},
};

pub(crate) async fn run(
    intake: &Intake,
    _: Anyone,
    request: GetSurveyRequest,
) -> Result<GetSurveyResponse, Error> {
    let mut wrong = Violations::default();
    let id = survey_id(&mut wrong, &request.survey_id);
    wrong.finish(())?;
    let read = intake.store.read();
    let row = store::survey::survey(read, id).await?.ok_or(SurveyError::NotFound)?;
    let figures = figures(store::survey::answers(read, id).await?);
    // With only a few, a number would show somebody's answer (S01).
    let figures = (figures.reached >= MIN_REACHED).then_some(figures);
    Ok(GetSurveyResponse { survey: Some(to_survey(&row)?), figures })
}

/// What call-backs found, in the order of recording: for each act the last one counts.
fn figures(rows: Vec<CallBackAnswer>) -> CallBackFigures {
    let last: HashMap<Uuid, CallBackAnswer> =
        rows.into_iter().map(|row| (row.act_id, row)).collect();
    let mut levels = BTreeMap::<i16, u64>::new();
    let mut figures = CallBackFigures::default();
    for row in last.values() {
        figures.called += 1;
        figures.reached += u64::from(row.reached);
        figures.by_hotline += u64::from(row.by_hotline);
        figures.policy_known += u64::from(row.policy_known == Some(true));
        figures.policy_unknown += u64::from(row.policy_known == Some(false));
        figures.convenient += u64::from(row.convenient == Some(true));
        figures.inconvenient += u64::from(row.convenient == Some(false));
        figures.problems += u64::from(row.has_problem);
        if let Some(level) = row.level {
            *levels.entry(level).or_default() += 1;
        }
    }
    let level = |(level, count)| LevelCount { level: i32::from(level), count };
    figures.by_level = levels.into_iter().map(level).collect();
    figures
}

#[cfg(test)]
mod tests {
    use platform::testing::{REGION, nobody};
    use proto::{intake::v1::RecordCallBackRequest, r#type::v1::Level};
    use tonic::Code;

    use super::*;
    use crate::rpc::{
        survey::{
            draw_sample::tests::drawn,
            plan_survey::tests::{plan, request},
            record_call_back::{
                self,
                tests::{call, kept},
            },
        },
        testing::{Fixture, authority, named, refusal},
    };

    #[tokio::test]
    async fn s01_i18_of_each_act_the_last_call_back_counts_once_ten_were_reached() {
        let fixture = Fixture::new().await;
        let (survey, sample) = drawn(&fixture, 22, request(&fixture)).await;
        let unreached = |act: &str| call(&fixture, &survey, act);
        let reached = |act: &str, known, convenient, level: Level| RecordCallBackRequest {
            reached: true,
            policy_known: Some(known),
            convenient: Some(convenient),
            level: level.into(),
            ..unreached(act)
        };
        let hotline = RecordCallBackRequest {
            by_hotline: true,
            problem: "窗口无人".to_owned(),
            ..reached(&sample[0], false, false, Level::VeryDissatisfied)
        };
        let mut calls = vec![
            unreached(&sample[0]),
            hotline,
            reached(&sample[1], true, false, Level::Dissatisfied),
            reached(&sample[1], true, true, Level::Satisfied),
            unreached(&sample[2]),
        ];
        let more = sample[3..].iter().map(|act| reached(act, true, true, Level::Satisfied));
        calls.extend(more);
        let found = async || {
            let asked = GetSurveyRequest { survey_id: survey.survey_id.clone() };
            run(&fixture.intake, nobody(), asked).await.unwrap()
        };
        let last = calls.pop().unwrap();
        for asked in calls {
            assert_eq!(found().await.figures, None, "of nine a number is somebody's answer");
            record_call_back::run(&fixture.intake, authority(REGION), asked).await.unwrap();
        }
        assert_eq!(found().await.figures, None, "nine were reached");
        record_call_back::run(&fixture.intake, authority(REGION), last).await.unwrap();
        let found = found().await;
        assert_eq!(found.survey.as_ref(), Some(&survey));
        let level = |level: Level, count| LevelCount { level: level.into(), count };
        let expected = CallBackFigures {
            called: 11,
            reached: 10,
            by_hotline: 1,
            policy_known: 9,
            policy_unknown: 1,
            convenient: 9,
            inconvenient: 1,
            by_level: vec![level(Level::Satisfied, 9), level(Level::VeryDissatisfied, 1)],
            problems: 1,
        };
        assert_eq!(found.figures.unwrap(), expected);
        let kept = kept(&fixture, survey.survey_id.parse().unwrap()).await;
        assert_eq!(kept.len(), 13, "each stays on record");
    }

    #[tokio::test]
    async fn i18_anyone_reads_a_survey_and_not_its_seed_before_the_draw() {
        let fixture = Fixture::new().await;
        let planned = plan(&fixture, request(&fixture)).await;
        let asked = |survey_id: &str| GetSurveyRequest { survey_id: survey_id.to_owned() };
        let read = run(&fixture.intake, nobody(), asked(&planned.survey_id)).await.unwrap();
        assert_eq!(read.survey, Some(planned.clone()));
        assert_eq!((planned.draw, read.figures), (None, None));
        let unknown = Uuid::nil().to_string();
        let refused = run(&fixture.intake, nobody(), asked(&unknown)).await.unwrap_err();
        assert_eq!(refusal(refused), (Code::NotFound, "SURVEY_NOT_FOUND".to_owned()));
        let refused = run(&fixture.intake, nobody(), asked("x")).await.unwrap_err();
        assert_eq!(named(refused), ["survey_id"]);
    }
}
