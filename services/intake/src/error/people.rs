//! Persons' data, and who may see them.

use platform::status::Refusal;
use tonic::Code;

/// Refusals about persons' data.
#[derive(Debug, thiserror::Error)]
pub enum PeopleError {
    /// No such case or rating, or nobody within the officer's reach.
    #[error("there is no such person")]
    NotFound,
    /// Staff who served do not see who rated (S01).
    #[error("the officer served this person, and may not see a rater's data")]
    RatedStaffMember,
    /// Nobody is assigned to the rating's ticket yet.
    #[error("nobody is assigned to the ticket of this rating yet")]
    NobodyAssigned,
    /// The profile gives raters' data to no third party (S05).
    #[error("raters' data may not go to a third party: {clause}")]
    ThirdPartyNever {
        /// Document and clause.
        clause: String,
    },
}

impl PeopleError {
    /// Its form for programs and for people.
    pub(crate) fn refusal(self) -> Refusal {
        let message = self.to_string();
        let refuse = |code, reason, zh: &str| Refusal::new(code, reason, message.clone(), zh);
        match self {
            Self::NotFound => refuse(Code::NotFound, "PERSON_NOT_FOUND", "没有该办事人信息。"),
            Self::RatedStaffMember => {
                let zh = "您是被评价人员，不能查看评价人信息。";
                refuse(Code::FailedPrecondition, "RATED_STAFF_MEMBER", zh)
            }
            Self::NobodyAssigned => {
                let zh = "工单尚未指派专人，不能查看评价人信息。";
                refuse(Code::FailedPrecondition, "NOBODY_ASSIGNED", zh)
            }
            Self::ThirdPartyNever { clause } => {
                let zh = format!("根据{clause}，评价人信息不向第三方提供。");
                refuse(Code::FailedPrecondition, "THIRD_PARTY_NEVER", &zh).with("clause", clause)
            }
        }
    }
}
