//! Items (政务服务事项) and base items (基本目录).

pub(crate) mod check_item_names;
pub(crate) mod get_base_item;
pub(crate) mod get_item;
pub(crate) mod list_effects;
pub(crate) mod list_item_versions;
pub(crate) mod list_items;
