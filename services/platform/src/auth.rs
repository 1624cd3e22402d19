//! Who calls (design: Callers). A handler takes a typed principal; only this file can make one, and
//! only from a verified token, so a handler can neither forge nor forget it.

use std::{
    collections::HashMap,
    sync::{Arc, Mutex, PoisonError},
};

use domain::{id::ActId, ticket::Office};
use jsonwebtoken::{Algorithm, DecodingKey, EncodingKey, Header, Validation};
use serde::{Deserialize, Serialize};
use tonic::metadata::{AsciiMetadataValue, MetadataMap};

use crate::{clock::Clock, crypto::Hasher, keys::Keys, status::Failure};

/// What every token is for.
const AUDIENCE: &str = "pingyi";
/// How many verified tokens are remembered; past that the memory starts anew.
const REMEMBERED: usize = 10_000;
/// How long a peer's token is good for, in seconds.
const PEER_SECONDS: i64 = 600;

/// What a token says.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Claims {
    /// Audience.
    pub aud: String,
    /// The caller's identity.
    pub sub: String,
    /// Good until, in seconds since 1970.
    pub exp: i64,
    /// What the caller is.
    #[serde(flatten)]
    pub caller: Caller,
}

/// What a caller is.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "snake_case")]
pub enum Caller {
    /// A registered terminal.
    Terminal,
    /// A government system, acting for one agency.
    System {
        /// The agency.
        agency: String,
    },
    /// An officer of a handling agency.
    Handler {
        /// Region.
        region: String,
        /// The agency.
        agency: String,
    },
    /// An officer of a region's Authority.
    Authority {
        /// Region.
        region: String,
    },
    /// A peer service.
    Peer,
}

/// A registered terminal (自助服务终端).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Terminal {
    id: String,
}

impl Terminal {
    /// Its identity in the catalog.
    #[must_use]
    pub fn id(&self) -> &str {
        &self.id
    }
}

/// A government system acting for one agency.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct System {
    id: String,
    agency: String,
}

impl System {
    /// Its identity.
    #[must_use]
    pub fn id(&self) -> &str {
        &self.id
    }

    /// The agency it acts for.
    #[must_use]
    pub fn agency(&self) -> &str {
        &self.agency
    }
}

/// An officer who works on tickets, with what they may see.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Officer {
    id: String,
    region: String,
    agency: Option<String>,
}

impl Officer {
    /// The officer's identity, never a rater's.
    #[must_use]
    pub fn id(&self) -> &str {
        &self.id
    }

    /// The region they work in.
    #[must_use]
    pub fn region(&self) -> &str {
        &self.region
    }

    /// The agency whose tickets they see; none for the Authority, which sees its region's.
    #[must_use]
    pub fn agency(&self) -> Option<&str> {
        self.agency.as_deref()
    }

    /// For whom they act.
    #[must_use]
    pub fn office(&self) -> Office {
        if self.agency.is_some() {
            Office::HandlingAgency
        } else {
            Office::Authority
        }
    }
}

/// Someone who may rate if they hold an invitation: a terminal's visitor, a system's user or
/// anyone; never staff or a peer, even with a token (I15).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Rater {
    terminal: Option<String>,
}

impl Rater {
    /// The terminal they stand at, if any.
    #[must_use]
    pub fn terminal(&self) -> Option<&str> {
        self.terminal.as_deref()
    }
}

/// A peer service.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Peer;

/// Anyone at all: for what is public.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Anyone;

/// A principal a handler can ask for.
pub trait Principal: Sized {
    /// Admits a caller, or says what it lacks.
    ///
    /// # Errors
    /// UNAUTHENTICATED for nobody, PERMISSION_DENIED for someone else.
    fn admit(claims: Option<Claims>) -> Result<Self, Failure>;
}

fn known(claims: Option<Claims>) -> Result<Claims, Failure> {
    claims.ok_or(Failure::Unauthenticated("an access token is missing"))
}

impl Principal for Terminal {
    fn admit(claims: Option<Claims>) -> Result<Self, Failure> {
        match known(claims)? {
            Claims {
                caller: Caller::Terminal,
                sub,
                ..
            } => Ok(Self { id: sub }),
            _ => Err(Failure::Denied("registered terminal")),
        }
    }
}

