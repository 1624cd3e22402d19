//! Whom a command asks, and as whom.

use std::path::PathBuf;

use tonic::{Request, transport::Channel};

use super::{ClientError, connect};

/// Whom to ask, and as whom. A token is never an argument: everybody on the machine reads those.
#[derive(Clone, Debug, clap::Args)]
pub struct Server {
    /// The server
    #[arg(
        long,
        global = true,
        value_name = "URL",
        env = "PINGYI_ENDPOINT",
        default_value = "http://127.0.0.1:7419"
    )]
    endpoint: String,
    /// The authorities to know an https:// server by, in PEM
    #[arg(long, global = true, value_name = "FILE", env = "PINGYI_CA")]
    ca: Option<PathBuf>,
    /// A file with an access token
    #[arg(long, global = true, value_name = "FILE", env = "PINGYI_TOKEN_FILE")]
    token: Option<PathBuf>,
}

impl Server {
    pub(super) async fn connect(&self) -> Result<Channel, ClientError> {
        connect(&self.endpoint, self.ca.as_deref()).await
    }

    /// Another server, asked as the same, if one is named.
    pub(super) fn at(&self, endpoint: Option<&str>) -> Self {
        let endpoint = endpoint.map_or_else(|| self.endpoint.clone(), str::to_owned);
        Self { endpoint, ..self.clone() }
    }

    /// The same server, asked as whom another file says.
    pub(super) fn of_token(&self, file: PathBuf) -> Self {
        Self { token: Some(file), ..self.clone() }
    }

    /// A request with the token, if there is one.
    pub(super) fn signed<T>(&self, message: T) -> Result<Request<T>, ClientError> {
        let mut request = Request::new(message);
        if let Some(file) = &self.token {
            let name = || file.display().to_string();
            let token = std::fs::read_to_string(file);
            let token = token.map_err(|source| ClientError::TokenFile { file: name(), source })?;
            let value = format!("Bearer {}", token.trim()).parse();
            let value = value.map_err(|_| ClientError::Token(name()))?;
            request.metadata_mut().insert("authorization", value);
        }
        Ok(request)
    }
}
