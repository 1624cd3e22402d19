//! Adds an attachment to a paper form (I16), a survey or an assessment (I18): its object first, then its
//! row, its fact and the answer in one transaction.

use domain::violation::Violations;
use platform::{
    auth::Authority,
    documents::{DocumentError, Row, Taken, Told, in_time, rows, wrong},
    once::Recognised,
    request::RequestKey,
};
use proto::{
    fact::v1::fact::Body,
    intake::v1::{
        AttachmentHeader, UploadAttachmentRequest, UploadAttachmentResponse,
        upload_attachment_request::Part,
    },
};
use tokio_stream::{Stream, StreamExt as _};
use tonic::Status;

use crate::{
    Intake,
    app::attachment::reached,
    convert::attachment::{Subject, attachment_added, attachment_to_wire},
    error::Error,
    store::attachment::{lock, of_subject},
};

pub(crate) async fn run<S>(
    intake: &Intake,
    caller: Authority,
    parts: S,
) -> Result<UploadAttachmentResponse, Error>
where
    S: Stream<Item = Result<UploadAttachmentRequest, Status>> + Send + Unpin,
{
    in_time(add(intake, &caller, parts)).await
}

async fn add<S>(
    intake: &Intake,
    caller: &Authority,
    mut parts: S,
) -> Result<UploadAttachmentResponse, Error>
where
    S: Stream<Item = Result<UploadAttachmentRequest, Status>> + Send + Unpin,
{
    let first = parts.next().await.transpose().map_err(DocumentError::Broken)?;
    let (subject, told) = decode(first)?;
    reached(intake.store.read(), caller, subject).await?;
    let chunk = |part: UploadAttachmentRequest| match part.part {
        Some(Part::Chunk(chunk)) => Some(chunk),
        _ => None,
    };
    let (shelf, of) = (intake.shelf(), of_subject(subject));
    let taken = shelf.take("UploadAttachment", caller.officer(), &told, of, parts, chunk).await?;
    let (key, row) = match taken {
        Taken::Before(answer) => return Ok(answer),
        Taken::New { key, row } => (key, row),
    };
    let id = row.id;
    let kept = keep(intake, caller, key, subject, row).await;
    let settled = match &kept {
        Ok(answer) => Ok(answer.attachment.as_ref().map_or("", |kept| &kept.attachment_id)),
        Err(Error::Failure(failure)) => Err(Some(failure)),
        Err(_) => Err(None),
    };
    shelf.settle(id, settled).await;
    kept
}

/// Writes the row of an object that is there, its fact, and the answer.
async fn keep(
    intake: &Intake,
    caller: &Authority,
    key: RequestKey,
    subject: Subject,
    row: Row,
) -> Result<UploadAttachmentResponse, Error> {
    let shell = &intake.shell;
    let txn = shell.once(&intake.store, key).await?;
    reached(&txn, caller, subject).await?;
    let txn = match txn.recognise().await? {
        Recognised::Before(answer) => return Ok(answer),
        Recognised::New(txn) => txn,
    };
    lock(&txn, subject).await?;
    let known = row.known(&shell.sealer)?;
    let added = Body::AttachmentAdded(attachment_added(&known, subject));
    rows::add(&*txn, of_subject(subject), row).await?;
    let attachment = Some(attachment_to_wire(known, subject));
    Ok(txn.finish(UploadAttachmentResponse { attachment }, vec![added]).await?)
}

fn decode(first: Option<UploadAttachmentRequest>) -> Result<(Subject, Told), Error> {
    let Some(Part::Header(header)) = first.and_then(|first| first.part) else {
        return Err(wrong("header", "is missing: it comes first").into());
    };
    let AttachmentHeader { request_id, subject, name, media_type } = header;
    let mut wrong = Violations::default();
    let subject = Subject::read(&mut wrong, "header.subject", subject.as_ref());
    let told = Told::read(&mut wrong, &request_id, &name, &media_type);
    match wrong.finish((subject, told))? {
        (Some(subject), Some(told)) => Ok((subject, told)),
        _ => Err(Violations::default().into()),
    }
}

#[cfg(test)]
mod tests;
