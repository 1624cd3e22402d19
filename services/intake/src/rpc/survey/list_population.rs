//! Lists the service acts that a survey drew from, under pseudonyms. So anyone can draw again, but
//! nobody sees whose ratings they are (I18, S01). Public.

use domain::violation::Violations;
use platform::{auth::Anyone, page::Page};
use proto::intake::v1::{ListPopulationRequest, ListPopulationResponse};

use crate::{
    Intake,
    convert::survey::survey_id,
    error::{Error, survey::SurveyError},
    store,
};

pub(crate) async fn run(
    intake: &Intake,
    _: Anyone,
    request: ListPopulationRequest,
) -> Result<ListPopulationResponse, Error> {
    let mut wrong = Violations::default();
    let id = survey_id(&mut wrong, &request.survey_id);
    let page = Page::read(&mut wrong, "ListPopulation", request.page_size, &request.page_token);
    wrong.finish(())?;
    let survey = store::survey::survey(intake.store.read(), id).await?;
    if survey.ok_or(SurveyError::NotFound)?.draw.is_none() {
        return Err(SurveyError::NotDrawn.into());
    }
    let mut pseudonyms = store::survey::drawn_from(&intake.store, id, &page).await?;
    let next_page_token = page.cut(&mut pseudonyms, Clone::clone);
    Ok(ListPopulationResponse { pseudonyms, next_page_token })
}

#[cfg(test)]
mod tests {
    use platform::testing::nobody;
    use tonic::Code;

    use super::*;
    use crate::rpc::{
        survey::{
            draw_sample::tests::drawn,
            plan_survey::tests::{plan, request},
        },
        testing::{Fixture, named, refusal},
    };

    #[tokio::test]
    async fn i18_the_population_is_listed_in_order_page_by_page_once_it_is_fixed() {
        let fixture = Fixture::new().await;
        let planned = plan(&fixture, request(&fixture)).await;
        let asked = |survey_id: &str| ListPopulationRequest {
            survey_id: survey_id.to_owned(),
            page_size: 2,
            page_token: String::new(),
        };
        let list = |asked| run(&fixture.intake, nobody(), asked);
        let refused = list(asked(&planned.survey_id)).await.unwrap_err();
        assert_eq!(refusal(refused), (Code::FailedPrecondition, "SURVEY_NOT_DRAWN".to_owned()));
        let refused = list(asked(&uuid::Uuid::nil().to_string())).await.unwrap_err();
        assert_eq!(refusal(refused), (Code::NotFound, "SURVEY_NOT_FOUND".to_owned()));
        let wrong = ListPopulationRequest { page_token: "x".to_owned(), ..asked("x") };
        assert_eq!(named(list(wrong).await.unwrap_err()), ["survey_id", "page_token"]);
        let (survey, _) = drawn(&fixture, 3, request(&fixture)).await;
        let first = list(asked(&survey.survey_id)).await.unwrap();
        let page_token = first.next_page_token;
        let second =
            list(ListPopulationRequest { page_token, ..asked(&survey.survey_id) }).await.unwrap();
        assert_eq!((first.pseudonyms.len(), second.pseudonyms.len()), (2, 1));
        let all = [first.pseudonyms, second.pseudonyms].concat();
        assert!(all.is_sorted() && all.iter().all(|pseudonym| pseudonym.len() == 32));
        assert!(second.next_page_token.is_empty());
    }
}
