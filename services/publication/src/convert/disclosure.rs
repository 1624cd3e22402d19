//! Outcomes.

use platform::{clock::instant, convert::to_wire};
use proto::publication::v1 as wire;

use crate::entity::{column::day_of_column, exclusion, listing, ticket};

pub(crate) fn published_to_wire(
    row: &listing::Model,
    excluded: Option<&exclusion::Model>,
) -> wire::PublishedRating {
    let tags = row.tag_codes.split(',').filter(|code| !code.is_empty());
    let mark = |row: &exclusion::Model| wire::ExclusionMark {
        ground: row.ground.into(),
        kind: row.kind.into(),
        clause: row.clause.clone(),
    };
    wire::PublishedRating {
        published_id: row.shown_as.to_string(),
        day: day_of_column(row.day).to_string(),
        agency_id: row.agency_id.clone(),
        item_code: row.item_code.clone(),
        level: row.level.into(),
        channel: row.channel.into(),
        origin: row.origin.into(),
        tag_codes: tags.map(str::to_owned).collect(),
        has_text: row.has_text,
        exclusion: excluded.map(mark),
    }
}

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

pub(crate) fn excluded_to_wire(
    row: &exclusion::Model,
    ticket: &ticket::Model,
    level: i16,
) -> wire::ExcludedRating {
    let reinstated_at = Some(row.reinstated_at).filter(|at| *at > 0);
    wire::ExcludedRating {
        ticket_id: ticket.id.to_string(),
        agency_id: row.agency_id.clone(),
        item_code: ticket.item_code.clone(),
        level: level.into(),
        ground: row.ground.into(),
        kind: row.kind.into(),
        clause: row.clause.clone(),
        since: Some(to_wire(instant(row.since))),
        reinstated_at: reinstated_at.map(|at| to_wire(instant(at))),
    }
}
