//! Restricted matters.

use domain::{
    deadline::iso_date,
    restricted::{RestrictedCommand, RestrictedKind, RestrictedState},
    violation::Violations,
};
use platform::convert::Meaningless;
use proto::{
    ticketing::v1::{self as wire, restricted_step::Act},
    r#type::v1::RestrictedKind as WireKind,
};

/// The state of a matter.
pub(crate) fn state(matter: &wire::RestrictedMatter) -> Result<RestrictedState, Meaningless> {
    match matter.state() {
        wire::RestrictedState::Opened => Ok(RestrictedState::Opened),
        wire::RestrictedState::Investigated => Ok(RestrictedState::Investigated),
        wire::RestrictedState::Upheld => Ok(RestrictedState::Upheld),
        wire::RestrictedState::NotUpheld => Ok(RestrictedState::NotUpheld),
        wire::RestrictedState::Transferred => Ok(RestrictedState::Transferred),
        wire::RestrictedState::Unspecified => Err(Meaningless("is no state")),
    }
}

/// A state on the wire.
pub(crate) fn state_to_wire(state: RestrictedState) -> wire::RestrictedState {
    match state {
        RestrictedState::Opened => wire::RestrictedState::Opened,
        RestrictedState::Investigated => wire::RestrictedState::Investigated,
        RestrictedState::Upheld => wire::RestrictedState::Upheld,
        RestrictedState::NotUpheld => wire::RestrictedState::NotUpheld,
        RestrictedState::Transferred => wire::RestrictedState::Transferred,
    }
}

/// What is reported.
pub(crate) fn kind(kind: i32) -> Result<RestrictedKind, Meaningless> {
    match WireKind::try_from(kind) {
        Ok(WireKind::Retaliation) => Ok(RestrictedKind::Retaliation),
        Ok(WireKind::Obstruction) => Ok(RestrictedKind::Obstruction),
        Ok(WireKind::Leak) => Ok(RestrictedKind::Leak),
        Ok(WireKind::Unspecified) | Err(_) => Err(Meaningless("is missing or unknown")),
    }
}

/// How a report came in.
pub(crate) fn reported_by(way: i32) -> Result<wire::ReportedBy, Meaningless> {
    let known = wire::ReportedBy::try_from(way).ok();
    let known = known.filter(|way| {
        // Online reports come from intake, by the citizen.
        !matches!(way, wire::ReportedBy::Unspecified | wire::ReportedBy::Online)
    });
    known.ok_or(Meaningless("is missing or unknown"))
}

/// A command from the wire.
pub(crate) fn command(act: Option<Act>) -> Result<RestrictedCommand, Violations> {
    let mut wrong = Violations::default();
    let command = match act {
        None => {
            wrong.add("step", "says nothing");
            None
        }
        Some(Act::Investigation(told)) => {
            Some(RestrictedCommand::Investigate { findings: told.text })
        }
        Some(Act::Upholding(told)) => Some(RestrictedCommand::Uphold { reason: told.text }),
        Some(Act::Rejection(told)) => Some(RestrictedCommand::Reject { reason: told.text }),
        Some(Act::Transfer(told)) => wrong.take("transfer.on", iso_date(&told.on)).map(|on| {
            let wire::TransferRecord { body, document_number, .. } = told;
            RestrictedCommand::Transfer { body, document_number, on }
        }),
    };
    wrong.finish(()).and(command.ok_or_else(Violations::default))
}
