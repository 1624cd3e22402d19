//! The real things behind the ports.

pub mod telemetry;
pub mod tonic;
mod trace;
