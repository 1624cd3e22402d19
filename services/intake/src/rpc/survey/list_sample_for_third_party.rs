//! Lists those of a sample whose raters let their data go to a third party (S05).

use std::collections::HashMap;

use domain::{
    deadline::day_of,
    review::{MAX_BODY_CHARS, written},
    violation::Violations,
};
use platform::{auth::Authority, page::Page};
use proto::intake::v1::{ListSampleForThirdPartyRequest, ListSampleForThirdPartyResponse};

use crate::{
    Intake,
    app::survey::{never, own, to_survey},
    convert::survey::survey_id,
    error::{Error, people::PeopleError, survey::SurveyError},
    store::{self, people::permissions},
};

pub(crate) async fn run(
    intake: &Intake,
    caller: Authority,
    request: ListSampleForThirdPartyRequest,
) -> Result<ListSampleForThirdPartyResponse, Error> {
    let mut wrong = Violations::default();
    let id = survey_id(&mut wrong, &request.survey_id);
    written(&mut wrong, "organization", &request.organization, MAX_BODY_CHARS);
    let page =
        Page::read(&mut wrong, "ListSampleForThirdParty", request.page_size, &request.page_token);
    wrong.finish(())?;
    let read = intake.store.read();
    let row = own(read, id, &caller).await?;
    let survey = to_survey(&row)?;
    let today = day_of(intake.shell.clock.now());
    let snapshot = intake.reference.now();
    let never = |region: &str| never(&snapshot, region, today);
    if let Some(clause) = never(&row.region_code) {
        return Err(PeopleError::ThirdPartyNever { clause }.into());
    }
    if survey.organization != request.organization {
        return Err(SurveyError::NotCommissioned.into());
    }
    if survey.draw.is_none() {
        return Err(SurveyError::NotDrawn.into());
    }
    let mut rows = store::survey::sample(&intake.store, id, &page).await?;
    let next_page_token = page.cut(&mut rows, |row| row.act_id);
    // A region below can be stricter than the region of the survey.
    let mut kept: HashMap<String, bool> = HashMap::new();
    rows.retain(|row| {
        let region = row.region_code.clone();
        !*kept.entry(region).or_insert_with_key(|region| never(region).is_some())
    });
    let cases: Vec<_> = rows.iter().map(|row| row.case_id).collect();
    let granted = permissions::granted(read, &cases).await?;
    let allowed = rows.iter().filter(|row| granted.contains(&row.case_id));
    let act_ids = allowed.map(|row| row.act_id.to_string()).collect();
    Ok(ListSampleForThirdPartyResponse { act_ids, next_page_token })
}

#[cfg(test)]
pub(crate) mod tests {
    use platform::testing::REGION;
    use proto::{
        fact::v1::{ProfilePublished, fact::Body},
        intake::v1::{PlanSurveyRequest, SurveyMethod, SurveyRule, survey_rule::Size},
    };
    use tonic::{Code, Status};
    use tonic_types::StatusExt as _;
    use uuid::Uuid;

    use super::*;
    use crate::{
        entity::service_act,
        rpc::{
            survey::{
                draw_sample::tests::{drawn, rated},
                plan_survey::tests::{plan, request},
            },
            testing::{Fixture, authority, named, refusal},
        },
        store::case::{acts, cases},
    };

    pub(crate) fn commissioned(fixture: &Fixture) -> PlanSurveyRequest {
        let asked = request(fixture);
        PlanSurveyRequest {
            method: SurveyMethod::SampledThirdParty.into(),
            organization: "示例机构".to_owned(),
            rule: asked.rule.map(|rule| SurveyRule { size: Some(Size::Percent(100)), ..rule }),
            ..asked
        }
    }

    fn asked(survey_id: &str, organization: &str) -> ListSampleForThirdPartyRequest {
        ListSampleForThirdPartyRequest {
            survey_id: survey_id.to_owned(),
            organization: organization.to_owned(),
            ..ListSampleForThirdPartyRequest::default()
        }
    }

    /// What the rater of an act decides about third parties.
    pub(crate) async fn say(fixture: &Fixture, act: &str, granted: bool) {
        let id = domain::id::ActId(act.parse().unwrap());
        let (act, _) = acts::act(&fixture.intake.store, id).await.unwrap().unwrap();
        let at = fixture.intake.shell.clock.now().as_microsecond();
        let txn = fixture.intake.store.begin().await.unwrap();
        permissions::record(&txn, act.case_id.0, granted, at).await.unwrap();
        txn.commit().await.unwrap();
    }

    /// A profile that gives rater data to nobody.
    pub(crate) fn strict(region: &str) -> Body {
        let nation = include_str!("../../../../domain/profiles/state-council-2019.toml");
        let own = format!(
            "id = \"strict-{region}\"\nversion = 1\ninherits = \"state-council-2019\"\n\
             region = \"{region}\"\ndocument = \"示例\"\nin_force_from = \"2026-03-01\"\n\
             trial = false\n[rater_data_to_third_party]\nvalue = \"never\"\nclause = \"第九条\"\n"
        );
        Body::ProfilePublished(ProfilePublished {
            profile_id: format!("strict-{region}"),
            version: 1,
            region_code: region.to_owned(),
            layers: vec![nation.to_owned(), own],
        })
    }

