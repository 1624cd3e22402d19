//! The gate: verifies tokens, admits principals, and signs tokens for development and peers.

use std::{
    collections::HashMap,
    sync::{Arc, Mutex, PoisonError},
};

use domain::{text::tidy, violation::identifier};
use jsonwebtoken::{Algorithm, DecodingKey, EncodingKey, Header, Validation};
use proto::Texts;
use tokio_stream::Stream;
use tonic::{
    Status, Streaming,
    metadata::{AsciiMetadataValue, MetadataMap},
};

use super::{
    Caller, Claims, Principal, VerifiedClaims, own_region,
    streams::{Paced, Streams},
};
use crate::{clock::Clock, keys::Keys, status::Failure};

/// The audience of every token.
const AUDIENCE: &str = "pingyi";
/// How many verified tokens are remembered; beyond that the memory starts again.
const REMEMBERED: usize = 10_000;
/// How long a peer's token is good for, in seconds.
const PEER_SECONDS: i64 = 600;

/// Verifies tokens and admits principals.
#[derive(Clone)]
pub struct Gate {
    verifying: Arc<DecodingKey>,
    clock: Clock,
    remembered: Arc<Mutex<HashMap<String, Claims>>>,
    streams: Streams,
}

impl Gate {
    /// A gate that trusts the deployment's token key.
    ///
    /// # Errors
    /// If the key is no Ed25519 public key.
    pub fn new(keys: &Keys, clock: Clock) -> Result<Self, jsonwebtoken::errors::Error> {
        let verifying = Arc::new(DecodingKey::from_ed_pem(keys.verifying_pem.as_bytes())?);
        Ok(Self { verifying, clock, remembered: Arc::default(), streams: Streams::default() })
    }

    /// Admits the caller of a request.
    ///
    /// # Errors
    /// UNAUTHENTICATED or PERMISSION_DENIED.
    pub fn admit<P: Principal>(&self, metadata: &MetadataMap) -> Result<P, Failure> {
        P::admit(self.claims(metadata)?)
    }

    /// Admits the caller of a request and takes out the message, with its texts normalised
    /// ([`tidy`]). The handler's signature names the principal it needs.
    ///
    /// # Errors
    /// UNAUTHENTICATED or PERMISSION_DENIED.
    pub fn open<P: Principal, T: Texts>(
        &self,
        request: tonic::Request<T>,
    ) -> Result<(P, T), Failure> {
        let caller = self.admit(request.metadata())?;
        Ok((caller, tidied(request.into_inner())))
    }

    /// The same for a request of many messages, where each is processed alone: one caller's streams
    /// share one part of the process (see `streams`).
    ///
    /// # Errors
    /// UNAUTHENTICATED or PERMISSION_DENIED; RESOURCE_EXHAUSTED if the caller has too many open.
    pub fn open_stream<P: Principal, T>(
        &self,
        request: tonic::Request<Streaming<T>>,
    ) -> Result<(P, impl Stream<Item = Result<T, Status>> + Send + Unpin + use<P, T>), Status>
    where
        T: Texts + Send + Unpin + 'static,
    {
        self.open_paced(request, true)
    }

    /// The same for a file in pieces: its service reads one file at a time by itself.
    ///
    /// # Errors
    /// As of [`Self::open_stream`].
    pub fn open_file<P: Principal, T>(
        &self,
        request: tonic::Request<Streaming<T>>,
    ) -> Result<(P, impl Stream<Item = Result<T, Status>> + Send + Unpin + use<P, T>), Status>
    where
        T: Texts + Send + Unpin + 'static,
    {
        self.open_paced(request, false)
    }

    fn open_paced<P: Principal, T>(
        &self,
        request: tonic::Request<Streaming<T>>,
        turns: bool,
    ) -> Result<(P, Paced<Streaming<T>, T>), Status> {
        let verified = self.claims(request.metadata())?;
        let of =
            verified.as_ref().map(|VerifiedClaims(claims)| claims.sub.clone()).unwrap_or_default();
        let caller = P::admit(verified)?;
        Ok((caller, self.streams.paced(of, request.into_inner(), turns)?))
    }

    /// Whether the caller of a request has a valid token.
    #[must_use]
    pub fn knows(&self, metadata: &MetadataMap) -> bool {
        matches!(self.claims(metadata), Ok(Some(_)))
    }

