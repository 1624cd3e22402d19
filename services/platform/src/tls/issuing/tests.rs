//! What a certificate request may say, and whom a certificate names.

use std::path::PathBuf;

use tempfile::TempDir;

use super::*;
use crate::{
    auth::{Caller, certificate_uri},
    testing::certificates::Authority,
};

const ID: &str = "652301-t01";

fn now() -> Timestamp {
    "2026-03-02T01:00:00Z".parse().unwrap()
}

fn request(key: &KeyPair) -> Vec<u8> {
    let mut params = CertificateParams::default();
    // What a forger would write.
    let uri = certificate_uri("peer", "intake");
    params.subject_alt_names = vec![SanType::URI(uri.try_into().unwrap())];
    params.serialize_request(key).unwrap().der().to_vec()
}

/// An authority in files, with a name of this form.
fn files(name: &[(DnType, DnValue)]) -> (TempDir, PathBuf, PathBuf) {
    let folder = tempfile::tempdir().unwrap();
    let (certificate, key_file) = (folder.path().join("ca.crt"), folder.path().join("ca.key"));
    let mut params = CertificateParams::default();
    params.is_ca = rcgen::IsCa::Ca(rcgen::BasicConstraints::Constrained(0));
    params.distinguished_name = DistinguishedName::new();
    for (kind, value) in name {
        params.distinguished_name.push(kind.clone(), value.clone());
    }
    let key = KeyPair::generate().unwrap();
    fs::write(&certificate, params.self_signed(&key).unwrap().pem()).unwrap();
    fs::write(&key_file, key.serialize_pem()).unwrap();
    (folder, certificate, key_file)
}

fn named(text: &str) -> (DnType, DnValue) {
    (DnType::CommonName, DnValue::Utf8String(text.to_owned()))
}

#[test]
fn s04_of_a_certificate_request_only_the_key_is_believed_and_its_maker_must_hold_it() {
    let key = KeyPair::generate().unwrap();
    let whole = request(&key);
    let asked = RequestedKey::read(&whole).unwrap();
    assert_eq!(asked.bytes(), key.der_bytes());
    // Whatever bit is another one, no other key comes of it.
    for at in 0..whole.len() {
        let mut forged = whole.clone();
        forged[at] ^= 1;
        assert!(RequestedKey::read(&forged).map_or(true, |read| read == asked), "{at}");
        assert!(RequestedKey::read(&whole[..at]).is_err(), "cut at {at}");
    }
    let mut forged = whole.clone();
    let place = whole.windows(65).position(|part| part == key.der_bytes()).unwrap();
    let stranger = KeyPair::generate().unwrap();
    forged[place..place + 65].copy_from_slice(stranger.der_bytes());
    assert_eq!(RequestedKey::read(&forged), Err("is not signed by the key in it"));
    assert_eq!(RequestedKey::read(&[0x30; 4097]), Err("is longer than 4 KiB"));
    let other = KeyPair::generate_for(&rcgen::PKCS_ED25519).unwrap();
    assert!(RequestedKey::read(&request(&other)).unwrap_err().contains("P-256"));
    for nothing in [&b""[..], b"-----BEGIN CERTIFICATE REQUEST-----", &[0x30, 0x84, 255]] {
        assert!(RequestedKey::read(nothing).is_err());
    }
}

#[test]
fn s04_a_certificate_names_the_terminal_and_nothing_that_was_asked_for() {
    let country = (DnType::CountryName, DnValue::PrintableString("CN".try_into().unwrap()));
    let (_folder, certificate, key_file) = files(&[country, named("示例 CA")]);
    let authority = TerminalAuthority::read(&certificate, &key_file, now()).unwrap();
    let key = KeyPair::generate().unwrap();
    let asked = RequestedKey::read(&request(&key)).unwrap();
    let (begin, end) = (now(), now() + jiff::SignedDuration::from_hours(90 * 24));
    let (chain, ends) = authority.issue(ID, &asked, (begin, end), [7; SERIAL_BYTES]).unwrap();
    assert_eq!((validity(&chain[0]), ends), (Some((begin, end)), end));
    // Whoever knows the authority believes it, and reads who it is.
    let ca = CertificateDer::from(chain[1].clone());
    let leaf = CertificateDer::from(chain[0].clone());
    let verified = |seconds: i64, usage: KeyUsage| {
        let seconds = u64::try_from(begin.as_second() + seconds).unwrap();
        let at = UnixTime::since_unix_epoch(Duration::from_secs(seconds));
        let anchors = [anchor_from_trusted_cert(&ca).unwrap()];
        let read = EndEntityCert::try_from(&leaf).unwrap();
        let algorithms = webpki::ALL_VERIFICATION_ALGS;
        read.verify_for_usage(algorithms, &anchors, &[], at, usage, None, None).is_ok()
    };
    assert!(verified(60, KeyUsage::client_auth()) && !verified(60, KeyUsage::server_auth()));
    assert!(!verified(-60, KeyUsage::client_auth()));
    let mut headers = tonic::codegen::http::HeaderMap::new();
    crate::auth::mark(&mut headers, Some(&leaf));
    let said = headers["x-pingyi-certificate"].to_str().unwrap().to_owned();
    let serial = "07".repeat(SERIAL_BYTES);
    let (begin, end) = (begin.as_second(), end.as_second());
    assert_eq!(said, format!("{begin}:{end}:{serial}:terminal:{ID}"));
    // It is not good for longer than the authority itself.
    let late = "4500-01-01T00:00:00Z".parse().unwrap();
    let (chain, ends) = authority.issue(ID, &asked, (now(), late), [8; SERIAL_BYTES]).unwrap();
    assert!(ends < late && validity(&chain[0]).unwrap().1 == ends);
}

#[test]
fn s04_an_authority_whose_signature_nobody_would_believe_does_not_start() {
    let (folder, certificate, key_file) = files(&[named("One")]);
    let (_other, _, other_key) = files(&[named("Two")]);
    let told = |certificate: &Path, key: &Path, at: &str| {
        let read = TerminalAuthority::read(certificate, key, at.parse().unwrap());
        read.map(drop).map_err(|why| why.to_string()).unwrap_err()
    };
    let today = "2026-03-02T01:00:00Z";
    let mixed = told(&certificate, &other_key, today);
    assert!(mixed.contains("ca.crt: is no certificate of an authority whose key"), "{mixed}");
    let leaf = Authority::new().server(folder.path(), "leaf", &["localhost"]);
    let no_authority = told(&leaf.certificate, &key_file, today);
    assert!(no_authority.contains("leaf.crt: is no certificate of an authority"), "{no_authority}");
    let expired = told(&certificate, &key_file, "5000-01-01T00:00:00Z");
    assert!(expired.contains("ca.crt: has expired"), "{expired}");
    let no_key = told(&certificate, &certificate, today);
    assert!(no_key.contains("ca.crt: holds no private key in PKCS#8 PEM"), "{no_key}");
    assert!(told(&folder.path().join("x"), &key_file, today).contains("No such file"));
}

#[test]
fn s04_no_token_can_say_that_it_is_a_certificate() {
    let said = serde_json::json!({
        "aud": "pingyi", "sub": ID, "exp": 1, "kind": "terminal", "certificate": "07"
    });
    let claims: crate::auth::Claims = serde_json::from_value(said).unwrap();
    assert_eq!((claims.caller, claims.certificate), (Caller::Terminal, None));
}
