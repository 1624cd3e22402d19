//! What the appraisal rests on (考核).

pub(crate) mod export_appraisal;
pub(crate) mod list_appraisal_exports;
pub(crate) mod list_award_candidates;
pub(crate) mod list_bottom_runs;
pub(crate) mod list_deductions;
pub(crate) mod list_findings;

#[cfg(test)]
pub(crate) mod testing;
