//! Certificates for terminals: what a device asks for, and the authority that signs it. Of a request
//! (PKCS#10, RFC 2986) nothing is believed but its public key, and that its maker holds the private
//! one. Whom a certificate names is said by who calls this.

use std::{fmt, fs, path::Path, sync::Arc, time::Duration};

use jiff::{Timestamp, tz::TimeZone};
use rcgen::{
    CertificateParams, DistinguishedName, DnType, DnValue, ExtendedKeyUsagePurpose, Issuer,
    KeyPair, KeyUsagePurpose, PublicKeyData, SanType, SerialNumber, SignatureAlgorithm,
    date_time_ymd,
};
use rustls::pki_types::{CertificateDer, UnixTime};
use webpki::{EndEntityCert, KeyUsage, anchor_from_trusted_cert, ring::ECDSA_P256_SHA256};

use super::{
    TlsError, certificates,
    dates::{SEQUENCE, element},
    validity,
};
use crate::auth::certificate_uri;

/// The length of a serial number, in bytes: unforeseeable and never twice.
pub const SERIAL_BYTES: usize = 16;
/// The longest request, in bytes: one with a key and a name has a few hundred.
const MAX_REQUEST: usize = 4 << 10;
/// Tags of DER.
const INTEGER: u8 = 0x02;
const BIT_STRING: u8 = 0x03;
const OID: u8 = 0x06;
const UTF8: u8 = 0x0C;
const PRINTABLE: u8 = 0x13;
const IA5: u8 = 0x16;
const SET: u8 = 0x31;

/// The public key that a device asks a certificate for (ECDSA on P-256), and holds the private one of.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RequestedKey(Vec<u8>);

impl RequestedKey {
    /// Reads a certificate request (PKCS#10, DER) and checks its signature.
    ///
    /// # Errors
    /// What is wrong with it.
    pub fn read(request: &[u8]) -> Result<Self, &'static str> {
        if request.len() > MAX_REQUEST {
            return Err("is longer than 4 KiB");
        }
        let (key, signed, signature) = parts(request)
            .ok_or("is no certificate request (PKCS#10) for an ECDSA key on P-256 with SHA-256")?;
        ECDSA_P256_SHA256
            .verify_signature(key, signed, signature)
            .map_err(|_| "is not signed by the key in it")?;
        Ok(Self(key.to_vec()))
    }

    /// The key, as it stands in a certificate.
    #[must_use]
    pub fn bytes(&self) -> &[u8] {
        &self.0
    }
}

/// The key, what is signed, and the signature.
fn parts(request: &[u8]) -> Option<(&[u8], &[u8], &[u8])> {
    let whole = of(request, SEQUENCE).filter(|(_, rest)| rest.is_empty())?.0;
    let (info, rest) = of(whole, SEQUENCE)?;
    let signed = whole.get(..whole.len() - rest.len())?;
    let (algorithm, rest) = of(rest, SEQUENCE)?;
    let signature = bits(rest).filter(|(_, rest)| rest.is_empty())?.0;
    let (_, info) = of(info, INTEGER)?;
    let (_, info) = of(info, SEQUENCE)?;
    let (key, _) = of(info, SEQUENCE)?;
    let (key_algorithm, key) = of(key, SEQUENCE)?;
    let key = bits(key).filter(|(_, rest)| rest.is_empty())?.0;
    let is_known = algorithm == ECDSA_P256_SHA256.signature_alg_id().as_ref()
        && key_algorithm == ECDSA_P256_SHA256.public_key_alg_id().as_ref();
    is_known.then_some((key, signed, signature))
}

/// What the first element holds, if it is of this kind, and what follows it.
fn of(bytes: &[u8], tag: u8) -> Option<(&[u8], &[u8])> {
    let (found, held, rest) = element(bytes)?;
    (found == tag).then_some((held, rest))
}

/// The same for whole bytes in a bit string.
fn bits(bytes: &[u8]) -> Option<(&[u8], &[u8])> {
    let (held, rest) = of(bytes, BIT_STRING)?;
    Some((held.strip_prefix(&[0])?, rest))
}

impl PublicKeyData for RequestedKey {
    fn der_bytes(&self) -> &[u8] {
        &self.0
    }

    fn algorithm(&self) -> &'static SignatureAlgorithm {
        &rcgen::PKCS_ECDSA_P256_SHA256
    }
}

/// The authority that signs certificates of terminals. Its key signs nothing else.
#[derive(Clone)]
pub struct TerminalAuthority(Arc<Inner>);

struct Inner {
    issuer: Issuer<'static, KeyPair>,
    /// Its own certificate, then those up to an authority that the services know.
    chain: Vec<CertificateDer<'static>>,
    ends: Timestamp,
}

impl fmt::Debug for TerminalAuthority {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("TerminalAuthority")
    }
}

