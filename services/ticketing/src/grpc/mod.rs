//! The RPCs of this service, one line each, in the room of their noun; whom a handler admits, its
//! signature says.

mod ticket;
