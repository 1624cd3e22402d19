//! Focus (重点对象与集中问题): the counts, and the records.

pub(crate) mod complaints;
pub(crate) mod counts;
pub(crate) mod proposals;
pub(crate) mod ratings;
pub(crate) mod records;
