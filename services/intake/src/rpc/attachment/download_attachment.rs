//! Gives an attachment, piece by piece (I16, I18). It shows what a person wrote or said, so each look is
//! on record before the first byte (S01): without a record, no look.

use domain::violation::Violations;
use platform::{
    auth::Authority,
    documents::{DocumentError, Part as Given, Parts, rows},
};
use proto::intake::v1::{
    DownloadAttachmentRequest, DownloadAttachmentResponse, download_attachment_response::Part,
};
use uuid::Uuid;

use crate::{
    Intake,
    app::{
        attachment::{AttachmentLook, reached, record},
        people::purpose,
    },
    convert::attachment::{Subject, attachment_to_wire},
    error::Error,
    store::attachment::of_subject,
};

/// The attachment, part by part.
pub(crate) type Answers = Parts<DownloadAttachmentResponse>;

pub(crate) async fn run(
    intake: &Intake,
    caller: Authority,
    request: DownloadAttachmentRequest,
) -> Result<Answers, Error> {
    let mut wrong = Violations::default();
    let subject = Subject::read(&mut wrong, "subject", request.subject.as_ref());
    let id = request.attachment_id.parse::<Uuid>().map_err(|_| "is no UUID");
    let id = wrong.take("attachment_id", id);
    let purpose = purpose(&mut wrong, request.purpose, &request.purpose_note);
    let (Some(subject), Some(id)) = wrong.finish((subject, id))? else {
        return Err(Violations::default().into());
    };
    let read = intake.store.read();
    let region = reached(read, &caller, subject).await?;
    let row = rows::find(read, of_subject(subject), id).await?;
    let opened = intake.shelf().open(row.ok_or(DocumentError::NotFound)?).await?;
    let note = &request.purpose_note;
    let look = AttachmentLook { caller: &caller, subject, region, purpose, note };
    record(intake, look, id).await?;
    Ok(opened.parts(move |part| {
        let part = match part {
            Given::Known(known) => Part::Attachment(attachment_to_wire(known, subject)),
            Given::Chunk(bytes) => Part::Chunk(bytes),
        };
        DownloadAttachmentResponse { part: Some(part) }
    }))
}

#[cfg(test)]
mod tests;
