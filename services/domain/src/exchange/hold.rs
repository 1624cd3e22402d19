//! Why a record is held back.

use super::codes::Lossy;

/// Why a record cannot be told as it is. Nothing is invented to make it fit.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Hold {
    /// The dialect demands a person's datum, and facts carry none (S01).
    #[error("{field}: the dialect demands a person's datum, and facts carry none")]
    Personal {
        /// The field.
        field: String,
    },
    /// The dialect demands what is not known here.
    #[error("{field}: the dialect demands it, and it is not known here")]
    Missing {
        /// The field.
        field: String,
    },
    /// The dialect has no code that says exactly what is meant.
    #[error("{field}: {why}")]
    Code {
        /// The field.
        field: String,
        /// What is lossy.
        why: Lossy,
    },
    /// A reason tag is not on the nation's list.
    #[error("{field}: the nation's list has no tag {code}")]
    Tag {
        /// The field.
        field: String,
        /// The tag.
        code: String,
    },
    /// The item is one that no catalogue above has (自建事项).
    #[error("the item is self-made, and the dialect takes none")]
    SelfMadeItem,
    /// A negative rating without a tag; what its rater wrote is in no fact.
    #[error("the dialect demands a tag or words of a negative rating, and there is no tag")]
    NoReason,
    /// The rating was given before the service; it is never moved.
    #[error("the rating was given before the service")]
    BeforeService,
    /// The service has more ratings than the dialect numbers.
    #[error("it is rating {number} of the service, and the dialect takes {most}")]
    TooMany {
        /// Which it is.
        number: u32,
        /// How many there can be.
        most: u32,
    },
}

impl Hold {
    /// Its name for machines.
    #[must_use]
    pub fn reason(&self) -> &'static str {
        match self {
            Self::Personal { .. } => "PERSONAL_DATUM_NEEDED",
            Self::Missing { .. } => "NOT_KNOWN",
            Self::Code { .. } => "NO_EXACT_CODE",
            Self::Tag { .. } => "TAG_NOT_NATIONAL",
            Self::SelfMadeItem => "SELF_MADE_ITEM",
            Self::NoReason => "NEGATIVE_WITHOUT_TAG",
            Self::BeforeService => "RATED_BEFORE_SERVICE",
            Self::TooMany { .. } => "TOO_MANY_RATINGS",
        }
    }
}
