//! From when until when a certificate is good: what an operator must know before everybody refuses
//! it. rustls checks the dates of others and tells nobody those of its own.

use jiff::{Timestamp, civil::DateTime, tz::TimeZone};

/// The tags of DER that are on the way to the dates.
pub(super) const SEQUENCE: u8 = 0x30;
const VERSION: u8 = 0xA0;
const UTC_TIME: u8 = 0x17;
const GENERALIZED_TIME: u8 = 0x18;

/// The last moment of a certificate (RFC 5280, 4.1.2.5); none if it is no certificate.
pub(crate) fn not_after(certificate: &[u8]) -> Option<Timestamp> {
    validity(certificate).map(|(_, last)| last)
}

/// The first and the last moment of a certificate (RFC 5280, 4.1.2.5); none if it is no certificate,
/// or one of another time than can be told.
pub(crate) fn validity(certificate: &[u8]) -> Option<(Timestamp, Timestamp)> {
    let (_, certificate, _) = element(certificate)?;
    let (_, mut body, _) = element(certificate)?;
    if body.first() == Some(&VERSION) {
        (_, _, body) = element(body)?;
    }
    // Serial number, algorithm, issuer.
    for _ in 0..3 {
        (_, _, body) = element(body)?;
    }
    let (tag, validity, _) = element(body)?;
    let (first_tag, first, rest) = element(validity).filter(|_| tag == SEQUENCE)?;
    let (last_tag, last, _) = element(rest)?;
    let time = |tag, text| time(tag, std::str::from_utf8(text).ok()?);
    Some((time(first_tag, first)?, time(last_tag, last)?))
}

/// The first element: its tag, what it holds, and what follows it.
pub(super) fn element(bytes: &[u8]) -> Option<(u8, &[u8], &[u8])> {
    let (&tag, rest) = bytes.split_first()?;
    let (&first, rest) = rest.split_first()?;
    let (length, rest) = match first {
        0..=0x7F => (usize::from(first), rest),
        _ => {
            let (length, rest) = rest.split_at_checked(usize::from(first & 0x7F))?;
            let known = length.len() <= 4;
            let length = length.iter().fold(0, |sum, byte| (sum << 8) | usize::from(*byte));
            (known.then_some(length)?, rest)
        }
    };
    let (held, rest) = rest.split_at_checked(length)?;
    Some((tag, held, rest))
}

/// `YYMMDDhhmmssZ`, of 1950 to 2049, or `YYYYMMDDhhmmssZ`.
fn time(tag: u8, text: &str) -> Option<Timestamp> {
    let text = match tag {
        UTC_TIME => {
            let century = if text.get(..2)? < "50" { "20" } else { "19" };
            format!("{century}{text}")
        }
        GENERALIZED_TIME => text.to_owned(),
        _ => return None,
    };
    let digits = text.strip_suffix('Z')?;
    let at = DateTime::strptime("%Y%m%d%H%M%S", digits).ok()?;
    TimeZone::UTC.to_timestamp(at).ok()
}
