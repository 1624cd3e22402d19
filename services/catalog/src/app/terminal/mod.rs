//! What several RPCs about terminals share: where one stands, its code, its certificate.

use domain::{
    deadline::day_of,
    organization::{Organization, UnitKind},
    terminal::{RegistrationCode, renew_from},
};
use jiff::{SignedDuration, Timestamp};
use platform::{
    auth::{
        Officer,
        revocation::{self, Revoked},
    },
    convert::to_wire,
    random,
    request::Requests,
    status::Failure,
    tls::{RequestedKey, SERIAL_BYTES},
};
use prost::Message as _;
use proto::catalog::v1::TerminalCertificate;
use sea_orm::ConnectionTrait;

use crate::{
    convert::terminal::Place,
    entity::terminal_certificate,
    error::{Error, TerminalError},
    state::Catalog,
    store,
};

/// Where a terminal stands today, by what is known of the organisation.
pub(crate) fn place_in(organization: &Organization, id: &str, now: Timestamp) -> Option<Place> {
    let today = day_of(now);
    // What took a terminal's place is another one.
    let unit = organization.on(id, today).filter(|unit| unit.id == id)?;
    let hall = unit.hall_id.as_deref().and_then(|hall| organization.on(hall, today));
    let hall_name = hall.map(|hall| hall.name.clone()).unwrap_or_default();
    (unit.kind == UnitKind::Terminal).then(|| Place { unit: unit.clone(), hall_name })
}

/// Where a terminal stands today.
pub(crate) async fn place(catalog: &Catalog, id: &str) -> Result<Place, Error> {
    let view = catalog.memory.view().await?;
    let place = place_in(&view.organization, id, catalog.shell.clock.now());
    Ok(place.ok_or(TerminalError::NotFound)?)
}

/// The same, within an officer's region.
pub(crate) async fn place_for(
    catalog: &Catalog,
    caller: &Officer,
    id: &str,
) -> Result<Place, Error> {
    let place = place(catalog, id).await?;
    match caller.reaches(&place.unit.region_code) {
        true => Ok(place),
        false => Err(TerminalError::NotFound.into()),
    }
}

/// What is kept of a code.
pub(crate) fn code_hash(requests: &Requests, code: &RegistrationCode) -> Vec<u8> {
    requests.content(&[b"registration code", code.as_bytes()]).to_vec()
}

/// What is kept of a device's key, to know it again.
pub(crate) fn key_hash(requests: &Requests, key: &RequestedKey) -> Vec<u8> {
    requests.content(&[b"terminal key", key.bytes()]).to_vec()
}

/// Until when what was signed for a terminal is refused, whoever revoked it.
pub(crate) async fn refused_until(
    connection: &impl ConnectionTrait,
    terminal_id: &str,
) -> Result<Option<Timestamp>, Failure> {
    let what = Revoked::Caller(terminal_id.to_owned());
    Ok(revocation::when(connection, &what).await?)
}

/// A whole second, which is what certificates and revocations are compared by.
pub(crate) fn second(at: Timestamp) -> Timestamp {
    Timestamp::from_second(at.as_second()).unwrap_or(at)
}

/// A certificate that was signed and kept.
pub(crate) struct Given {
    pub(crate) certificate: TerminalCertificate,
    pub(crate) serial: String,
    pub(crate) ends_at: Timestamp,
}

/// Signs a certificate for a device's key, good from an instant, and keeps it.
pub(crate) async fn give(
    catalog: &Catalog,
    txn: &impl ConnectionTrait,
    terminal_id: &str,
    key: &RequestedKey,
    begin: Timestamp,
) -> Result<Given, Error> {
    let terminals = &catalog.terminals;
    let authority = terminals.authority.as_ref().ok_or(TerminalError::NotOffered)?;
    let end = second(catalog.shell.clock.now())
        .saturating_add(terminals.certificate_for)
        .unwrap_or(Timestamp::MAX);
    let number = serial()?;
    let issued = authority.issue(terminal_id, key, (begin, end), number);
    let (chain, end) = issued
        .map_err(|error| Failure::Internal(format!("a certificate cannot be signed: {error}")))?;
    let certificate = TerminalCertificate {
        chain,
        not_before: Some(to_wire(begin)),
        not_after: Some(to_wire(end)),
        renew_from: Some(to_wire(renew_from(begin, end))),
    };
    let serial: String = number.iter().map(|byte| format!("{byte:02x}")).collect();
    let row = terminal_certificate::Model {
        serial: serial.clone(),
        terminal_id: terminal_id.to_owned(),
        key_hash: key_hash(&catalog.shell.requests, key),
        begins_at: begin.as_microsecond(),
        ends_at: end.as_microsecond(),
        body: certificate.encode_to_vec(),
    };
    store::terminal::add_certificate(txn, row).await?;
    Ok(Given { certificate, serial, ends_at: end })
}

/// A new serial number: positive, and never shorter, so that it reads the same everywhere.
fn serial() -> Result<[u8; SERIAL_BYTES], Failure> {
    let mut serial = [0; SERIAL_BYTES];
    serial.copy_from_slice(random::seed()?.get(..SERIAL_BYTES).unwrap_or(&[0; SERIAL_BYTES]));
    serial[0] = (serial[0] & 0x3F) | 0x40;
    Ok(serial)
}

/// The first instant that is not refused after a revocation.
pub(crate) fn after(revoked: Timestamp) -> Timestamp {
    let next = second(revoked).saturating_add(SignedDuration::from_secs(1));
    next.unwrap_or(Timestamp::MAX)
}
