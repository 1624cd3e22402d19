//! Registers a device by its code: it becomes the terminal, and what was before is refused.

use std::net::IpAddr;

use domain::{terminal::RegistrationCode, violation::Violations};
use jiff::{SignedDuration, Timestamp};
use platform::{
    auth::{
        Anyone,
        revocation::{self, Revocation, Revoked},
    },
    clock::instant,
    convert::to_wire,
    once::Recognised,
    status::Failure,
    tls::RequestedKey,
};
use proto::{
    catalog::v1::{RegisterTerminalRequest, RegisterTerminalResponse, TerminalCertificate},
    fact::v1::{TerminalStopped, fact::Body},
    r#type::v1::TerminalStopReason,
};
use sea_orm::{ActiveValue::Set, ConnectionTrait};
use uuid::Uuid;

use crate::{
    app::terminal::{Given, after, code_hash, give, key_hash, place, refused_until, second},
    convert::terminal::shown,
    entity::terminal::{self, ACTIVE},
    error::{Error, TerminalError},
    state::Catalog,
    store::{self, terminal::decode},
};

pub(crate) async fn run(
    catalog: &Catalog,
    _: Anyone,
    network: Option<IpAddr>,
    request: RegisterTerminalRequest,
) -> Result<RegisterTerminalResponse, Error> {
    let (shell, now) = (&catalog.shell, catalog.shell.clock.now());
    let take = |whom| catalog.registrations.take(whom, now);
    let too_many = |again_in| TerminalError::TooMany { again_in };
    // First of all: a signature is checked for nobody who comes too often.
    take(shell.requests.nameless(network)).map_err(too_many)?;
    let mut wrong = Violations::default();
    let request_id = request.request_id.parse::<Uuid>().map_err(|_| "is no UUID");
    let request_id = wrong.take("request_id", request_id);
    let code = wrong.take("code", RegistrationCode::parse(&request.code));
    let device = RequestedKey::read(&request.certificate_request);
    let device = wrong.take("certificate_request", device);
    let (Some(request_id), Some(code), Some(device)) = wrong.finish((request_id, code, device))?
    else {
        return Err(Violations::default().into());
    };
    let (code, key) = (code_hash(&shell.requests, &code), key_hash(&shell.requests, &device));
    take(shell.requests.content(&[b"registration", &code])).map_err(too_many)?;
    // Whoever has the code is who the answer is for.
    let asked = shell.requests.key(&code, "RegisterTerminal", request_id, &request);
    let asked = shell.once(&catalog.store, asked).await?;
    let txn = match asked.recognise().await? {
        Recognised::Before(answer) => return Ok(answer),
        Recognised::New(txn) => txn,
    };
    let row = store::terminal::lock_by_code(&*txn, &code).await?;
    let row = row.ok_or(TerminalError::CodeUnknown)?;
    let place = place(catalog, &row.terminal_id).await?;
    let (certificate, told) = match &row.code_key {
        Some(used) if *used == key => (given_before(&*txn, &row).await?, Vec::new()),
        Some(_) => return Err(TerminalError::CodeUsed.into()),
        None => {
            let ended_at = instant(row.code_ends_at.unwrap_or_default());
            if ended_at <= now {
                return Err(TerminalError::CodeEnded { ended_at }.into());
            }
            let refused = refuse_others(&*txn, &row.terminal_id, now).await?;
            let begin = after(refused);
            let given = give(catalog, &*txn, &row.terminal_id, &device, begin).await?;
            store::terminal::change(&*txn, &row.terminal_id, used(&row, key, &given, now)).await?;
            let stopped = TerminalStopped {
                terminal_id: row.terminal_id.clone(),
                stopped_at: Some(to_wire(refused)),
                reason: TerminalStopReason::Replaced.into(),
            };
            (given.certificate, vec![Body::TerminalStopped(stopped)])
        }
    };
    let answer = RegisterTerminalResponse {
        configuration: Some(shown(&row, &place)?),
        terminal_id: row.terminal_id,
        certificate: Some(certificate),
    };
    Ok(txn.finish(answer, told).await?)
}

/// The certificate that a used code gave.
async fn given_before(
    connection: &impl ConnectionTrait,
    row: &terminal::Model,
) -> Result<TerminalCertificate, Error> {
    let serial = row.serial.as_deref().unwrap_or_default();
    let kept = store::terminal::certificate(connection, &row.terminal_id, serial).await?;
    // Renewed so often since that it is not kept any more: its code is of no use either.
    let kept = kept.ok_or(TerminalError::CodeUsed)?;
    Ok(decode(&kept)?)
}

/// Refuses everything that was signed for a terminal until a moment ago; returns until when. Always,
/// even if nothing is known of a device before: a restored backup may have forgotten one, which then
/// stops, and is seen, instead of being one of two.
async fn refuse_others(
    txn: &impl ConnectionTrait,
    terminal_id: &str,
    now: Timestamp,
) -> Result<Timestamp, Failure> {
    let a_moment_ago = second(now).saturating_add(SignedDuration::from_secs(-1)).unwrap_or(now);
    let refused = refused_until(txn, terminal_id).await?.map_or(a_moment_ago, second);
    let newest = store::terminal::newest_begin(txn, terminal_id).await?;
    let newest = newest.map_or(a_moment_ago, instant);
    let at = a_moment_ago.max(refused).max(newest);
    let what = Revoked::Caller(terminal_id.to_owned());
    revocation::put(txn, &Revocation { what, at, until: Timestamp::MAX }).await?;
    Ok(at)
}

/// What a terminal is once its code is used.
fn used(
    row: &terminal::Model,
    key: Vec<u8>,
    given: &Given,
    now: Timestamp,
) -> terminal::ActiveModel {
    let at = Set(Some(now.as_microsecond()));
    let mut set = terminal::ActiveModel {
        state: Set(ACTIVE),
        code_key: Set(Some(key)),
        serial: Set(Some(given.serial.clone())),
        registered_at: at.clone(),
        certificate_ends_at: Set(Some(given.ends_at.as_microsecond())),
        heard_at: at.clone(),
        silence_told: Set(false),
        ..Default::default()
    };
    if row.state == ACTIVE {
        set.stopped_at = at;
        set.stop_reason = Set(i16::try_from(i32::from(TerminalStopReason::Replaced)).unwrap_or(0));
    }
    set
}

#[cfg(test)]
mod tests;
