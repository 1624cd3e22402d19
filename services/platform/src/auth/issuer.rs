//! Other issuers of tokens: identity platforms that sign for their own callers (OAuth2, OIDC). Each
//! has its own keys (a JWKS, which is read again), and vouches only for the kinds of caller and the
//! regions that the installation says it may.

mod keyring;
#[cfg(test)]
mod tests;

use std::{
    collections::BTreeMap,
    path::PathBuf,
    sync::{Arc, PoisonError, RwLock},
    time::Duration,
};

use base64::{Engine as _, prelude::BASE64_URL_SAFE_NO_PAD};
use domain::{codes::RegionCode, rating::RaterKind, violation::identifier};
use jiff::Timestamp;
use jsonwebtoken::{Header, Validation};
use serde::{Deserialize, Serialize};
use serde_json::Value;
use tokio::sync::Notify;

use super::{Caller, Claims, Gate, PersonDatum};
use crate::{
    status::{Failure, causes},
    stop::Stop,
};
use keyring::Keyring;

/// How far a token may lie in the future by its issuer's clock, in seconds.
const SKEW: i64 = 60;
/// How often keys are read again: of a file, and from an address.
const FILE: Duration = Duration::from_secs(2);
const ADDRESS: Duration = Duration::from_secs(300);
/// How often at most an address is asked, however many tokens name keys that nobody knows.
const AGAIN: Duration = Duration::from_secs(10);

/// A kind of caller that an issuer can vouch for. Peers know each other by their own key.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Deserialize, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Kind {
    /// A registered terminal.
    Terminal,
    /// A government system.
    System,
    /// An officer of a handling agency.
    Handler,
    /// An officer of the Authority.
    Authority,
    /// Who releases what the Authority publishes.
    Publisher,
    /// Who reads the audit.
    Auditor,
    /// Who runs the installation and its terminals.
    SystemAdministrator,
    /// Who stops what must not act any more.
    SecurityAdministrator,
    /// A citizen or an organisation.
    Citizen,
    /// A gateway for answers.
    Messenger,
    /// The installation of a lower region.
    Deployment,
}

impl Kind {
    /// Whether a region belongs to it.
    const fn has_region(self) -> bool {
        match self {
            Self::Handler
            | Self::Authority
            | Self::Publisher
            | Self::Auditor
            | Self::SystemAdministrator
            | Self::SecurityAdministrator
            | Self::Deployment => true,
            Self::Terminal | Self::System | Self::Citizen | Self::Messenger => false,
        }
    }
}

/// What an issuer calls its claims. A dot leads into an object: `realm_access.roles`.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize, Serialize)]
#[serde(deny_unknown_fields, default)]
pub struct ClaimNames {
    /// Who the caller is.
    pub id: String,
    /// What they are: a word, or a list with one of the words.
    pub kind: String,
    /// Their region.
    pub region: String,
    /// Their agency.
    pub agency: String,
    /// Whether a citizen is a natural person, a legal person or another organisation.
    pub rater: String,
    /// A citizen's identity number or unified social credit code.
    pub number: String,
}

impl Default for ClaimNames {
    fn default() -> Self {
        let [id, kind, region, agency, rater, number] =
            ["sub", "kind", "region", "agency", "rater", "number"].map(str::to_owned);
        Self { id, kind, region, agency, rater, number }
    }
}

/// Where an issuer's keys are (a JWKS, RFC 7517).
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum KeySource {
    /// In a file.
    File(PathBuf),
    /// At an address.
    Address {
        /// `https://…`; `http://…` for development.
        url: String,
        /// The authorities to know it by, in PEM; the system's if absent.
        ca: Option<PathBuf>,
    },
}

