//! Where everything is put together: the only crate that knows every service. It runs them as one
//! process, or as one role of several. `main` only calls [`run`].

mod certificates;
mod cli;
pub mod client;
mod columns;
pub mod demo;
mod exchange;
mod figures;
mod log;
pub mod recover;
pub mod roles;
pub mod sample;
pub mod serve;
pub mod settings;
pub mod simulate;
pub mod token;
mod twin;
mod upkeep;

pub use cli::run;
