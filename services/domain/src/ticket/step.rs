//! What a step of a ticket does, and what it must contain.

use jiff::civil::Date;

use super::Finding;
use crate::{
    profile::ExclusionGround,
    violation::{Violations, identifier, plain_text},
};

/// The longest text an officer can write into a step, in characters.
pub const MAX_NOTE_CHARS: usize = 1_000;
/// How many documents a step can name.
pub const MAX_DOCUMENTS: usize = 50;
/// How many agencies can take part beside the lead.
pub const MAX_PARTICIPANTS: usize = 20;

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
    /// The Authority passes it on (派单, T01), with the agencies that take part (T20).
    Dispatch {
        /// The handling agency, the lead if several have a part.
        agency: String,
        /// The others.
        participants: Vec<String>,
        /// What the Authority adds.
        note: String,
    },
    /// Assigns a person (T02).
    Assign {
        /// The staff member.
        assignee: String,
    },
    /// The caller becomes the assigned person (接手).
    TakeOver,
    /// Calls the rater back (T02).
    Contact {
        /// By which means.
        means: Means,
        /// Whether the rater was reached.
        reached: bool,
        /// What was learned.
        note: String,
    },
    /// Records how the verification ended (T03).
    Verify {
        /// How it ended.
        outcome: Outcome,
        /// Its reason.
        reason: String,
        /// The plan and the day it is carried out by, for a complex one.
        plan: Option<Plan>,
        /// The number of the written report, where the document asks for one.
        document_number: String,
        /// What shows it.
        documents: Vec<String>,
    },
    /// Records that the rater was informed of the solution of a complex claim (CJ).
    FeedBackSolution {
        /// By which means.
        means: Means,
        /// What the rater was informed of.
        summary: String,
    },
    /// Records what was put right.
    Rectify {
        /// The measures.
        measures: String,
        /// What shows it, in words.
        evidence: String,
        /// What shows it.
        documents: Vec<String>,
    },
    /// Names a new day for what cannot be put right in time (T04).
    Extend {
        /// The new day.
        new_day: Date,
        /// What it takes.
        grounds: Grounds,
    },
    /// A participating agency answers its part (T20).
    AnswerPart {
        /// Its answer.
        answer: String,
        /// What shows it.
        documents: Vec<String>,
    },
    /// Records that the rater was informed of the result (T05).
    FeedBack {
        /// By which means.
        means: Means,
        /// What the rater was informed of.
        summary: String,
    },
    /// Reports the result to the Authority (T15).
    Report {
        /// The result in words.
        summary: String,
    },
    /// The Authority accepts the reported result (T15).
    Accept {
        /// Its opinion.
        opinion: String,
    },
    /// The Authority returns the reported result: it is verified again (T15).
    Return {
        /// Why.
        reason: String,
    },
    /// The Authority decides of an exclusion that the agency proposed (T03).
    DecideExclusion {
        /// Whether the rating is excluded.
        upheld: bool,
        /// Its opinion.
        opinion: String,
    },
    /// Closes.
    Close,
    /// Asks after closing whether it is settled (T06).
    FollowUp {
        /// By which means.
        means: Means,
        /// What came of it.
        outcome: FollowUpOutcome,
        /// The rater's words.
        note: String,
    },
    /// The rater answers the follow-up themselves (评价人自助评价, T06).
    AnswerFollowUp {
        /// Whether they are satisfied with the handling.
        satisfied: bool,
    },
    /// The Authority urges (督办, T09).
    Urge {
        /// Its words.
        note: String,
    },
    /// Corrects what an earlier step says; that step stays as it is (T14).
    Correct {
        /// The step's number.
        sequence: u32,
        /// What is right.
        words: String,
    },
    /// Hands over to another ticket of the same matter (并案, T17).
    Link {
        /// Why it is the same matter.
        reason: String,
    },
    /// Takes it out of the other ticket again.
    Unlink {
        /// Why it is another matter.
        reason: String,
    },
}

/// How a verification ended (核实结论, T03).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Outcome {
    /// There is something to answer.
    Found(Finding),
    /// The rating is not to count: mistaken, malicious, or caused by something else.
    NotToCount(ExclusionGround),
}