/// Why an issuer cannot be trusted.
#[derive(Debug, thiserror::Error)]
pub enum IssuerError {
    /// Its keys cannot be read.
    #[error("{0}: {1}")]
    Keys(String, String),
    /// It may vouch for something that is not said.
    #[error("{0}")]
    Missing(&'static str),
}

/// What is said of an issuer.
#[derive(Clone, Debug)]
pub struct About {
    /// Its name (`iss`).
    pub name: String,
    /// What its tokens call this installation (`aud`).
    pub audience: String,
    /// Where its keys are.
    pub source: KeySource,
    /// What it may vouch for, and what it calls that.
    pub kinds: BTreeMap<Kind, String>,
    /// The regions whose officers and installations it may vouch for, with those below.
    pub regions: Vec<RegionCode>,
    /// The agencies whose officers and systems it may vouch for: each by its id, or by how the ids
    /// begin, with a `*` behind. What a handler may see is decided by the agency.
    pub agencies: Vec<String>,
    /// What it calls its claims.
    pub claims: ClaimNames,
}

/// Another issuer of tokens.
#[derive(Clone)]
pub struct Issuer(Arc<Inner>);

struct Inner {
    about: About,
    keys: RwLock<Keyring>,
    /// Told when a token names a key that is not known yet.
    wanted: Notify,
}

impl Issuer {
    /// An issuer. The keys of a file are read now; those at an address when the process runs, since
    /// it must be able to start while the address is away.
    ///
    /// # Errors
    /// [`IssuerError`].
    pub fn new(about: About) -> Result<Self, IssuerError> {
        if about.kinds.is_empty() {
            return Err(IssuerError::Missing("kinds is missing: it may vouch for nobody"));
        }
        if about.regions.is_empty() && about.kinds.keys().any(|kind| kind.has_region()) {
            return Err(IssuerError::Missing(
                "regions is missing: it says whose officers it may vouch for",
            ));
        }
        let of_agencies = [Kind::Handler, Kind::System];
        if about.agencies.is_empty()
            && of_agencies.iter().any(|kind| about.kinds.contains_key(kind))
        {
            return Err(IssuerError::Missing(
                "agencies is missing: it says whose officers and systems it may vouch for",
            ));
        }
        let keys = match &about.source {
            KeySource::File(path) => match keyring::of_file(path)? {
                keys if keys.is_empty() => {
                    let why = "holds no public key that verifies signatures".to_owned();
                    return Err(IssuerError::Keys(path.display().to_string(), why));
                }
                keys => keys,
            },
            KeySource::Address { .. } => Keyring::default(),
        };
        let (keys, wanted) = (RwLock::new(keys), Notify::new());
        Ok(Self(Arc::new(Inner { about, keys, wanted })))
    }

    /// Its name.
    #[must_use]
    pub fn name(&self) -> &str {
        &self.0.about.name
    }

    /// Reads its keys again, until the process ends. While they cannot be read, the known ones stay.
    pub async fn keep_fresh(self, gate: Gate, stop: Stop) {
        let (least, usual) = match self.0.about.source {
            KeySource::File(_) => (FILE, FILE),
            KeySource::Address { .. } => (AGAIN, ADDRESS),
        };
        let mut told = String::new();
        loop {
            match self.read_again(&gate).await {
                Ok(()) => told.clear(),
                Err(error) => {
                    let words = causes(&error);
                    if words != told {
                        tracing::error!(issuer = self.name(), error = words, "no keys are read");
                    }
                    told = words;
                }
            }
            let pause = async {
                tokio::time::sleep(least).await;
                let has_keys = !self.keys().is_empty();
                if has_keys && usual > least {
                    let _ = tokio::time::timeout(usual - least, self.0.wanted.notified()).await;
                }
            };
            tokio::select! {
                () = stop.stopped() => return,
                () = pause => {}
            }
        }
    }

    async fn read_again(&self, gate: &Gate) -> Result<(), IssuerError> {
        let read = match &self.0.about.source {
            KeySource::File(path) => keyring::of_file(path)?,
            KeySource::Address { url, ca } => keyring::of_address(url, ca.as_deref()).await?,
        };
        let mut keys = self.0.keys.write().unwrap_or_else(PoisonError::into_inner);
        if *keys != read {
            tracing::info!(issuer = self.name(), keys = read.len(), "keys were read");
            *keys = read;
            drop(keys);
            gate.forget();
        }
        Ok(())
    }

    fn keys(&self) -> std::sync::RwLockReadGuard<'_, Keyring> {
        self.0.keys.read().unwrap_or_else(PoisonError::into_inner)
    }

    /// What a token of this issuer says, in our words.
    pub(super) fn verify(
        &self,
        token: &str,
        header: &Header,
        now: Timestamp,
    ) -> Result<Claims, Failure> {
        let about = &self.0.about;
        let invalid = Failure::Unauthenticated("the access token is not valid");
        let keys = self.keys();
        let Some(key) = keys.find(header.kid.as_deref()) else {
            self.0.wanted.notify_one();
            return Err(Failure::Unauthenticated("the access token's key is not known"));
        };
        if !key.algorithms.contains(&header.alg) {
            return Err(invalid);
        }
        let mut validation = Validation::new(header.alg);
        validation.set_audience(&[&about.audience]);
        validation.set_issuer(&[&about.name]);
        validation.set_required_spec_claims(&["exp", "aud", "iss"]);
        // The expiry is checked against the service's own clock.
        validation.validate_exp = false;
        let Ok(decoded) = jsonwebtoken::decode::<Value>(token, &key.verifying, &validation) else {
            return Err(invalid);
        };
        let claims = decoded.claims;
        let seconds = |name: &str| {
            let number = claims.get(name)?;
            let whole = number.as_i64();
            whole.or_else(|| number.as_f64().and_then(|number| format!("{number:.0}").parse().ok()))
        };
        if seconds("nbf").is_some_and(|from| from > now.as_second() + SKEW) {
            return Err(Failure::Unauthenticated("the access token is not valid yet"));
        }
        let caller = about.caller(&claims)?;
        let text = |name: &str| text(&claims, name);
        Ok(Claims {
            aud: about.audience.clone(),
            // One that could not be told apart from another could not be revoked either.
            sub: text(&about.claims.id)
                .filter(|id| !id.is_empty() && identifier(id).is_ok())
                .ok_or(Failure::Unauthenticated(
                    "the access token names nobody that can be told",
                ))?,
            exp: seconds("exp").ok_or(invalid)?,
            iat: seconds("iat"),
            jti: text("jti"),
            certificate: None,
            caller,
        })
    }
}

