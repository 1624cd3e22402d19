//! One RPC, one file, by service: decode → load → decide in `domain` → store → encode; tests at the
//! end. Shared parts are in `app`.

pub(crate) mod attachment;
pub(crate) mod case;
pub(crate) mod message;
pub(crate) mod people;
pub(crate) mod rating;
pub(crate) mod report;
pub(crate) mod review;
pub(crate) mod signal;
pub(crate) mod survey;

#[cfg(test)]
pub(crate) mod testing;
