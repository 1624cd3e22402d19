//! Why a ticket refuses a step: from which state, which step, and the reason, in English and for
//! those who use the product in Chinese.

use super::{TicketState, TicketStep};
use crate::{calendar::OutOfRange, profile::Office, violation::Violations};

/// Why a ticket refuses a step.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Refusal {
    /// The step is wrong in itself, or does not agree with the law.
    #[error(transparent)]
    Malformed(#[from] Violations),
    /// The state does not allow it.
    #[error("a ticket that is {} cannot take the step {}: {}", .from.name(), .step, .reason.words())]
    State {
        /// Its state.
        from: TicketState,
        /// The step's name.
        step: &'static str,
        /// The step's name in Chinese.
        step_phrase: &'static str,
        /// Why.
        reason: Reason,
    },
    /// This step belongs to the other office.
    #[error("the step {step} is {}'s", owner_words(*.owner))]
    Office {
        /// The step.
        step: &'static str,
        /// The step's name in Chinese.
        step_phrase: &'static str,
        /// The office it belongs to.
        owner: Office,
    },
    /// A rated person has no part in the ticket of their own rating.
    #[error("the step {step} is not taken by, nor assigned to, whoever is rated")]
    Rated {
        /// The step.
        step: &'static str,
    },
    /// The calendar does not reach far enough.
    #[error(transparent)]
    Calendar(#[from] OutOfRange),
}

impl Refusal {
    /// A refusal by the state.
    pub(super) fn state(from: TicketState, step: &TicketStep, reason: Reason) -> Self {
        Self::State { from, step: step.name(), step_phrase: step.phrase(), reason }
    }
}

fn owner_words(owner: Office) -> &'static str {
    match owner {
        Office::HandlingAgency => "the handling agency",
        Office::Authority => "the Authority",
    }
}

/// Declares reasons with their words in English and in Chinese.
macro_rules! reasons {
    ($($(#[$doc:meta])* $name:ident = $en:literal, $zh:literal;)+) => {
        /// Why a state, or the profile, does not allow a step.
        #[derive(Clone, Copy, Debug, PartialEq, Eq)]
        pub enum Reason { $(#[doc = concat!($zh, ".")] $name),+ }

        impl Reason {
            /// All of them.
            pub const ALL: &[Self] = &[$(Self::$name),+];

            /// In English.
            #[must_use]
            pub fn words(self) -> &'static str {
                match self { $(Self::$name => $en),+ }
            }

            /// In Chinese.
            #[must_use]
            pub fn phrase(self) -> &'static str {
                match self { $(Self::$name => $zh),+ }
            }
        }
    };
}

reasons! {
    NotDispatched = "the Authority has not passed it on yet", "工单尚未派单";
    WorkHasBegun = "the agency has called the rater back already, it stays where it is",
        "承办单位已开始回访核实，不能再转派";
    NobodyAssigned = "someone must be assigned first", "尚未指派专人";
    RaterNotContacted = "the rater must be called back first", "尚未回访评价人";
    RaterNotReached = "the rater was not reached; it must be tried as often as documented",
        "尚未联系上评价人，须达到规定的联系次数";
    VerifiedAlready = "it is verified already", "工单已核实";
    NotVerified = "it must be verified first", "尚未核实";
    NothingToRectify = "a claim without legal basis is explained, not rectified",
        "缺乏法定依据的问题应当解释说明，不作整改";
    RectifiedAlready = "it is rectified already", "工单已整改";
    NotRectified = "it must be rectified first, or explained", "尚未整改或者解释说明";
    NotComplex = "only a complex claim has a solution to come", "只有情况复杂的问题先行反馈解决办法";
    FedBackAlready = "the rater has the result already", "结果已反馈评价人";
    NotFedBack = "a ticket cannot close without feedback to the rater", "未向评价人反馈，不得办结";
    NoReview = "this region's document asks for no review of results", "本地区办法未规定结果审核";
    NotReported = "the result is not reported yet", "办理结果尚未报送";
    ReportedAlready = "the result is reported already", "办理结果已报送";
    AcceptedAlready = "the result is accepted already", "办理结果已审核通过";
    NotAccepted = "the Authority has not accepted the result", "办理结果未经审核通过";
    NotClosed = "only a closed ticket is followed up", "工单尚未办结，不作回访";
    FollowedUpAlready = "it is followed up already, and the rater is satisfied", "已回访，评价人表示满意";
    Over = "it is closed", "工单已办结";
    NoExtension = "this region's document allows no new date", "本地区办法未规定延期";
    NothingDue = "no deadline is running", "没有正在计时的办理时限";
    NoExclusionProposed = "nobody proposed an exclusion", "没有待审定的不予采纳申请";
    ExclusionUndecided = "the Authority has not decided of the proposed exclusion",
        "不予采纳尚待审定";
    ExcludedAlready = "its rating counts nowhere, nothing is left to do", "评价已不予采纳，无须办理";
    NotLinked = "it is not linked to another ticket", "工单没有并案";
    IsLinked = "another ticket handles the same matter", "工单已并案，请在主工单办理";
    IsAnnulled = "it is annulled", "工单已作废";
    NoPart = "the caller's agency has no part of its own to answer", "本单位没有待答复的协办事项";
    PartsMissing = "a participating agency has not answered yet", "协办单位尚未答复";
    NoSuchStep = "there is no such step", "没有该办理步骤";
    ActHasOpenTicket = "the same act has another open ticket", "同一服务另有未办结的工单";
}
