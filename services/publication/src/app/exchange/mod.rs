//! The exchange with upper and lower installations.

pub(crate) mod book;
pub(crate) mod keep;
pub(crate) mod lane;
pub mod national;
pub mod resend;
pub(crate) mod rest;
pub(crate) mod source;
pub(crate) mod turn;
pub mod twin;
pub(crate) mod upper;
