//! The writes of attachments.

use std::sync::Arc;

use e2e::citizens::signed;
use proto::{
    intake::v1::{
        AttachmentHeader, AttachmentSubject, EnterPaperFormsRequest, PaperForm,
        UploadAttachmentRequest, attachment_service_client::AttachmentServiceClient,
        attachment_subject::Subject, rating_service_client::RatingServiceClient,
        upload_attachment_request::Part,
    },
    r#type::v1::Level,
};

use super::{Sent, Write, Writers, id, today};

impl Writers {
    /// The rating of a paper form that no other call uses.
    async fn entered(&self) -> String {
        let form = PaperForm {
            reference: id(),
            project_number: self.case(true).await,
            level: Level::Satisfied.into(),
            filled_on: today().to_string(),
            ..PaperForm::default()
        };
        let request = EnterPaperFormsRequest { request_id: id(), forms: vec![form] };
        let mut ratings = RatingServiceClient::new(self.channel.clone());
        let entered = ratings.enter_paper_forms(signed(request, &self.authority)).await.unwrap();
        entered.into_inner().entered.pop().unwrap().rating_id
    }

    pub(super) async fn of_attachments(&self) -> Vec<Write> {
        let subject = Subject::RatingId(self.entered().await);
        let header = AttachmentHeader {
            request_id: id(),
            subject: Some(AttachmentSubject { subject: Some(subject) }),
            name: "示例扫描件.pdf".to_owned(),
            media_type: "application/pdf".to_owned(),
        };
        let content = [b"%PDF-1.7\n".as_slice(), &[b' '; 100_000]].concat();
        let chunks = content.chunks(60_000).map(|chunk| Part::Chunk(chunk.to_vec()));
        let parts = [Part::Header(header)].into_iter().chain(chunks);
        let parts: Vec<_> =
            parts.map(|part| UploadAttachmentRequest { part: Some(part) }).collect();
        vec![call!(AttachmentServiceClient.upload_attachment(stream parts), &self.authority)]
    }
}
