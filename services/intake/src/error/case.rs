//! A case, its item and its steps.

use domain::{
    case::{AlreadyCompleted, LateRefused},
    report::StepDiffers,
};
use platform::status::Refusal;
use tonic::Code;

/// Refusals about a case.
#[derive(Debug, thiserror::Error)]
pub enum CaseError {
    /// The catalog had enough time to send the item.
    #[error("the catalog has no such item")]
    ItemUnknown,
    /// The item is not offered in this channel or region.
    #[error("the item is not offered at this terminal")]
    ItemNotOfferedHere,
    /// The item takes no new cases.
    #[error("the item is cancelled and takes no new cases")]
    ItemCancelled,
    /// No such case, or not the caller's.
    #[error("there is no such case")]
    NotFound,
    /// It was completed before.
    #[error(transparent)]
    AlreadyCompleted(#[from] AlreadyCompleted),
    /// It is late without a public reason, or has one without being late.
    #[error(transparent)]
    Late(#[from] LateRefused),
    /// The case was reported before, with other data.
    #[error("the case was reported before with another {}", .differs.join(", "))]
    Differs {
        /// The fields.
        differs: Vec<&'static str>,
    },
    /// A step was reported before, with another time.
    #[error(transparent)]
    StepDiffers(#[from] StepDiffers),
}

impl CaseError {
    /// Its form for programs and for people.
    pub(crate) fn refusal(self) -> Refusal {
        let message = self.to_string();
        let refuse = |code, reason, zh: &str| Refusal::new(code, reason, message.clone(), zh);
        match self {
            Self::ItemUnknown => {
                let zh = "事项目录中没有该事项，请核对事项编码。";
                refuse(Code::NotFound, "ITEM_UNKNOWN", zh)
            }
            Self::ItemNotOfferedHere => {
                let zh = "该事项不能在此终端办理。";
                refuse(Code::FailedPrecondition, "ITEM_NOT_OFFERED_HERE", zh)
            }
            Self::ItemCancelled => {
                let zh = "该事项已取消，不再受理新的申请。";
                refuse(Code::FailedPrecondition, "ITEM_CANCELLED", zh)
            }
            Self::NotFound => refuse(Code::NotFound, "CASE_NOT_FOUND", "没有该办件。"),
            Self::AlreadyCompleted(already) => {
                let zh = "该办件已经办结。";
                refuse(Code::FailedPrecondition, "CASE_ALREADY_COMPLETED", zh)
                    .with("completed_at", already.at)
            }
            Self::Late(LateRefused::ReasonNeeded { due_on }) => {
                let zh = format!(
                    "该办件应于{due_on}前（含当日）办结，现已超期，请填写向社会公开的超期原因。"
                );
                refuse(Code::FailedPrecondition, "LATE_REASON_NEEDED", &zh).with("due_on", due_on)
            }
            Self::Late(LateRefused::NotLate { due_on }) => {
                let zh =
                    format!("该办件承诺于{due_on}前（含当日）办结，尚未超期，不能填写超期原因。");
                refuse(Code::FailedPrecondition, "CASE_NOT_LATE", &zh).with("due_on", due_on)
            }
            Self::Differs { differs } => {
                let zh = "该办件此前已推送，且内容不一致。";
                refuse(Code::FailedPrecondition, "CASE_DIFFERS", zh)
                    .with("fields", differs.join(","))
            }
            Self::StepDiffers(differs) => {
                let zh = "该环节此前已推送，时间不可更改。";
                refuse(Code::FailedPrecondition, "CASE_DIFFERS", zh)
                    .with("fields", "steps")
                    .with("happened_at", differs.reported_at)
            }
        }
    }
}
