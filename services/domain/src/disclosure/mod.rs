//! What is open to everybody (公开), and what is withheld so that no person can be read off it.

pub mod ground;
pub mod look;
pub mod personal;
