//! What is known of the reported cases, and what a transaction writes of them.

use domain::rating::InvolvedAgency;
use proto::fact::v1::fact::Body;

use crate::entity::{case_file, case_step, former_applicant, message, service_act};

/// An accepted report.
#[derive(Clone, Debug)]
pub(crate) struct ReportOutcome {
    /// The case as it is now.
    pub(crate) case: case_file::Model,
    /// Whether the case was not known before.
    pub(crate) created: bool,
    /// Whether anything was new.
    pub(crate) changed: bool,
    /// The agencies that were claimed to have a part but have none by the published item.
    pub(crate) unconfirmed: Vec<InvolvedAgency>,
    /// The doubts about it, field by field.
    pub(crate) remarks: Vec<String>,
}

/// What is known of a case, and what is new in this transaction.
#[derive(Clone)]
pub(super) struct CaseHistory {
    pub(super) case: case_file::Model,
    pub(super) steps: Vec<case_step::Model>,
    pub(super) created: bool,
    pub(super) changed: bool,
}

/// What a transaction writes.
#[derive(Default)]
pub(super) struct Writes {
    pub(super) steps: Vec<case_step::Model>,
    pub(super) acts: Vec<service_act::Model>,
    pub(super) messages: Vec<message::Model>,
    pub(super) former: Vec<former_applicant::Model>,
    pub(super) facts: Vec<Body>,
}

/// Region and project number.
pub(super) type Key = (String, String);
