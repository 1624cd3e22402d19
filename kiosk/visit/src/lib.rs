//! One visit to a kiosk, without a window: the screens (`screen`) and their order (`flow`), what
//! does the work that a screen asks for (`controller`), its interfaces to the outside (`ports`),
//! and the real ones (`adapter`).

pub mod adapter;
pub mod content;
pub mod controller;
pub mod flow;
pub mod ports;
pub mod screen;

/// The target of every span; the same as the services', so that one process can run both.
pub const TARGET: &str = "pingyi";
