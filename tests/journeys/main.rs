//! Whole journeys over real sockets, stores and Redis, each test named after what it shows.

mod binary;
mod callers;
mod facts;
mod story;
