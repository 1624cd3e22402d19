//! Attachments, and what they belong to.

use domain::violation::Violations;
use platform::{convert::to_wire, documents::Known};
use proto::{
    fact::v1::{AttachmentAdded, attachment_added::Subject as ToldSubject},
    intake::v1::{Attachment, AttachmentSubject, attachment_subject::Subject as WireSubject},
};
use uuid::Uuid;

/// What an attachment belongs to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Subject {
    /// The rating that was made of a paper form.
    PaperForm(Uuid),
    /// A survey.
    Survey(Uuid),
    /// A commissioned assessment.
    Assessment(Uuid),
}

impl Subject {
    /// Its identity.
    pub(crate) const fn id(self) -> Uuid {
        match self {
            Self::PaperForm(id) | Self::Survey(id) | Self::Assessment(id) => id,
        }
    }

    /// As the audit record calls it.
    pub(crate) const fn kind(self) -> &'static str {
        match self {
            Self::PaperForm(_) => "rating",
            Self::Survey(_) => "survey",
            Self::Assessment(_) => "assessment",
        }
    }

    /// The subject that a request names; one that it lacks, or that is none, is noted.
    pub(crate) fn read(
        wrong: &mut Violations,
        field: &str,
        asked: Option<&AttachmentSubject>,
    ) -> Option<Self> {
        let Some(asked) = asked.and_then(|asked| asked.subject.as_ref()) else {
            wrong.add(field, "is missing");
            return None;
        };
        let (part, id, subject): (_, _, fn(Uuid) -> Self) = match asked {
            WireSubject::RatingId(id) => ("rating_id", id, Self::PaperForm),
            WireSubject::SurveyId(id) => ("survey_id", id, Self::Survey),
            WireSubject::AssessmentId(id) => ("assessment_id", id, Self::Assessment),
        };
        let id = id.parse::<Uuid>().map_err(|_| "is no UUID");
        wrong.take(&format!("{field}.{part}"), id).map(subject)
    }

    fn to_wire(self) -> AttachmentSubject {
        let id = self.id().to_string();
        AttachmentSubject {
            subject: Some(match self {
                Self::PaperForm(_) => WireSubject::RatingId(id),
                Self::Survey(_) => WireSubject::SurveyId(id),
                Self::Assessment(_) => WireSubject::AssessmentId(id),
            }),
        }
    }
}

/// An attachment as officers see it.
pub(crate) fn attachment_to_wire(known: Known, subject: Subject) -> Attachment {
    Attachment {
        attachment_id: known.id.to_string(),
        subject: Some(subject.to_wire()),
        name: known.name,
        media_type: known.media_type,
        size: known.size,
        sha256: known.sha256,
        uploaded_at: Some(to_wire(known.uploaded_at)),
        uploaded_by: known.uploaded_by,
        erased: known.erased,
    }
}

/// The fact about a new one: neither its name nor who added it.
pub(crate) fn attachment_added(known: &Known, subject: Subject) -> AttachmentAdded {
    let id = subject.id().to_string();
    AttachmentAdded {
        attachment_id: known.id.to_string(),
        subject: Some(match subject {
            Subject::PaperForm(_) => ToldSubject::RatingId(id),
            Subject::Survey(_) => ToldSubject::SurveyId(id),
            Subject::Assessment(_) => ToldSubject::AssessmentId(id),
        }),
        sha256: known.sha256.clone(),
        size: known.size,
        media_type: known.media_type.clone(),
        at: Some(to_wire(known.uploaded_at)),
    }
}
