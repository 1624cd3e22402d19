//! A terminal as one of the fleet (终端管理): what it was told to show, and what is known of it. How it
//! learns that is in `adapter::fleet`.

mod configuration;

pub use configuration::{Configuration, Mode};

/// Whether this terminal serves.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub enum Admission {
    /// As far as it knows.
    #[default]
    Serves,
    /// It has to be registered first.
    Unregistered,
    /// It is out of use; why, in Chinese.
    Stopped(String),
}

/// What is known of a terminal.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Standing {
    /// Whether it serves.
    pub admission: Admission,
    /// Which terminal it is; empty if it has no certificate.
    pub terminal_id: String,
    /// When its certificate ends, in microseconds since 1970.
    pub certificate_ends: Option<i64>,
    /// When the services answered last, by this terminal's clock.
    pub heard_at: Option<i64>,
    /// By how much its clock is ahead of theirs, in milliseconds; negative: behind.
    pub clock_ahead: i64,
    /// What went wrong last; empty once something went right.
    pub trouble: String,
    /// What it shows.
    pub configuration: Configuration,
}
