//! Signals of fraud.

use platform::status::Refusal;
use tonic::Code;

/// Refusals about a signal.
#[derive(Debug, thiserror::Error)]
pub enum SignalError {
    /// No such signal, or not the caller's.
    #[error("there is no such signal")]
    NotFound,
    /// Whoever is rated takes no part.
    #[error("the signal is about ratings of the officer's own services")]
    RatedStaffMember,
}

impl SignalError {
    /// Its form for programs and for people.
    pub(crate) fn refusal(self) -> Refusal {
        let message = self.to_string();
        match self {
            Self::NotFound => {
                Refusal::new(Code::NotFound, "SIGNAL_NOT_FOUND", message, "没有该线索。")
            }
            Self::RatedStaffMember => {
                let zh = "该线索涉及您本人的被评价服务，您不能参与核实。";
                Refusal::new(Code::FailedPrecondition, "RATED_STAFF_MEMBER", message, zh)
            }
        }
    }
}
