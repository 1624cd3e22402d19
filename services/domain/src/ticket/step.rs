//! What a step of a ticket does, and what it must contain.

use jiff::{Timestamp, civil::Date};

use super::{Finding, MAX_NOTE_CHARS};
use crate::{
    deadline::day_of,
    violation::{Violations, identifier, plain_text},
};

/// A way of reaching a rater.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Means {
    /// 电话.
    Phone,
    /// 短信.
    Sms,
    /// 在线.
    Online,
    /// 当面.
    InPerson,
}

/// What a step does.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum TicketStep {
    /// Assigns a person (T02).
    Assign {
        /// The staff member.
        assignee: String,
    },
    /// Calls the rater back (T02).
    Contact {
        /// By which means.
        means: Means,
        /// Whether the rater was reached.
        reached: bool,
        /// What was learned.
        note: String,
    },
    /// Records the finding (T03).
    Verify {
        /// The finding.
        finding: Finding,
        /// Its reason.
        reason: String,
        /// The plan and the day it is carried out by, for a complex one.
        plan: Option<Plan>,
    },
    /// Records what was put right.
    Rectify {
        /// The measures.
        measures: String,
        /// What shows it.
        evidence: String,
    },
    /// Records that the rater was informed (T05).
    FeedBack {
        /// By which means.
        means: Means,
        /// What the rater was informed of.
        summary: String,
    },
    /// The Authority accepts the reported result (T15).
    Accept {
        /// Its opinion.
        opinion: String,
    },
    /// Closes.
    Close,
    /// Asks after closing whether it is settled (T06).
    FollowUp {
        /// By which means.
        means: Means,
        /// Whether the rater is satisfied.
        satisfied: bool,
        /// The rater's words.
        note: String,
    },
}

/// The plan of a complex finding.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Plan {
    /// What will be done.
    pub text: String,
    /// The day it is carried out by.
    pub carry_out_by: Date,
}

impl TicketStep {
    /// The step's name.
    #[must_use]
    pub fn name(&self) -> &'static str {
        match self {
            Self::Assign { .. } => "assign",
            Self::Contact { .. } => "record contact",
            Self::Verify { .. } => "verify",
            Self::Rectify { .. } => "rectify",
            Self::FeedBack { .. } => "feed back",
            Self::Accept { .. } => "accept result",
            Self::Close => "close",
            Self::FollowUp { .. } => "record follow-up",
        }
    }

    pub(super) fn precondition(&self) -> &'static str {
        match self {
            Self::Assign { .. } => "someone can be assigned until the rater is called back",
            Self::Contact { .. } => "someone must be assigned, and nothing verified yet",
            Self::Verify { .. } => "the rater must be called back first, and once",
            Self::Rectify { .. } => "it must be verified first, and rectified once",
            Self::FeedBack { .. } => "it must be rectified or explained first",
            Self::Accept { .. } => "the rater must be told first",
            Self::Close => "a ticket cannot close without feedback",
            Self::FollowUp { .. } => "only a closed ticket is followed up",
        }
    }

    pub(super) fn check(&self, at: Timestamp) -> Result<(), Violations> {
        let mut wrong = Violations::default();
        let mut text = |field: &str, text: &str, required: bool| {
            wrong.take(field, plain_text(text, MAX_NOTE_CHARS));
            wrong.require(!required || !text.trim().is_empty(), field, "must be filled in");
        };
        match self {
            Self::Assign { assignee } => {
                let field = "assignment.assignee";
                wrong.require(!assignee.trim().is_empty(), field, "must be filled in");
                if !assignee.trim().is_empty() {
                    wrong.take(field, identifier(assignee));
                }
            }
            Self::Contact { note, .. } => text("contact.note", note, true),
            Self::Verify { finding, reason, plan } => {
                text("verification.reason", reason, true);
                let complex = *finding == Finding::Complex;
                match plan {
                    Some(plan) => {
                        text("verification.plan", &plan.text, true);
                        wrong.require(complex, "verification.plan", "belongs to a complex finding");
                        let future = plan.carry_out_by >= day_of(at);
                        wrong.require(future, "verification.carry_out_by", "lies in the past");
                    }
                    None => wrong.require(!complex, "verification.plan", "must be filled in"),
                }
            }
            Self::Rectify { measures, evidence } => {
                text("rectification.measures", measures, true);
                text("rectification.evidence", evidence, true);
            }
            Self::FeedBack { summary, .. } => text("feedback.summary", summary, true),
            Self::Accept { opinion } => text("acceptance.opinion", opinion, false),
            Self::Close => {}
            Self::FollowUp { note, .. } => text("follow_up.note", note, true),
        }
        wrong.finish(())
    }
}
