//! Verbs that several RPCs or jobs share, by noun. They decide and prepare; their callers write,
//! except where a verb has a transaction of its own.

pub(crate) mod attachment;
pub(crate) mod case;
pub(crate) mod message;
pub(crate) mod people;
pub(crate) mod rating;
pub(crate) mod review;
pub(crate) mod signal;
pub(crate) mod survey;
