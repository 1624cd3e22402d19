//! Lists the attachments of a paper form (I16), a survey or an assessment (I18).

use domain::violation::Violations;
use platform::{auth::Authority, documents::rows, page::Page};
use proto::intake::v1::{ListAttachmentsRequest, ListAttachmentsResponse};

use crate::{
    Intake,
    app::attachment::reached,
    convert::attachment::{Subject, attachment_to_wire},
    error::Error,
    store::attachment::of_subject,
};

pub(crate) async fn run(
    intake: &Intake,
    caller: Authority,
    request: ListAttachmentsRequest,
) -> Result<ListAttachmentsResponse, Error> {
    let mut wrong = Violations::default();
    let subject = Subject::read(&mut wrong, "subject", request.subject.as_ref());
    let page = Page::read(&mut wrong, "ListAttachments", request.page_size, &request.page_token);
    let Some(subject) = wrong.finish(subject)? else { return Err(Violations::default().into()) };
    let read = intake.store.read();
    reached(read, &caller, subject).await?;
    let mut attachments = Vec::new();
    for row in rows::list(read, of_subject(subject), page.after, page.read_size()).await? {
        let known = row.known(&intake.shell.sealer)?;
        attachments.push(((row.uploaded_at, row.id), attachment_to_wire(known, subject)));
    }
    let (attachments, next_page_token) = page.cut_to_answer(attachments);
    Ok(ListAttachmentsResponse { attachments, next_page_token })
}

#[cfg(test)]
mod tests;
