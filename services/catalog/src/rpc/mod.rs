//! One RPC, one file, in the room of its noun: decode → load → decide in `domain` → store → encode;
//! tests at the end.

pub(crate) mod calendar;
pub(crate) mod catalog;
pub(crate) mod change;
pub(crate) mod organization;
pub(crate) mod policy;
pub(crate) mod terminal;
#[cfg(test)]
pub(crate) mod testing;
pub(crate) mod transfer;