    #[tokio::test]
    async fn s05_a_third_party_gets_the_acts_of_those_who_allowed_it_and_no_other() {
        let fixture = Fixture::new().await;
        let (survey, sample) = drawn(&fixture, 4, commissioned(&fixture)).await;
        let list = async || {
            let asked = asked(&survey.survey_id, "示例机构");
            run(&fixture.intake, authority(REGION), asked).await.unwrap().act_ids
        };
        assert!(list().await.is_empty(), "who says nothing allows nothing");
        say(&fixture, &sample[0], true).await;
        say(&fixture, &sample[1], false).await;
        say(&fixture, &sample[2], true).await;
        assert_eq!(list().await, [sample[0].as_str(), &sample[2]]);
        fixture.on_march(4);
        say(&fixture, &sample[0], false).await;
        say(&fixture, &sample[1], true).await;
        assert_eq!(list().await, [sample[1].as_str(), &sample[2]], "the latest word counts");
        let mut asked = asked(&survey.survey_id, "示例机构");
        (asked.page_size, asked.page_token) = (3, String::new());
        let first = run(&fixture.intake, authority(REGION), asked.clone()).await.unwrap();
        assert_eq!(first.act_ids, [sample[1].as_str(), &sample[2]]);
        asked.page_token = first.next_page_token;
        let second = run(&fixture.intake, authority(REGION), asked).await.unwrap();
        assert_eq!((second.act_ids.len(), second.next_page_token.as_str()), (0, ""));
    }

    #[tokio::test]
    async fn s05_where_the_profile_never_allows_it_permission_does_not_matter() {
        let fixture = Fixture::new().await;
        rated(&fixture).await;
        let token = rated(&fixture).await;
        let act = fixture.intake.shell.invitations.open(&token).unwrap();
        let (_, row) = acts::act(&fixture.intake.store, act).await.unwrap().unwrap();
        let below = service_act::Model {
            id: fixture.intake.shell.clock.new_id(),
            case_id: fixture.intake.shell.clock.new_id(),
            region_code: "652301105".to_owned(),
            ..row
        };
        let of_the_township = below.id.to_string();
        let txn = fixture.intake.store.begin().await.unwrap();
        cases::insert_acts(&txn, vec![below]).await.unwrap();
        txn.commit().await.unwrap();
        let (survey, sample) = drawn(&fixture, 0, commissioned(&fixture)).await;
        for act in &sample {
            say(&fixture, act, true).await;
        }
        let list = async || {
            let asked = asked(&survey.survey_id, "示例机构");
            run(&fixture.intake, authority(REGION), asked).await
        };
        assert_eq!(list().await.unwrap().act_ids, sample, "all three");
        fixture.tell(vec![strict("652301105")]).await;
        let rest: Vec<_> = sample.into_iter().filter(|act| *act != of_the_township).collect();
        assert_eq!(rest.len(), 2);
        assert_eq!(list().await.unwrap().act_ids, rest, "a township is stricter");
        fixture.tell(vec![strict(REGION)]).await;
        let refused = Status::from(list().await.unwrap_err());
        let details = refused.get_error_details();
        let info = details.error_info().unwrap();
        assert_eq!(
            (refused.code(), info.reason.as_str()),
            (Code::FailedPrecondition, "THIRD_PARTY_NEVER")
        );
        assert_eq!(info.metadata["clause"], "示例 第九条");
        assert!(details.localized_message().unwrap().message.contains("第九条"));
    }

    #[tokio::test]
    async fn s05_only_the_commissioned_organisation_is_given_any_and_only_of_a_drawn_sample() {
        let fixture = Fixture::new().await;
        let (survey, sample) = drawn(&fixture, 1, commissioned(&fixture)).await;
        say(&fixture, &sample[0], true).await;
        let (own, _) = drawn(&fixture, 0, request(&fixture)).await;
        let planned = plan(&fixture, commissioned(&fixture)).await;
        let unknown = Uuid::nil().to_string();
        for (region, id, organization, code, reason) in [
            (REGION, &survey.survey_id, "其他机构", Code::FailedPrecondition, "NOT_COMMISSIONED"),
            (REGION, &own.survey_id, "示例机构", Code::FailedPrecondition, "NOT_COMMISSIONED"),
            (REGION, &planned.survey_id, "示例机构", Code::FailedPrecondition, "SURVEY_NOT_DRAWN"),
            ("652302", &survey.survey_id, "示例机构", Code::NotFound, "SURVEY_NOT_FOUND"),
            (REGION, &unknown, "示例机构", Code::NotFound, "SURVEY_NOT_FOUND"),
        ] {
            let asked = asked(id, organization);
            let refused = run(&fixture.intake, authority(region), asked).await.unwrap_err();
            assert_eq!(refusal(refused), (code, reason.to_owned()), "{region} {organization}");
        }
        let refused = run(&fixture.intake, authority(REGION), asked("x", "")).await.unwrap_err();
        assert_eq!(named(refused), ["survey_id", "organization"]);
    }
}
