//! The RPCs of this service, one line each; whom a handler admits, its signature says.

mod case;
mod message;
mod people;
mod rating;
mod review;
mod survey;

#[cfg(test)]
mod tests;
