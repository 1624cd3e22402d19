//! Records an assessment commissioned by government; each problem it found becomes a matter (I18).

use domain::{
    deadline::day_of,
    organization::UnitKind,
    review::DayRange,
    survey_plan::{Assessment, AssessmentMethod, MAX_PROBLEMS, MAX_UNITS},
    violation::Violations,
};
use jiff::civil::Date;
use platform::{auth::Authority, convert::to_wire, once::Recognised};
use proto::intake::v1 as wire;
use proto::intake::v1::{RecordAssessmentRequest, RecordAssessmentResponse};

use crate::{
    Intake,
    app::review::{known_units, region},
    convert::{self, days, meaning, request_id, review::enclosures, survey::ASSESSMENTS},
    entity::assessment,
    error::Error,
    facts::assessment_raised,
    store,
};

pub(crate) async fn run(
    intake: &Intake,
    caller: Authority,
    request: RecordAssessmentRequest,
) -> Result<RecordAssessmentResponse, Error> {
    let request_id = request_id(&request.request_id)?;
    let clock = &intake.shell.clock;
    let at = clock.now();
    let asked = request.assessment.clone().unwrap_or_default();
    let read = read(intake, &asked, day_of(at)).await?;
    let officer = caller.officer();
    if !officer.reaches(&read.region_code) {
        return Err(Error::RegionNotFound);
    }
    let scope = officer.id().as_bytes();
    let key = intake.shell.requests.key(scope, "RecordAssessment", request_id, &request);

    let once = intake.shell.once(&intake.store, key).await?;
    let txn = match once.recognise().await? {
        Recognised::Before(answer) => return Ok(answer),
        Recognised::New(txn) => txn,
    };
    let id = clock.new_id();
    let matters: Vec<_> = read.problems.iter().map(|_| clock.new_id()).collect();
    let problems = asked.problems.into_iter().zip(&matters);
    let content = wire::Assessment {
        assessment_id: id.to_string(),
        region_code: read.region_code.clone(),
        recorded_at: Some(to_wire(at)),
        problems: problems
            .map(|(problem, matter)| wire::AssessedProblem {
                matter_id: matter.to_string(),
                ..problem
            })
            .collect(),
        ..asked
    };
    let row = assessment::Model {
        id,
        region_code: read.region_code.clone(),
        content: convert::seal(&intake.shell.sealer, "assessment.content", id, &content)?,
        recorded_by: officer.id().to_owned(),
        recorded_at: at.as_microsecond(),
    };
    let answer = RecordAssessmentResponse {
        assessment_id: id.to_string(),
        matter_ids: matters.iter().map(ToString::to_string).collect(),
    };
    let problems = matters.iter().zip(&read.problems);
    let bodies =
        problems.map(|(id, (agency, _))| assessment_raised(*id, agency, &read, at)).collect();
    store::survey::insert_assessment(&txn, row).await?;
    Ok(txn.finish(answer, bodies).await?)
}

async fn read(intake: &Intake, asked: &wire::Assessment, today: Date) -> Result<Assessment, Error> {
    let mut wrong = Violations::default();
    let field = "assessment.region_code";
    let region = region(intake, &mut wrong, field, &asked.region_code, today);
    let method = wrong.take("assessment.method", meaning(&ASSESSMENTS, asked.method));
    let period = days(&mut wrong, "assessment.period", asked.period.as_ref());
    let agency: &[_] = &[UnitKind::Agency];
    let any: &[_] = &[UnitKind::Agency, UnitKind::Hall, UnitKind::Window, UnitKind::Platform];
    // Counted first: a list that is too long is not looked up.
    if asked.unit_ids.len() <= MAX_UNITS && asked.problems.len() <= MAX_PROBLEMS {
        let units = asked.unit_ids.iter().enumerate();
        let units = units.map(|(n, id)| (format!("assessment.unit_ids[{n}]"), id.as_str(), any));
        let problems = asked.problems.iter().enumerate();
        let problems = problems.map(|(n, problem)| {
            (format!("assessment.problems[{n}].agency_id"), problem.agency_id.as_str(), agency)
        });
        let named: Vec<_> = units.chain(problems).filter(|(_, id, _)| !id.is_empty()).collect();
        known_units(intake, &mut wrong, &named, region.as_deref(), today).await?;
    }
    let problems = asked.problems.iter();
    let assessment = Assessment {
        region_code: region.unwrap_or_default(),
        organization: asked.organization.clone(),
        // Missing fields were noted; these values only let the rest be checked too.
        method: method.unwrap_or(AssessmentMethod::Thematic),
        period: period.unwrap_or(DayRange { from: today, to: today }),
        unit_ids: asked.unit_ids.clone(),
        findings: asked.findings.clone(),
        enclosures: enclosures(&asked.enclosures),
        problems: problems
            .map(|problem| (problem.agency_id.clone(), problem.words.clone()))
            .collect(),
    };
    assessment.check(&mut wrong, today);
    Ok(wrong.finish(assessment)?)
}

#[cfg(test)]
pub(crate) mod tests {
    use platform::testing::{AGENCY, AUTHORITY, REGION};
    use proto::{
        fact::v1::fact::Body,
        intake::v1::{
            AssessedProblem, AssessmentMethod as Method, DayRange as WireDays, Enclosure,
        },
        r#type::v1::MatterKind,
    };
    use tonic::Code;

