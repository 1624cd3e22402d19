//! The keys of an issuer, as a JWKS names them.

use std::{fs, path::Path, str::FromStr as _, time::Duration};

use base64::{Engine as _, prelude::BASE64_URL_SAFE_NO_PAD};
use jsonwebtoken::{
    Algorithm, DecodingKey,
    jwk::{AlgorithmParameters, EllipticCurve, Jwk, JwkSet, PublicKeyUse},
};
use reqwest::{Certificate, Client, redirect};

use super::IssuerError;
use crate::status::causes;

/// How long an address may take to answer.
const ANSWER: Duration = Duration::from_secs(5);
/// The largest set that is read, in bytes.
const MAX: usize = 256 << 10;
/// The shortest RSA key that is believed, in bytes of its modulus.
const RSA: usize = 256;

/// A set of keys.
#[derive(Default)]
pub(super) struct Keyring {
    keys: Vec<Key>,
    /// What it was read from.
    set: Vec<Jwk>,
}

impl PartialEq for Keyring {
    fn eq(&self, other: &Self) -> bool {
        self.set == other.set
    }
}

/// A key that verifies signatures.
pub(super) struct Key {
    id: Option<String>,
    pub(super) verifying: DecodingKey,
    /// What it may have signed with: never a choice of the token's.
    pub(super) algorithms: Vec<Algorithm>,
}

impl Keyring {
    fn parse(bytes: &[u8]) -> Result<Self, String> {
        let set: JwkSet = serde_json::from_slice(bytes).map_err(|_| "is no JWKS".to_owned())?;
        // Without a usable key it counts, too: a platform may have withdrawn all of them.
        Ok(Self { keys: set.keys.iter().filter_map(key).collect(), set: set.keys })
    }

    pub(super) fn is_empty(&self) -> bool {
        self.keys.is_empty()
    }

    pub(super) fn len(&self) -> usize {
        self.keys.len()
    }

    /// The key of this id; without one, the only key there is.
    pub(super) fn find(&self, id: Option<&str>) -> Option<&Key> {
        match (id, &self.keys[..]) {
            (Some(id), keys) => keys.iter().find(|key| key.id.as_deref() == Some(id)),
            (None, [only]) => Some(only),
            (None, _) => None,
        }
    }
}

/// A key, unless it is for something else, secret, or weak.
fn key(jwk: &Jwk) -> Option<Key> {
    use Algorithm::{ES256, ES384, EdDSA, PS256, PS384, PS512, RS256, RS384, RS512};
    let for_signatures =
        jwk.common.public_key_use.as_ref().is_none_or(|of| *of == PublicKeyUse::Signature);
    let able = match &jwk.algorithm {
        AlgorithmParameters::RSA(rsa) => {
            let modulus = BASE64_URL_SAFE_NO_PAD.decode(&rsa.n).ok()?;
            let strong = modulus.len() >= RSA;
            strong.then(|| vec![RS256, RS384, RS512, PS256, PS384, PS512])?
        }
        AlgorithmParameters::EllipticCurve(curve) => match curve.curve {
            EllipticCurve::P256 => vec![ES256],
            EllipticCurve::P384 => vec![ES384],
            _ => return None,
        },
        AlgorithmParameters::OctetKeyPair(pair) if pair.curve == EllipticCurve::Ed25519 => {
            vec![EdDSA]
        }
        // Among them symmetric ones: who verifies with one can sign with it.
        _ => return None,
    };
    let algorithms = match jwk.common.key_algorithm {
        None => able,
        Some(named) => {
            let named = Algorithm::from_str(&named.to_string()).ok()?;
            able.into_iter().filter(|algorithm| *algorithm == named).collect()
        }
    };
    if !for_signatures || algorithms.is_empty() {
        return None;
    }
    let verifying = DecodingKey::from_jwk(jwk).ok()?;
    Some(Key { id: jwk.common.key_id.clone(), verifying, algorithms })
}

/// The keys of a file.
pub(super) fn of_file(path: &Path) -> Result<Keyring, IssuerError> {
    let told = |why: String| IssuerError::Keys(path.display().to_string(), why);
    let bytes = fs::read(path).map_err(|error| told(error.to_string()))?;
    Keyring::parse(&bytes).map_err(told)
}

/// The keys at an address, and nowhere that it refers to.
pub(super) async fn of_address(url: &str, ca: Option<&Path>) -> Result<Keyring, IssuerError> {
    let told = |why: String| IssuerError::Keys(url.to_owned(), why);
    let mut client =
        Client::builder().timeout(ANSWER).redirect(redirect::Policy::none()).no_proxy();
    if let Some(ca) = ca {
        let unusable = |why: String| IssuerError::Keys(ca.display().to_string(), why);
        let pem = fs::read(ca).map_err(|error| unusable(error.to_string()))?;
        let known = Certificate::from_pem_bundle(&pem).map_err(|error| unusable(causes(&error)))?;
        client = client.tls_certs_only(known);
    } else if url.starts_with("http:") {
        client = client.tls_certs_only([]);
    }
    let client = client.build().map_err(|error| told(causes(&error)))?;
    let mut answer = client.get(url).send().await.map_err(|error| told(causes(&error)))?;
    if !answer.status().is_success() {
        return Err(told(format!("answers {}", answer.status())));
    }
    let mut bytes = Vec::new();
    while let Some(part) = answer.chunk().await.map_err(|error| told(causes(&error)))? {
        if bytes.len() + part.len() > MAX {
            return Err(told("answers too much".to_owned()));
        }
        bytes.extend_from_slice(&part);
    }
    Keyring::parse(&bytes).map_err(told)
}
