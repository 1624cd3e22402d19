//! Changes (变更) and their course.

pub(crate) mod advance_change;
pub(crate) mod draft_change;
pub(crate) mod get_change;
pub(crate) mod list_changes;
