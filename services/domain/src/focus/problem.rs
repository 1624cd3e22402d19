//! A concentrated problem (差评集中的问题, T13): on which item and reason complaints gather, why, what
//! is done about it by whom until when, and what came of it.

use jiff::{Timestamp, civil::Date};

use super::{Content, Refusal, only};
use crate::{
    profile::{Office, ProblemDuty},
    violation::Violations,
};

/// A problem.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Problem {
    /// Its state.
    pub state: ProblemState,
    /// How many steps it has taken.
    pub sequence: u32,
    /// The day by which it must be put right, once measures are set.
    pub until: Option<Date>,
    /// Which of the profile's duties are on record as done.
    pub done: Vec<ProblemDuty>,
}

/// The state of a problem.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ProblemState {
    /// 已登记.
    Recorded,
    /// 已查明原因.
    CauseFound,
    /// 限期整改中.
    InForce,
    /// 已办结, with its result.
    Closed,
}

/// What is done about a problem.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum ProblemCommand {
    /// Records the cause.
    FindCause {
        /// The cause.
        cause: String,
    },
    /// Sets what is done, by whom, until when.
    SetMeasures {
        /// The measures.
        measures: String,
        /// Who is responsible, a unit.
        owner: String,
        /// Until when.
        until: Date,
    },
    /// Records a duty of the profile beside the rectification: the report to the own government,
    /// or the inspection by a third party.
    Fulfil {
        /// Which.
        duty: ProblemDuty,
        /// To whom, or by whom.
        body: String,
        /// The document's number.
        document_number: String,
        /// The document's day.
        on: Date,
    },
    /// Sets a new date.
    Extend {
        /// Why.
        reason: String,
        /// Until when.
        until: Date,
    },
    /// Ends it.
    Close {
        /// What came of it.
        result: String,
    },
}

impl ProblemCommand {
    /// The command's name.
    #[must_use]
    pub fn name(&self) -> &'static str {
        match self {
            Self::FindCause { .. } => "find cause",
            Self::SetMeasures { .. } => "set measures",
            Self::Fulfil { .. } => "fulfil",
            Self::Extend { .. } => "extend",
            Self::Close { .. } => "close",
        }
    }

    fn check(&self, at: Timestamp) -> Result<(), Violations> {
        let mut content = Content::at(at);
        match self {
            Self::FindCause { cause } => content.text("cause.text", cause),
            Self::SetMeasures { measures, owner, until } => content
                .text("measures.measures", measures)
                .name("measures.owner", owner)
                .until("measures.until", *until),
            Self::Fulfil { body, document_number, on, .. } => content
                .text("document.body", body)
                .name("document.document_number", document_number)
                .on("document.on", *on),
            Self::Extend { reason, until } => {
                content.text("extension.text", reason).until("extension.until", *until)
            }
            Self::Close { result } => content.text("closing.text", result),
        };
        content.finish()
    }

    fn precondition(&self) -> &'static str {
        match self {
            Self::FindCause { .. } => "原因只在登记后、整改前查明，且只记录一次。",
            Self::SetMeasures { .. } => "须先查明原因，方可确定整改措施。",
            Self::Fulfil { .. } => "问题已办结。",
            Self::Extend { .. } => "只有限期整改中的问题可以延长期限。",
            Self::Close { .. } => "须先确定整改措施、责任单位和期限，方可办结。",
        }
    }
}

impl Problem {
    /// A problem that was just recorded.
    #[must_use]
    pub fn recorded() -> Self {
        Self { state: ProblemState::Recorded, sequence: 0, until: None, done: Vec::new() }
    }

    /// Takes a step. The owner's agency can find the cause and set the measures too; `duties` are
    /// the profile's.
    ///
    /// # Errors
    /// [`Refusal`]; nothing is changed then.
    pub fn step(
        mut self,
        command: &ProblemCommand,
        office: Office,
        at: Timestamp,
        duties: &[ProblemDuty],
    ) -> Result<Self, Refusal> {
        command.check(at)?;
        match command {
            ProblemCommand::FindCause { .. } | ProblemCommand::SetMeasures { .. } => {}
            ProblemCommand::Fulfil { .. }
            | ProblemCommand::Extend { .. }
            | ProblemCommand::Close { .. } => only(Office::Authority, office, command.name())?,
        }
        let refuse = |from: ProblemState, zh| {
            Err(Refusal::State { from: from.name(), command: command.name(), zh })
        };
        let lacks = |duty| duties.contains(&duty) && !self.done.contains(&duty);
        self.state = match (self.state, command) {
            (ProblemState::Recorded, ProblemCommand::FindCause { .. }) => ProblemState::CauseFound,
            (ProblemState::CauseFound, ProblemCommand::SetMeasures { .. }) => ProblemState::InForce,
            (
                from @ (ProblemState::Recorded | ProblemState::CauseFound | ProblemState::InForce),
                ProblemCommand::Fulfil { duty, .. },
            ) => {
                if !lacks(*duty) || *duty == ProblemDuty::FixedByDeadline {
                    return refuse(from, "本地区的规定未要求此项，或此项已有记录。");
                }
                self.done.push(*duty);
                from
            }
            (from @ ProblemState::InForce, ProblemCommand::Extend { until, .. })
                if self.until.is_some_and(|before| *until <= before) =>
            {
                return refuse(from, "新的期限须晚于原期限。");
            }
            (ProblemState::InForce, ProblemCommand::Extend { .. }) => ProblemState::InForce,
            (from @ ProblemState::InForce, ProblemCommand::Close { .. })
                if lacks(ProblemDuty::ReportedToOwnGovernment) =>
            {
                return refuse(from, "尚未报本级人民政府，不得办结。");
            }
            (from @ ProblemState::InForce, ProblemCommand::Close { .. })
                if lacks(ProblemDuty::InspectedByThirdParty) =>
            {
                return refuse(from, "尚无第三方调查评价，不得办结。");
            }
            (ProblemState::InForce, ProblemCommand::Close { .. }) => ProblemState::Closed,
            (from, command) => return refuse(from, command.precondition()),
        };
        if let ProblemCommand::SetMeasures { until, .. } | ProblemCommand::Extend { until, .. } =
            command
        {
            self.until = Some(*until);
        }
        self.sequence += 1;
        Ok(self)
    }
}

impl ProblemState {
    /// The state's name.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Recorded => "recorded",
            Self::CauseFound => "cause found",
            Self::InForce => "in force",
            Self::Closed => "closed",
        }
    }
}
