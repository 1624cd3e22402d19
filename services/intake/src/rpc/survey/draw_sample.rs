//! Draws a survey's sample, once, and shows the seed of the draw (I18).

use std::collections::HashSet;

use domain::{
    deadline::day_of,
    id::ActId,
    survey::{HASH_BYTES, Population, pseudonym},
    violation::Violations,
};
use platform::{auth::Authority, convert::to_wire, once::Recognised, status::Failure};
use prost::Message as _;
use proto::{
    fact::v1::{SurveyDrawn, fact::Body},
    intake::v1::{DrawSampleRequest, DrawSampleResponse, SurveyDraw},
};
use uuid::Uuid;

use crate::{
    Intake,
    app::{
        review::span,
        survey::{own, to_survey},
    },
    convert::{
        self, request_id,
        survey::{survey_id, to_rule},
    },
    error::{Error, survey::SurveyError},
    store,
};

pub(crate) async fn run(
    intake: &Intake,
    caller: Authority,
    request: DrawSampleRequest,
) -> Result<DrawSampleResponse, Error> {
    let request_id = request_id(&request.request_id)?;
    let mut wrong = Violations::default();
    let id = survey_id(&mut wrong, &request.survey_id);
    wrong.finish(())?;
    let scope = caller.officer().id().as_bytes();
    let key = intake.shell.requests.key(scope, "DrawSample", request_id, &request);
    let at = intake.shell.clock.now();

    let asked = intake.shell.once(&intake.store, key).await?;
    let row = own(&asked, id, &caller).await?;
    let txn = match asked.recognise().await? {
        Recognised::Before(answer) => return Ok(answer),
        Recognised::New(txn) => txn,
    };
    let planned = to_survey(&row)?;
    if planned.draw.is_some() {
        return Ok(DrawSampleResponse { survey: Some(planned) });
    }
    let region = Some(row.region_code.clone());
    let rule = planned.rule.clone().unwrap_or_default();
    let mut unreadable = Violations::default();
    let rule = to_rule(&mut unreadable, &rule, region, day_of(at));
    unreadable.finish(()).map_err(|wrong| Failure::Internal(wrong.to_string()))?;
    rule.may_draw(day_of(at))?;

    let (seed, hidden) = store::survey::secrets(&txn, id).await?.ok_or(SurveyError::NotFound)?;
    let seed = open(intake, "survey.seed", id, &seed)?;
    let pseudonym_key = open(intake, "survey.pseudonym_key", id, &hidden)?;
    let acts = store::survey::population(&txn, &rule, span(rule.served)).await?;
    if acts.is_empty() {
        return Err(SurveyError::PopulationEmpty.into());
    }
    let called = |act| (act, pseudonym(&pseudonym_key, ActId(act)));
    let acts: Vec<_> = acts.into_iter().map(called).collect();
    let population: Population<_> = acts.iter().map(|(_, pseudonym)| *pseudonym).collect();
    let sample: HashSet<_> =
        population.sample(&seed, rule.size.of(population.size())).into_iter().collect();
    let draw = SurveyDraw {
        seed: seed.to_vec(),
        population_hash: population.hash().to_vec(),
        population: u64::try_from(population.size()).unwrap_or(u64::MAX),
        drawn: u64::try_from(sample.len()).unwrap_or(u64::MAX),
        drawn_at: Some(to_wire(at)),
    };
    if !store::survey::keep_draw(&txn, id, at.as_microsecond(), draw.encode_to_vec()).await? {
        return Err(Failure::Raced("the sample was drawn by another request").into());
    }
    store::survey::insert_acts(&txn, id, &acts, &sample).await?;
    let body = Body::SurveyDrawn(SurveyDrawn {
        survey_id: id.to_string(),
        seed: draw.seed.clone(),
        population_hash: draw.population_hash.clone(),
        population: draw.population,
        drawn: draw.drawn,
    });
    let drawn = proto::intake::v1::Survey { draw: Some(draw), ..planned };
    let answer = DrawSampleResponse { survey: Some(drawn) };
    Ok(txn.finish(answer, vec![body]).await?)
}

/// One of a survey's secrets.
fn open(
    intake: &Intake,
    column: &str,
    id: Uuid,
    sealed: &[u8],
) -> Result<[u8; HASH_BYTES], Failure> {
    let secret: Vec<u8> = convert::open(&intake.shell.sealer, column, id, sealed)?;
    let length = |_| Failure::Internal("a survey's secret has another length".to_owned());
    secret.try_into().map_err(length)
}