/// What came of a follow-up.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum FollowUpOutcome {
    /// 满意.
    Satisfied,
    /// 不满意.
    Unsatisfied,
    /// 未联系上.
    NotReached,
}

/// The plan of a complex finding.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Plan {
    /// What will be done.
    pub text: String,
    /// The day it is carried out by.
    pub carry_out_by: Date,
    /// For a day after the document's last one: what a new day takes.
    pub grounds: Option<Grounds>,
}

/// What a day after the documented one takes (T04); which of it, the profile says.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Grounds {
    /// The reason.
    pub reason: String,
    /// The number of the written statement.
    pub document_number: String,
    /// How the rater was informed.
    pub informed_by: Option<Means>,
}

impl TicketStep {
    /// The step's name.
    #[must_use]
    pub fn name(&self) -> &'static str {
        self.names().0
    }

    /// The step's name for those who use the product.
    #[must_use]
    pub fn phrase(&self) -> &'static str {
        self.names().1
    }

    fn names(&self) -> (&'static str, &'static str) {
        match self {
            Self::Dispatch { .. } => ("dispatch", "派单"),
            Self::Assign { .. } => ("assign", "指派"),
            Self::TakeOver => ("take over", "接手"),
            Self::Contact { .. } => ("record contact", "登记回访核实"),
            Self::Verify { .. } => ("verify", "登记核实结论"),
            Self::FeedBackSolution { .. } => ("feed back solution", "反馈解决办法"),
            Self::Rectify { .. } => ("rectify", "登记整改"),
            Self::Extend { .. } => ("extend", "延期"),
            Self::AnswerPart { .. } => ("answer part", "协办答复"),
            Self::FeedBack { .. } => ("feed back", "反馈评价人"),
            Self::Report { .. } => ("report result", "报送结果"),
            Self::Accept { .. } => ("accept result", "审核通过"),
            Self::Return { .. } => ("return result", "审核退回"),
            Self::DecideExclusion { .. } => ("decide exclusion", "审定不予采纳"),
            Self::Close => ("close", "办结"),
            Self::FollowUp { .. } => ("record follow-up", "登记回访"),
            Self::AnswerFollowUp { .. } => ("answer follow-up", "评价人答复回访"),
            Self::Urge { .. } => ("urge", "督办"),
            Self::Correct { .. } => ("correct step", "更正"),
            Self::Link { .. } => ("link", "并案"),
            Self::Unlink { .. } => ("unlink", "撤销并案"),
        }
    }

    /// Whether it says of itself all that it must, whatever the ticket and the law.
    pub(super) fn check(&self) -> Result<(), Violations> {
        let mut wrong = Violations::default();
        let text = |wrong: &mut Violations, field: &str, text: &str| {
            wrong.take(field, plain_text(text, MAX_NOTE_CHARS));
        };
        let needed = |wrong: &mut Violations, field: &str, words: &str| {
            text(wrong, field, words);
            wrong.require(!words.trim().is_empty(), field, "must be filled in");
        };
        let named = |wrong: &mut Violations, field: &str, id: &str| {
            wrong.require(!id.trim().is_empty(), field, "must be filled in");
            if !id.trim().is_empty() {
                wrong.take(field, identifier(id));
            }
        };
        let documents = |wrong: &mut Violations, field: &str, ids: &[String]| {
            wrong.require(ids.len() <= MAX_DOCUMENTS, field, "are too many");
            let twice = ids.iter().enumerate().any(|(n, id)| ids[..n].contains(id));
            wrong.require(!twice, field, "names one twice");
        };
        match self {
            Self::Dispatch { agency, participants, note } => {
                named(&mut wrong, "dispatch.agency_id", agency);
                let field = "dispatch.participant_ids";
                wrong.require(participants.len() <= MAX_PARTICIPANTS, field, "are too many");
                for (n, id) in participants.iter().enumerate() {
                    named(&mut wrong, &format!("{field}[{n}]"), id);
                    let again = id == agency || participants[..n].contains(id);
                    wrong.require(!again, &format!("{field}[{n}]"), "is named twice");
                }
                text(&mut wrong, "dispatch.note", note);
            }
            Self::Assign { assignee } => named(&mut wrong, "assignment.assignee", assignee),
            Self::TakeOver | Self::Close | Self::AnswerFollowUp { .. } => {}
            Self::Contact { note, .. } => needed(&mut wrong, "contact.note", note),
            Self::Verify { outcome, reason, plan, document_number, documents: shown } => {
                needed(&mut wrong, "verification.reason", reason);
                text(&mut wrong, "verification.document_number", document_number);
                documents(&mut wrong, "verification.document_ids", shown);
                let complex = *outcome == Outcome::Found(Finding::Complex);
                match plan {
                    Some(plan) => {
                        needed(&mut wrong, "verification.plan", &plan.text);
                        wrong.require(complex, "verification.plan", "belongs to a complex finding");
                    }
                    None => wrong.require(!complex, "verification.plan", "must be filled in"),
                }
            }
            Self::FeedBackSolution { summary, .. } => {
                needed(&mut wrong, "solution.summary", summary);
            }
            Self::Rectify { measures, evidence, documents: shown } => {
                needed(&mut wrong, "rectification.measures", measures);
                text(&mut wrong, "rectification.evidence", evidence);
                let shows = !evidence.trim().is_empty() || !shown.is_empty();
                let field = "rectification.evidence";
                wrong.require(shows, field, "must be filled in, or a document named");
                documents(&mut wrong, "rectification.document_ids", shown);
            }
            Self::Extend { .. } => {}
            Self::AnswerPart { answer, documents: shown } => {
                needed(&mut wrong, "part.answer", answer);
                documents(&mut wrong, "part.document_ids", shown);
            }
            Self::FeedBack { summary, .. } => needed(&mut wrong, "feedback.summary", summary),
            Self::Report { summary } => needed(&mut wrong, "report.summary", summary),
            Self::Accept { opinion } => text(&mut wrong, "acceptance.opinion", opinion),
            Self::Return { reason } => needed(&mut wrong, "return.reason", reason),
            Self::DecideExclusion { opinion, .. } => {
                needed(&mut wrong, "decision.opinion", opinion);
            }
            Self::FollowUp { note, .. } => needed(&mut wrong, "follow_up.note", note),
            Self::Urge { note } => needed(&mut wrong, "urging.note", note),
            Self::Correct { sequence, words } => {
                needed(&mut wrong, "correction.words", words);
                wrong.require(*sequence > 0, "correction.sequence", "must be a step's number");
            }
            Self::Link { reason } => needed(&mut wrong, "link.reason", reason),
            Self::Unlink { reason } => needed(&mut wrong, "unlink.reason", reason),
        }
        wrong.finish(())
    }
}

impl Grounds {
    /// Checks what the profile asks for a new day.
    pub(super) fn check(
        &self,
        field: &str,
        duties: &[crate::profile::ExtensionDuty],
        wrong: &mut Violations,
    ) {
        use crate::profile::ExtensionDuty::{
            FileWithAuthority, InWriting, NewDate, Reason, TellRater,
        };

        let at = |part: &str| format!("{field}.{part}");
        wrong.take(&at("reason"), plain_text(&self.reason, MAX_NOTE_CHARS));
        wrong.take(&at("document_number"), plain_text(&self.document_number, MAX_NOTE_CHARS));
        for duty in duties {
            match duty {
                Reason => {
                    let given = !self.reason.trim().is_empty();
                    wrong.require(given, &at("reason"), "must be filled in");
                }
                InWriting => {
                    let given = !self.document_number.trim().is_empty();
                    wrong.require(given, &at("document_number"), "must be filled in: in writing");
                }
                TellRater => {
                    let given = self.informed_by.is_some();
                    wrong.require(given, &at("informed_by"), "must be filled in: the rater knows");
                }
                // The day is the step's own; the fact of the step is the filing.
                NewDate | FileWithAuthority => {}
            }
        }
    }
}
