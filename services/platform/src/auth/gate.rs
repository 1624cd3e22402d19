//! The gate: verifies tokens, admits principals, and signs tokens for development and peers.

use std::{
    collections::HashMap,
    sync::{Arc, Mutex, PoisonError},
};

use jsonwebtoken::{Algorithm, DecodingKey, EncodingKey, Header, Validation};
use tonic::metadata::{AsciiMetadataValue, MetadataMap};

use super::{Caller, Claims, Principal, Verified};
use crate::{clock::Clock, keys::Keys, status::Failure};

/// What every token is for.
const AUDIENCE: &str = "pingyi";
/// How many verified tokens are remembered; past that the memory starts anew.
const REMEMBERED: usize = 10_000;
/// How long a peer's token is good for, in seconds.
const PEER_SECONDS: i64 = 600;

/// Verifies tokens and admits principals.
#[derive(Clone)]
pub struct Gate {
    verifying: Arc<DecodingKey>,
    clock: Clock,
    remembered: Arc<Mutex<HashMap<String, Claims>>>,
}

impl Gate {
    /// A gate that trusts the deployment's token key.
    ///
    /// # Errors
    /// If the key is no Ed25519 public key.
    pub fn new(keys: &Keys, clock: Clock) -> Result<Self, jsonwebtoken::errors::Error> {
        let verifying = Arc::new(DecodingKey::from_ed_pem(keys.verifying_pem.as_bytes())?);
        Ok(Self { verifying, clock, remembered: Arc::default() })
    }

    /// Admits the caller of a request.
    ///
    /// # Errors
    /// UNAUTHENTICATED or PERMISSION_DENIED.
    pub fn admit<P: Principal>(&self, metadata: &MetadataMap) -> Result<P, Failure> {
        P::admit(self.claims(metadata)?)
    }

    /// Admits the caller of a request and takes the message out. Which principal that must be, the
    /// handler's signature says.
    ///
    /// # Errors
    /// UNAUTHENTICATED or PERMISSION_DENIED.
    pub fn open<P: Principal, T>(&self, request: tonic::Request<T>) -> Result<(P, T), Failure> {
        Ok((self.admit(request.metadata())?, request.into_inner()))
    }

    /// Whether the caller of a request is somebody: has a token, and one that holds.
    #[must_use]
    pub fn knows(&self, metadata: &MetadataMap) -> bool {
        matches!(self.claims(metadata), Ok(Some(_)))
    }

    fn claims(&self, metadata: &MetadataMap) -> Result<Option<Verified>, Failure> {
        let Some(header) = metadata.get("authorization") else {
            return Ok(None);
        };
        let token = header.to_str().ok().and_then(|value| value.strip_prefix("Bearer "));
        let token = token.ok_or(Failure::Unauthenticated("no bearer token"))?;
        let remembered = || self.remembered.lock().unwrap_or_else(PoisonError::into_inner);
        let known = remembered().get(token).cloned();
        let claims = match known {
            Some(claims) => claims,
            None => {
                // Outside of the lock: a flood of forged tokens must not keep others waiting.
                let claims = self.verify(token)?;
                let mut remembered = remembered();
                if remembered.len() >= REMEMBERED {
                    remembered.clear();
                }
                remembered.insert(token.to_owned(), claims.clone());
                claims
            }
        };
        if self.clock.now().as_second() >= claims.exp {
            return Err(Failure::Unauthenticated("the access token has expired"));
        }
        Ok(Some(Verified(claims)))
    }

    fn verify(&self, token: &str) -> Result<Claims, Failure> {
        let mut validation = Validation::new(Algorithm::EdDSA);
        validation.set_audience(&[AUDIENCE]);
        // The expiry is checked against the service's own clock.
        validation.validate_exp = false;
        jsonwebtoken::decode(token, &self.verifying, &validation)
            .map(|data| data.claims)
            .map_err(|_| Failure::Unauthenticated("the access token is not valid"))
    }
}

