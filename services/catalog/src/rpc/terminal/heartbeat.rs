//! Hears how a terminal is, and says what it should do. It costs one statement that writes, and keeps
//! no answer: the last one counts, however often it comes.

use domain::{terminal::renew_from, violation::Violations};
use platform::{
    auth::Terminal,
    clock::instant,
    convert::{instant_of, to_wire},
};
use proto::{
    catalog::v1::{HeartbeatRequest, HeartbeatResponse},
    r#type::v1::TerminalStopReason,
};
use sea_orm::ActiveValue::Set;

use crate::{
    app::terminal::place,
    convert::terminal::{check_health, shown},
    entity::terminal::{self, STOPPED},
    error::Error,
    state::Catalog,
    store::{self, terminal::unknown},
};

/// How often a terminal is heard: a fleet of thousands costs some writes a second.
const EVERY: u32 = 60;

pub(crate) async fn run(
    catalog: &Catalog,
    caller: Terminal,
    request: HeartbeatRequest,
) -> Result<HeartbeatResponse, Error> {
    let health = request.health.unwrap_or_default();
    let mut wrong = Violations::default();
    check_health(&mut wrong, &health);
    let clock = wrong.take("clock", instant_of(request.clock.as_ref()));
    let clock = wrong.finish(clock)?;
    let (store, now) = (&catalog.store, catalog.shell.clock.now());
    let place = place(catalog, caller.id()).await?;
    let row = store::terminal::terminal(store.read(), caller.id()).await?;
    let row = match row {
        Some(row) => row,
        None => {
            // It calls with a token, before the organisation was looked at.
            let row = unknown(caller.id(), &place.unit.region_code);
            store.note(store::terminal::add(store.write(), [row.clone()]).await)?;
            row
        }
    };
    let ahead = clock.map_or(0, |clock| clock.duration_since(now).as_millis());
    let seconds = i64::try_from(health.oldest_waiting_seconds).unwrap_or(i64::MAX);
    let set = terminal::ActiveModel {
        heard_at: Set(Some(now.as_microsecond())),
        silence_told: Set(false),
        software_version: Set(health.software_version),
        clock_ahead: Set(i64::try_from(ahead).unwrap_or_default()),
        waiting: Set(health.waiting_ratings.into()),
        room: Set(health.waiting_room.into()),
        oldest_waiting_seconds: Set(seconds),
        screen_error: Set(health.last_screen_error),
        shown_version: Set(health.configuration_version),
        ..Default::default()
    };
    store.note(store::terminal::change(store.write(), caller.id(), set).await)?;
    let stop_reason = if row.state == STOPPED { why(row.stop_reason) } else { "" };
    Ok(HeartbeatResponse {
        server_time: Some(to_wire(now)),
        configuration_version: shown(&row, &place)?.version,
        renew_certificate: is_due(catalog, &caller).await?,
        stopped: !stop_reason.is_empty(),
        stop_reason: stop_reason.to_owned(),
        next_heartbeat_seconds: EVERY,
    })
}

/// Whether the certificate that a terminal comes with is to be renewed.
async fn is_due(catalog: &Catalog, caller: &Terminal) -> Result<bool, Error> {
    let Some(serial) = caller.certificate() else { return Ok(false) };
    let kept = store::terminal::certificate(catalog.store.read(), caller.id(), serial).await?;
    let now = catalog.shell.clock.now();
    Ok(kept.is_some_and(|kept| renew_from(instant(kept.begins_at), instant(kept.ends_at)) <= now))
}

/// Why it serves nobody, for its screen. Visitors need not know more.
fn why(reason: i16) -> &'static str {
    match TerminalStopReason::try_from(i32::from(reason)) {
        Ok(TerminalStopReason::Repair) => "终端检修中，请到窗口。",
        _ => "终端停用，请到窗口。",
    }
}

#[cfg(test)]
mod tests;
