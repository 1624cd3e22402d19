//! Persons.

pub(crate) mod applicants;
pub(crate) mod permissions;
pub(crate) mod subjects;
