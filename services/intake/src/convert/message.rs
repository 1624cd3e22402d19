//! Messages.

use platform::{clock::instant, convert};
use proto::intake::v1 as wire;

use super::to_column;
use crate::entity::message;

/// A message as the Authority sees it.
pub(crate) fn message_to_wire(row: &message::Model) -> wire::Message {
    let at = |micros| convert::to_wire(instant(micros));
    let waits = row.state == to_column(wire::MessageState::Waiting);
    wire::Message {
        message_id: row.id.to_string(),
        kind: row.kind.into(),
        act_id: row.act_id.to_string(),
        region_code: row.region_code.clone(),
        state: row.state.into(),
        attempts: u32::try_from(row.attempts).unwrap_or_default(),
        reason: row.last_error.clone().unwrap_or_default(),
        due_at: Some(at(row.due_at)),
        next_attempt_at: waits.then(|| at(row.next_attempt_at)),
        sent_at: row.sent_at.map(at),
        gateway_reference: row.gateway_reference.clone().unwrap_or_default(),
    }
}