#[cfg(test)]
pub(crate) mod tests {
    use platform::{
        facts,
        testing::{AGENCY, REGION, nobody},
    };
    use proto::{
        intake::v1::{
            GetSurveyRequest, ListPopulationRequest, ListSampleRequest, PlanSurveyRequest,
            SampledAct, Survey, SurveyRule, survey_rule::Size,
        },
        r#type::v1::{Level, Origin},
    };
    use sea_orm::{ActiveModelTrait as _, IntoActiveModel as _};
    use sha2::{Digest as _, Sha256};
    use tonic::{Code, Status};
    use tonic_types::StatusExt as _;

    use super::*;
    use crate::{
        convert::to_column,
        entity::rating,
        rpc::{
            rating::submit_rating,
            survey::{
                get_survey, list_population, list_sample,
                plan_survey::tests::{plan, request},
            },
            testing::{
                COMMITTED_ITEM, Fixture, ON_THE_SPOT_ITEM, authority, rater, rating_request,
                refusal,
            },
        },
        store::rating::ratings,
    };

    pub(crate) fn draw_request(fixture: &Fixture, survey: &Survey) -> DrawSampleRequest {
        DrawSampleRequest {
            request_id: fixture.intake.shell.clock.new_id().to_string(),
            survey_id: survey.survey_id.clone(),
        }
    }

    /// Draws a survey on 3 March.
    pub(crate) async fn draw(fixture: &Fixture, survey: &Survey) -> Survey {
        fixture.on_march(3);
        let asked = draw_request(fixture, survey);
        run(&fixture.intake, authority(REGION), asked).await.unwrap().survey.unwrap()
    }

    /// Somebody is served and rates; returns the invitation's token.
    pub(crate) async fn rated(fixture: &Fixture) -> String {
        let token = fixture.invitation().await;
        fixture.rate(&token, Level::Satisfied).await.unwrap();
        token
    }

    /// A survey of which `count` acts were rated, drawn.
    pub(crate) async fn drawn(
        fixture: &Fixture,
        count: usize,
        asked: PlanSurveyRequest,
    ) -> (Survey, Vec<String>) {
        for _ in 0..count {
            rated(fixture).await;
        }
        let planned = plan(fixture, asked).await;
        let survey = draw(fixture, &planned).await;
        let sample = sample_of(fixture, &survey).await;
        (survey, sample)
    }

    async fn sample_of(fixture: &Fixture, survey: &Survey) -> Vec<String> {
        sampled(fixture, survey).await.into_iter().map(|act| act.act_id).collect()
    }

    async fn sampled(fixture: &Fixture, survey: &Survey) -> Vec<SampledAct> {
        let survey_id = survey.survey_id.clone();
        let asked = ListSampleRequest { survey_id, page_size: 200, ..ListSampleRequest::default() };
        let page = list_sample::run(&fixture.intake, authority(REGION), asked).await.unwrap();
        page.acts
    }

    async fn population_of(fixture: &Fixture, survey: &Survey) -> Vec<Vec<u8>> {
        let survey_id = survey.survey_id.clone();
        let mut asked =
            ListPopulationRequest { survey_id, page_size: 4, ..ListPopulationRequest::default() };
        let mut acts = Vec::new();
        loop {
            let page =
                list_population::run(&fixture.intake, nobody(), asked.clone()).await.unwrap();
            acts.extend(page.pseudonyms);
            asked.page_token = page.next_page_token;
            if asked.page_token.is_empty() {
                return acts;
            }
        }
    }

    /// HMAC-SHA-256 as RFC 2104 writes it.
    fn hmac(key: &[u8], message: &[u8]) -> Vec<u8> {
        let pad = |with: u8| {
            let mut block = [with; 64];
            block.iter_mut().zip(key).for_each(|(byte, key)| *byte ^= key);
            block
        };
        let inner = Sha256::digest([&pad(0x36), message].concat());
        Sha256::digest([pad(0x5c).as_slice(), &inner].concat()).to_vec()
    }

