//! Stops a terminal: what was signed for it counts no more, for any service.

use domain::violation::{Violations, identifier};
use jiff::Timestamp;
use platform::{
    auth::{
        Guardian,
        revocation::{self, Revocation, Revoked},
    },
    convert::to_wire,
    once::Recognised,
};
use proto::{
    catalog::v1::{RevokeTerminalRequest, RevokeTerminalResponse},
    fact::v1::{TerminalStopped, fact::Body},
};
use sea_orm::ActiveValue::Set;
use uuid::Uuid;

use crate::{
    app::terminal::{place_for, refused_until},
    convert::terminal::{chosen_reason, terminal_to_wire},
    entity::terminal::{self, STOPPED},
    error::Error,
    state::Catalog,
    store,
};

pub(crate) async fn run(
    catalog: &Catalog,
    caller: Guardian,
    request: RevokeTerminalRequest,
) -> Result<RevokeTerminalResponse, Error> {
    let mut wrong = Violations::default();
    let request_id = request.request_id.parse::<Uuid>().map_err(|_| "is no UUID");
    let request_id = wrong.take("request_id", request_id);
    wrong.take("terminal_id", identifier(&request.terminal_id));
    let reason = wrong.take("reason", chosen_reason(request.reason));
    let (Some(request_id), Some(reason)) = wrong.finish((request_id, reason))? else {
        return Err(Violations::default().into());
    };
    let id = &request.terminal_id;
    let place = place_for(catalog, caller.officer(), id).await?;
    let (shell, by) = (&catalog.shell, caller.officer().id().as_bytes());
    let key = shell.requests.key(by, "RevokeTerminal", request_id, &request);
    let asked = shell.once(&catalog.store, key).await?;
    let txn = match asked.recognise().await? {
        Recognised::Before(answer) => return Ok(answer),
        Recognised::New(txn) => txn,
    };
    let mut row = store::terminal::lock(&*txn, id, &place.unit.region_code).await?;
    let now = shell.clock.now();
    let refused = refused_until(&*txn, id).await?.map_or(now, |until| until.max(now));
    let what = Revoked::Caller(id.clone());
    // For how long other authorities' certificates and tokens are good is not known here.
    revocation::put(&*txn, &Revocation { what, at: refused, until: Timestamp::MAX }).await?;
    row.state = STOPPED;
    row.stopped_at = Some(now.as_microsecond());
    row.stop_reason = i16::try_from(i32::from(reason)).unwrap_or_default();
    row.code_hash = None;
    let set = terminal::ActiveModel {
        state: Set(row.state),
        stopped_at: Set(row.stopped_at),
        stop_reason: Set(row.stop_reason),
        code_hash: Set(None),
        ..Default::default()
    };
    store::terminal::change(&*txn, id, set).await?;
    let stopped = TerminalStopped {
        terminal_id: id.clone(),
        stopped_at: Some(to_wire(refused)),
        reason: reason.into(),
    };
    let terminal = terminal_to_wire(&row, &place, now, catalog.terminals.silent_after)?;
    let answer = RevokeTerminalResponse { terminal: Some(terminal) };
    Ok(txn.finish(answer, vec![Body::TerminalStopped(stopped)]).await?)
}

#[cfg(test)]
mod tests;
