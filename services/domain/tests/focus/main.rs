//! Focus: the statistics against published and exact values and in simulated windows, and every
//! state of every record against every command.

#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

mod statistics;
mod tables;
