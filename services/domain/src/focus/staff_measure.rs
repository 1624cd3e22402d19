//! Measures about a member of staff (T19): only from verified findings, step by step, each with its
//! result. Which steps exist is the profile's.

use jiff::{Timestamp, civil::Date};

use super::{Content, REPEATED_TIMES, Refusal, only};
use crate::{
    profile::{KeyTargetDuty, Office},
    violation::Violations,
};

/// Measures about one member of staff.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct StaffMeasure {
    /// Their state.
    pub state: MeasureState,
    /// How many steps were taken.
    pub sequence: u32,
    /// The day by which the next result is due.
    pub until: Option<Date>,
}

/// The state of measures.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum MeasureState {
    /// 已查核属实.
    Verified,
    /// 已督导或教育.
    Taught,
    /// 限期整改中.
    Rectifying,
    /// 整改期满, with its result.
    Rectified {
        /// Whether there was a clear improvement.
        improved: bool,
    },
    /// 已通知进驻单位限期调整人员.
    ReplacementNotified,
    /// 已结束, with its result.
    Concluded,
}

/// How measures end.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum MeasureOutcome {
    /// 已改进.
    Improved,
    /// 已调整人员.
    Replaced,
    /// 已依规问责.
    HeldAccountable,
}

/// What is done.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum MeasureCommand {
    /// Supervision (督导).
    Supervise {
        /// What was done.
        what: String,
        /// What came of it.
        result: String,
    },
    /// Education (教育).
    Educate {
        /// What was done.
        what: String,
        /// What came of it.
        result: String,
    },
    /// Sets what must be better by when (限期整改).
    SetRectification {
        /// What.
        what: String,
        /// By when.
        until: Date,
    },
    /// Records the result of the rectification.
    RecordRectification {
        /// Whether there was a clear improvement.
        improved: bool,
        /// What shows it.
        result: String,
    },
    /// Notifies the stationed agency to replace the person (限期调整人员).
    NotifyReplacement {
        /// The notice's number.
        document_number: String,
        /// By when.
        until: Date,
    },
    /// Ends it.
    Conclude {
        /// How.
        outcome: MeasureOutcome,
        /// What came of it.
        result: String,
    },
}

/// What measures rest on: verified findings about this person, counted by who has checked them.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct VerifiedFindings {
    /// Tickets that name this person, found true: whatever the finding but without legal basis.
    pub tickets: u64,
    /// Whether the person is a key target that the Authority has named (T12).
    pub key_target: bool,
}

impl VerifiedFindings {
    /// Whether they allow measures: some finding in any case, and either a key target or
    /// [`REPEATED_TIMES`] of them.
    #[must_use]
    pub fn suffice(self) -> bool {
        self.tickets > 0 && (self.key_target || self.tickets >= REPEATED_TIMES)
    }
}

impl MeasureCommand {
    /// The command's name.
    #[must_use]
    pub fn name(&self) -> &'static str {
        match self {
            Self::Supervise { .. } => "supervise",
            Self::Educate { .. } => "educate",
            Self::SetRectification { .. } => "set rectification",
            Self::RecordRectification { .. } => "record rectification",
            Self::NotifyReplacement { .. } => "notify replacement",
            Self::Conclude { .. } => "conclude",
        }
    }

    fn check(&self, at: Timestamp) -> Result<(), Violations> {
        let mut content = Content::at(at);
        match self {
            Self::Supervise { what, result } => {
                content.text("supervision.what", what).text("supervision.result", result)
            }
            Self::Educate { what, result } => {
                content.text("education.what", what).text("education.result", result)
            }
            Self::SetRectification { what, until } => {
                content.text("rectification.text", what).until("rectification.until", *until)
            }
            Self::RecordRectification { result, .. } => content.text("outcome.result", result),
            Self::NotifyReplacement { document_number, until } => content
                .name("replacement.document_number", document_number)
                .until("replacement.replace_by", *until),
            Self::Conclude { result, .. } => content.text("conclusion.result", result),
        };
        content.finish()
    }

    fn precondition(&self) -> &'static str {
        match self {
            Self::Supervise { .. } | Self::Educate { .. } => {
                "督导、教育在查核属实之后、限期整改之前。"
            }
            Self::SetRectification { .. } => "须先督导或教育，方可限期整改。",
            Self::RecordRectification { .. } => "限期整改开始后方可记录整改结果。",
            Self::NotifyReplacement { .. } => "限期整改后无明显改进的，方可通知调整人员。",
            Self::Conclude { .. } => "须先记录整改结果，方可结束。",
        }
    }
}

