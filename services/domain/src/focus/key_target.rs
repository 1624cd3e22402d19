//! A key target (重点测评对象, T12): proposed by the figures, named by the Authority, and kept until
//! the figures are better.

use jiff::{Timestamp, civil::Date};

use super::{Content, Improvement, Refusal, only};
use crate::{
    profile::{KeyTargetDuty, KeyTargetRule, Office},
    violation::Violations,
};

/// A key target.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct KeyTarget {
    /// Its state.
    pub state: TargetState,
    /// How many steps it has taken.
    pub sequence: u32,
    /// The day by which it must be better, once measures are in force.
    pub until: Option<Date>,
}

/// The state of a key target.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum TargetState {
    /// 待确认: the figures say so; nobody has decided.
    Proposed,
    /// 不列入: the Authority decided against it.
    Dismissed,
    /// 已列为重点对象.
    Named,
    /// 已找准原因.
    CauseFound,
    /// 已提出整改措施.
    MeasuresProposed,
    /// 限期整改中.
    InForce,
    /// 已回访.
    FollowedUp {
        /// What the figures say.
        improvement: Improvement,
    },
    /// 已解除.
    Lifted,
}

/// What is done about a key target.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum TargetCommand {
    /// The Authority confirms the proposal.
    Name {
        /// Why.
        reason: String,
    },
    /// The Authority does not.
    Dismiss {
        /// Why.
        reason: String,
    },
    /// The Authority records the cause that call-backs showed.
    FindCause {
        /// How many raters were called back.
        call_backs: u32,
        /// What they said, and what the cause is.
        cause: String,
    },
    /// The target's agency proposes measures.
    ProposeMeasures {
        /// The measures.
        measures: String,
    },
    /// The Authority puts measures, or its own supervision, in force.
    PutInForce {
        /// What is in force.
        note: String,
        /// Until when.
        until: Date,
    },
    /// The Authority follows up: the figures are computed.
    FollowUp {
        /// What they say.
        improvement: Improvement,
        /// What was seen beside them.
        note: String,
    },
    /// The Authority sets a new date.
    Extend {
        /// Why.
        reason: String,
        /// Until when.
        until: Date,
    },
    /// The Authority ends it.
    Lift {
        /// Why.
        reason: String,
    },
}

impl TargetCommand {
    /// The command's name.
    #[must_use]
    pub fn name(&self) -> &'static str {
        match self {
            Self::Name { .. } => "name",
            Self::Dismiss { .. } => "dismiss",
            Self::FindCause { .. } => "find cause",
            Self::ProposeMeasures { .. } => "propose measures",
            Self::PutInForce { .. } => "put in force",
            Self::FollowUp { .. } => "follow up",
            Self::Extend { .. } => "extend",
            Self::Lift { .. } => "lift",
        }
    }

    fn owner(&self) -> Office {
        match self {
            Self::ProposeMeasures { .. } => Office::HandlingAgency,
            Self::Name { .. }
            | Self::Dismiss { .. }
            | Self::FindCause { .. }
            | Self::PutInForce { .. }
            | Self::FollowUp { .. }
            | Self::Extend { .. }
            | Self::Lift { .. } => Office::Authority,
        }
    }

    fn check(&self, at: Timestamp) -> Result<(), Violations> {
        let mut content = Content::at(at);
        match self {
            Self::Name { reason } => content.text("naming.text", reason),
            Self::Dismiss { reason } => content.text("dismissal.text", reason),
            Self::FindCause { call_backs, cause } => {
                let some = *call_backs > 0;
                content.wrong.require(some, "cause.call_backs", "must be one at least");
                content.text("cause.cause", cause)
            }
            Self::ProposeMeasures { measures } => content.text("measures.text", measures),
            Self::PutInForce { note, until } => {
                content.text("in_force.text", note).until("in_force.until", *until)
            }
            Self::FollowUp { note, .. } => content.text("follow_up.text", note),
            Self::Extend { reason, until } => {
                content.text("extension.text", reason).until("extension.until", *until)
            }
            Self::Lift { reason } => content.text("lifting.text", reason),
        };
        content.finish()
    }

    /// Why a state that is none of the right ones refuses it.
    fn precondition(&self) -> &'static str {
        match self {
            Self::Name { .. } | Self::Dismiss { .. } => "只有待确认的对象可以列入或不列入。",
            Self::FindCause { .. } => "列为重点对象后方可查找原因，且只记录一次。",
            Self::ProposeMeasures { .. } => "须先列为重点对象并按规定找准原因，方可提出整改措施。",
            Self::PutInForce { .. } => "须先按规定找准原因、由测评对象提出整改措施，方可限期整改。",
            Self::FollowUp { .. } => "限期整改开始后方可回访，每期一次。",
            Self::Extend { .. } => "只有限期整改中或已回访的对象可以延长期限。",
            Self::Lift { .. } => "须先回访，方可解除。",
        }
    }
}

