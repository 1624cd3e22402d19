//! The RPCs of this service, one line each, in the rooms of their nouns; a handler's signature
//! names the callers it admits.

mod appraisal;
mod canary;
mod disclosure;
mod pain_point;
mod statistics;
mod transparency;