    fn claims(&self, metadata: &MetadataMap) -> Result<Option<VerifiedClaims>, Failure> {
        let Some(header) = metadata.get("authorization") else {
            return Ok(None);
        };
        let token = header.to_str().ok().and_then(bearer);
        let token = token.ok_or(Failure::Unauthenticated("no bearer token"))?;
        let remembered = || self.remembered.lock().unwrap_or_else(PoisonError::into_inner);
        let known = remembered().get(token).cloned();
        let claims = match known {
            Some(claims) => claims,
            None => {
                // Outside the lock: a flood of forged tokens must not make others wait.
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
        Ok(Some(VerifiedClaims(claims)))
    }

    fn verify(&self, token: &str) -> Result<Claims, Failure> {
        let mut validation = Validation::new(Algorithm::EdDSA);
        validation.set_audience(&[AUDIENCE]);
        // The expiry is checked against the service's own clock.
        validation.validate_exp = false;
        let claims: Claims = jsonwebtoken::decode(token, &self.verifying, &validation)
            .map(|data| data.claims)
            .map_err(|_| Failure::Unauthenticated("the access token is not valid"))?;
        places(&claims.caller).map(|()| claims)
    }
}

/// A message with its texts normalised.
pub(super) fn tidied<T: Texts>(mut message: T) -> T {
    message.each_text(&mut tidy);
    message
}

/// The token after the scheme; upper and lower case of the scheme do not matter (RFC 9110, 11.1).
fn bearer(header: &str) -> Option<&str> {
    let (scheme, token) = header.split_once(' ')?;
    scheme.eq_ignore_ascii_case("bearer").then(|| token.trim())
}

/// Whether the region and agency in claims are well-formed, whatever the token is for.
fn places(caller: &Caller) -> Result<(), Failure> {
    let (region, agency) = match caller {
        Caller::Handler { region, agency } => (Some(region), Some(agency)),
        Caller::Authority { region } | Caller::Deployment { region } => (Some(region), None),
        Caller::System { agency } => (None, Some(agency)),
        Caller::Terminal | Caller::Citizen { .. } | Caller::Messenger | Caller::Peer => {
            return Ok(());
        }
    };
    region.map_or(Ok(()), |region| own_region(region).map(drop))?;
    match agency.is_none_or(|agency| !agency.is_empty() && identifier(agency).is_ok()) {
        true => Ok(()),
        false => Err(Failure::Unauthenticated("the access token names no agency")),
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
        Self::of_pem(&keys.signing_pem, clock)
    }

    /// A signer with a private key alone (Ed25519, PKCS#8 PEM).
    ///
    /// # Errors
    /// If the key is no Ed25519 private key.
    pub fn of_pem(pem: &str, clock: Clock) -> Result<Self, jsonwebtoken::errors::Error> {
        let signing = Arc::new(EncodingKey::from_ed_pem(pem.as_bytes())?);
        Ok(Self { signing, clock })
    }

    /// A token for `caller`, valid for `seconds`.
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
            (Caller::Deployment { region: "652301".into() }, false),
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
    fn s04_a_token_of_no_region_or_no_agency_is_refused_whatever_it_is_for() {
        let (keys, clock) = (Keys::make(), clock());
        let gate = Gate::new(&keys, clock.clone()).unwrap();
        let signer = Signer::new(&keys, clock).unwrap();
        let refused = |caller: Caller| {
            let metadata = metadata(&signer.token("x", caller, 60).unwrap());
            matches!(gate.admit::<Anyone>(&metadata), Err(Failure::Unauthenticated(_)))
                && gate.admit::<Officer>(&metadata).is_err()
        };
        for region in ["", "6", "%", "00", "65__01", "é%00", "65230", "652301%"] {
            let region = region.to_owned();
            assert!(refused(Caller::Authority { region: region.clone() }), "{region:?}");
            assert!(refused(Caller::Handler { region, agency: "a".to_owned() }));
        }
        for agency in ["", "%", "a\u{200B}"] {
            let agency = agency.to_owned();
            assert!(refused(Caller::System { agency: agency.clone() }), "{agency:?}");
            assert!(refused(Caller::Handler { region: "652301".to_owned(), agency }));
        }
        let long = Caller::Authority { region: "652301000000".to_owned() };
        let long = metadata(&signer.token("x", long, 60).unwrap());
        let officer = gate.admit::<Officer>(&long).unwrap();
        assert_eq!(officer.region(), "652301");
        assert!(officer.reaches("652301105000") && officer.is_of("650000000000"));
        assert!(!officer.reaches("652302") && !officer.reaches("") && !officer.is_of("%"));
    }

    #[test]
    fn a_scheme_is_read_in_whatever_case_it_is_written() {
        let (keys, clock) = (Keys::make(), clock());
        let gate = Gate::new(&keys, clock.clone()).unwrap();
        let token = Signer::new(&keys, clock).unwrap();
        let token = token.token("652301-t01", Caller::Terminal, 60).unwrap();
        for (scheme, admitted) in [("bearer", true), ("BEARER", true), ("Basic", false)] {
            let mut metadata = MetadataMap::new();
            metadata.insert("authorization", format!("{scheme} {token}").parse().unwrap());
            assert_eq!(gate.admit::<Terminal>(&metadata).is_ok(), admitted, "{scheme}");
        }
    }

    #[test]
    fn every_text_of_a_request_is_put_as_it_was_meant_and_what_hides_stays_to_be_refused() {
        use proto::{
            intake::v1::{Answer, SubmitRatingRequest},
            ticketing::v1::{Step, Verification, step::Act},
        };
        let gate = Gate::new(&Keys::make(), clock()).unwrap();
        let told = "\u{FEFF}等了\r\n很久\t\u{202E}了\0\u{200B} ".to_owned();
        let meant = "等了\n很久 \u{202E}了\0";
        let answer = Answer { value: told.clone(), ..Answer::default() };
        let request = SubmitRatingRequest {
            text: told.clone(),
            tag_codes: vec![told.clone()],
            answers: vec![answer],
            ..SubmitRatingRequest::default()
        };
        let (_, read) = gate.open::<Rater, _>(tonic::Request::new(request)).unwrap();
        let said = [&read.text, &read.tag_codes[0], &read.answers[0].value];
        assert_eq!(said, [meant; 3]);
        // In a choice of several, too.
        let act = Act::Verification(Verification { reason: told, ..Verification::default() });
        let step = Step { act: Some(act), ..Step::default() };
        let (_, read) = gate.open::<Rater, _>(tonic::Request::new(step)).unwrap();
        let Some(Act::Verification(read)) = read.act else { panic!("another act") };
        assert_eq!(read.reason, meant);
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