impl About {
    fn caller(&self, claims: &Value) -> Result<Caller, Failure> {
        let lacks = || Failure::Unauthenticated("the access token lacks a claim of its kind");
        let names = &self.claims;
        let claim = |name: &str| text(claims, name).ok_or_else(lacks);
        let region = || self.region(&claim(&names.region)?);
        Ok(match self.kind(claims)? {
            Kind::Terminal => Caller::Terminal,
            Kind::Messenger => Caller::Messenger,
            Kind::System => Caller::System { agency: self.agency(claim(&names.agency)?)? },
            Kind::Handler => {
                Caller::Handler { region: region()?, agency: self.agency(claim(&names.agency)?)? }
            }
            Kind::Authority => Caller::Authority { region: region()? },
            Kind::Publisher => Caller::Publisher { region: region()? },
            Kind::Auditor => Caller::Auditor { region: region()? },
            Kind::SystemAdministrator => Caller::SystemAdministrator { region: region()? },
            Kind::SecurityAdministrator => Caller::SecurityAdministrator { region: region()? },
            Kind::Deployment => Caller::Deployment { region: region()? },
            Kind::Citizen => {
                let rater = look_up(claims, &names.rater).ok_or_else(lacks)?;
                let rater = RaterKind::deserialize(rater).map_err(|_| lacks())?;
                Caller::Citizen { rater, number: PersonDatum(claim(&names.number)?) }
            }
        })
    }

    /// What the caller is: exactly one of the words that the issuer may say.
    fn kind(&self, claims: &Value) -> Result<Kind, Failure> {
        let said = look_up(claims, &self.claims.kind);
        let says = |word: &str| match said {
            Some(Value::Array(words)) => words.iter().any(|said| said.as_str() == Some(word)),
            Some(said) => said.as_str() == Some(word),
            // Who may vouch for one kind only need not name it, if that is said of them.
            None => word.is_empty() && self.kinds.len() == 1,
        };
        let mut meant = self.kinds.iter().filter(|(_, word)| says(word)).map(|(kind, _)| *kind);
        let wrong = "the access token names no kind of caller that its issuer may vouch for";
        let kind = meant.next().ok_or(Failure::Unauthenticated(wrong))?;
        match meant.next() {
            None => Ok(kind),
            Some(_) => Err(Failure::Unauthenticated("the access token names two kinds of caller")),
        }
    }

    /// An agency, if the issuer may vouch for its officers and systems.
    fn agency(&self, id: String) -> Result<String, Failure> {
        let is_own = |own: &String| match own.strip_suffix('*') {
            Some(beginning) => id.starts_with(beginning),
            None => id == *own,
        };
        match self.agencies.iter().any(is_own) {
            true => Ok(id),
            false => Err(Failure::Unauthenticated("the token's issuer has no say in its agency")),
        }
    }

    /// A region, if the issuer may vouch for who works there.
    fn region(&self, code: &str) -> Result<String, Failure> {
        let foreign =
            Failure::Unauthenticated("the access token's issuer has no say in its region");
        let region = RegionCode::parse(code)
            .map_err(|_| Failure::Unauthenticated("the access token names no region"))?;
        let is_own = |own: &RegionCode| region == *own || region.ancestors().any(|up| up == *own);
        if self.regions.iter().any(is_own) { Ok(code.to_owned()) } else { Err(foreign) }
    }
}

/// Whom a token says that it is from; nobody has checked that yet.
pub(super) fn named_in(token: &str) -> Option<String> {
    let payload = token.split('.').nth(1)?;
    let payload = BASE64_URL_SAFE_NO_PAD.decode(payload).ok()?;
    let claims: Value = serde_json::from_slice(&payload).ok()?;
    Some(claims.get("iss")?.as_str()?.to_owned())
}

fn look_up<'a>(claims: &'a Value, name: &str) -> Option<&'a Value> {
    claims.get(name).or_else(|| name.split('.').try_fold(claims, |at, step| at.get(step)))
}

/// A claim as text; codes are numbers here and there.
fn text(claims: &Value, name: &str) -> Option<String> {
    match look_up(claims, name)? {
        Value::String(text) => Some(text.clone()),
        Value::Number(number) => Some(number.to_string()),
        _ => None,
    }
}
