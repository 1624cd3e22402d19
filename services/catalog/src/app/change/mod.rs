//! Changes (变更): what they are about, read and checked.

pub(crate) mod check;
pub(crate) mod documents;
pub(crate) mod items;
pub(crate) mod subject;