impl Principal for System {
    fn admit(claims: Option<Claims>) -> Result<Self, Failure> {
        match known(claims)? {
            Claims {
                caller: Caller::System { agency },
                sub,
                ..
            } => Ok(Self { id: sub, agency }),
            _ => Err(Failure::Denied("government system")),
        }
    }
}

impl Principal for Officer {
    fn admit(claims: Option<Claims>) -> Result<Self, Failure> {
        match known(claims)? {
            Claims {
                caller: Caller::Handler { region, agency },
                sub,
                ..
            } => Ok(Self {
                id: sub,
                region,
                agency: Some(agency),
            }),
            Claims {
                caller: Caller::Authority { region },
                sub,
                ..
            } => Ok(Self {
                id: sub,
                region,
                agency: None,
            }),
            _ => Err(Failure::Denied("officer")),
        }
    }
}

impl Principal for Rater {
    fn admit(claims: Option<Claims>) -> Result<Self, Failure> {
        match claims.map(|claims| (claims.caller, claims.sub)) {
            None | Some((Caller::System { .. }, _)) => Ok(Self { terminal: None }),
            Some((Caller::Terminal, id)) => Ok(Self { terminal: Some(id) }),
            Some((Caller::Handler { .. } | Caller::Authority { .. } | Caller::Peer, _)) => Err(
                Failure::Denied("rater: staff and agencies cannot rate for anyone"),
            ),
        }
    }
}

impl Principal for Peer {
    fn admit(claims: Option<Claims>) -> Result<Self, Failure> {
        match known(claims)?.caller {
            Caller::Peer => Ok(Self),
            _ => Err(Failure::Denied("peer service")),
        }
    }
}