/// Signs access tokens with the deployment's key: for development, and for peers.
#[derive(Clone)]
pub struct Signer {
    signing: Arc<EncodingKey>,
    clock: Clock,
}

impl Signer {
    /// A signer with the deployment's key.
    ///
    /// # Errors
    /// If the key is no Ed25519 private key.
    pub fn new(keys: &Keys, clock: Clock) -> Result<Self, jsonwebtoken::errors::Error> {
        let signing = Arc::new(EncodingKey::from_ed_pem(keys.signing_pem.as_bytes())?);
        Ok(Self { signing, clock })
    }

    /// A token for `caller`, good for `seconds`.
    ///
    /// # Errors
    /// If the key cannot sign.
    pub fn token(
        &self,
        sub: &str,
        caller: Caller,
        seconds: i64,
    ) -> Result<String, jsonwebtoken::errors::Error> {
        let exp = self.clock.now().as_second() + seconds;
        let claims = Claims { aud: AUDIENCE.to_owned(), sub: sub.to_owned(), exp, caller };
        jsonwebtoken::encode(&Header::new(Algorithm::EdDSA), &claims, &self.signing)
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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::auth::{Anyone, Officer, Rater, Terminal};

    fn clock() -> Clock {
        Clock::manual("2026-03-02T01:00:00Z".parse().unwrap())
    }

    fn metadata(token: &str) -> MetadataMap {
        let mut metadata = MetadataMap::new();
        metadata.insert("authorization", format!("Bearer {token}").parse().unwrap());
        metadata
    }

    #[test]
    fn i15_staff_and_peers_cannot_rate_and_nobody_can_do_more_than_rate() {
        let (keys, clock) = (Keys::make(), clock());
        let gate = Gate::new(&keys, clock.clone()).unwrap();
        let signer = Signer::new(&keys, clock).unwrap();
        let staff = Caller::Handler { region: "652301".into(), agency: "a".into() };
        for (caller, rates) in [
            (staff, false),
            (Caller::Authority { region: "652301".into() }, false),
            (Caller::Peer, false),
            (Caller::Terminal, true),
            (Caller::System { agency: "a".into() }, false),
        ] {
            let metadata = metadata(&signer.token("x", caller.clone(), 60).unwrap());
            assert_eq!(gate.admit::<Rater>(&metadata).is_ok(), rates, "{caller:?}");
        }
        let nobody = MetadataMap::new();
        assert!(gate.admit::<Rater>(&nobody).is_ok() && gate.admit::<Anyone>(&nobody).is_ok());
        assert!(matches!(gate.admit::<Officer>(&nobody), Err(Failure::Unauthenticated(_))));
        assert!(matches!(gate.admit::<Terminal>(&nobody), Err(Failure::Unauthenticated(_))));
    }

    #[test]
    fn forged_expired_and_foreign_tokens_are_refused() {
        let (keys, clock) = (Keys::make(), clock());
        let gate = Gate::new(&keys, clock.clone()).unwrap();
        let token = Signer::new(&keys, clock.clone()).unwrap();
        let token = token.token("652301-t01", Caller::Terminal, 60).unwrap();
        assert_eq!(gate.admit::<Terminal>(&metadata(&token)).unwrap().id(), "652301-t01");
        assert!(matches!(
            gate.admit::<Officer>(&metadata(&token)),
            Err(Failure::Denied("officer"))
        ));
        let foreign = Signer::new(&Keys::make(), clock.clone()).unwrap();
        let foreign = foreign.token("652301-t01", Caller::Terminal, 60).unwrap();
        for wrong in [foreign.as_str(), "", "a.b.c", &token[..token.len() - 2]] {
            let refused = gate.admit::<Terminal>(&metadata(wrong));
            assert!(matches!(refused, Err(Failure::Unauthenticated(_))), "{wrong}");
        }
        clock.set(clock.now() + jiff::SignedDuration::from_secs(60));
        let expired = gate.admit::<Terminal>(&metadata(&token));
        assert!(matches!(expired, Err(Failure::Unauthenticated(_))));
    }
}
