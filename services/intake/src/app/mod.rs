//! Verbs that several RPCs or jobs share, by the noun they are about. They decide and prepare; who calls
//! them writes, but for what is a transaction of its own.

pub(crate) mod case;
pub(crate) mod message;
pub(crate) mod people;
pub(crate) mod rating;
pub(crate) mod review;
pub(crate) mod survey;
