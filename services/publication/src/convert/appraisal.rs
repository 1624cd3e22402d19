//! Findings.

use proto::publication::v1 as wire;

use crate::entity::{column::day_of_column, finding};

pub(crate) fn finding_to_wire(row: &finding::Model) -> wire::AppraisalFinding {
    let transferred = i32::from(wire::FindingKind::MisconductTransferred);
    wire::AppraisalFinding {
        kind: row.kind.into(),
        source_id: row.id.to_string(),
        subject: row.subject.into(),
        subject_id: row.subject_id.clone(),
        agency_id: row.agency_id.clone(),
        region_code: row.region_code.clone(),
        day: day_of_column(row.day).to_string(),
        verified: i32::from(row.kind) != transferred,
        signal_kind: row.signal_kind.into(),
    }
}
