//! The tables of this service.

pub(crate) mod act;
pub(crate) mod column;
pub(crate) mod exclusion;
pub(crate) mod figure;
pub(crate) mod finding;
pub(crate) mod fold;
pub(crate) mod rating;
pub(crate) mod ticket;
