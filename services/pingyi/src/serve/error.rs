//! Why a process does not start, or ends.

use catalog::jobs::load_region::LoadError;
use intake::notifier::NotifierError;
use platform::{
    database::OpenError, keys::KeyError, server::ServeError, tlog::TlogError, tls::WrongAddress,
};

use crate::roles::Role;

/// Why a process does not start or did not run on.
#[derive(Debug, thiserror::Error)]
pub enum RunError {
    /// A store cannot be opened.
    #[error(transparent)]
    Open(#[from] OpenError),
    /// A key is not what it should be.
    #[error(transparent)]
    Key(#[from] KeyError),
    /// The public log cannot be signed.
    #[error("the public log: {0}")]
    Log(#[from] TlogError),
    /// The region's files are wrong.
    #[error(transparent)]
    Load(#[from] LoadError),
    /// Nobody can be written to as configured.
    #[error(transparent)]
    Notifier(#[from] NotifierError),
    /// Documents cannot be kept as configured.
    #[error("documents: {0}")]
    Documents(String),
    /// Reference data cannot be read.
    #[error("the store fails: {0}")]
    Store(String),
    /// A peer's address cannot be connected to.
    #[error("peers.{role}: \"{address}\" {reason}")]
    Peer {
        /// The peer.
        role: Role,
        /// The address.
        address: String,
        /// Why.
        reason: WrongAddress,
    },
    /// The upper platform's address cannot be connected to.
    #[error("exchange.upstream: \"{address}\" {reason}")]
    Upstream {
        /// The address.
        address: String,
        /// Why.
        reason: WrongAddress,
    },
    /// Nothing can be told by the national interface as configured.
    #[error("national.{0}")]
    National(String),
    /// A peer's address is not configured.
    #[error("peers.{role} is not configured, and this process does not run {role}")]
    NoPeer {
        /// The peer.
        role: Role,
    },
    /// Serving failed.
    #[error(transparent)]
    Serve(#[from] ServeError),
    /// A task ended by a panic: a bug.
    #[error("a task ended by a bug: {0}")]
    Died(String),
}
