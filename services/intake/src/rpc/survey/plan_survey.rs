//! Plans a survey: fixes the population, and a seed that nobody knows (I18).

use domain::{
    deadline::day_of,
    organization::UnitKind,
    survey::seed_hash,
    survey_plan::{Direction, MAX_NARROWED_TO, Plan, SamplingMethod},
    violation::{Violations, identifier},
};
use jiff::civil::Date;
use platform::{auth::Authority, convert::to_wire, once::Recognised, random};
use prost::Message as _;
use proto::{
    fact::v1::{SurveyPlanned, fact::Body},
    intake::v1::{PlanSurveyRequest, PlanSurveyResponse, Survey, SurveyRule},
};

use crate::{
    Intake,
    app::review::{known_units, region},
    convert::{
        self, meaning, request_id,
        survey::{DIRECTIONS, METHODS, to_rule},
    },
    entity::survey,
    error::Error,
    store,
};

pub(crate) async fn run(
    intake: &Intake,
    caller: Authority,
    request: PlanSurveyRequest,
) -> Result<PlanSurveyResponse, Error> {
    let request_id = request_id(&request.request_id)?;
    let at = intake.shell.clock.now();
    let plan = read(intake, &request, day_of(at)).await?;
    let officer = caller.officer();
    if !officer.reaches(&plan.rule.region_code) {
        return Err(Error::RegionNotFound);
    }
    let scope = officer.id().as_bytes();
    let key = intake.shell.requests.key(scope, "PlanSurvey", request_id, &request);

    let asked = intake.shell.once(&intake.store, key).await?;
    let txn = match asked.recognise().await? {
        Recognised::Before(answer) => return Ok(answer),
        Recognised::New(txn) => txn,
    };
    let id = intake.shell.clock.new_id();
    let (seed, pseudonym_key) = (random::seed()?, random::seed()?);
    let rule = request.rule.unwrap_or_default();
    let survey = Survey {
        survey_id: id.to_string(),
        title: request.title,
        method: request.method,
        organization: request.organization,
        direction: request.direction,
        direction_words: request.direction_words,
        rule: Some(SurveyRule { region_code: plan.rule.region_code.clone(), ..rule }),
        seed_hash: seed_hash(&seed).to_vec(),
        planned_at: Some(to_wire(at)),
        draw: None,
    };
    let row = survey::Model {
        id,
        region_code: plan.rule.region_code,
        plan: survey.encode_to_vec(),
        seed: convert::seal(&intake.shell.sealer, "survey.seed", id, &seed.to_vec())?,
        pseudonym_key: convert::seal(
            &intake.shell.sealer,
            "survey.pseudonym_key",
            id,
            &pseudonym_key.to_vec(),
        )?,
        planned_by: officer.id().to_owned(),
        drawn_at: None,
        draw: None,
    };
    let body = Body::SurveyPlanned(SurveyPlanned {
        survey_id: survey.survey_id.clone(),
        region_code: row.region_code.clone(),
        seed_hash: survey.seed_hash.clone(),
    });
    let answer = PlanSurveyResponse { survey: Some(survey) };
    store::survey::insert(&txn, row).await?;
    Ok(txn.finish(answer, vec![body]).await?)
}

async fn read(intake: &Intake, request: &PlanSurveyRequest, today: Date) -> Result<Plan, Error> {
    let mut wrong = Violations::default();
    let method = wrong.take("method", meaning(&METHODS, request.method));
    let direction = wrong.take("direction", meaning(&DIRECTIONS, request.direction));
    let rule = request.rule.clone().unwrap_or_default();
    let region = region(intake, &mut wrong, "rule.region_code", &rule.region_code, today);
    // Counted first: a list that is too long is not looked up.
    let counted = |named: &Vec<String>| named.len() <= MAX_NARROWED_TO;
    if counted(&rule.agency_ids) {
        let agencies = rule.agency_ids.iter().enumerate();
        let agencies = agencies
            .map(|(n, id)| (format!("rule.agency_ids[{n}]"), id.as_str(), &[UnitKind::Agency][..]));
        let agencies: Vec<_> = agencies.collect();
        known_units(intake, &mut wrong, &agencies, region.as_deref(), today).await?;
    }
    if counted(&rule.item_codes) && !rule.item_codes.is_empty() {
        let known = intake.reference.items_among(rule.item_codes.clone()).await?;
        for (n, code) in rule.item_codes.iter().enumerate() {
            let known = code.is_empty() || identifier(code).is_err() || known.contains(code);
            wrong.require(known, &format!("rule.item_codes[{n}]"), "is not known here");
        }
    }
    let rule = to_rule(&mut wrong, &rule, region, today);
    let plan = Plan {
        title: request.title.clone(),
        // Missing fields were noted; these values only let the rest be checked too.
        method: method.unwrap_or(SamplingMethod::SampledCallBack),
        organization: request.organization.clone(),
        direction: direction.unwrap_or(Direction::KeyItem),
        direction_words: request.direction_words.clone(),
        rule,
    };
    plan.check(&mut wrong);
    Ok(wrong.finish(plan)?)
}

#[cfg(test)]
pub(crate) mod tests {
    use platform::testing::{AGENCY, REGION};
    use proto::intake::v1::{DayRange as WireDays, SurveyDirection, SurveyMethod, survey_rule};
    use sea_orm::EntityTrait as _;
    use sha2::{Digest as _, Sha256};
    use tonic::Code;

    use super::*;
    use crate::rpc::testing::{Fixture, ON_THE_SPOT_ITEM, authority, named, refusal};

