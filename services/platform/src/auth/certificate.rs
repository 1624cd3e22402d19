//! Callers known by the certificate of their connection: terminals and peers. The server verifies it
//! against `tls.client_ca` and passes on what it says in a header of its own, which nobody else can
//! set.

use rustls::pki_types::CertificateDer;
use tonic::{
    codegen::http::{HeaderMap, HeaderName, HeaderValue},
    metadata::MetadataMap,
};
use webpki::EndEntityCert;

use super::{Caller, Claims};
use crate::tls::validity;

/// The header. The server takes it away from every request that brings one.
const HEADER: HeaderName = HeaderName::from_static("x-pingyi-certificate");
/// How the URI in a certificate begins that names a caller.
const URI: &str = "urn:pingyi:";

/// The URI (a subject alternative name) in the certificate of a caller; `kind` is `terminal` or
/// `peer`.
#[must_use]
pub fn certificate_uri(kind: &str, id: &str) -> String {
    format!("{URI}{kind}:{id}")
}

/// Says in a request's headers whom the certificate of its connection names, and takes away what
/// the request says itself.
pub(crate) fn mark(headers: &mut HeaderMap, certificate: Option<&CertificateDer<'static>>) {
    headers.remove(HEADER);
    let named = certificate.and_then(|certificate| {
        // A beginning that cannot be told was before all that is revoked; an end that cannot is none.
        let (begin, end) = validity(certificate)
            .map_or((0, i64::MAX), |(begin, end)| (begin.as_second(), end.as_second()));
        let certificate = EndEntityCert::try_from(certificate).ok()?;
        let mut names = certificate.valid_uri_names().filter_map(|uri| uri.strip_prefix(URI));
        // One of several could be chosen by whoever calls.
        let name = names.next().filter(|_| names.next().is_none())?;
        let serial = serial(&certificate);
        HeaderValue::from_str(&format!("{begin}:{end}:{serial}:{name}")).ok()
    });
    if let Some(named) = named {
        headers.insert(HEADER, named);
    }
}

/// A certificate's serial number in hexadecimal digits, which its authority gives once.
fn serial(certificate: &EndEntityCert<'_>) -> String {
    certificate.serial().iter().map(|byte| format!("{byte:02x}")).collect()
}

/// Who calls by the certificate of the connection, if anybody. A certificate is good until its own
/// end, also on a connection that is older; it counts as signed when it begins.
pub(super) fn claims(metadata: &MetadataMap) -> Option<Claims> {
    let named = metadata.get(HEADER.as_str())?.to_str().ok()?;
    let mut parts = named.splitn(5, ':');
    let (begin, end, serial) = (parts.next()?, parts.next()?, parts.next()?);
    let (kind, id) = (parts.next()?, parts.next()?);
    let (iat, exp) = (Some(begin.parse().ok()?), end.parse().ok()?);
    let caller = match kind {
        "terminal" => Caller::Terminal,
        "peer" => Caller::Peer,
        _ => return None,
    };
    let (sub, certificate) = (id.to_owned(), Some(serial.to_owned()));
    Some(Claims { aud: String::new(), sub, exp, iat, jti: None, certificate, caller })
}
