//! Messages to raters. `invite` plans them in the transaction that opens an act; a job only sends
//! them. `matters` finds the act that an answer is about, for the RPC that receives answers and for
//! the job that asks again.

pub(crate) mod invite;
pub(crate) mod matters;
