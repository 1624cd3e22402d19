//! The RPCs of `MessageService`.

pub(crate) mod list_messages;
pub(crate) mod retry_message;
