//! The composition root: the only place that knows every service, and puts them together as one
//! process or as one role of several. `main` only calls [`run`].

mod cli;
pub mod client;
pub mod demo;
pub mod roles;
pub mod sample;
pub mod serve;
pub mod settings;
pub mod simulate;
mod upkeep;

pub use cli::run;

/// Requests and answers are many small pieces of memory: with this allocator a server answers some
/// 7 % more of them than with the C library's.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;
