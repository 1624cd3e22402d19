//! The writes of surveys.

use std::sync::Arc;

use e2e::citizens::signed;
use proto::intake::v1::{
    AssessedProblem, Assessment, AssessmentMethod, DrawSampleRequest, PlanSurveyRequest,
    RecordAssessmentRequest, RecordCallBackRequest, Survey, SurveyDirection, SurveyMethod,
    SurveyRule, survey_rule::Size, survey_service_client::SurveyServiceClient,
};

use super::{AGENCY, REGION, Sent, Write, Writers, days, id, today};

impl Writers {
    fn plan(&self) -> PlanSurveyRequest {
        let yesterday = today() - jiff::Span::new().days(1);
        PlanSurveyRequest {
            request_id: id(),
            title: "示例回访".to_owned(),
            method: SurveyMethod::SampledCallBack.into(),
            direction: SurveyDirection::NewPolicy.into(),
            rule: Some(SurveyRule {
                region_code: REGION.to_owned(),
                served: days(yesterday, yesterday),
                size: Some(Size::Count(1)),
                ..SurveyRule::default()
            }),
            ..PlanSurveyRequest::default()
        }
    }

    async fn planned(&self) -> Survey {
        let request = signed(self.plan(), &self.authority);
        let planned = SurveyServiceClient::new(self.channel.clone()).plan_survey(request).await;
        planned.unwrap().into_inner().survey.unwrap()
    }

    pub(super) async fn of_surveys(&self) -> Vec<Write> {
        let draw = |survey: &Survey| DrawSampleRequest {
            request_id: id(),
            survey_id: survey.survey_id.clone(),
        };
        let drawn = self.planned().await;
        self.do_now(call!(SurveyServiceClient.draw_sample(draw(&drawn)), &self.authority)).await;
        let sample = proto::intake::v1::ListSampleRequest {
            survey_id: drawn.survey_id.clone(),
            ..Default::default()
        };
        let mut surveys = SurveyServiceClient::new(self.channel.clone());
        let sample = surveys.list_sample(signed(sample, &self.authority)).await.unwrap();
        let called = RecordCallBackRequest {
            request_id: id(),
            survey_id: drawn.survey_id,
            act_id: sample.into_inner().acts.pop().unwrap().act_id,
            reached: true,
            problem: "窗口无人值守。".to_owned(),
            ..RecordCallBackRequest::default()
        };
        let problem = AssessedProblem {
            agency_id: AGENCY.to_owned(),
            words: "叫号机停用。".to_owned(),
            ..AssessedProblem::default()
        };
        let assessment = Assessment {
            region_code: REGION.to_owned(),
            organization: "示例机构".to_owned(),
            method: AssessmentMethod::CovertVisit.into(),
            period: days(today(), today()),
            unit_ids: vec![AGENCY.to_owned()],
            findings: "总体良好。".to_owned(),
            problems: vec![problem],
            ..Assessment::default()
        };
        let assess = RecordAssessmentRequest { request_id: id(), assessment: Some(assessment) };
        let to_draw = draw(&self.planned().await);
        vec![
            call!(SurveyServiceClient.plan_survey(self.plan()), &self.authority),
            call!(SurveyServiceClient.draw_sample(to_draw), &self.authority),
            call!(SurveyServiceClient.record_call_back(called), &self.authority),
            call!(SurveyServiceClient.record_assessment(assess), &self.authority),
        ]
    }
}
