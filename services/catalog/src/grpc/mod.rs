//! The RPCs of this service, one line each, in the rooms of their nouns; whom a handler admits, its
//! signature says.

mod calendar;
mod catalog;
mod change;
mod organization;
mod policy;
mod transfer;
