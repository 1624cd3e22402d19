//! Deliberate faults under real processes: one at a time by name, and a random schedule from a
//! seed. Whatever breaks, no acknowledged write is lost, and no answer is false. Each test ends
//! with a recount by SQL.

#![allow(clippy::expect_used, clippy::unwrap_used, reason = "a test that cannot go on has failed")]

mod crowd;
mod dice;
mod findings;
mod recount;
mod schedule;
mod stores;
mod town;
mod writes;

mod clocks;
mod deadlock;
mod descriptors;
mod every_write;
mod floods;
mod frozen;
mod full_disk;
mod gone_callers;
mod histories;
mod holes;
mod lost_answers;
mod random;
mod redis_away;
mod standstill;