impl TerminalAuthority {
    /// Reads its certificate (PEM: its own, then those up to an authority that the services know) and
    /// its private key (PKCS#8 PEM), and tries whether what it signs is believed.
    ///
    /// # Errors
    /// [`TlsError`] naming the file.
    pub fn read(certificate: &Path, key: &Path, now: Timestamp) -> Result<Self, TlsError> {
        let file = |path: &Path| {
            let error = |source| TlsError::File { path: path.display().to_string(), source };
            fs::read(path).map_err(error)
        };
        let wrong = |reason: &str| TlsError::content(certificate, reason);
        let chain = certificates(certificate, &file(certificate)?)?;
        let own = chain.first().ok_or_else(|| wrong("holds no certificate in PEM"))?;
        let pem = String::from_utf8(file(key)?).ok();
        let signing = pem.and_then(|pem| KeyPair::from_pem(&pem).ok());
        let signing =
            signing.ok_or_else(|| TlsError::content(key, "holds no private key in PKCS#8 PEM"))?;
        let name = EndEntityCert::try_from(own).ok().and_then(|own| name(own.subject()));
        let mut params = CertificateParams::default();
        params.distinguished_name =
            name.ok_or_else(|| wrong("has a name that is not written in UTF-8 or ASCII"))?;
        params.key_usages = vec![KeyUsagePurpose::KeyCertSign];
        let ends = validity(own).map(|(_, ends)| ends).filter(|ends| *ends > now);
        let ends = ends.ok_or_else(|| wrong("has expired"))?;
        let issuer = Issuer::new(params, signing);
        let authority = Self(Arc::new(Inner { issuer, chain: chain.clone(), ends }));
        match authority.is_believed(own, now) {
            true => Ok(authority),
            false => {
                let key = key.display();
                Err(wrong(&format!("is no certificate of an authority whose key is in {key}")))
            }
        }
    }

    /// Whether somebody who knows its certificate believes what it signs.
    fn is_believed(&self, own: &CertificateDer<'_>, now: Timestamp) -> bool {
        let Ok(anchor) = anchor_from_trusted_cert(own) else { return false };
        let Ok(key) = KeyPair::generate() else { return false };
        let Ok(tried) = self.sign("probe", &key, (now, self.0.ends), [1; SERIAL_BYTES]) else {
            return false;
        };
        let seconds = u64::try_from(now.as_second()).unwrap_or_default();
        let at = UnixTime::since_unix_epoch(Duration::from_secs(seconds.saturating_add(1)));
        let algorithms = webpki::ALL_VERIFICATION_ALGS;
        let usage = KeyUsage::client_auth();
        EndEntityCert::try_from(&tried).is_ok_and(|tried| {
            tried.verify_for_usage(algorithms, &[anchor], &[], at, usage, None, None).is_ok()
        })
    }

    /// Signs a certificate that names a terminal, good from one instant to another, at most as long as
    /// the authority's own. Returns the chain, in DER, and its end.
    ///
    /// # Errors
    /// Why it cannot be signed.
    pub fn issue(
        &self,
        terminal_id: &str,
        key: &RequestedKey,
        (begin, end): (Timestamp, Timestamp),
        serial: [u8; SERIAL_BYTES],
    ) -> Result<(Vec<Vec<u8>>, Timestamp), rcgen::Error> {
        let end = end.min(self.0.ends);
        let signed = self.sign(terminal_id, key, (begin, end), serial)?;
        let chain = [&signed].into_iter().chain(&self.0.chain);
        Ok((chain.map(|certificate| certificate.to_vec()).collect(), end))
    }

    fn sign(
        &self,
        terminal_id: &str,
        key: &impl PublicKeyData,
        (begin, end): (Timestamp, Timestamp),
        serial: [u8; SERIAL_BYTES],
    ) -> Result<CertificateDer<'static>, rcgen::Error> {
        let mut params = CertificateParams::default();
        params.distinguished_name = DistinguishedName::new();
        params.distinguished_name.push(DnType::CommonName, terminal_id);
        let uri = certificate_uri("terminal", terminal_id);
        params.subject_alt_names = vec![SanType::URI(uri.try_into()?)];
        params.key_usages = vec![KeyUsagePurpose::DigitalSignature];
        params.extended_key_usages = vec![ExtendedKeyUsagePurpose::ClientAuth];
        params.serial_number = Some(SerialNumber::from(serial.to_vec()));
        let time = |at: Timestamp| {
            let date = TimeZone::UTC.to_datetime(at).date();
            let number = |number: i8| u8::try_from(number).unwrap_or(1);
            let midnight =
                date_time_ymd(i32::from(date.year()), number(date.month()), number(date.day()));
            let second = u64::try_from(at.as_second().rem_euclid(24 * 3_600)).unwrap_or_default();
            midnight + Duration::from_secs(second)
        };
        (params.not_before, params.not_after) = (time(begin), time(end));
        Ok(params.signed_by(key, &self.0.issuer)?.der().clone())
    }
}

/// A name, from what the certificate of an authority holds of it.
fn name(mut subject: &[u8]) -> Option<DistinguishedName> {
    let mut name = DistinguishedName::new();
    while !subject.is_empty() {
        let (part, rest) = of(subject, SET)?;
        // One that has several values at once is written in an order of its own.
        let (pair, more) = of(part, SEQUENCE)?;
        let (kind, value) = of(pair, OID)?;
        let (tag, value, end) = element(value)?;
        if !more.is_empty() || !end.is_empty() {
            return None;
        }
        let text = std::str::from_utf8(value).ok()?;
        let value = match tag {
            UTF8 => DnValue::Utf8String(text.to_owned()),
            PRINTABLE => DnValue::PrintableString(text.try_into().ok()?),
            IA5 => DnValue::Ia5String(text.try_into().ok()?),
            _ => return None,
        };
        name.push(DnType::from_oid(&numbers(kind)?), value);
        subject = rest;
    }
    Some(name)
}

/// The numbers of an object identifier.
fn numbers(bytes: &[u8]) -> Option<Vec<u64>> {
    let mut numbers = Vec::new();
    let mut number = 0_u64;
    for byte in bytes {
        number = number.checked_mul(128)?.checked_add(u64::from(byte & 0x7F))?;
        if byte & 0x80 == 0 {
            if numbers.is_empty() {
                let first = (number / 40).min(2);
                numbers.push(first);
                number -= first * 40;
            }
            numbers.push(number);
            number = 0;
        }
    }
    Some(numbers)
}

#[cfg(test)]
mod tests;
