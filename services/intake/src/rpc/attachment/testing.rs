//! What the tests of attachments share: a service with a folder of documents, and things to attach to.

use std::path::PathBuf;

use platform::{
    auth::{Authority, Caller},
    documents::{DocumentError, Documents, Place},
    testing::{AGENCY, REGION, WINDOW_ITEM, principal},
};
use proto::{
    intake::v1::{
        AssessmentMethod, Attachment, AttachmentHeader, AttachmentSubject,
        DownloadAttachmentRequest, EnterPaperFormsRequest, LookPurpose, PaperForm,
        UploadAttachmentRequest, UploadAttachmentResponse, attachment_subject::Subject,
        download_attachment_response, upload_attachment_request::Part,
    },
    r#type::v1::{Level, Stage},
};
use tokio_stream::StreamExt as _;
use tonic::Status;

pub(crate) use platform::testing::documents::jpeg;

use super::{download_attachment, upload_attachment};
use crate::{
    error::Error,
    rpc::{
        rating::enter_paper_forms,
        survey::{plan_survey, record_assessment},
        testing::{Fixture, NOTE, authority},
    },
};

/// A service that keeps attachments, where a case was completed.
pub(crate) struct Kept {
    pub(crate) fixture: Fixture,
}

/// An officer of the region's Authority.
pub(crate) fn clerk(id: &str) -> Authority {
    principal(id, Caller::Authority { region: REGION.to_owned() })
}

/// The header of a new attachment.
pub(crate) fn header(subject: &AttachmentSubject, name: &str) -> AttachmentHeader {
    AttachmentHeader {
        request_id: platform::clock::Clock::System.new_id().to_string(),
        subject: Some(subject.clone()),
        name: name.to_owned(),
        media_type: String::new(),
    }
}

/// An attachment as it comes in.
pub(crate) fn parts(header: &AttachmentHeader, bytes: &[u8]) -> Vec<UploadAttachmentRequest> {
    let header = Part::Header(header.clone());
    let chunks = bytes.chunks(64 << 10).map(|chunk| Part::Chunk(chunk.to_vec()));
    let parts = [header].into_iter().chain(chunks);
    parts.map(|part| UploadAttachmentRequest { part: Some(part) }).collect()
}

/// Asks for an attachment, with a purpose.
pub(crate) fn wanted(attachment: &Attachment) -> DownloadAttachmentRequest {
    DownloadAttachmentRequest {
        subject: attachment.subject.clone(),
        attachment_id: attachment.attachment_id.clone(),
        purpose: LookPurpose::Verification.into(),
        purpose_note: NOTE.to_owned(),
    }
}

fn of(subject: Subject) -> AttachmentSubject {
    AttachmentSubject { subject: Some(subject) }
}

/// The ratings of some forms, by what is on them.
pub(crate) fn rating(id: &str) -> AttachmentSubject {
    of(Subject::RatingId(id.to_owned()))
}

impl Kept {
    pub(crate) async fn new() -> Self {
        Self::of(Fixture::new().await).await
    }

    pub(crate) async fn of(mut fixture: Fixture) -> Self {
        let place = Place::Folder(fixture.place.folder().join("documents"));
        let documents = Documents::open(&place, crate::NAME).unwrap();
        fixture.intake = fixture.intake.clone().with_documents(documents);
        let both = [Stage::Acceptance, Stage::Completion];
        fixture.push(fixture.report("P-form", WINDOW_ITEM, &both)).await.unwrap();
        Self { fixture }
    }

    /// A paper form that was entered.
    pub(crate) async fn form(&self) -> AttachmentSubject {
        let id = || platform::clock::Clock::System.new_id().to_string();
        let form = PaperForm {
            reference: id(),
            project_number: "P-form".to_owned(),
            level: Level::Satisfied.into(),
            filled_on: "2026-03-02".to_owned(),
            ..PaperForm::default()
        };
        let request = EnterPaperFormsRequest { request_id: id(), forms: vec![form] };
        let intake = &self.fixture.intake;
        let entered = enter_paper_forms::run(intake, clerk("clerk"), request).await.unwrap();
        rating(&entered.entered[0].rating_id)
    }

    /// A planned survey.
    pub(crate) async fn survey(&self) -> AttachmentSubject {
        let asked = plan_survey::tests::request(&self.fixture);
        of(Subject::SurveyId(plan_survey::tests::plan(&self.fixture, asked).await.survey_id))
    }

    /// A recorded assessment.
    pub(crate) async fn assessment(&self) -> AttachmentSubject {
        let method = AssessmentMethod::CovertVisit;
        let asked = record_assessment::tests::request(&self.fixture, method, &[AGENCY]);
        let intake = &self.fixture.intake;
        let answer = record_assessment::run(intake, authority(REGION), asked).await.unwrap();
        of(Subject::AssessmentId(answer.assessment_id))
    }

    /// Sends an attachment as this officer.
    pub(crate) async fn send(
        &self,
        caller: Authority,
        header: &AttachmentHeader,
        bytes: &[u8],
    ) -> Result<UploadAttachmentResponse, Error> {
        let parts = tokio_stream::iter(parts(header, bytes).into_iter().map(Ok));
        upload_attachment::run(&self.fixture.intake, caller, parts).await
    }

    /// Adds a photo as an officer of the Authority.
    pub(crate) async fn add(
        &self,
        subject: &AttachmentSubject,
        name: &str,
    ) -> Result<Attachment, Error> {
        let added = self.send(clerk("clerk"), &header(subject, name), &jpeg(100)).await?;
        Ok(added.attachment.unwrap())
    }

    /// Reads an attachment as this officer.
    pub(crate) async fn get_as(
        &self,
        caller: Authority,
        attachment: &Attachment,
    ) -> Result<Vec<u8>, Error> {
        let request = wanted(attachment);
        let mut answers = download_attachment::run(&self.fixture.intake, caller, request).await?;
        let broken = |status: Status| Error::from(DocumentError::Broken(status));
        let first = answers.next().await.unwrap().map_err(broken)?.part.unwrap();
        assert_eq!(first, download_attachment_response::Part::Attachment(attachment.clone()));
        let mut bytes = Vec::new();
        while let Some(part) = answers.next().await {
            let part = part.map_err(broken)?.part.unwrap();
            let download_attachment_response::Part::Chunk(chunk) = part else { panic!("{part:?}") };
            bytes.extend(chunk);
        }
        Ok(bytes)
    }

    /// Reads an attachment as an officer of the Authority.
    pub(crate) async fn get(&self, attachment: &Attachment) -> Result<Vec<u8>, Error> {
        self.get_as(clerk("colleague"), attachment).await
    }

    /// Where an object lies.
    pub(crate) fn object(&self, id: &str) -> PathBuf {
        self.fixture.place.folder().join("documents").join(crate::NAME).join(id)
    }

    /// How many objects there are, unfinished ones too.
    pub(crate) fn objects(&self) -> usize {
        std::fs::read_dir(self.object("")).map_or(0, Iterator::count)
    }

    /// The folder of documents goes away, or comes back.
    pub(crate) fn store_is(&self, there: bool) {
        let root = self.fixture.place.folder();
        let (folder, elsewhere) = (root.join("documents"), root.join("elsewhere"));
        if there {
            std::fs::remove_file(&folder).unwrap();
            std::fs::rename(elsewhere, folder).unwrap();
        } else {
            std::fs::rename(&folder, elsewhere).unwrap();
            std::fs::write(folder, b"").unwrap();
        }
    }
}
