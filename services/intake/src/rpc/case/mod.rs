//! The RPCs of `CaseService`.

pub(crate) mod complete_case;
pub(crate) mod get_case_outcome;
pub(crate) mod list_my_cases;
pub(crate) mod push_case;
pub(crate) mod push_cases;
pub(crate) mod submit_application;
pub(crate) mod watch_case;
