//! The gate: verifies tokens and admits principals.

use std::{
    collections::HashMap,
    sync::{Arc, Mutex, PoisonError, RwLock},
};

use domain::{text::tidy, violation::identifier};
use ed25519_dalek::{SigningKey, pkcs8::DecodePrivateKey as _};
use jsonwebtoken::{Algorithm, DecodingKey, Header, Validation, errors::ErrorKind};
use proto::Texts;
use tokio_stream::Stream;
use tonic::{
    Status, Streaming,
    metadata::{AsciiMetadataValue, MetadataMap},
};

use super::{
    Caller, Claims, Issuer, Principal, VerifiedClaims, certificate, issuer, own_region,
    revocation::Known,
    signer::{AUDIENCE, PEER},
    streams::{Paced, Streams},
};
use crate::{clock::Clock, keys::Keys, status::Failure};

/// How many verified tokens are remembered; beyond that the memory starts again.
const REMEMBERED: usize = 10_000;

/// Verifies tokens and admits principals.
#[derive(Clone)]
pub struct Gate {
    own: Arc<Own>,
    issuers: Arc<[Issuer]>,
    clock: Clock,
    remembered: Arc<Mutex<Remembered>>,
    /// What is revoked, by service whose store says so.
    revoked: Arc<RwLock<HashMap<&'static str, Known>>>,
    streams: Streams,
}

/// Verified tokens, and how often they were all forgotten.
#[derive(Default)]
struct Remembered {
    times: u64,
    tokens: HashMap<String, Claims>,
}

/// The deployment's own keys.
struct Own {
    verifying: DecodingKey,
    /// Vouches for peers and for nobody else.
    peer: DecodingKey,
    /// One key does both: the folder of keys is from before there were two.
    is_one: bool,
}

impl Gate {
    /// A gate that trusts the deployment's keys.
    ///
    /// # Errors
    /// If one is no Ed25519 key.
    pub fn new(keys: &Keys, clock: Clock) -> Result<Self, jsonwebtoken::errors::Error> {
        let peer = SigningKey::from_pkcs8_pem(&keys.peer_pem);
        let peer = peer.map_err(|_| ErrorKind::InvalidKeyFormat)?.verifying_key();
        let own = Own {
            verifying: DecodingKey::from_ed_pem(keys.verifying_pem.as_bytes())?,
            peer: DecodingKey::from_ed_der(peer.as_bytes()),
            is_one: keys.signing_pem.as_ref() == Some(&keys.peer_pem),
        };
        Ok(Self {
            own: Arc::new(own),
            issuers: Arc::default(),
            clock,
            remembered: Arc::default(),
            revoked: Arc::default(),
            streams: Streams::default(),
        })
    }

    /// The same, trusting other issuers, each for what it may vouch for.
    #[must_use]
    pub fn with_issuers(self, issuers: Vec<Issuer>) -> Self {
        Self { issuers: issuers.into(), ..self }
    }

    /// Those it trusts beside the deployment's own keys.
    #[must_use]
    pub fn issuers(&self) -> &[Issuer] {
        &self.issuers
    }

    /// What a service's store says is revoked.
    pub(super) fn revoked(&self, service: &'static str, known: Known) {
        let mut revoked = self.revoked.write().unwrap_or_else(PoisonError::into_inner);
        revoked.insert(service, known);
    }

    /// Has every token verified anew: keys have changed, and what an old one signed may be forged.
    pub(super) fn forget(&self) {
        let mut remembered = self.remembered.lock().unwrap_or_else(PoisonError::into_inner);
        remembered.times += 1;
        remembered.tokens.clear();
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
        let claims = match metadata.get("authorization") {
            None => certificate::claims(metadata),
            Some(header) => Some(self.bearer_claims(header)?),
        };
        let Some(claims) = claims else { return Ok(None) };
        // A terminal has nobody who could log in.
        let refuse = |why| match claims.caller {
            Caller::Terminal => Failure::TerminalStopped(why),
            _ => Failure::Unauthenticated(why),
        };
        if self.clock.now().as_second() >= claims.exp {
            return Err(refuse("the access token has expired"));
        }
        let revoked = self.revoked.read().unwrap_or_else(PoisonError::into_inner);
        if revoked.values().any(|known| known.refuses(&claims)) {
            return Err(refuse("the access token or certificate is revoked"));
        }
        Ok(Some(VerifiedClaims(claims)))
    }

    fn bearer_claims(&self, header: &AsciiMetadataValue) -> Result<Claims, Failure> {
        let token = header.to_str().ok().and_then(bearer);
        let token = token.ok_or(Failure::Unauthenticated("no bearer token"))?;
        let remembered = || self.remembered.lock().unwrap_or_else(PoisonError::into_inner);
        let (known, times) = {
            let remembered = remembered();
            (remembered.tokens.get(token).cloned(), remembered.times)
        };
        let claims = match known {
            Some(claims) => claims,
            None => {
                // Outside the lock: a flood of forged tokens must not make others wait.
                let claims = self.verify(token)?;
                let mut remembered = remembered();
                if remembered.tokens.len() >= REMEMBERED {
                    remembered.tokens.clear();
                }
                // By a key that was withdrawn meanwhile it is verified this once.
                if remembered.times == times {
                    remembered.tokens.insert(token.to_owned(), claims.clone());
                }
                claims
            }
        };
        Ok(claims)
    }

