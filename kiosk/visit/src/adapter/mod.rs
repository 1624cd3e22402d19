//! The real implementations of the ports.

mod answering;
pub mod card;
pub mod clock;
pub mod fleet;
pub mod line;
pub mod printer;
mod shelf;
pub mod speech;
pub mod spool;
pub mod telemetry;
pub mod token;
pub mod tonic;
mod trace;
mod window;
mod wire;
