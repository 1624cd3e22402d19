//! What several RPCs about tickets share.

pub(crate) mod checks;
mod decide;
pub(crate) mod filter;
pub(crate) mod show;
pub(crate) mod take_step;
mod tell;
mod together;
