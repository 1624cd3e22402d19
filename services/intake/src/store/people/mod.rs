//! Persons: applicants, persons an officer asks for, and what they permitted.

pub(crate) mod applicants;
pub(crate) mod permissions;
pub(crate) mod subjects;
