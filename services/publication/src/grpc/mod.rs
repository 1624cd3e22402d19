//! The RPCs of this service, one line each, in the rooms of their nouns; a handler's signature
//! names the callers it admits.

mod appraisal;
mod bulletin;
mod canary;
mod disclosure;
mod exchange;
mod pain_point;
mod ranking;
mod statistics;
mod transparency;
