//! The public log.

use platform::{clock::instant, convert::to_wire};
use proto::publication::v1 as wire;

use crate::entity::{cosignature, log_break, tree_head};

/// A head with its co-signatures.
pub(crate) fn head_to_wire(
    (row, signed): &(tree_head::Model, Vec<cosignature::Model>),
) -> wire::TreeHead {
    let lines = signed.iter().map(|one| format!("{}\n", one.line));
    wire::TreeHead {
        note: std::iter::once(row.note.clone()).chain(lines).collect(),
        epoch: row.epoch.unsigned_abs(),
        size: row.size.unsigned_abs(),
        root: row.root.clone(),
        signed_at: Some(to_wire(instant(row.signed_at))),
        cosignatures: u32::try_from(signed.len()).unwrap_or(u32::MAX),
    }
}

pub(crate) fn break_to_wire(row: &log_break::Model) -> wire::LogBreak {
    wire::LogBreak {
        epoch: row.epoch.unsigned_abs(),
        kept_size: row.kept_size.unsigned_abs(),
        head_size: row.head_size.unsigned_abs(),
        head_root: row.head_root.clone(),
        at: Some(to_wire(instant(row.at))),
    }
}
