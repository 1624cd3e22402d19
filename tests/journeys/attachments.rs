//! A report on its way over a real socket: in, and out again.

use e2e::{citizens::signed, deployment::Deployment};
use pingyi::roles::Role;
use proto::intake::v1::{
    Assessment, AssessmentMethod, AttachmentHeader, AttachmentSubject, DayRange,
    DownloadAttachmentRequest, LookPurpose, RecordAssessmentRequest, UploadAttachmentRequest,
    attachment_service_client::AttachmentServiceClient, attachment_subject::Subject,
    download_attachment_response, survey_service_client::SurveyServiceClient,
    upload_attachment_request::Part,
};
use tonic::Code;

fn id() -> String {
    platform::clock::Clock::System.new_id().to_string()
}

#[tokio::test(flavor = "multi_thread")]
async fn i18_the_report_of_an_assessment_goes_in_and_comes_out_over_the_wire() {
    let deployment = Deployment::embedded().await;
    let channel = deployment.channel(Role::Intake);
    let token = deployment.tokens.authority().unwrap();
    let day = domain::deadline::day_of(platform::clock::Clock::System.now()).to_string();
    let assessment = Assessment {
        region_code: "652301".to_owned(),
        organization: "示例机构".to_owned(),
        method: AssessmentMethod::CovertVisit.into(),
        period: Some(DayRange { from: day.clone(), to: day }),
        unit_ids: vec!["652301-a03".to_owned()],
        findings: "总体良好。".to_owned(),
        ..Assessment::default()
    };
    let request = RecordAssessmentRequest { request_id: id(), assessment: Some(assessment) };
    let mut surveys = SurveyServiceClient::new(channel.clone());
    let recorded = surveys.record_assessment(signed(request, &token)).await.unwrap().into_inner();
    let subject =
        Some(AttachmentSubject { subject: Some(Subject::AssessmentId(recorded.assessment_id)) });

    let content = platform::testing::documents::pdf(3 << 20);
    let parts = |step: usize| {
        let header = Part::Header(AttachmentHeader {
            request_id: id(),
            subject: subject.clone(),
            name: "评估报告.pdf".to_owned(),
            media_type: "application/pdf".to_owned(),
        });
        let chunks = content.chunks(step).map(|chunk| Part::Chunk(chunk.to_vec()));
        let parts = [header].into_iter().chain(chunks);
        let parts = parts.map(|part| UploadAttachmentRequest { part: Some(part) });
        signed(tokio_stream::iter(parts.collect::<Vec<_>>()), &token)
    };
    let mut attachments = AttachmentServiceClient::new(channel);
    let too_long = attachments.upload_attachment(parts(128 << 10)).await;
    assert_eq!(too_long.unwrap_err().code(), Code::OutOfRange, "a piece is 64 KiB");
    let added = attachments.upload_attachment(parts(64 << 10)).await.unwrap();
    let added = added.into_inner().attachment.unwrap();
    let wanted = DownloadAttachmentRequest {
        subject: subject.clone(),
        attachment_id: added.attachment_id.clone(),
        purpose: LookPurpose::Verification.into(),
        purpose_note: "核对评估结论".to_owned(),
    };
    let answers = attachments.download_attachment(signed(wanted, &token)).await.unwrap();
    let (mut answers, mut came, mut header) = (answers.into_inner(), Vec::new(), None);
    while let Some(answer) = answers.message().await.unwrap() {
        match answer.part.unwrap() {
            download_attachment_response::Part::Attachment(known) => header = Some(known),
            download_attachment_response::Part::Chunk(chunk) => came.extend(chunk),
        }
    }
    assert_eq!(header, Some(added));
    assert!(came == content);
    deployment.end().await;
}