impl Principal for Anyone {
    fn admit(_: Option<Claims>) -> Result<Self, Failure> {
        Ok(Self)
    }
}

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
        Ok(Self {
            verifying,
            clock,
            remembered: Arc::default(),
        })
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

    fn claims(&self, metadata: &MetadataMap) -> Result<Option<Claims>, Failure> {
        let Some(header) = metadata.get("authorization") else {
            return Ok(None);
        };
        let token = header
            .to_str()
            .ok()
            .and_then(|value| value.strip_prefix("Bearer "));
        let token = token.ok_or(Failure::Unauthenticated("no bearer token"))?;
        let mut remembered = self
            .remembered
            .lock()
            .unwrap_or_else(PoisonError::into_inner);
        let claims = match remembered.get(token) {
            Some(claims) => claims.clone(),
            None => {
                let claims = self.verify(token)?;
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
        Ok(Some(claims))
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
        let claims = Claims {
            aud: AUDIENCE.to_owned(),
            sub: sub.to_owned(),
            exp,
            caller,
        };
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
        Self {
            signer,
            service,
            current: Arc::default(),
        }
    }

    /// Puts the token into a request.
    pub fn put(&self, metadata: &mut MetadataMap) {
        let now = self.signer.clock.now().as_second();
        let mut current = self.current.lock().unwrap_or_else(PoisonError::into_inner);
        if current.1.is_none() || now >= current.0 {
            let token = self
                .signer
                .token(self.service, Caller::Peer, PEER_SECONDS)
                .ok();
            let value = token.and_then(|token| format!("Bearer {token}").parse().ok());
            *current = (now + PEER_SECONDS / 2, value);
        }
        if let Some(value) = &current.1 {
            metadata.insert("authorization", value.clone());
        }
    }
}

/// Makes and opens invitation tokens: the act's id and a MAC, nothing else. No expiry inside: the
/// window's end is looked up, since it can move.
#[derive(Clone)]
pub struct Invitations {
    hasher: Hasher,
}

/// The token is none of ours.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("the invitation is forged or mangled")]
pub struct Forged;

impl Invitations {
    /// With the deployment's key.
    #[must_use]
    pub fn new(keys: &Keys) -> Self {
        Self {
            hasher: Hasher::new(&keys.hashing, "invitation"),
        }
    }

    /// The token of an act.
    #[must_use]
    pub fn token(&self, act: ActId) -> String {
        use base64::{Engine as _, engine::general_purpose::URL_SAFE_NO_PAD};
        let id = act.0.as_bytes();
        URL_SAFE_NO_PAD.encode([id.as_slice(), &self.hasher.hash(&[id])].concat())
    }

    /// The act a token invites to rate.
    ///
    /// # Errors
    /// [`Forged`].
    pub fn open(&self, token: &str) -> Result<ActId, Forged> {
        use base64::{Engine as _, engine::general_purpose::URL_SAFE_NO_PAD};
        let mut bytes = [0; 32];
        match URL_SAFE_NO_PAD.decode_slice(token, &mut bytes) {
            Ok(32) => {}
            _ => return Err(Forged),
        }
        let (id, mac) = bytes.split_at(16);
        if !self.hasher.verify(&[id], mac) {
            return Err(Forged);
        }
        uuid::Uuid::from_slice(id).map(ActId).map_err(|_| Forged)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

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
        let staff = Caller::Handler {
            region: "652301".into(),
            agency: "a".into(),
        };
        for (caller, rates) in [
            (staff, false),
            (
                Caller::Authority {
                    region: "652301".into(),
                },
                false,
            ),
            (Caller::Peer, false),
            (Caller::Terminal, true),
            (Caller::System { agency: "a".into() }, true),
        ] {
            let metadata = metadata(&signer.token("x", caller.clone(), 60).unwrap());
            assert_eq!(gate.admit::<Rater>(&metadata).is_ok(), rates, "{caller:?}");
        }
        let nobody = MetadataMap::new();
        assert!(gate.admit::<Rater>(&nobody).is_ok() && gate.admit::<Anyone>(&nobody).is_ok());
        assert!(matches!(
            gate.admit::<Officer>(&nobody),
            Err(Failure::Unauthenticated(_))
        ));
        assert!(matches!(
            gate.admit::<Terminal>(&nobody),
            Err(Failure::Unauthenticated(_))
        ));
    }

    #[test]
    fn forged_expired_and_foreign_tokens_are_refused() {
        let (keys, clock) = (Keys::make(), clock());
        let gate = Gate::new(&keys, clock.clone()).unwrap();
        let token = Signer::new(&keys, clock.clone()).unwrap();
        let token = token.token("652301-t01", Caller::Terminal, 60).unwrap();
        assert_eq!(
            gate.admit::<Terminal>(&metadata(&token)).unwrap().id(),
            "652301-t01"
        );
        assert!(matches!(
            gate.admit::<Officer>(&metadata(&token)),
            Err(Failure::Denied("officer"))
        ));
        let foreign = Signer::new(&Keys::make(), clock.clone()).unwrap();
        let foreign = foreign.token("652301-t01", Caller::Terminal, 60).unwrap();
        for wrong in [foreign.as_str(), "", "a.b.c", &token[..token.len() - 2]] {
            let refused = gate.admit::<Terminal>(&metadata(wrong));
            assert!(
                matches!(refused, Err(Failure::Unauthenticated(_))),
                "{wrong}"
            );
        }
        clock.set(clock.now() + jiff::SignedDuration::from_secs(60));
        let expired = gate.admit::<Terminal>(&metadata(&token));
        assert!(matches!(expired, Err(Failure::Unauthenticated(_))));
    }

    #[test]
    fn i15_an_invitation_opens_only_as_it_was_made() {
        let invitations = Invitations::new(&Keys::make());
        let act = ActId(clock().new_id());
        let token = invitations.token(act);
        assert_eq!(invitations.open(&token), Ok(act));
        for n in 0..token.len() {
            let mut changed = token.clone().into_bytes();
            changed[n] = if changed[n] == b'A' { b'B' } else { b'A' };
            let changed = String::from_utf8(changed).unwrap();
            assert_eq!(invitations.open(&changed), Err(Forged), "{n}");
            assert_eq!(invitations.open(&token[..n]), Err(Forged), "{n}");
        }
        assert_eq!(Invitations::new(&Keys::make()).open(&token), Err(Forged));
        assert_eq!(invitations.open(&"A".repeat(10_000)), Err(Forged));
    }
}
