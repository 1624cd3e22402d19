//! The terminal's window: draws what `visit` shows, and sends it what is touched. Licence:
//! GPL-3.0-only, as the toolkit's royalty-free licence excludes terminals.

pub mod clock;
mod code;
pub mod frames;
mod glyphs;
mod language;
pub mod run;
pub mod view;
pub mod watchdog;

/// What the toolkit makes of `ui/`.
#[allow(
    missing_docs,
    clippy::all,
    clippy::pedantic,
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::todo,
    clippy::cast_possible_truncation,
    clippy::disallowed_methods,
    clippy::dbg_macro
)]
mod ui {
    slint::include_modules!();
}
