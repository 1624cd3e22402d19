//! The real implementations of the ports.

pub mod telemetry;
pub mod token;
pub mod tonic;
mod trace;
