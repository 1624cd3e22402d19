//! The exchange with upper and lower installations.

pub(crate) mod keep;
pub(crate) mod lane;
pub mod national;
pub(crate) mod source;
pub mod twin;
pub(crate) mod upper;
