//! What an operator configures of this service.

use std::path::PathBuf;

use domain::codes::RegionCode;
use tonic::transport::Channel;

/// The upper platform that this installation reports to (上级平台).
#[derive(Clone, Debug)]
pub struct Upstream {
    /// Its address, for officers.
    pub address: String,
    /// The way to it.
    pub channel: Channel,
    /// A file with the token that it gave this installation; read anew for each round, so that it can be
    /// renewed.
    pub token_file: PathBuf,
    /// This installation's region: under this its facts go up.
    pub region: RegionCode,
    /// Where the services answer whose facts go up, by their names.
    pub producers: Vec<(&'static str, Channel)>,
}
