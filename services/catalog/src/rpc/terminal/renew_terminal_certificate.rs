//! Renews the certificate of the terminal that calls, without a restart.

use domain::{terminal::renew_from, violation::Violations};
use jiff::SignedDuration;
use platform::{
    auth::Terminal, clock::instant, once::Recognised, status::Failure, tls::RequestedKey,
};
use proto::catalog::v1::{RenewTerminalCertificateRequest, RenewTerminalCertificateResponse};
use sea_orm::ActiveValue::Set;
use uuid::Uuid;

use crate::{
    app::terminal::{after, give, key_hash, place, refused_until, second},
    entity::terminal::{self, ACTIVE},
    error::{Error, TerminalError},
    state::Catalog,
    store::{self, terminal::decode},
};

/// How long before it is given a certificate begins: clocks differ.
const CLOCKS: SignedDuration = SignedDuration::from_hours(1);

pub(crate) async fn run(
    catalog: &Catalog,
    caller: Terminal,
    request: RenewTerminalCertificateRequest,
) -> Result<RenewTerminalCertificateResponse, Error> {
    let mut wrong = Violations::default();
    let request_id = request.request_id.parse::<Uuid>().map_err(|_| "is no UUID");
    let request_id = wrong.take("request_id", request_id);
    let device = RequestedKey::read(&request.certificate_request);
    let device = wrong.take("certificate_request", device);
    let (Some(request_id), Some(device)) = wrong.finish((request_id, device))? else {
        return Err(Violations::default().into());
    };
    let presented = caller.certificate().ok_or(TerminalError::NotRenewable)?;
    let place = place(catalog, caller.id()).await?;
    let shell = &catalog.shell;
    let by = caller.id().as_bytes();
    let key = shell.requests.key(by, "RenewTerminalCertificate", request_id, &request);
    let asked = shell.once(&catalog.store, key).await?;
    let txn = match asked.recognise().await? {
        Recognised::Before(answer) => return Ok(answer),
        Recognised::New(txn) => txn,
    };
    let row = store::terminal::lock(&*txn, caller.id(), &place.unit.region_code).await?;
    let kept = store::terminal::certificate(&*txn, caller.id(), presented).await?;
    let kept = kept.ok_or(TerminalError::NotRenewable)?;
    let refused = refused_until(&*txn, caller.id()).await?;
    // It was stopped, or replaced, less than a second ago: the gate may not know.
    if row.state != ACTIVE || refused.is_some_and(|at| second(at) >= instant(kept.begins_at)) {
        return Err(Failure::TerminalStopped("its certificate is revoked").into());
    }
    let hash = key_hash(&shell.requests, &device);
    let newest = store::terminal::certificate_of_key(&*txn, caller.id(), &hash).await?;
    // It got this one before, and lost it with the answer.
    if let Some(newest) = newest.filter(|newest| newest.begins_at > kept.begins_at) {
        let answer = RenewTerminalCertificateResponse { certificate: Some(decode(&newest)?) };
        return Ok(txn.finish(answer, Vec::new()).await?);
    }
    let now = shell.clock.now();
    let renew_from = renew_from(instant(kept.begins_at), instant(kept.ends_at));
    if now < renew_from {
        return Err(TerminalError::NotDue { renew_from }.into());
    }
    let begin = second(now).saturating_add(-CLOCKS).unwrap_or(now);
    let begin = refused.map_or(begin, |refused| begin.max(after(refused)));
    let given = give(catalog, &*txn, caller.id(), &device, begin).await?;
    let set = terminal::ActiveModel {
        certificate_ends_at: Set(Some(given.ends_at.as_microsecond())),
        ..Default::default()
    };
    store::terminal::change(&*txn, caller.id(), set).await?;
    let answer = RenewTerminalCertificateResponse { certificate: Some(given.certificate) };
    Ok(txn.finish(answer, Vec::new()).await?)
}

#[cfg(test)]
mod tests;
