//! Outcomes.

use platform::{clock::instant, convert::to_wire};
use proto::publication::v1 as wire;

use crate::entity::ticket;

pub(crate) fn outcome_to_wire(row: &ticket::Model) -> wire::Outcome {
    wire::Outcome {
        ticket_id: row.id.to_string(),
        agency_id: row.agency_id.clone(),
        item_code: row.item_code.clone(),
        level: row.level.into(),
        state: row.state.into(),
        finding: row.finding.into(),
        opened_at: Some(to_wire(instant(row.opened_at))),
        state_at: Some(to_wire(instant(row.state_at))),
    }
}
