//! Figures (统计).

pub(crate) mod get_figures;
