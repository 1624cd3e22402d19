//! The platform, as this installation calls it.

use std::time::Duration;

use domain::exchange::{Dialect, Kind};
use jiff::Timestamp;
use reqwest::{Certificate, Client, Response, StatusCode, Url, header, redirect};

use super::{
    answer::{self, Answer},
    seal::Secrets,
};
use crate::config::National;

/// How long it may take to answer.
const ANSWER: Duration = Duration::from_secs(20);
/// How much of an answer is read, in bytes.
const MAX_ANSWER: usize = 64 << 10;

/// The platform; clones share their connections.
#[derive(Clone)]
pub(crate) struct Platform {
    client: Client,
    url: Url,
    secrets: Secrets,
}

impl Platform {
    /// With what an operator configured.
    ///
    /// # Errors
    /// By key, in words that repeat no secret.
    pub(crate) fn new(national: &National) -> Result<Self, String> {
        let mut url: Url = national.url.parse().map_err(|_| "url: is no address".to_owned())?;
        // Paths are added to it.
        if !url.path().ends_with('/') {
            url.set_path(&format!("{}/", url.path()));
        }
        let mut client =
            Client::builder().timeout(ANSWER).redirect(redirect::Policy::none()).no_proxy();
        if let Some(pem) = &national.ca {
            let certificates = Certificate::from_pem_bundle(pem);
            let certificates = certificates.map_err(|error| format!("ca: {error}"))?;
            if certificates.is_empty() {
                return Err("ca: holds no certificate".to_owned());
            }
            client = client.tls_certs_only(certificates);
        } else if url.scheme() == "http" {
            // No system certificates are needed: a machine may have none.
            client = client.tls_certs_only([]);
        }
        let client = client.build().map_err(|error| format!("url: {error}"))?;
        let (mark, word) = (national.mark.clone(), national.word.clone());
        let secrets = Secrets::new(&national.dialect.envelope, mark, word, national.key.as_deref());
        Ok(Self { client, url, secrets: secrets.map_err(str::to_owned)? })
    }

    /// Tells it a record. What fails on the way is `Broken`, in words that are ours.
    pub(crate) async fn tell(
        &self,
        dialect: &Dialect,
        kind: Kind,
        text: &str,
        now: Timestamp,
    ) -> Answer {
        let broken = |why: &str| Answer::Broken(why.to_owned());
        let sealed = match self.secrets.seal(&dialect.envelope, text, now) {
            Ok(sealed) => sealed,
            Err(why) => return Answer::Broken(why),
        };
        let Ok(mut url) = self.url.join(dialect.path(kind)) else { return broken("no such path") };
        if url.query().is_none() {
            url.set_query(self.url.query());
        }
        let mut request = self.client.post(url).header(header::CONTENT_TYPE, sealed.content_type);
        if let Some(tenant) = sealed.tenant {
            request = request.header("C-Tenancy-Id", tenant);
        }
        let answer = match request.body(sealed.body).send().await {
            Ok(answer) => answer,
            Err(error) if error.is_timeout() => return broken("no answer in time"),
            Err(_) => return broken("cannot be reached"),
        };
        let status = answer.status();
        let away = status.is_server_error()
            || status.is_redirection()
            || [
                StatusCode::UNAUTHORIZED,
                StatusCode::FORBIDDEN,
                StatusCode::NOT_FOUND,
                StatusCode::REQUEST_TIMEOUT,
                StatusCode::TOO_MANY_REQUESTS,
            ]
            .contains(&status);
        if away {
            return Answer::Broken(format!("HTTP {}", status.as_u16()));
        }
        let heads = answer.headers().clone();
        let head = |name: &str| {
            let value = heads.get(name)?.as_bytes();
            Some(String::from_utf8_lossy(value).into_owned())
        };
        match body(answer).await {
            Some(body) => answer::read(dialect, head, &body),
            None => Answer::Garbage,
        }
    }
}

/// The whole of an answer's body; none if it breaks off, is too long, or is no text.
async fn body(mut answer: Response) -> Option<String> {
    let mut body = Vec::new();
    while let Some(part) = answer.chunk().await.ok()? {
        if body.len() + part.len() > MAX_ANSWER {
            return None;
        }
        body.extend_from_slice(&part);
    }
    String::from_utf8(body).ok()
}
