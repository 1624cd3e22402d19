//! Reviews.

use domain::review::{AssessorKind, Enclosure, ReviewSource, SummaryKind};
use prost::Message;
use proto::intake::v1 as wire;

/// What a review contains, as sealed in `review.content`.
#[derive(Clone, PartialEq, Message)]
pub(crate) struct ReviewWords {
    /// The text.
    #[prost(string, tag = "1")]
    pub(crate) text: String,
    /// The author's contact.
    #[prost(string, tag = "2")]
    pub(crate) contact: String,
    /// The body they come from, or are.
    #[prost(string, tag = "3")]
    pub(crate) body: String,
    /// A `pingyi.intake.v1.AssessorKind`.
    #[prost(int32, tag = "4")]
    pub(crate) assessor_kind: i32,
    /// Documents.
    #[prost(message, repeated, tag = "5")]
    pub(crate) enclosures: Vec<wire::Enclosure>,
}

/// The sources of reviews, as the wire and as the law names them.
pub(crate) const SOURCES: [(wire::ReviewSource, ReviewSource); 14] = [
    (wire::ReviewSource::SuggestionBox, ReviewSource::SuggestionBox),
    (wire::ReviewSource::SuggestionBook, ReviewSource::SuggestionBook),
    (wire::ReviewSource::Hotline, ReviewSource::Hotline),
    (wire::ReviewSource::Email, ReviewSource::Email),
    (wire::ReviewSource::Website, ReviewSource::Website),
    (wire::ReviewSource::App, ReviewSource::App),
    (wire::ReviewSource::SupervisionPlatform, ReviewSource::SupervisionPlatform),
    (wire::ReviewSource::Meeting, ReviewSource::Meeting),
    (wire::ReviewSource::Supervisor, ReviewSource::Supervisor),
    (wire::ReviewSource::Assessor, ReviewSource::Assessor),
    (wire::ReviewSource::ConsultationSystem, ReviewSource::ConsultationSystem),
    (wire::ReviewSource::Hotline12345, ReviewSource::Hotline12345),
    (wire::ReviewSource::StateCouncilPlatform, ReviewSource::StateCouncilPlatform),
    (wire::ReviewSource::NationalReferral, ReviewSource::NationalReferral),
];

/// What an assessor is.
pub(crate) const ASSESSORS: [(wire::AssessorKind, AssessorKind); 3] = [
    (wire::AssessorKind::SocialOrganization, AssessorKind::SocialOrganization),
    (wire::AssessorKind::Intermediary, AssessorKind::Intermediary),
    (wire::AssessorKind::ResearchInstitution, AssessorKind::ResearchInstitution),
];

/// What a summary is for.
pub(crate) const SUMMARIES: [(wire::ReviewSummaryKind, SummaryKind); 2] = [
    (wire::ReviewSummaryKind::Periodic, SummaryKind::Periodic),
    (wire::ReviewSummaryKind::SupervisorsMeeting, SummaryKind::SupervisorsMeeting),
];

/// Documents from the wire.
pub(crate) fn enclosures(enclosures: &[wire::Enclosure]) -> Vec<Enclosure> {
    let one = |enclosure: &wire::Enclosure| Enclosure {
        name: enclosure.name.clone(),
        sha256: enclosure.sha256.clone(),
        size: enclosure.size,
    };
    enclosures.iter().map(one).collect()
}
