//! The RPCs of this service, one line each, in the room of their noun; a handler's signature names
//! the callers it admits.

mod appeal;
mod document;
mod focus;
mod ledger;
mod notice;
mod restricted;
mod text_review;
mod ticket;
