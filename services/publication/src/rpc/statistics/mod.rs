//! Figures (统计).

pub(crate) mod get_coverage;
pub(crate) mod get_figures;
pub(crate) mod get_period_report;
pub(crate) mod get_staff_figures;
