//! The ledger (台账).

pub(crate) mod export_ledger;
pub(crate) mod list_ledger_exports;
