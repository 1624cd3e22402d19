//! The window without a display: the real screens, rasterised in memory, touched by fingers, with
//! time moved by hand.
#![allow(clippy::unwrap_used, clippy::cast_possible_truncation)]

mod comfort;
mod devices;
mod hall;
mod idle;
mod languages;
mod layout;
mod opinion;
mod pages;
mod sample;
mod screens;
mod terminal;
mod touch;
mod watchdog;
