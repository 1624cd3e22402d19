//! The tables of this service.

pub(crate) mod document;
pub(crate) mod item;
pub(crate) mod unit;
