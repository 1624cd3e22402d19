//! Reports.

use domain::restricted::RestrictedKind;
use prost::Message;
use proto::r#type::v1 as wire;

/// What a report says, as sealed in `report.words`.
#[derive(Clone, PartialEq, Message)]
pub(crate) struct ReportWords {
    /// What happened.
    #[prost(string, tag = "1")]
    pub(crate) text: String,
    /// How the reporter is reached.
    #[prost(string, tag = "2")]
    pub(crate) contact: String,
}

/// What can be reported.
pub(crate) const KINDS: [(wire::RestrictedKind, RestrictedKind); 3] = [
    (wire::RestrictedKind::Retaliation, RestrictedKind::Retaliation),
    (wire::RestrictedKind::Obstruction, RestrictedKind::Obstruction),
    (wire::RestrictedKind::Leak, RestrictedKind::Leak),
];