impl KeyTarget {
    /// What the figures propose.
    #[must_use]
    pub fn proposed() -> Self {
        Self { state: TargetState::Proposed, sequence: 0, until: None }
    }

    /// Takes a step; which ones are needed is the profile's.
    ///
    /// # Errors
    /// [`Refusal`]; nothing is changed then.
    pub fn step(
        mut self,
        command: &TargetCommand,
        office: Office,
        at: Timestamp,
        rule: &KeyTargetRule,
    ) -> Result<Self, Refusal> {
        command.check(at)?;
        only(command.owner(), office, command.name())?;
        let asks = |duty| rule.duties.contains(&duty);
        let (call_back, measures) =
            (asks(KeyTargetDuty::CallBack), asks(KeyTargetDuty::MeasuresByTarget));
        let refuse = |from: TargetState, zh| {
            Err(Refusal::State { from: from.name(), command: command.name(), zh })
        };
        self.state = match (self.state, command) {
            (TargetState::Proposed, TargetCommand::Name { .. }) => TargetState::Named,
            (TargetState::Proposed, TargetCommand::Dismiss { .. }) => TargetState::Dismissed,
            (TargetState::Named, TargetCommand::FindCause { .. }) => TargetState::CauseFound,
            (
                TargetState::CauseFound | TargetState::MeasuresProposed,
                TargetCommand::ProposeMeasures { .. },
            ) => TargetState::MeasuresProposed,
            (TargetState::Named, TargetCommand::ProposeMeasures { .. }) if !call_back => {
                TargetState::MeasuresProposed
            }
            (TargetState::MeasuresProposed, TargetCommand::PutInForce { .. }) => {
                TargetState::InForce
            }
            (TargetState::CauseFound, TargetCommand::PutInForce { .. }) if !measures => {
                TargetState::InForce
            }
            (TargetState::Named, TargetCommand::PutInForce { .. }) if !call_back && !measures => {
                TargetState::InForce
            }
            (TargetState::InForce, TargetCommand::FollowUp { improvement, .. }) => {
                TargetState::FollowedUp { improvement: *improvement }
            }
            (from @ TargetState::InForce, TargetCommand::Extend { until, .. })
                if self.until.is_some_and(|before| *until <= before) =>
            {
                return refuse(from, "新的期限须晚于原期限。");
            }
            (
                TargetState::InForce | TargetState::FollowedUp { .. },
                TargetCommand::Extend { .. },
            ) => TargetState::InForce,
            (
                from @ TargetState::FollowedUp { improvement: Improvement::NotImproved },
                TargetCommand::Lift { .. },
            ) => return refuse(from, "数据未见改善，不得解除，可延长期限。"),
            (
                TargetState::FollowedUp {
                    improvement: Improvement::Improved | Improvement::TooFew,
                },
                TargetCommand::Lift { .. },
            ) => TargetState::Lifted,
            (from, command) => return refuse(from, command.precondition()),
        };
        if let TargetCommand::PutInForce { until, .. } | TargetCommand::Extend { until, .. } =
            command
        {
            self.until = Some(*until);
        }
        self.sequence += 1;
        Ok(self)
    }
}

impl TargetState {
    /// The state's name.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Proposed => "proposed",
            Self::Dismissed => "dismissed",
            Self::Named => "named",
            Self::CauseFound => "cause found",
            Self::MeasuresProposed => "measures proposed",
            Self::InForce => "in force",
            Self::FollowedUp { .. } => "followed up",
            Self::Lifted => "lifted",
        }
    }

    /// Whether it is over: the same object can be proposed again.
    #[must_use]
    pub fn is_over(self) -> bool {
        matches!(self, Self::Dismissed | Self::Lifted)
    }

    /// Whether the target's agency sees it: not what nobody has confirmed.
    #[must_use]
    pub fn is_for_agency(self) -> bool {
        !matches!(self, Self::Proposed | Self::Dismissed)
    }
}
