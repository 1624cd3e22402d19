//! One RPC, one file: decode → load → decide in `domain` → store → encode; tests at the end.

pub(crate) mod advance_change;
pub(crate) mod check_item_names;
pub(crate) mod draft_change;
pub(crate) mod explain_deadline;
pub(crate) mod export;
pub(crate) mod get_base_item;
pub(crate) mod get_change;
pub(crate) mod get_item;
pub(crate) mod get_profile;
pub(crate) mod get_unit;
pub(crate) mod import;
pub(crate) mod list_changes;
pub(crate) mod list_effects;
pub(crate) mod list_item_versions;
pub(crate) mod list_items;
pub(crate) mod list_unit_versions;
pub(crate) mod list_units;
#[cfg(test)]
pub(crate) mod testing;
