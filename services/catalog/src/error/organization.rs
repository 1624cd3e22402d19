//! Refusals about units.

use platform::status::Refusal;
use tonic::Code;

/// What can go wrong with a unit.
#[derive(Debug, thiserror::Error)]
pub enum OrganizationError {
    /// No such unit, or not on that day.
    #[error("there is no such unit of the organisation")]
    UnitNotFound,
}

impl OrganizationError {
    pub(super) fn refusal(&self) -> Refusal {
        let message = self.to_string();
        match self {
            Self::UnitNotFound => {
                Refusal::new(Code::NotFound, "UNIT_NOT_FOUND", message, "没有该机构或人员。")
            }
        }
    }
}
