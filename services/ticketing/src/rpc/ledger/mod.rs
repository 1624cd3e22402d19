//! The ledger (台账).

pub(crate) mod export_ledger;
