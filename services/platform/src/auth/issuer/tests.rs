use std::{fs, sync::Mutex};

use ed25519_dalek::{
    SigningKey,
    pkcs8::{EncodePrivateKey as _, spki::der::pem::LineEnding},
};
use jsonwebtoken::{Algorithm, EncodingKey};
use serde_json::json;
use tokio::{
    io::{AsyncReadExt as _, AsyncWriteExt as _},
    net::TcpListener,
};
use tokio_rustls::TlsAcceptor;
use tonic::metadata::MetadataMap;

use super::*;
use crate::{
    auth::{Authority, Citizen, Officer, Terminal, revocation::Known},
    clock::Clock,
    keys::Keys,
    testing::{certificates, wait::until},
};

const NAME: &str = "https://id.example.gov.cn";

/// A key of an issuer's, with its name.
struct Pair {
    id: &'static str,
    key: SigningKey,
}

impl Pair {
    fn new(id: &'static str, seed: u8) -> Self {
        Self { id, key: SigningKey::from_bytes(&[seed; 32]) }
    }

    fn public(&self) -> Value {
        let x = BASE64_URL_SAFE_NO_PAD.encode(self.key.verifying_key().as_bytes());
        json!({"kty": "OKP", "crv": "Ed25519", "kid": self.id, "use": "sig", "x": x})
    }

    fn token(&self, claims: &Value) -> String {
        let pem = self.key.to_pkcs8_pem(LineEnding::LF).unwrap();
        let key = EncodingKey::from_ed_pem(pem.as_bytes()).unwrap();
        let mut header = Header::new(Algorithm::EdDSA);
        header.kid = Some(self.id.to_owned());
        jsonwebtoken::encode(&header, claims, &key).unwrap()
    }
}

fn set(keys: &[Value]) -> String {
    json!({ "keys": keys }).to_string()
}

fn clock() -> Clock {
    Clock::manual("2026-03-02T01:00:00Z".parse().unwrap())
}

/// Claims with which this issuer's officers come, and others in their place.
fn claims(other: Value) -> Value {
    let mut claims = json!({
        "iss": NAME, "aud": "pingyi", "sub": "652301-s05", "exp": clock().now().as_second() + 60,
        "realm": {"roles": ["user", "OFFICER"]}, "orgCode": "652301-a04", "xzqh": 652_301,
    });
    for (name, value) in other.as_object().unwrap() {
        claims[name] = value.clone();
    }
    claims
}

fn about(source: KeySource) -> About {
    About {
        name: NAME.to_owned(),
        audience: "pingyi".to_owned(),
        source,
        kinds: [(Kind::Handler, "OFFICER".to_owned()), (Kind::Citizen, "USER".to_owned())].into(),
        regions: vec![RegionCode::parse("652300").unwrap()],
        agencies: vec!["652301-a04".to_owned(), "652301-b*".to_owned()],
        claims: ClaimNames {
            kind: "realm.roles".to_owned(),
            region: "xzqh".to_owned(),
            agency: "orgCode".to_owned(),
            ..ClaimNames::default()
        },
    }
}

struct House {
    folder: tempfile::TempDir,
    pair: Pair,
    gate: Gate,
}

impl House {
    fn new() -> Self {
        let (folder, pair) = (tempfile::tempdir().unwrap(), Pair::new("a", 1));
        fs::write(folder.path().join("jwks.json"), set(&[pair.public()])).unwrap();
        let issuer = Issuer::new(about(KeySource::File(folder.path().join("jwks.json")))).unwrap();
        let gate = Gate::new(&Keys::make(), clock()).unwrap().with_issuers(vec![issuer]);
        Self { folder, pair, gate }
    }

    fn officer(&self, other: Value) -> Result<Officer, Failure> {
        admitted(&self.gate, &self.pair.token(&claims(other)))
    }
}

fn admitted<P: crate::auth::Principal>(gate: &Gate, token: &str) -> Result<P, Failure> {
    let mut metadata = MetadataMap::new();
    metadata.insert("authorization", format!("Bearer {token}").parse().unwrap());
    gate.admit(&metadata)
}

fn why<P>(refused: Result<P, Failure>) -> &'static str {
    match refused {
        Err(Failure::Unauthenticated(why)) => why,
        _ => panic!("not refused as unknown"),
    }
}

#[test]
fn s04_an_issuers_claims_are_read_by_the_names_it_gives_them() {
    let house = House::new();
    let officer = house.officer(json!({})).unwrap();
    let said = (officer.id(), officer.region(), officer.agency());
    assert_eq!(said, ("652301-s05", "652301", Some("652301-a04")));
    let citizen = json!({
        "realm": {"roles": "USER"}, "rater": "natural_person", "number": "11010519491231002X",
    });
    let citizen: Citizen = admitted(&house.gate, &house.pair.token(&claims(citizen))).unwrap();
    assert_eq!(citizen.number(), "11010519491231002X");
    let nameless = json!({"realm": {"roles": "USER"}, "rater": "natural_person"});
    assert!(why(house.officer(nameless)).contains("lacks a claim"));
}

