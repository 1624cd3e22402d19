//! Lists the assessments of the caller's region, the newest first (I18).

use domain::violation::Violations;
use platform::{auth::Authority, page::Page, status::Failure};
use proto::intake::v1::{ListAssessmentsRequest, ListAssessmentsResponse};

use crate::{Intake, convert, error::Error, store};

/// How many assessments a page has at most: each can be long.
const MAX_SIZE: u32 = 20;

pub(crate) async fn run(
    intake: &Intake,
    caller: Authority,
    request: ListAssessmentsRequest,
) -> Result<ListAssessmentsResponse, Error> {
    let mut wrong = Violations::default();
    let size = if request.page_size == 0 { MAX_SIZE } else { request.page_size.min(MAX_SIZE) };
    let page = Page::read(&mut wrong, "ListAssessments", size, &request.page_token);
    wrong.finish(())?;
    let region = caller.officer().region_code();
    let rows = store::survey::assessments(&intake.store, region, &page).await?;
    let sealer = &intake.shell.sealer;
    let open = |row: &crate::entity::assessment::Model| {
        let content = convert::open(sealer, "assessment.content", row.id, &row.content)?;
        Ok((row.id, content))
    };
    let assessments: Result<_, Failure> = rows.iter().map(open).collect();
    let (assessments, next_page_token) = page.cut_to_answer(assessments?);
    Ok(ListAssessmentsResponse { assessments, next_page_token })
}

#[cfg(test)]
mod tests {
    use platform::testing::{AGENCY, REGION};
    use proto::intake::v1::{Assessment, AssessmentMethod};

    use super::*;
    use crate::rpc::{
        survey::record_assessment::{self, tests::request},
        testing::{Fixture, authority, named},
    };

    #[tokio::test]
    async fn i18_the_authority_reads_its_regions_assessments_the_newest_first() {
        let fixture = Fixture::new().await;
        let methods =
            [AssessmentMethod::Phone, AssessmentMethod::Thematic, AssessmentMethod::Appraisal];
        let mut matters = Vec::new();
        for (day, method) in (2..).zip(methods) {
            fixture.on_march(day);
            let asked = request(&fixture, method, &[AGENCY]);
            let answer = record_assessment::run(&fixture.intake, authority(REGION), asked).await;
            matters.extend(answer.unwrap().matter_ids);
        }
        let mut asked = ListAssessmentsRequest { page_size: 2, page_token: String::new() };
        let mut read: Vec<Assessment> = Vec::new();
        loop {
            let page = run(&fixture.intake, authority(REGION), asked.clone()).await.unwrap();
            assert!(page.assessments.len() <= 2);
            read.extend(page.assessments);
            asked.page_token = page.next_page_token;
            if asked.page_token.is_empty() {
                break;
            }
        }
        assert!(read.iter().map(Assessment::method).eq(methods.into_iter().rev()));
        let told: Vec<_> = read.iter().rev().map(|one| one.problems[0].matter_id.clone()).collect();
        assert_eq!(told, matters, "each problem with its matter");
        assert_eq!(
            (read[0].findings.as_str(), read[0].organization.as_str()),
            ("总体良好。", "示例机构")
        );
        for (region, count) in [("652302", 0), ("652301105", 0), ("652300", 3)] {
            let page = run(&fixture.intake, authority(region), ListAssessmentsRequest::default());
            assert_eq!(page.await.unwrap().assessments.len(), count, "{region}");
        }
        asked.page_token = "x".to_owned();
        let refused = run(&fixture.intake, authority(REGION), asked).await.unwrap_err();
        assert_eq!(named(refused), ["page_token"]);
    }
}