    /// A survey of half of all who were served on 2 March 2026.
    pub(crate) fn request(fixture: &Fixture) -> PlanSurveyRequest {
        let day = || "2026-03-02".to_owned();
        PlanSurveyRequest {
            request_id: fixture.intake.shell.clock.new_id().to_string(),
            title: "示例回访".to_owned(),
            method: SurveyMethod::SampledCallBackByHotline.into(),
            direction: SurveyDirection::NewPolicy.into(),
            rule: Some(SurveyRule {
                region_code: REGION.to_owned(),
                served: Some(WireDays { from: day(), to: day() }),
                size: Some(survey_rule::Size::Percent(50)),
                ..SurveyRule::default()
            }),
            ..PlanSurveyRequest::default()
        }
    }

    pub(crate) async fn plan(fixture: &Fixture, request: PlanSurveyRequest) -> Survey {
        let answer = run(&fixture.intake, authority(REGION), request).await;
        answer.unwrap().survey.unwrap()
    }

    #[tokio::test]
    async fn i18_a_plan_tells_the_hash_of_a_seed_that_nobody_knows() {
        let fixture = Fixture::new().await;
        let asked = request(&fixture);
        let planned = plan(&fixture, asked.clone()).await;
        assert_eq!(plan(&fixture, asked.clone()).await, planned, "the same request again");
        assert_eq!((planned.draw.as_ref(), planned.rule.as_ref()), (None, asked.rule.as_ref()));
        let id = planned.survey_id.parse().unwrap();
        let row = survey::Entity::find_by_id(id).one(fixture.intake.store.read()).await;
        let row = row.unwrap().unwrap();
        let sealer = &fixture.intake.shell.sealer;
        let seed: Vec<u8> = convert::open(sealer, "survey.seed", id, &row.seed).unwrap();
        assert_eq!(Sha256::digest(&seed).to_vec(), planned.seed_hash);
        let holds = |bytes: &[u8]| bytes.windows(32).any(|window| window == seed);
        assert!(!holds(&row.seed) && !holds(&row.plan), "sealed");
        let key: Vec<u8> =
            convert::open(sealer, "survey.pseudonym_key", id, &row.pseudonym_key).unwrap();
        let key_lies_open = row.pseudonym_key.windows(32).any(|window| window == key);
        assert!(key.len() == 32 && key != seed && !key_lies_open, "a secret of its own");
        let [Body::SurveyPlanned(told)] = &fixture.told().await[..] else { panic!() };
        assert_eq!((&told.survey_id, &told.seed_hash), (&planned.survey_id, &planned.seed_hash));
        let other = plan(&fixture, request(&fixture)).await;
        assert_ne!(other.seed_hash, planned.seed_hash, "every survey has its own");
    }

    #[tokio::test]
    async fn i18_everything_wrong_with_a_plan_is_named_at_once() {
        let fixture = Fixture::new().await;
        let wrong = PlanSurveyRequest {
            title: String::new(),
            method: 0,
            organization: "示例机构".to_owned(),
            direction: SurveyDirection::Concentrated.into(),
            rule: Some(SurveyRule {
                region_code: "110105".to_owned(),
                served: Some(WireDays { from: "2026-03-02".to_owned(), to: "2026-3-1".to_owned() }),
                agency_ids: vec!["652301-t01".to_owned()],
                item_codes: vec!["x".to_owned(), ON_THE_SPOT_ITEM.to_owned()],
                size: Some(survey_rule::Size::Percent(101)),
                ..SurveyRule::default()
            }),
            ..request(&fixture)
        };
        let fields = [
            "method",
            "rule.region_code",
            "rule.agency_ids[0]",
            "rule.item_codes[0]",
            "rule.served.to",
            "rule.percent",
            "title",
            "organization",
            "direction_words",
        ];
        assert_eq!(
            named(run(&fixture.intake, authority(REGION), wrong).await.unwrap_err()),
            fields
        );
        let nothing = PlanSurveyRequest { rule: None, ..request(&fixture) };
        let refused = run(&fixture.intake, authority(REGION), nothing).await.unwrap_err();
        assert_eq!(named(refused), ["rule.region_code", "rule.served", "rule.size"]);
        assert!(fixture.told().await.is_empty());
    }

    #[tokio::test]
    async fn i18_what_a_survey_is_narrowed_to_is_counted_before_any_of_it_is_looked_up() {
        let fixture = Fixture::new().await;
        let many = |name: &str| (0..60_000).map(|n| format!("{name}-{n}")).collect::<Vec<_>>();
        let mut asked = request(&fixture);
        let rule = asked.rule.as_mut().unwrap();
        (rule.agency_ids, rule.item_codes) = (many("a"), many("i"));
        let refused = run(&fixture.intake, authority(REGION), asked).await.unwrap_err();
        assert_eq!(named(refused), ["rule.item_codes", "rule.agency_ids"]);
    }

    #[tokio::test]
    async fn i18_an_authority_surveys_its_own_region_for_whatever_it_is_directed_at() {
        let fixture = Fixture::new().await;
        for stranger in ["652302", "652301105"] {
            let asked = request(&fixture);
            let refused = run(&fixture.intake, authority(stranger), asked).await.unwrap_err();
            assert_eq!(refusal(refused), (Code::NotFound, "REGION_NOT_FOUND".to_owned()));
        }
        for (direction, _) in DIRECTIONS {
            let mut asked = request(&fixture);
            asked.direction = direction.into();
            asked.direction_words = "近期投诉集中".to_owned();
            asked.rule.as_mut().unwrap().agency_ids = vec![AGENCY.to_owned()];
            asked.rule.as_mut().unwrap().item_codes = vec![ON_THE_SPOT_ITEM.to_owned()];
            let planned = plan(&fixture, asked).await;
            assert_eq!(
                (planned.direction(), planned.direction_words.as_str()),
                (direction, "近期投诉集中")
            );
        }
    }
}
