//! Figures as they are answered, rebuilt and verified.

pub(crate) mod answer;
pub(crate) mod coverage;
pub mod rebuild;
pub mod verify;

#[cfg(test)]
pub(crate) mod testing;
