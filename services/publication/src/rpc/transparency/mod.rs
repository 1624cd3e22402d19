//! The RPCs of `TransparencyService`.

pub(crate) mod add_cosignature;
pub(crate) mod get_consistency_proof;
pub(crate) mod get_inclusion_proof;
pub(crate) mod get_tree_head;
pub(crate) mod list_log_breaks;
pub(crate) mod list_tree_heads;

#[cfg(test)]
pub(crate) mod testing;
