//! Attachments of paper forms, surveys and assessments (附件).

pub(crate) mod download_attachment;
pub(crate) mod list_attachments;
pub(crate) mod upload_attachment;

#[cfg(test)]
pub(crate) mod testing;