#[test]
fn s04_an_issuer_vouches_for_its_kinds_and_regions_only() {
    let house = House::new();
    let roles = |roles: Value| house.officer(json!({"realm": {"roles": roles}}));
    assert!(why(roles(json!(["AUTHORITY", "authority"]))).contains("may vouch for"));
    assert!(why(roles(json!(["OFFICER", "USER"]))).contains("two kinds"));
    assert!(why(house.officer(json!({"realm": null}))).contains("may vouch for"));
    let of = |region: &str| house.officer(json!({"xzqh": region}));
    assert!(of("652301105").is_ok());
    for foreign in ["650000", "652400", "110101"] {
        assert!(why(of(foreign)).contains("no say in its region"), "{foreign}");
    }
    assert!(why(of("6523")).contains("names no region"));
    // What a handler sees is decided by the agency.
    let of = |agency: &str| house.officer(json!({"orgCode": agency}));
    assert!(of("652301-b07").is_ok());
    for foreign in ["652301-a05", "652302-b07", "b"] {
        assert!(why(of(foreign)).contains("no say in its agency"), "{foreign}");
    }
    for nobody in ["", "auth0|5f", "a\u{200B}"] {
        assert!(why(house.officer(json!({"sub": nobody}))).contains("nobody"), "{nobody}");
    }
    // By the deployment's own words, which are not this issuer's.
    let own = json!({"kind": "authority", "region": "652301"});
    let token = house.pair.token(&claims(own));
    assert!(matches!(admitted::<Authority>(&house.gate, &token), Err(Failure::Denied(_))));
    let unsaid = About { regions: Vec::new(), ..about(KeySource::File("x".into())) };
    let refused = Issuer::new(unsaid).map(drop).unwrap_err().to_string();
    assert!(refused.contains("regions is missing"), "{refused}");
    let unsaid = About { agencies: Vec::new(), ..about(KeySource::File("x".into())) };
    let refused = Issuer::new(unsaid).map(drop).unwrap_err().to_string();
    assert!(refused.contains("agencies is missing"), "{refused}");
}

#[test]
fn s04_who_names_no_kind_is_none_even_if_the_issuer_vouches_for_one_only() {
    let house = House::new();
    for (word, is_admitted) in [("OFFICER", false), ("", true)] {
        let source = KeySource::File(house.folder.path().join("jwks.json"));
        let about = About { kinds: [(Kind::Handler, word.to_owned())].into(), ..about(source) };
        let gate = Gate::new(&Keys::make(), clock()).unwrap();
        let gate = gate.with_issuers(vec![Issuer::new(about).unwrap()]);
        let token = house.pair.token(&claims(json!({"realm": null})));
        assert_eq!(admitted::<Officer>(&gate, &token).is_ok(), is_admitted, "{word}");
    }
}

#[test]
fn s04_foreign_expired_early_and_forged_tokens_of_an_issuer_are_refused() {
    let house = House::new();
    for (other, said) in [
        (json!({"aud": "other"}), "not valid"),
        (json!({"iss": "https://elsewhere"}), "issuer is not known"),
        (json!({"exp": clock().now().as_second()}), "expired"),
        (json!({"exp": null}), "not valid"),
        (json!({"nbf": clock().now().as_second() + 61}), "not valid yet"),
    ] {
        assert!(why(house.officer(other)).contains(said), "{said}");
    }
    // Without an issuer's name it would be the deployment's own, which has another key.
    assert!(why(house.officer(json!({"iss": null}))).contains("not valid"));
    let stranger = Pair::new("a", 9).token(&claims(json!({})));
    assert!(why(admitted::<Officer>(&house.gate, &stranger)).contains("not valid"));
    let unknown = Pair::new("b", 1).token(&claims(json!({})));
    assert!(why(admitted::<Officer>(&house.gate, &unknown)).contains("key is not known"));
    // The public key as a secret: the algorithm is not the token's to choose.
    let public = house.pair.key.verifying_key();
    let mut header = Header::new(Algorithm::HS256);
    header.kid = Some("a".to_owned());
    let secret = EncodingKey::from_secret(public.as_bytes());
    let forged = jsonwebtoken::encode(&header, &claims(json!({})), &secret).unwrap();
    assert!(why(admitted::<Officer>(&house.gate, &forged)).contains("not valid"));
}

