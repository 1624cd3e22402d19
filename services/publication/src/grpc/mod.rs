//! The RPCs of this service, one line each, in the rooms of their nouns; whom a handler admits, its
//! signature says.

mod disclosure;
mod statistics;