    #[tokio::test]
    async fn i18_anyone_draws_the_same_sample_again_from_what_is_public() {
        let fixture = Fixture::new().await;
        let planned = plan(&fixture, request(&fixture)).await;
        let mut acts = Vec::new();
        for _ in 0..11 {
            let token = rated(&fixture).await;
            acts.push(fixture.intake.shell.invitations.open(&token).unwrap().0);
        }
        draw(&fixture, &planned).await;
        let asked = GetSurveyRequest { survey_id: planned.survey_id.clone() };
        let public = get_survey::run(&fixture.intake, nobody(), asked).await.unwrap();
        let survey = public.survey.unwrap();
        let draw = survey.draw.clone().unwrap();
        assert_eq!(Sha256::digest(&draw.seed).to_vec(), planned.seed_hash, "told before the draw");
        let population = population_of(&fixture, &survey).await;
        assert!(population.windows(2).all(|pair| pair[0] < pair[1]));
        let mut hashed = 11_u64.to_be_bytes().to_vec();
        population.iter().for_each(|pseudonym| hashed.extend(pseudonym));
        assert_eq!(Sha256::digest(&hashed).to_vec(), draw.population_hash);
        let mut lots: Vec<_> =
            population.iter().map(|act| (hmac(&draw.seed, act), act.clone())).collect();
        lots.sort();
        let mut again: Vec<_> = lots.into_iter().take(6).map(|(_, act)| act).collect();
        again.sort();
        let sample = sampled(&fixture, &survey).await;
        let mut drawn: Vec<_> = sample.iter().map(|act| act.pseudonym.clone()).collect();
        drawn.sort();
        assert_eq!(drawn, again, "half of eleven, rounded up");
        // A pseudonym depends on its act and on the survey's own key (S01).
        let id = planned.survey_id.parse().unwrap();
        let row = store::survey::secrets(fixture.intake.store.read(), id).await.unwrap();
        let key = open(&fixture.intake, "survey.pseudonym_key", id, &row.unwrap().1).unwrap();
        let mut named: Vec<_> = acts.iter().map(|act| hmac(&key, act.as_bytes())).collect();
        named.sort();
        assert_eq!(population, named);
        for act in sample {
            let act_id: Uuid = act.act_id.parse().unwrap();
            assert_eq!(act.pseudonym, hmac(&key, act_id.as_bytes()));
        }
        assert_eq!((draw.population, draw.drawn), (11, 6));
        let told = fixture.told().await;
        let Some(Body::SurveyDrawn(told)) = told.last() else { panic!("{told:?}") };
        assert_eq!((&told.seed, &told.population_hash), (&draw.seed, &draw.population_hash));
        assert_eq!((told.population, told.drawn), (11, 6));
    }

    #[tokio::test]
    async fn i18_the_population_is_what_the_rule_says_and_nobody_else() {
        let fixture = Fixture::new().await;
        fixture.intake.shell.clock.set("2026-03-01T15:59:59Z".parse().unwrap());
        rated(&fixture).await;
        fixture.on_march(2);
        let (first, second) = (fixture.invitation().await, fixture.invitation().await);
        let of = |token: &str| fixture.intake.shell.invitations.open(token).unwrap().0.to_string();
        // One is negative at last, one only at first.
        for (token, levels) in [
            (&first, [Level::VerySatisfied, Level::VeryDissatisfied]),
            (&second, [Level::VeryDissatisfied, Level::VerySatisfied]),
        ] {
            for (minute, level) in (1..).zip(levels) {
                let at = format!("2026-03-02T01:0{minute}:00Z").parse().unwrap();
                fixture.intake.shell.clock.set(at);
                let rating = rating_request(token, level);
                let rating = submit_rating::run(&fixture.intake, rater(), None, rating).await;
                assert!(!rating.unwrap().rating_id.is_empty());
            }
        }
        // A default is nobody's word, and a form entered later does not change a rating given here.
        let act = fixture.intake.shell.invitations.open(&first).unwrap();
        let own =
            ratings::ratings_of(&fixture.intake.store, act, None, 100).await.unwrap().remove(0);
        let mut on_paper = String::new();
        let txn = fixture.intake.store.begin().await.unwrap();
        for (origin, later) in [(Origin::Default, 1), (Origin::Paper, 2)] {
            let row = rating::Model {
                id: fixture.intake.shell.clock.new_id(),
                request_key: vec![later],
                level: to_column(Level::VerySatisfied),
                origin: to_column(origin),
                received_at: own.received_at + i64::from(later),
                ..own.clone()
            };
            row.into_active_model().reset_all().insert(&txn).await.unwrap();
        }
        txn.commit().await.unwrap();
        // Nobody's word: only a default, only an imported rating, and nothing at all.
        fixture.invitation().await;
        for origin in [Origin::Default, Origin::Imported, Origin::Paper] {
            let token = fixture.invitation().await;
            let act = fixture.intake.shell.invitations.open(&token).unwrap();
            let row = rating::Model {
                id: fixture.intake.shell.clock.new_id(),
                act_id: act.0,
                request_key: act.0.as_bytes().to_vec(),
                level: to_column(Level::VeryDissatisfied),
                origin: to_column(origin),
                ..own.clone()
            };
            let txn = fixture.intake.store.begin().await.unwrap();
            row.into_active_model().reset_all().insert(&txn).await.unwrap();
            txn.commit().await.unwrap();
            if origin == Origin::Paper {
                on_paper = token;
            }
        }
        fixture.intake.shell.clock.set("2026-03-02T16:00:00Z".parse().unwrap());
        rated(&fixture).await;
        let all_rated = {
            let mut both = vec![of(&first), of(&second), of(&on_paper)];
            both.sort();
            both
        };
        let negative = {
            let mut negative = vec![of(&first), of(&on_paper)];
            negative.sort();
            negative
        };
        let rule = request(&fixture).rule.unwrap();
        let all = SurveyRule { size: Some(Size::Percent(100)), ..rule };
        let narrowed = |item: &str, agency: &str, only_negative| SurveyRule {
            item_codes: vec![item.to_owned()],
            agency_ids: vec![agency.to_owned()],
            only_negative,
            ..all.clone()
        };
        for (rule, expected) in [
            (all.clone(), all_rated.clone()),
            (narrowed(ON_THE_SPOT_ITEM, AGENCY, false), all_rated.clone()),
            (narrowed(COMMITTED_ITEM, AGENCY, false), vec![]),
            (narrowed(ON_THE_SPOT_ITEM, "652301-a01", false), vec![]),
            (SurveyRule { only_negative: true, ..all.clone() }, negative),
            (narrowed(COMMITTED_ITEM, AGENCY, true), vec![]),
            (SurveyRule { size: Some(Size::Count(5)), ..all.clone() }, all_rated.clone()),
        ] {
            let planned =
                plan(&fixture, PlanSurveyRequest { rule: Some(rule), ..request(&fixture) }).await;
            if expected.is_empty() {
                fixture.on_march(3);
                let asked = draw_request(&fixture, &planned);
                let refused = run(&fixture.intake, authority(REGION), asked).await.unwrap_err();
                let reason = "POPULATION_EMPTY".to_owned();
                assert_eq!(refusal(refused), (Code::FailedPrecondition, reason), "{planned:?}");
                continue;
            }
            let survey = draw(&fixture, &planned).await;
            let population = population_of(&fixture, &survey).await;
            assert_eq!(population.len(), expected.len(), "{planned:?}");
            assert_eq!(sample_of(&fixture, &survey).await, expected, "all of them");
        }
    }

