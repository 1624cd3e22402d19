//! Where a ticket stands. Each state has the data that its steps gave it, and no other.

use crate::profile::ExclusionGround;

/// The state of a ticket.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum TicketState {
    /// 待派单: the Authority has it and passes it on.
    Received,
    /// 待指派: the handling agency has it, nobody is assigned.
    Opened,
    /// 已指派.
    Assigned,
    /// 已回访.
    Contacted {
        /// Whether the rater was reached.
        reached: bool,
        /// How many times it was tried.
        attempts: u32,
    },
    /// 已核实.
    Verified {
        /// How the verification ended.
        finding: Finding,
    },
    /// 已反馈解决办法: the solution of a complex claim is worked out and the rater knows it.
    SolutionFedBack,
    /// 已整改.
    Rectified {
        /// How the verification ended.
        finding: Finding,
    },
    /// 已反馈.
    FedBack {
        /// How the verification ended.
        finding: Finding,
    },
    /// 已报送: the Authority has the result and reviews it.
    Reported {
        /// How the verification ended.
        finding: Finding,
    },
    /// 审核通过.
    Accepted {
        /// How the verification ended.
        finding: Finding,
    },
    /// 已办结: this does not mean yet that the rater is content.
    Closed {
        /// How the verification ended.
        finding: Finding,
        /// How often a follow-up did not reach the rater.
        attempts: u32,
    },
    /// 已确认: followed up, and the rater is satisfied.
    Confirmed {
        /// How the verification ended.
        finding: Finding,
    },
    /// 待审定: the agency found that the rating is not to count; the Authority decides.
    ExclusionProposed {
        /// Why.
        ground: ExclusionGround,
    },
    /// 不予采纳、已撤销: the rating counts nowhere and stays on record.
    Excluded {
        /// Why.
        ground: ExclusionGround,
    },
    /// 已并案: another ticket handles the same matter.
    Linked,
    /// 已作废: what opened it is in no history any more. No step leads here: see
    /// [`super::Ticket::annul`].
    Annulled,
}

/// How a verification ended that found something to answer (核实结论, T03).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Finding {
    /// 情况清楚、诉求合理: fixed at once.
    Clear,
    /// 简单事项: cannot be fixed at once, and is not complex either.
    Simple,
    /// 情况复杂.
    Complex,
    /// 缺乏法定依据.
    NoLegalBasis,
}

impl Finding {
    /// All of them.
    pub const ALL: [Self; 4] = [Self::Clear, Self::Simple, Self::Complex, Self::NoLegalBasis];

    /// Whether something is to be put right.
    #[must_use]
    pub fn is_rectified(self) -> bool {
        self != Self::NoLegalBasis
    }
}

impl TicketState {
    /// The finding, once there is one.
    #[must_use]
    pub fn finding(self) -> Option<Finding> {
        match self {
            Self::SolutionFedBack => Some(Finding::Complex),
            Self::Verified { finding }
            | Self::Rectified { finding }
            | Self::FedBack { finding }
            | Self::Reported { finding }
            | Self::Accepted { finding }
            | Self::Closed { finding, .. }
            | Self::Confirmed { finding } => Some(finding),
            Self::Received
            | Self::Opened
            | Self::Assigned
            | Self::Contacted { .. }
            | Self::ExclusionProposed { .. }
            | Self::Excluded { .. }
            | Self::Linked
            | Self::Annulled => None,
        }
    }

    /// Whether someone still has to do something about it; a follow-up of a closed one does not
    /// count.
    #[must_use]
    pub fn is_open(self) -> bool {
        match self {
            Self::Received
            | Self::Opened
            | Self::Assigned
            | Self::Contacted { .. }
            | Self::Verified { .. }
            | Self::SolutionFedBack
            | Self::Rectified { .. }
            | Self::FedBack { .. }
            | Self::Reported { .. }
            | Self::Accepted { .. }
            | Self::ExclusionProposed { .. } => true,
            Self::Closed { .. }
            | Self::Confirmed { .. }
            | Self::Excluded { .. }
            | Self::Linked
            | Self::Annulled => false,
        }
    }

    /// Whether the rater has an answer: what is said against it afterwards begins anew.
    #[must_use]
    pub fn is_answered(self) -> bool {
        matches!(
            self,
            Self::SolutionFedBack
                | Self::FedBack { .. }
                | Self::Reported { .. }
                | Self::Accepted { .. }
        )
    }

    /// The state's name.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Received => "received",
            Self::Opened => "opened",
            Self::Assigned => "assigned",
            Self::Contacted { .. } => "contacted",
            Self::Verified { .. } => "verified",
            Self::SolutionFedBack => "solution fed back",
            Self::Rectified { .. } => "rectified",
            Self::FedBack { .. } => "fed back",
            Self::Reported { .. } => "reported",
            Self::Accepted { .. } => "accepted",
            Self::Closed { .. } => "closed",
            Self::Confirmed { .. } => "confirmed",
            Self::ExclusionProposed { .. } => "exclusion proposed",
            Self::Excluded { .. } => "excluded",
            Self::Linked => "linked",
            Self::Annulled => "annulled",
        }
    }

    /// The state's name for those who use the product.
    #[must_use]
    pub fn phrase(self) -> &'static str {
        match self {
            Self::Received => "待派单",
            Self::Opened => "待指派",
            Self::Assigned => "已指派",
            Self::Contacted { .. } => "已回访",
            Self::Verified { .. } => "已核实",
            Self::SolutionFedBack => "已反馈解决办法",
            Self::Rectified { .. } => "已整改",
            Self::FedBack { .. } => "已反馈",
            Self::Reported { .. } => "已报送",
            Self::Accepted { .. } => "审核通过",
            Self::Closed { .. } => "已办结",
            Self::Confirmed { .. } => "已确认",
            Self::ExclusionProposed { .. } => "待审定",
            Self::Excluded { .. } => "不予采纳",
            Self::Linked => "已并案",
            Self::Annulled => "已作废",
        }
    }
}
