//! Lists a survey's sample, without any person's datum (I18).

use domain::{deadline::day_of, violation::Violations};
use platform::{auth::Authority, clock::instant, page::Page};
use proto::intake::v1::{ListSampleRequest, ListSampleResponse, SampledAct};

use crate::{
    Intake,
    app::survey::own,
    convert::survey::survey_id,
    error::{Error, survey::SurveyError},
    store,
};

pub(crate) async fn run(
    intake: &Intake,
    caller: Authority,
    request: ListSampleRequest,
) -> Result<ListSampleResponse, Error> {
    let mut wrong = Violations::default();
    let id = survey_id(&mut wrong, &request.survey_id);
    let page = Page::read(&mut wrong, "ListSample", request.page_size, &request.page_token);
    wrong.finish(())?;
    let read = intake.store.read();
    if own(read, id, &caller).await?.draw.is_none() {
        return Err(SurveyError::NotDrawn.into());
    }
    let mut rows = store::survey::sample(&intake.store, id, &page).await?;
    let next_page_token = page.cut(&mut rows, |row| row.act_id);
    let acts = rows.iter().map(|row| row.act_id).collect();
    let called = store::survey::called(read, id, acts).await?;
    let acts = rows.into_iter().map(|row| SampledAct {
        act_id: row.act_id.to_string(),
        pseudonym: row.pseudonym,
        item_code: row.item_code,
        agency_id: row.agency_id,
        served_on: day_of(instant(row.served_at)).to_string(),
        called_back: called.contains(&row.act_id),
    });
    Ok(ListSampleResponse { acts: acts.collect(), next_page_token })
}

#[cfg(test)]
mod tests {
    use platform::testing::{AGENCY, REGION};
    use prost::Message as _;
    use tonic::Code;

    use super::*;
    use crate::rpc::{
        survey::{
            draw_sample::tests::drawn,
            plan_survey::tests::{plan, request},
            record_call_back::{self, tests::call},
        },
        testing::{Fixture, ON_THE_SPOT_ITEM, authority, holds, refusal},
    };

    #[tokio::test]
    async fn i18_the_sample_is_listed_for_its_authority_without_any_persons_datum() {
        let fixture = Fixture::new().await;
        let (survey, sample) = drawn(&fixture, 6, request(&fixture)).await;
        let asked = call(&fixture, &survey, &sample[2]);
        record_call_back::run(&fixture.intake, authority(REGION), asked).await.unwrap();
        let asked = |survey_id: &str, page_token: String| ListSampleRequest {
            survey_id: survey_id.to_owned(),
            page_size: 2,
            page_token,
        };
        let list = |region, asked| run(&fixture.intake, authority(region), asked);
        let first = list(REGION, asked(&survey.survey_id, String::new())).await.unwrap();
        let token = first.next_page_token.clone();
        let second = list(REGION, asked(&survey.survey_id, token)).await.unwrap();
        assert!(second.next_page_token.is_empty());
        let acts: Vec<_> = first.acts.iter().chain(&second.acts).collect();
        assert!(acts.iter().map(|act| &act.act_id).eq(&sample));
        for (n, act) in acts.into_iter().enumerate() {
            assert_eq!(
                (act.item_code.as_str(), act.agency_id.as_str()),
                (ON_THE_SPOT_ITEM, AGENCY)
            );
            assert_eq!((act.served_on.as_str(), act.called_back), ("2026-03-02", n == 2));
            for datum in ["示例办事人", "13800000000"] {
                assert!(!holds(&act.encode_to_vec(), datum));
            }
        }
        let planned = plan(&fixture, request(&fixture)).await;
        let refused = list(REGION, asked(&planned.survey_id, String::new())).await.unwrap_err();
        assert_eq!(refusal(refused), (Code::FailedPrecondition, "SURVEY_NOT_DRAWN".to_owned()));
        let refused = list("652302", asked(&survey.survey_id, String::new())).await.unwrap_err();
        assert_eq!(refusal(refused), (Code::NotFound, "SURVEY_NOT_FOUND".to_owned()));
    }
}
