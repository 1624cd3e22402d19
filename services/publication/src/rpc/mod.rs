//! One RPC, one file: decode → load → decide in `domain` → store → encode; tests at the end.

pub(crate) mod get_figures;
pub(crate) mod list_outcomes;

#[cfg(test)]
pub(crate) mod testing;
