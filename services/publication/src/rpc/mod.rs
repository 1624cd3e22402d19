//! One RPC, one file, in the room of its noun: decode → load → decide in `domain` → store → encode;
//! tests at the end.

pub(crate) mod appraisal;
pub(crate) mod disclosure;
pub(crate) mod exchange;
pub(crate) mod statistics;
pub(crate) mod transparency;

#[cfg(test)]
pub(crate) mod testing;
