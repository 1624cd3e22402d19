//! The RPCs of this service, one line each, in the room of their noun; a handler's signature names
//! the callers it admits.

mod appeal;
mod focus;
mod restricted;
mod text_review;
mod document;
mod ticket;