    #[tokio::test]
    async fn i18_a_sample_is_drawn_when_the_period_is_over_and_once() {
        let fixture = Fixture::new().await;
        rated(&fixture).await;
        let planned = plan(&fixture, request(&fixture)).await;
        fixture.intake.shell.clock.set("2026-03-02T15:59:59Z".parse().unwrap());
        let asked = draw_request(&fixture, &planned);
        let refused = run(&fixture.intake, authority(REGION), asked).await.unwrap_err();
        let refused = Status::from(refused);
        let details = refused.get_error_details();
        let info = details.error_info().unwrap();
        assert_eq!(
            (refused.code(), info.reason.as_str()),
            (Code::FailedPrecondition, "SURVEY_PERIOD_NOT_OVER")
        );
        assert_eq!(info.metadata["to"], "2026-03-02");
        assert!(details.localized_message().unwrap().message.contains("2026-03-02"));
        let first = draw(&fixture, &planned).await;
        let head = facts::head(&fixture.intake.store).await.unwrap();
        fixture.on_march(4);
        let asked = draw_request(&fixture, &planned);
        for _ in 0..2 {
            let again = run(&fixture.intake, authority(REGION), asked.clone()).await.unwrap();
            assert_eq!(again.survey.unwrap(), first, "the same sample");
        }
        let moved = run(&fixture.intake, authority("652302"), asked).await.unwrap_err();
        assert_eq!(refusal(moved), (Code::NotFound, "SURVEY_NOT_FOUND".to_owned()));
        assert_eq!(facts::head(&fixture.intake.store).await.unwrap(), head, "told once");
        let txn = fixture.intake.store.begin().await.unwrap();
        let id = planned.survey_id.parse().unwrap();
        let drawn = store::survey::keep_draw(&txn, id, 0, Vec::new()).await.unwrap();
        assert!(!drawn, "who comes second by a hair has lost");
    }

    #[tokio::test]
    async fn i18_a_foreign_survey_is_not_found_like_an_unknown_one() {
        let fixture = Fixture::new().await;
        let planned = plan(&fixture, request(&fixture)).await;
        fixture.on_march(3);
        let unknown = Survey { survey_id: Uuid::nil().to_string(), ..planned.clone() };
        for (region, survey) in [("652302", &planned), ("652301105", &planned), (REGION, &unknown)]
        {
            let asked = draw_request(&fixture, survey);
            let refused = run(&fixture.intake, authority(region), asked).await.unwrap_err();
            assert_eq!(refusal(refused), (Code::NotFound, "SURVEY_NOT_FOUND".to_owned()));
        }
    }
}
