//! What an operator configures of this service.

use std::path::PathBuf;

use domain::{codes::RegionCode, exchange::Dialect};
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

/// A platform of another make that this installation reports to by the national interface (国家、省级好差评平台). It
/// holds secrets, so it cannot be printed.
#[derive(Clone)]
pub struct National {
    /// Its address; the dialect's paths are added to it.
    pub url: String,
    /// The same for officers, without what could be a secret.
    pub address: String,
    /// The authority that signed its certificate, as PEM; none: the system's.
    pub ca: Option<Vec<u8>>,
    /// Its dialect.
    pub dialect: Dialect,
    /// The mark that it gave this installation (appMark).
    pub mark: String,
    /// The word (appWord, appCode).
    pub word: String,
    /// Its SM2 key in hexadecimal, where the envelope is of SM2.
    pub key: Option<String>,
    /// This installation's region.
    pub region: RegionCode,
    /// Where the services answer whose facts are told, by their names.
    pub producers: Vec<(&'static str, Channel)>,
}
