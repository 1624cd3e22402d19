//! What robots prove (评价链路自检).

pub(crate) mod get_last_proof;
