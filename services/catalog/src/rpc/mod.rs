//! One RPC, one file: decode → load → decide in `domain` → store → encode; tests at the foot.

pub(crate) mod explain_deadline;
pub(crate) mod get_item;
pub(crate) mod get_profile;
pub(crate) mod list_items;
