//! The RPCs of `ReportService`.

pub(crate) mod get_report;
pub(crate) mod submit_report;
