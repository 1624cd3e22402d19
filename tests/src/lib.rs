//! What journeys and chaos share: servers that can be killed, networks that can be cut, disks that
//! can be full, deployments in this process, the real program as a process, and citizens who rate.

#![allow(clippy::expect_used, clippy::unwrap_used, reason = "a test harness fails by panicking")]

pub mod callers;
pub mod citizens;
pub mod collector;
pub mod cut;
pub mod deployment;
pub mod postgres_server;
pub mod process;
pub mod redis_server;
pub mod tmpfs;

use std::time::Duration;

pub use platform::testing::wait::{PATIENCE, stretched, until, within};

/// How often something is tried again.
const LOOK: Duration = Duration::from_millis(20);
