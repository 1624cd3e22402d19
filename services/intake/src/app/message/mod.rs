//! Messages to raters: `invite` plans them in the transaction that opens an act, so it is no job though
//! a job sends them; `matters` says which act an answer is about, to the RPC that takes answers in and
//! to the job that asks again.

pub(crate) mod invite;
pub(crate) mod matters;
