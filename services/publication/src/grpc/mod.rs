//! The RPCs of this service, one line each, in the rooms of their nouns; a handler's signature
//! names the callers it admits.

mod appraisal;
mod disclosure;
mod exchange;
mod statistics;
mod transparency;
