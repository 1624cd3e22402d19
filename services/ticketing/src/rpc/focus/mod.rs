//! Focus (重点对象与集中问题).

pub(crate) mod advance_key_target;
pub(crate) mod advance_problem;
pub(crate) mod advance_staff_measure;
pub(crate) mod decide_focus_proposal;
pub(crate) mod get_key_target;
pub(crate) mod get_problem;
pub(crate) mod get_staff_measure;
pub(crate) mod list_concentrations;
pub(crate) mod list_focus_proposals;
pub(crate) mod list_key_targets;
pub(crate) mod list_problems;
pub(crate) mod list_staff_measures;
pub(crate) mod open_staff_measure;
pub(crate) mod propose_key_target;
pub(crate) mod record_problem;

#[cfg(test)]
pub(crate) mod testing;
