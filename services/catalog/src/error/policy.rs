//! Refusals about profiles and tag lists.

use platform::status::Refusal;
use tonic::Code;

/// What can go wrong with a profile or a tag list.
#[derive(Debug, thiserror::Error)]
pub enum PolicyError {
    /// No profile is in force there on that day.
    #[error("no profile is in force in {region} on {day}")]
    ProfileNotFound {
        /// The region.
        region: String,
        /// The day.
        day: jiff::civil::Date,
    },
    /// A published document has other content under the same version.
    #[error("{id}, or a layer of it, was changed, but its version is still {version}")]
    VersionReused {
        /// The profile or tag list.
        id: String,
        /// Its version.
        version: i64,
    },
}

impl PolicyError {
    pub(super) fn refusal(&self) -> Refusal {
        let message = self.to_string();
        match self {
            Self::ProfileNotFound { .. } => {
                let zh = "该地区在该日没有生效的实施细则。";
                Refusal::new(Code::NotFound, "PROFILE_NOT_FOUND", message, zh)
            }
            Self::VersionReused { .. } => {
                let zh = "内容已变更，但版本号未变，请提高版本号。";
                Refusal::new(Code::FailedPrecondition, "VERSION_REUSED", message, zh)
            }
        }
    }
}
