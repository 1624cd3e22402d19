//! The tables of this service.

pub(crate) mod case_file;
pub(crate) mod case_step;
pub(crate) mod job;
pub(crate) mod look;
pub(crate) mod message;
pub(crate) mod outcome;
pub(crate) mod permission;
pub(crate) mod rating;
pub(crate) mod service_act;