    use super::*;
    use crate::rpc::testing::{Fixture, authority, holds, named, refusal};

    /// An assessment with one problem for each agency.
    pub(crate) fn request(
        fixture: &Fixture,
        method: Method,
        agencies: &[&str],
    ) -> RecordAssessmentRequest {
        let problem = |agency: &&str| AssessedProblem {
            agency_id: (*agency).to_owned(),
            words: "叫号机停用。".to_owned(),
            matter_id: String::new(),
        };
        let assessment = wire::Assessment {
            region_code: REGION.to_owned(),
            organization: "示例机构".to_owned(),
            method: method.into(),
            period: Some(WireDays { from: "2026-01-01".to_owned(), to: "2026-03-31".to_owned() }),
            unit_ids: vec![AGENCY.to_owned(), AUTHORITY.to_owned()],
            findings: "总体良好。".to_owned(),
            enclosures: vec![Enclosure {
                name: "一季度报告.pdf".to_owned(),
                sha256: "0a".repeat(32),
                size: 1,
            }],
            problems: agencies.iter().map(problem).collect(),
            ..wire::Assessment::default()
        };
        RecordAssessmentRequest {
            request_id: fixture.intake.shell.clock.new_id().to_string(),
            assessment: Some(assessment),
        }
    }

    #[tokio::test]
    async fn i18_each_problem_of_an_assessment_is_a_matter_that_wants_a_ticket() {
        let fixture = Fixture::new().await;
        for (method, meant) in ASSESSMENTS {
            let asked = request(&fixture, method, &[AGENCY, AUTHORITY]);
            let before = fixture.matters().await.len();
            let answer = run(&fixture.intake, authority(REGION), asked.clone()).await.unwrap();
            let again = run(&fixture.intake, authority(REGION), asked).await.unwrap();
            assert_eq!(again, answer, "the same request again");
            let told = fixture.matters().await.split_off(before);
            let ids: Vec<_> = told.iter().map(|told| told.matter_id.clone()).collect();
            assert_eq!(ids, answer.matter_ids);
            let agencies: Vec<_> = told.iter().map(|told| told.agency_id.as_str()).collect();
            assert_eq!(agencies, [AGENCY, AUTHORITY]);
            for told in &told {
                assert_eq!(
                    (told.kind(), told.source.as_str()),
                    (MatterKind::SurveyProblem, meant.name())
                );
                assert!(told.wants_ticket && told.region_code == REGION);
            }
        }
    }

    #[tokio::test]
    async fn i18_what_an_assessment_names_is_counted_before_any_of_it_is_looked_up() {
        let fixture = Fixture::new().await;
        let mut asked = request(&fixture, Method::CovertVisit, &["652301-a77"; 41]);
        let refused = run(&fixture.intake, authority(REGION), asked.clone()).await.unwrap_err();
        assert_eq!(named(refused), ["assessment.problems"]);
        let assessment = asked.assessment.as_mut().unwrap();
        assessment.problems.truncate(1);
        assessment.unit_ids = (0..60_000).map(|n| format!("u-{n}")).collect();
        let refused = run(&fixture.intake, authority(REGION), asked).await.unwrap_err();
        assert_eq!(named(refused), ["assessment.unit_ids"]);
    }

    #[tokio::test]
    async fn i18_an_assessment_is_kept_sealed_and_of_the_callers_region() {
        let fixture = Fixture::new().await;
        let asked = request(&fixture, Method::CovertVisit, &[AGENCY]);
        run(&fixture.intake, authority(REGION), asked).await.unwrap();
        let page = platform::page::Page::first("ListAssessments", 9);
        let region = domain::codes::RegionCode::parse(REGION).unwrap();
        let rows = store::survey::assessments(&fixture.intake.store, &region, &page).await;
        let [row] = rows.unwrap().try_into().unwrap();
        for words in ["总体良好", "叫号机", "示例机构"] {
            assert!(!holds(&row.content, words), "{words}");
        }
        assert!(matches!(&fixture.told().await[..], [Body::MatterRaised(_)]));
        let asked = request(&fixture, Method::CovertVisit, &[AGENCY]);
        let refused = run(&fixture.intake, authority("652302"), asked).await.unwrap_err();
        assert_eq!(refusal(refused), (Code::NotFound, "REGION_NOT_FOUND".to_owned()));
    }

    #[tokio::test]
    async fn i18_everything_wrong_with_an_assessment_is_named_at_once() {
        let fixture = Fixture::new().await;
        let mut wrong = request(&fixture, Method::Unspecified, &["652301-t01", ""]);
        let asked = wrong.assessment.as_mut().unwrap();
        asked.region_code = "110105".to_owned();
        asked.period = None;
        asked.organization = String::new();
        asked.unit_ids = vec!["652301-t01".to_owned()];
        asked.problems[1].words = String::new();
        asked.enclosures[0].size = 0;
        let refused = run(&fixture.intake, authority(REGION), wrong).await.unwrap_err();
        let fields = [
            "assessment.region_code",
            "assessment.method",
            "assessment.period",
            "assessment.unit_ids[0]",
            "assessment.problems[0].agency_id",
            "assessment.organization",
            "assessment.enclosures[0].size",
            "assessment.problems[1].agency_id",
            "assessment.problems[1].words",
        ];
        assert_eq!(named(refused), fields);
        assert!(fixture.told().await.is_empty());
    }
}
