//! The RPCs of this service, one line each, in the room of their noun; a handler's signature names
//! the callers it admits.

mod notice;
mod ticket;
