//! Whole journeys over real sockets, stores and Redis, each test named after what it shows.

#![allow(clippy::unwrap_used, reason = "a journey that cannot go on has failed")]

mod aside;
mod attachments;
mod backup;
mod binary;
mod callers;
mod channels;
mod documents;
mod effects;
mod evaluator;
mod facts;
mod garbage;
mod imports;
mod kiosk;
mod loops;
mod m20;
mod metrics;
mod operator;
mod people;
mod profiles;
mod robot;
mod story;
mod telemetry;
mod terminals;
mod ticket_cli;
mod trace;
mod waiting;