impl StaffMeasure {
    /// Measures that begin from verified findings.
    #[must_use]
    pub fn verified() -> Self {
        Self { state: MeasureState::Verified, sequence: 0, until: None }
    }

    /// Takes a step; the agency can supervise, educate and report the result too.
    ///
    /// # Errors
    /// [`Refusal`]; nothing is changed then.
    pub fn step(
        mut self,
        command: &MeasureCommand,
        office: Office,
        at: Timestamp,
        duties: &[KeyTargetDuty],
    ) -> Result<Self, Refusal> {
        command.check(at)?;
        match command {
            MeasureCommand::Supervise { .. }
            | MeasureCommand::Educate { .. }
            | MeasureCommand::RecordRectification { .. } => {}
            MeasureCommand::SetRectification { .. }
            | MeasureCommand::NotifyReplacement { .. }
            | MeasureCommand::Conclude { .. } => only(Office::Authority, office, command.name())?,
        }
        let refuse = |from: MeasureState, zh| {
            Err(Refusal::State { from: from.name(), command: command.name(), zh })
        };
        let asked = match command {
            MeasureCommand::Educate { .. } => duties.contains(&KeyTargetDuty::Education),
            MeasureCommand::Supervise { .. } => duties.contains(&KeyTargetDuty::Supervision),
            MeasureCommand::NotifyReplacement { .. } => {
                duties.contains(&KeyTargetDuty::Replacement)
            }
            MeasureCommand::SetRectification { .. }
            | MeasureCommand::RecordRectification { .. }
            | MeasureCommand::Conclude { .. } => true,
        };
        if !asked {
            return refuse(self.state, "本地区的规定未设此项措施。");
        }
        self.state = match (self.state, command) {
            (
                MeasureState::Verified | MeasureState::Taught,
                MeasureCommand::Supervise { .. } | MeasureCommand::Educate { .. },
            ) => MeasureState::Taught,
            (MeasureState::Taught, MeasureCommand::SetRectification { .. }) => {
                MeasureState::Rectifying
            }
            (MeasureState::Rectifying, MeasureCommand::RecordRectification { improved, .. }) => {
                MeasureState::Rectified { improved: *improved }
            }
            (
                MeasureState::Rectified { improved: false },
                MeasureCommand::NotifyReplacement { .. },
            ) => MeasureState::ReplacementNotified,
            (
                from @ MeasureState::Rectified { improved },
                MeasureCommand::Conclude { outcome, .. },
            ) => match (improved, outcome) {
                (true, MeasureOutcome::Improved) | (false, MeasureOutcome::HeldAccountable) => {
                    MeasureState::Concluded
                }
                _ => return refuse(from, "结果与整改情况不符。"),
            },
            (
                from @ MeasureState::ReplacementNotified,
                MeasureCommand::Conclude { outcome: MeasureOutcome::Improved, .. },
            ) => return refuse(from, "结果与整改情况不符。"),
            (MeasureState::ReplacementNotified, MeasureCommand::Conclude { .. }) => {
                MeasureState::Concluded
            }
            (from, command) => return refuse(from, command.precondition()),
        };
        self.until = match command {
            MeasureCommand::SetRectification { until, .. }
            | MeasureCommand::NotifyReplacement { until, .. } => Some(*until),
            _ => None,
        };
        self.sequence += 1;
        Ok(self)
    }
}

impl MeasureState {
    /// The state's name.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Verified => "verified",
            Self::Taught => "taught",
            Self::Rectifying => "rectifying",
            Self::Rectified { .. } => "rectified",
            Self::ReplacementNotified => "replacement notified",
            Self::Concluded => "concluded",
        }
    }
}
