//! The real implementations of the ports.

mod answering;
pub mod clock;
pub mod fleet;
pub mod line;
pub mod spool;
pub mod telemetry;
pub mod token;
pub mod tonic;
mod trace;
mod window;
mod wire;
