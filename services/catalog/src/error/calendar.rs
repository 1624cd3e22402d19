//! Refusals about deadlines.

use domain::calendar::OutOfRange;
use platform::status::Refusal;
use tonic::Code;

/// What can go wrong with a deadline.
#[derive(Debug, thiserror::Error)]
pub enum CalendarError {
    /// The profile sets no such deadline.
    #[error("the profile sets no deadline for \"{act}\"")]
    RuleNotFound {
        /// The act.
        act: String,
    },
    /// The calendar does not reach that far.
    #[error(transparent)]
    OutOfRange(#[from] OutOfRange),
}

impl CalendarError {
    pub(super) fn refusal(&self) -> Refusal {
        let message = self.to_string();
        match self {
            Self::RuleNotFound { .. } => {
                let zh = "实施细则没有规定该时限。";
                Refusal::new(Code::NotFound, "RULE_NOT_FOUND", message, zh)
            }
            Self::OutOfRange(out) => {
                let zh =
                    format!("{}年的工作日历尚未载入，无法推算期限，请联系系统管理员。", out.year);
                let code = Code::FailedPrecondition;
                Refusal::new(code, "CALENDAR_OUT_OF_RANGE", message, zh).with("year", out.year)
            }
        }
    }
}
