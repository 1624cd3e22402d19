//! Refusals about tickets.

use domain::ticket::Refusal as TicketRefusal;
use platform::status::{Failure, Refusal};
use tonic::{Code, Status};

/// What can go wrong with a ticket.
#[derive(Debug, thiserror::Error)]
pub enum TicketError {
    /// No such ticket, or outside the caller's reach.
    #[error("there is no such ticket")]
    NotFound,
    /// The law or the state refuses the step.
    #[error(transparent)]
    Refused(#[from] TicketRefusal),
    /// Someone else's step came first.
    #[error("the ticket was changed meanwhile")]
    Changed,
    /// The notice has a ticket already.
    #[error("a notice of this number is registered already")]
    NoticeKnown,
    /// A step is corrected by who took it.
    #[error("a step is corrected by who took it")]
    AnothersStep,
    /// More steps wait than can be taken soon.
    #[error("too many steps are waiting to be taken")]
    QueueFull,
    /// The process is ending, or lost the step; sent again it is taken once.
    #[error("the step was given up")]
    GivenUp,
    /// The catalog's facts have not arrived yet.
    #[error("{0} is not known here yet")]
    NotKnownYet(&'static str),
}

impl TicketError {
    pub(super) fn status(self) -> Status {
        let message = self.to_string();
        let refuse = |code, reason, zh: &str| Refusal::new(code, reason, message.clone(), zh);
        match self {
            Self::NotFound => refuse(Code::NotFound, "TICKET_NOT_FOUND", "没有该工单。").into(),
            Self::Refused(TicketRefusal::Malformed(violations)) => {
                Failure::Invalid(violations).into()
            }
            Self::Refused(TicketRefusal::State { from, step, step_phrase, reason }) => {
                let zh = format!(
                    "工单状态为“{}”，不能{step_phrase}：{}。",
                    from.phrase(),
                    reason.phrase()
                );
                refuse(Code::FailedPrecondition, "TICKET_STATE_REFUSES", &zh)
                    .with("from", from.name())
                    .with("step", step)
                    .with("reason", reason.words())
                    .into()
            }
            Self::Refused(TicketRefusal::Office { step_phrase, owner, .. }) => {
                let zh = format!("“{step_phrase}”由{}办理。", owner.phrase());
                refuse(Code::PermissionDenied, "ANOTHER_OFFICES_STEP", &zh).into()
            }
            Self::NoticeKnown => {
                let zh = "该编号的通报单已登记。";
                refuse(Code::AlreadyExists, "NOTICE_REGISTERED", zh).into()
            }
            Self::AnothersStep => {
                let zh = "办理步骤只能由登记人更正。";
                refuse(Code::PermissionDenied, "ANOTHERS_STEP", zh).into()
            }
            Self::Refused(TicketRefusal::Rated { .. }) => {
                let zh = "被评价人员不得办理针对本人评价的工单，也不得被指派办理。";
                refuse(Code::PermissionDenied, "RATED_STAFF_MEMBER", zh).into()
            }
            Self::Refused(TicketRefusal::Calendar(out)) => {
                let zh = format!("{}年的工作日历尚未载入。", out.year);
                refuse(Code::FailedPrecondition, "CALENDAR_OUT_OF_RANGE", &zh).into()
            }
            Self::Changed => {
                let zh = "工单刚刚被他人更改，请刷新后重试。";
                refuse(Code::Aborted, "TICKET_CHANGED", zh).into()
            }
            Self::QueueFull => {
                let zh = "当前办理人数较多，请稍后再试。";
                refuse(Code::ResourceExhausted, "QUEUE_FULL", zh).retry().into()
            }
            Self::GivenUp => {
                let zh = "系统暂时无法办理，请稍后再试。";
                refuse(Code::Unavailable, "STEP_GIVEN_UP", zh).retry().into()
            }
            Self::NotKnownYet(_) => {
                let zh = "资料正在同步，请稍后再试。";
                refuse(Code::Unavailable, "CATALOG_NOT_KNOWN_YET", zh).retry().into()
            }
        }
    }
}
