//! The tables of this service.

pub(crate) mod base_item;
pub(crate) mod change;
pub(crate) mod change_step;
pub(crate) mod document;
pub(crate) mod effect;
pub(crate) mod item;
pub(crate) mod loaded;
pub(crate) mod terminal;
pub(crate) mod terminal_certificate;
pub(crate) mod unit_version;
