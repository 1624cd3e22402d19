//! The RPCs of this service, one line each; a handler's signature names the callers it admits.

mod attachment;
mod case;
mod message;
mod people;
mod rating;
mod report;
mod review;
mod signal;
mod survey;

#[cfg(test)]
mod tests;
