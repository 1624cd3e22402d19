//! Refusals about appeals and exclusions.

use domain::{
    appeal::AppealRefusal,
    profile::{ExclusionGround, Party},
};
use platform::status::Refusal;
use tonic::{Code, Status};

/// What can go wrong with an appeal or an exclusion.
#[derive(Debug, thiserror::Error)]
pub enum AppealError {
    /// No such appeal, or outside the caller's reach.
    #[error("there is no such appeal")]
    NotFound,
    /// No such negative rating with a ticket, or outside the caller's reach.
    #[error("there is no such rating with a ticket")]
    RatingNotFound,
    /// No such exclusion, or outside the caller's reach.
    #[error("there is no such exclusion")]
    ExclusionNotFound,
    /// The law or the state refuses.
    #[error(transparent)]
    Refused(#[from] AppealRefusal),
    /// Another appeal of the rating waits for its decision.
    #[error("another appeal of this rating is open")]
    Open,
    /// An appeal of the same party was decided.
    #[error("an appeal of the same party against this rating was decided")]
    Decided,
    /// The rating is excluded.
    #[error("the rating is excluded")]
    Excluded,
    /// The exclusion has ended.
    #[error("the exclusion has ended")]
    Ended,
}

fn phrases<T: Copy>(of: &[T], phrase: fn(T) -> &'static str) -> String {
    of.iter().map(|one| phrase(*one)).collect::<Vec<_>>().join("、")
}

impl AppealError {
    pub(super) fn status(self) -> Status {
        let message = self.to_string();
        let refuse = |code, reason, zh: &str| Refusal::new(code, reason, message.clone(), zh);
        let precondition = |reason, zh: &str| refuse(Code::FailedPrecondition, reason, zh);
        match self {
            Self::NotFound => refuse(Code::NotFound, "APPEAL_NOT_FOUND", "没有该申诉。").into(),
            Self::RatingNotFound => {
                let zh = "没有该差评，或者它没有工单。";
                refuse(Code::NotFound, "TICKETED_RATING_NOT_FOUND", zh).into()
            }
            Self::ExclusionNotFound => {
                refuse(Code::NotFound, "EXCLUSION_NOT_FOUND", "没有该项不予采纳记录。").into()
            }
            Self::Open => precondition("APPEAL_OPEN", "该评价已有一项申诉尚未作出决定。").into(),
            Self::Decided => {
                precondition("APPEAL_DECIDED", "同一申诉人对该评价的申诉已经作出决定。").into()
            }
            Self::Excluded => {
                precondition("RATING_EXCLUDED", "该评价已不予采纳或者撤销，不计入统计。").into()
            }
            Self::Ended => precondition("EXCLUSION_ENDED", "该评价此前已恢复采纳。").into(),
            Self::Refused(refusal) => refused(refusal, message),
        }
    }
}

/// What the domain refuses.
fn refused(refusal: AppealRefusal, message: String) -> Status {
    let refuse = |code, reason, zh: String| Refusal::new(code, reason, message.clone(), zh);
    let precondition = |reason, zh: String| refuse(Code::FailedPrecondition, reason, zh);
    let denied = |reason, zh: &str| refuse(Code::PermissionDenied, reason, zh.to_owned());
    match refusal {
        AppealRefusal::State { from, command, reason } => {
            let zh = format!("申诉当前状态不允许此操作：{}。", reason.zh);
            precondition("APPEAL_STATE_REFUSES", zh)
                .with("from", from.name())
                .with("command", command.name())
                .with("reason", reason.en)
                .into()
        }
        AppealRefusal::Duty { command, reason } => {
            precondition("APPEAL_STATE_REFUSES", format!("不能记录此项程序：{}。", reason.zh))
                .with("command", command.name())
                .with("reason", reason.en)
                .into()
        }
        AppealRefusal::Appellant { allowed, clause, .. } => {
            let allowed = phrases(&allowed, Party::phrase);
            let zh = format!("按照规定，差评申诉由{allowed}提出。");
            refuse(Code::PermissionDenied, "APPEAL_NOT_ADMITTED", zh).with("clause", clause).into()
        }
        AppealRefusal::NotRated => denied("APPEAL_NOT_ADMITTED", "该评价评价的是其他人员。").into(),
        AppealRefusal::TooLate { due_on, clause } => {
            precondition("APPEAL_TOO_LATE", format!("申诉期限已于{due_on}届满。"))
                .with("due_on", due_on)
                .with("clause", clause)
                .into()
        }
        AppealRefusal::Office { .. } => {
            denied("ANOTHER_OFFICES_STEP", "此操作由另一单位办理。").into()
        }
        AppealRefusal::Rated { .. } => {
            let zh = "被评价人员不得办理针对本人评价的复核，也不得对其作出决定。";
            denied("RATED_STAFF_MEMBER", zh).into()
        }
        AppealRefusal::Own { .. } => {
            denied("OWN_APPEAL", "提出申诉的人员不得核实、复核或者决定自己的申诉。").into()
        }
        AppealRefusal::NotTheirs => {
            denied("APPEAL_OF_ANOTHER", "申诉只能由提出人或者其所代表的工作人员撤回。").into()
        }
        AppealRefusal::Ground { allowed, clause, .. } => {
            let allowed = phrases(&allowed, ExclusionGround::phrase);
            let zh = format!("适用的实施细则只因{allowed}而不采纳或者撤销评价。");
            precondition("EXCLUSION_GROUND_REFUSED", zh).with("clause", clause).into()
        }
        AppealRefusal::Calendar(out) => {
            let zh = format!("{}年的工作日历尚未载入。", out.year);
            precondition("CALENDAR_OUT_OF_RANGE", zh).into()
        }
    }
}
