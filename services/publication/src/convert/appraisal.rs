//! Findings.

use std::collections::BTreeMap;

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

/// The findings that stand against a unit or a member of staff, by kind.
pub(crate) fn deduction_to_wire(
    subject_id: String,
    kinds: &BTreeMap<i16, u64>,
    subject: i16,
) -> wire::Deduction {
    let count = |(kind, n): (&i16, &u64)| wire::FindingCount {
        kind: i32::from(*kind),
        count: u32::try_from(*n).unwrap_or(u32::MAX),
    };
    wire::Deduction {
        subject: subject.into(),
        subject_id,
        findings: kinds.iter().map(count).collect(),
        consequence: String::new(),
    }
}
