//! Signs access tokens: with the deployment's key for callers, with the services' own key for peers.

use std::sync::{Arc, Mutex, PoisonError};

use jsonwebtoken::{
    Algorithm, EncodingKey, Header,
    errors::{Error, ErrorKind},
};
use tonic::metadata::{AsciiMetadataValue, MetadataMap};

use super::{Caller, Claims};
use crate::{clock::Clock, keys::Keys};

/// The audience of every token of the deployment's own.
pub(super) const AUDIENCE: &str = "pingyi";
/// The name of the key that peers sign with (`kid`).
pub(super) const PEER: &str = "peer";
/// How long a peer's token is good for, in seconds.
const PEER_SECONDS: i64 = 600;

/// Signs access tokens, for whom it has a key.
#[derive(Clone)]
pub struct Signer {
    callers: Option<Arc<EncodingKey>>,
    peers: Option<Arc<EncodingKey>>,
    clock: Clock,
}

impl Signer {
    /// A signer with a folder's keys: for peers, and for callers if the key for them is there.
    ///
    /// # Errors
    /// If a key is no Ed25519 private key.
    pub fn new(keys: &Keys, clock: Clock) -> Result<Self, Error> {
        let key = |pem: &String| EncodingKey::from_ed_pem(pem.as_bytes()).map(Arc::new);
        let callers = keys.signing_pem.as_ref().map(key).transpose()?;
        Ok(Self { callers, peers: Some(key(&keys.peer_pem)?), clock })
    }

    /// A signer with a private key alone (Ed25519, PKCS#8 PEM).
    ///
    /// # Errors
    /// If the key is no Ed25519 private key.
    pub fn of_pem(pem: &str, clock: Clock) -> Result<Self, Error> {
        let callers = Some(Arc::new(EncodingKey::from_ed_pem(pem.as_bytes())?));
        Ok(Self { callers, peers: None, clock })
    }

    /// A token for `caller`, valid for `seconds`.
    ///
    /// # Errors
    /// If there is no key for it.
    pub fn token(&self, sub: &str, caller: Caller, seconds: i64) -> Result<String, Error> {
        self.issue(sub, caller, seconds).map(|(token, _)| token)
    }

    /// The same, and what it says.
    ///
    /// # Errors
    /// If there is no key for it.
    pub fn issue(
        &self,
        sub: &str,
        caller: Caller,
        seconds: i64,
    ) -> Result<(String, Claims), Error> {
        let mut header = Header::new(Algorithm::EdDSA);
        let key = match (&caller, &self.peers) {
            (Caller::Peer, Some(peers)) => {
                header.kid = Some(PEER.to_owned());
                peers
            }
            _ => self.callers.as_ref().ok_or(ErrorKind::InvalidKeyFormat)?,
        };
        self.sign(&header, key, sub, caller, seconds)
    }

    fn sign(
        &self,
        header: &Header,
        key: &EncodingKey,
        sub: &str,
        caller: Caller,
        seconds: i64,
    ) -> Result<(String, Claims), Error> {
        let now = self.clock.now().as_second();
        let claims = Claims {
            aud: AUDIENCE.to_owned(),
            sub: sub.to_owned(),
            exp: now + seconds,
            iat: Some(now),
            jti: Some(self.clock.new_id().to_string()),
            certificate: None,
            caller,
        };
        Ok((jsonwebtoken::encode(header, &claims, key)?, claims))
    }

    /// A token that names the key of peers, whoever it is for.
    #[cfg(test)]
    pub(super) fn named_peer(
        &self,
        sub: &str,
        caller: Caller,
        seconds: i64,
    ) -> Result<String, Error> {
        let mut header = Header::new(Algorithm::EdDSA);
        header.kid = Some(PEER.to_owned());
        let key = self.callers.as_ref().unwrap();
        self.sign(&header, key, sub, caller, seconds).map(|(token, _)| token)
    }
}

/// The token a service shows its peers, renewed before it expires.
#[derive(Clone)]
pub struct PeerToken {
    signer: Signer,
    service: &'static str,
    current: Arc<Mutex<(i64, Option<AsciiMetadataValue>)>>,
}

impl PeerToken {
    /// The token of `service`.
    #[must_use]
    pub fn new(signer: Signer, service: &'static str) -> Self {
        Self { signer, service, current: Arc::default() }
    }

    /// Puts the token into a request.
    pub fn put(&self, metadata: &mut MetadataMap) {
        let now = self.signer.clock.now().as_second();
        let mut current = self.current.lock().unwrap_or_else(PoisonError::into_inner);
        if current.1.is_none() || now >= current.0 {
            let token = self.signer.token(self.service, Caller::Peer, PEER_SECONDS).ok();
            let value = token.and_then(|token| format!("Bearer {token}").parse().ok());
            *current = (now + PEER_SECONDS / 2, value);
        }
        if let Some(value) = &current.1 {
            metadata.insert("authorization", value.clone());
        }
    }
}
