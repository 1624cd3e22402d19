//! The shell that all services share: configuration, database, clock, facts, bus, callers,
//! encryption, status. It decides nothing; the law is in `domain`.

pub mod audit;
pub mod auth;
pub mod bus;
pub mod clock;
pub mod config;
pub mod convert;
pub mod crypto;
pub mod database;
pub mod documents;
pub mod facts;
pub mod health;
pub mod hot;
pub mod keys;
pub mod lease;
pub mod limits;
pub mod once;
pub mod page;
pub mod people;
pub mod private;
pub mod random;
pub mod receipt;
pub mod reference;
pub mod request;
pub mod reseal;
pub mod server;
pub mod shell;
pub mod status;
pub mod stop;
pub mod telemetry;
#[cfg(any(test, feature = "testing"))]
pub mod testing;
pub mod tlog;
pub mod tls;
pub mod trouble;
pub mod words;