    fn verify(&self, token: &str) -> Result<Claims, Failure> {
        let header = jsonwebtoken::decode_header(token)
            .map_err(|_| Failure::Unauthenticated("the access token is not valid"))?;
        let named = issuer::named_in(token);
        let known = named.as_ref();
        let known = known.and_then(|name| self.issuers.iter().find(|known| known.name() == name));
        let claims = match (known, named) {
            (Some(issuer), _) => issuer.verify(token, &header, self.clock.now())?,
            (None, None) => self.own.verify(token, &header)?,
            // The deployment's own key is proof enough, whatever who signs with it calls itself.
            (None, Some(_)) => self
                .own
                .verify(token, &header)
                .map_err(|_| Failure::Unauthenticated("the access token's issuer is not known"))?,
        };
        places(&claims.caller).map(|()| claims)
    }
}

impl Own {
    fn verify(&self, token: &str, header: &Header) -> Result<Claims, Failure> {
        let invalid = || Failure::Unauthenticated("the access token is not valid");
        let by_peer = header.kid.as_deref() == Some(PEER);
        let key = if by_peer { &self.peer } else { &self.verifying };
        let mut validation = Validation::new(Algorithm::EdDSA);
        validation.set_audience(&[AUDIENCE]);
        // The expiry is checked against the service's own clock.
        validation.validate_exp = false;
        let decoded = jsonwebtoken::decode::<Claims>(token, key, &validation);
        let claims = decoded.map_err(|_| invalid())?.claims;
        // A service's key makes no officer, and the key of officers no peer.
        let of_peer = claims.caller == Caller::Peer;
        if of_peer == by_peer || self.is_one { Ok(claims) } else { Err(invalid()) }
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
        Caller::Authority { region }
        | Caller::Publisher { region }
        | Caller::Auditor { region }
        | Caller::SystemAdministrator { region }
        | Caller::SecurityAdministrator { region }
        | Caller::Deployment { region } => (Some(region), None),
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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::auth::{Anyone, Officer, Peer, PeerToken, Rater, Signer, Terminal};

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
            (Caller::Publisher { region: "652301".into() }, false),
            (Caller::Auditor { region: "652301".into() }, false),
            (Caller::SystemAdministrator { region: "652301".into() }, false),
            (Caller::SecurityAdministrator { region: "652301".into() }, false),
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
    fn s04_the_key_of_peers_makes_nobody_else_and_the_key_of_callers_makes_no_peer() {
        let (keys, clock) = (Keys::make(), clock());
        let gate = Gate::new(&keys, clock.clone()).unwrap();
        let mut shown = MetadataMap::new();
        let service = Keys { signing_pem: None, ..keys.clone() };
        let service = Signer::new(&service, clock.clone()).unwrap();
        PeerToken::new(service.clone(), "intake").put(&mut shown);
        assert!(gate.admit::<Peer>(&shown).is_ok());
        let authority = || Caller::Authority { region: "652301".into() };
        assert!(service.token("x", authority(), 60).is_err(), "a service has no key for it");
        // Whoever takes the key of a service makes no officer with it, by whatever name.
        let stolen = Signer::of_pem(&keys.peer_pem, clock.clone()).unwrap();
        for token in [stolen.token("x", authority(), 60), stolen.named_peer("x", authority(), 60)] {
            let refused = gate.admit::<Officer>(&metadata(&token.unwrap()));
            assert!(matches!(refused, Err(Failure::Unauthenticated(_))));
        }
        let signing = Signer::of_pem(keys.signing_pem.as_ref().unwrap(), clock.clone()).unwrap();
        let refused = gate.admit::<Peer>(&metadata(&signing.token("x", Caller::Peer, 60).unwrap()));
        assert!(matches!(refused, Err(Failure::Unauthenticated(_))));
        // An older folder has one key for both.
        let older = Keys { peer_pem: keys.signing_pem.clone().unwrap(), ..keys };
        let gate = Gate::new(&older, clock.clone()).unwrap();
        PeerToken::new(Signer::new(&older, clock).unwrap(), "intake").put(&mut shown);
        assert!(gate.admit::<Peer>(&shown).is_ok());
        let before = signing.token("x", Caller::Peer, 60).unwrap();
        assert!(gate.admit::<Peer>(&metadata(&before)).is_ok(), "as older processes sign");
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
        assert!(matches!(expired, Err(Failure::TerminalStopped(_))));
    }
}
