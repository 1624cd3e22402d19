//! A reply about an act: an SMS, or a key pressed on the hotline.

use domain::reply::NotUnderstood;
use platform::status::Refusal;
use tonic::Code;

/// The one answer to a phone that wants no more messages.
pub(crate) const OPTED_OUT: &str = "已记下，不再向您发送评价短信。";

/// Refusals of a reply to a message, or of a key pressed on the hotline.
#[derive(Debug, thiserror::Error)]
pub enum ReplyError {
    /// A negative reply without a reason, where one is needed.
    #[error("a negative rating needs a reason here")]
    ReasonNeeded,
    /// Nobody was invited to rate by this phone, or not in this case.
    #[error("no invitation went to this phone")]
    NotInvited,
    /// A reply that may be about several acts.
    #[error("the reply may be about several acts: {}", .signs.iter().map(u32::to_string).collect::<Vec<_>>().join(", "))]
    WhichMatter {
        /// The question to ask.
        question: String,
        /// The signs to answer by.
        signs: Vec<u32>,
    },
    /// A reply without a level.
    #[error(transparent)]
    NotUnderstood(#[from] NotUnderstood),
}

impl ReplyError {
    /// Its form for programs and for people.
    pub(crate) fn refusal(self) -> Refusal {
        let message = self.to_string();
        let refuse = |code, reason, zh: &str| Refusal::new(code, reason, message.clone(), zh);
        match self {
            Self::ReasonNeeded => {
                let zh = "此处的差评需要写明原因，请在数字后写明，例如：2 等候太久。";
                refuse(Code::FailedPrecondition, "REASON_NEEDED", zh)
            }
            Self::NotInvited => {
                let zh = "没有等待您评价的办件。";
                refuse(Code::NotFound, "NOT_INVITED", zh)
            }
            Self::WhichMatter { question, signs } => {
                let signs: Vec<String> = signs.iter().map(u32::to_string).collect();
                refuse(Code::FailedPrecondition, "WHICH_MATTER", &format!("{question}。"))
                    .with("signs", signs.join(","))
            }
            Self::NotUnderstood(NotUnderstood::Unsubscribe) => {
                let zh = format!("{OPTED_OUT}您仍可通过其他渠道评价。");
                refuse(Code::FailedPrecondition, "REPLY_NOT_UNDERSTOOD", &zh)
                    .with("why", "unsubscribe")
            }
            Self::NotUnderstood(why) => {
                let zh = "未能识别您的评价，请回复数字：5非常满意，4满意，3基本满意，2不满意，\
                          1非常不满意。";
                let why = match why {
                    NotUnderstood::Hidden => "hidden characters",
                    NotUnderstood::Unsubscribe => "unsubscribe",
                    NotUnderstood::Unclear => "unclear",
                };
                refuse(Code::FailedPrecondition, "REPLY_NOT_UNDERSTOOD", zh).with("why", why)
            }
        }
    }
}
