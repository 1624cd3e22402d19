//! One RPC, one file, in the room of its noun: decode → load → decide in `domain` → store → encode;
//! tests at the end.

pub(crate) mod appeal;
pub(crate) mod document;
pub(crate) mod focus;
pub(crate) mod ledger;
pub(crate) mod notice;
pub(crate) mod restricted;
pub(crate) mod text_review;
pub(crate) mod ticket;

#[cfg(test)]
pub(crate) mod testing;
