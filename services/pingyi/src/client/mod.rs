//! Commands that ask a running server.

pub mod explain;
pub mod healthcheck;
mod json;
pub mod load;
pub mod receipt;
pub mod robot;
pub mod server;
pub mod terminal;
pub mod ticket;
pub mod transfer;

use std::{path::Path, time::Duration};

use platform::tls::{Clients, TlsError, WrongAddress};
use tonic::{Status, transport::Channel};
use tonic_types::StatusExt as _;

/// How long a server may take to accept a connection.
const CONNECT: Duration = Duration::from_secs(3);
/// How long it may take to answer.
const ANSWER: Duration = Duration::from_secs(60);

/// Why a server cannot be asked, or does not answer as hoped.
#[derive(Debug, thiserror::Error)]
pub enum ClientError {
    /// The address cannot be connected to.
    #[error("\"{endpoint}\" {reason}")]
    Address {
        /// The address.
        endpoint: String,
        /// Why.
        reason: WrongAddress,
    },
    /// Who vouches for the server cannot be read.
    #[error(transparent)]
    Authorities(#[from] TlsError),
    /// Nobody answers there.
    #[error("{endpoint} does not answer")]
    Away {
        /// The address.
        endpoint: String,
        /// Why not.
        source: tonic::transport::Error,
    },
    /// The token's file cannot be read.
    #[error("{file}")]
    TokenFile {
        /// The file.
        file: String,
        /// Why not.
        source: std::io::Error,
    },
    /// The token cannot be sent.
    #[error("{0}: is no access token")]
    Token(String),
    /// The server refuses.
    #[error("{}", refusal_text(.status))]
    Refused {
        /// Its answer.
        status: Status,
    },
}

impl From<Status> for ClientError {
    fn from(status: Status) -> Self {
        Self::Refused { status }
    }
}

/// Connects to a server, which over TLS the authorities of `ca` vouch for.
///
/// # Errors
/// [`ClientError`] naming the address, or the file.
pub async fn connect(endpoint: &str, ca: Option<&Path>) -> Result<Channel, ClientError> {
    let connecting = Clients::new(ca, None)?;
    let connected = connecting.connect(endpoint, |to| to.connect_timeout(CONNECT).timeout(ANSWER));
    let wrong = |reason| ClientError::Address { endpoint: endpoint.to_owned(), reason };
    let away = |source| ClientError::Away { endpoint: endpoint.to_owned(), source };
    connected.await.map_err(wrong)?.map_err(away)
}

/// A refusal in words: those for people first, where the server has them.
fn refusal_text(status: &Status) -> String {
    let details = status.get_error_details();
    let reason = details
        .error_info()
        .map_or_else(|| status.code().description().to_owned(), |info| info.reason.clone());
    match details.localized_message() {
        Some(words) => format!("{} ({reason}: {})", words.message, status.message()),
        None => format!("{reason}: {}", status.message()),
    }
}

#[cfg(test)]
mod tests {
    use platform::status::Refusal;
    use tonic::Code;

    use super::*;

    #[test]
    fn a_refusal_is_told_in_the_words_for_people_with_reason_and_message() {
        let refusal = Refusal::new(Code::NotFound, "RULE_NOT_FOUND", "no rule x", "没有该时限。");
        let told = ClientError::from(Status::from(refusal)).to_string();
        assert_eq!(told, "没有该时限。 (RULE_NOT_FOUND: no rule x)");
        let bare = ClientError::from(Status::unavailable("gone")).to_string();
        assert_eq!(bare, "The service is currently unavailable: gone");
    }

    #[tokio::test]
    async fn an_address_that_is_none_or_where_nobody_answers_is_named() {
        for wrong in ["127.0.0.1:7419", "https://127.0.0.1:7419", "http://", "http://a b"] {
            let told = connect(wrong, None).await.unwrap_err().to_string();
            assert!(told.contains(wrong), "{told}");
        }
        let taken = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
        let port = taken.local_addr().unwrap().port();
        drop(taken);
        let told =
            connect(&format!("http://127.0.0.1:{port}"), None).await.unwrap_err().to_string();
        assert_eq!(told, format!("http://127.0.0.1:{port} does not answer"));
    }
}
