//! One visit to a kiosk, without a window: the screens (`screen`), their order (`flow`), and the
//! work they ask for (`controller`); ratings leave through the `outbox`. The interfaces to the
//! outside are in `ports` and `devices`, the real ones in `adapter`.

pub mod adapter;
pub mod choice;
pub mod content;
pub mod controller;
pub mod devices;
pub mod fleet;
pub mod flow;
pub mod form;
pub mod language;
pub mod outbox;
pub mod pad;
pub mod pinyin;
pub mod ports;
pub mod prompts;
pub mod quick;
pub mod screen;
pub mod service;
pub mod window;

/// The target of every span; the same as the services', so that one process can run both.
pub const TARGET: &str = "pingyi";