#[test]
fn s04_keys_that_are_secret_weak_or_for_something_else_are_not_believed() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("jwks.json");
    let read = |text: &str| {
        fs::write(&path, text).unwrap();
        Issuer::new(about(KeySource::File(path.clone()))).map(drop).map_err(|why| why.to_string())
    };
    let mut encrypts = Pair::new("a", 1).public();
    encrypts["use"] = json!("enc");
    let weak = json!({"kty": "RSA", "kid": "a", "n": "AQAB", "e": "AQAB"});
    let secret = json!({"kty": "oct", "kid": "a", "alg": "HS256", "k": "AQAB"});
    for key in [encrypts, weak, secret] {
        let refused = read(&set(std::slice::from_ref(&key))).unwrap_err();
        assert!(refused.contains("jwks.json: holds no public key"), "{key}: {refused}");
    }
    assert!(read("<html>").unwrap_err().contains("jwks.json: is no JWKS"));
    assert!(read(&set(&[Pair::new("a", 1).public()])).is_ok());
}

#[tokio::test]
async fn s04_a_withdrawn_key_admits_nobody_any_more_and_a_new_one_does() {
    let house = House::new();
    let stop = Stop::default();
    let issuer = house.gate.issuers()[0].clone();
    let keeping = tokio::spawn(issuer.keep_fresh(house.gate.clone(), stop.clone()));
    assert!(house.officer(json!({})).is_ok());
    let next = Pair::new("b", 2);
    fs::write(house.folder.path().join("jwks.json"), set(&[next.public()])).unwrap();
    let token = next.token(&claims(json!({})));
    until("the new key is known", async || admitted::<Officer>(&house.gate, &token).is_ok()).await;
    assert!(house.officer(json!({})).is_err(), "remembered or not");
    fs::write(house.folder.path().join("jwks.json"), "half").unwrap();
    stop.stop();
    keeping.await.unwrap();
    assert!(admitted::<Officer>(&house.gate, &token).is_ok(), "what is no set changes nothing");
}

#[tokio::test]
async fn s04_keys_at_an_address_are_fetched_over_tls_from_who_is_known() {
    crate::tls::install();
    let folder = tempfile::tempdir().unwrap();
    let authority = certificates::Authority::new();
    let own = authority.server(folder.path(), "server", &["localhost"]);
    let ca = authority.write(folder.path(), "ca.crt");
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("https://localhost:{}/jwks", listener.local_addr().unwrap().port());
    let shown = Arc::new(Mutex::new(set(&[Pair::new("a", 1).public()])));
    let answer = Arc::clone(&shown);
    let acceptor = TlsAcceptor::from(crate::tls::for_http(&own));
    tokio::spawn(async move {
        loop {
            let (stream, _) = listener.accept().await.unwrap();
            let Ok(mut stream) = acceptor.accept(stream).await else { continue };
            let mut asked = [0; 4_096];
            let _ = stream.read(&mut asked).await;
            let body = answer.lock().unwrap().clone();
            let length = body.len();
            let head = format!("HTTP/1.1 200 OK\r\ncontent-length: {length}\r\n\r\n");
            let _ = stream.write_all(format!("{head}{body}").as_bytes()).await;
            let _ = stream.shutdown().await;
        }
    });
    let stranger = certificates::Authority::new().write(folder.path(), "stranger.crt");
    let refused = keyring::of_address(&url, Some(&stranger)).await.map(drop).unwrap_err();
    assert!(refused.to_string().contains("BadSignature"), "{refused}");
    let source = KeySource::Address { url, ca: Some(ca) };
    let issuer = Issuer::new(about(source)).unwrap();
    let gate = Gate::new(&Keys::make(), clock()).unwrap().with_issuers(vec![issuer.clone()]);
    let token = Pair::new("a", 1).token(&claims(json!({})));
    assert!(admitted::<Officer>(&gate, &token).is_err(), "nothing is known yet");
    issuer.read_again(&gate).await.unwrap();
    assert!(admitted::<Officer>(&gate, &token).is_ok());
    *shown.lock().unwrap() = set(&[Pair::new("b", 2).public()]);
    issuer.read_again(&gate).await.unwrap();
    assert!(admitted::<Officer>(&gate, &token).is_err());
}

#[test]
fn s04_what_an_issuer_signed_can_be_revoked_by_its_id_and_by_whom_it_names() {
    let house = House::new();
    let now = clock().now();
    let revoke = |what: crate::auth::revocation::Revoked| {
        let revocation = crate::auth::revocation::Revocation { what, at: now, until: now };
        house.gate.revoked("intake", Known::new(vec![revocation]));
    };
    let signed = |id: &str, iat: i64| house.officer(json!({"jti": id, "iat": iat}));
    let (before, after) = (now.as_second() - 1, now.as_second() + 1);
    revoke(crate::auth::revocation::Revoked::Token("t1".to_owned()));
    assert!(why(signed("t1", before)).contains("revoked"));
    assert!(signed("t2", before).is_ok() && house.officer(json!({})).is_ok());
    revoke(crate::auth::revocation::Revoked::Caller("652301-s05".to_owned()));
    assert!(why(signed("t2", before)).contains("revoked"), "remembered or not");
    assert!(why(house.officer(json!({}))).contains("revoked"), "and what does not say when");
    assert!(signed("t3", after).is_ok(), "a new one is good");
    assert!(admitted::<Terminal>(&house.gate, "x").is_err());
}
