//! The window without a display: the real screens, rasterised in memory, touched by fingers, with
//! time moved by hand.
#![allow(clippy::unwrap_used, clippy::cast_possible_truncation)]

mod choice;
mod comfort;
mod devices;
mod evaluator;
mod extremes;
mod forms;
mod hall;
mod idle;
mod keys;
mod languages;
mod layout;
mod opinion;
mod pages;
mod sample;
mod screens;
mod service;
mod terminal;
mod touch;
mod watchdog;
