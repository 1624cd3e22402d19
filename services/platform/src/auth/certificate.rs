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
use crate::tls::not_after;

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
        // An end beyond what can be told is none.
        let end = not_after(certificate).map_or(i64::MAX, |end| end.as_second());
        let certificate = EndEntityCert::try_from(certificate).ok()?;
        let mut names = certificate.valid_uri_names().filter_map(|uri| uri.strip_prefix(URI));
        // One of several could be chosen by whoever calls.
        let name = names.next().filter(|_| names.next().is_none())?;
        HeaderValue::from_str(&format!("{end}:{name}")).ok()
    });
    if let Some(named) = named {
        headers.insert(HEADER, named);
    }
}

/// Who calls by the certificate of the connection, if anybody. A certificate is good until its own
/// end, also on a connection that is older.
pub(super) fn claims(metadata: &MetadataMap) -> Option<Claims> {
    let named = metadata.get(HEADER.as_str())?.to_str().ok()?;
    let (end, named) = named.split_once(':')?;
    let (exp, (kind, id)) = (end.parse().ok()?, named.split_once(':')?);
    let caller = match kind {
        "terminal" => Caller::Terminal,
        "peer" => Caller::Peer,
        _ => return None,
    };
    let sub = id.to_owned();
    Some(Claims { aud: String::new(), sub, exp, iat: None, jti: None, caller })
}
