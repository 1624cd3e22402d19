//! One RPC, one file, in the room of its noun: decode → load → decide in `domain` → store → encode;
//! tests at the end.

pub(crate) mod notice;
pub(crate) mod ticket;

#[cfg(test)]
pub(crate) mod testing;
