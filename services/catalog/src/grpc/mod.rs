//! The RPCs of this service, one line each, in the rooms of their nouns; a handler's signature
//! names the callers it admits.

mod calendar;
mod catalog;
mod change;
mod organization;
mod policy;
mod terminal;
mod transfer;
