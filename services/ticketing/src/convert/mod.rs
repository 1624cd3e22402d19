//! Wire and rows to domain and back, where `platform::convert` does not already do it.

pub(crate) mod appeal;
pub(crate) mod document;
pub(crate) mod focus;
pub(crate) mod ledger;
pub(crate) mod notice;
pub(crate) mod restricted;
pub(crate) mod text_review;
pub(crate) mod ticket;
