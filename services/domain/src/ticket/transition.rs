//! The heart: which step a ticket takes from which state, and where it brings it. Every state is
//! answered for every step; what is refused names the reason. The whole table stands in
//! `table.txt` beside this file, and a test keeps it so.

use super::{
    Finding, FollowUpOutcome, Outcome, Reason, Refusal, Setting, Ticket, TicketState, TicketStep,
};
use crate::profile::{ExclusionRule, Office, Party};

/// How often a rater known by name is called before the work goes on without an answer: ours, no
/// document names a number.
pub const CALLS_BEFORE_GOING_ON: u32 = 3;

use TicketState as State;
use TicketStep as Step;

impl Ticket {
    /// The state that a step leads to.
    pub(super) fn next(&self, step: &Step, setting: &Setting<'_>) -> Result<State, Refusal> {
        let from = self.state;
        let review = setting.profile.result_reviewed_by_authority.value;
        let next = match (step, from) {
            // What is over, or handled elsewhere, takes nothing but a correction.
            (_, State::Annulled) => Err(Reason::IsAnnulled),
            (Step::Correct { sequence, .. }, _) if *sequence > self.sequence => {
                Err(Reason::NoSuchStep)
            }
            (Step::Correct { .. }, _) => Ok(from),
            (Step::Unlink { .. }, State::Linked) if setting.act_has_open_ticket => {
                Err(Reason::ActHasOpenTicket)
            }
            (Step::Unlink { .. }, State::Linked) => Ok(self.queue()),
            (_, State::Linked) => Err(Reason::IsLinked),
            (Step::Unlink { .. }, _) => Err(Reason::NotLinked),
            (_, State::Excluded { .. }) => Err(Reason::ExcludedAlready),

            // To the agency, and there to a person.
            (Step::Dispatch { .. }, State::Received | State::Opened | State::Assigned) => {
                Ok(State::Opened)
            }
            (Step::Assign { .. } | Step::TakeOver, State::Opened) => Ok(State::Assigned),
            (
                Step::Assign { .. } | Step::TakeOver,
                State::Assigned
                | State::Contacted { .. }
                | State::Verified { .. }
                | State::SolutionFedBack
                | State::Rectified { .. }
                | State::FedBack { .. },
            ) => Ok(from),

            // What happened?
            (Step::Contact { reached, .. }, State::Assigned) => {
                Ok(State::Contacted { reached: *reached, attempts: 1 })
            }
            (Step::Contact { reached, .. }, State::Contacted { reached: before, attempts }) => {
                let (reached, attempts) = (before || *reached, attempts.saturating_add(1));
                Ok(State::Contacted { reached, attempts })
            }
            (Step::Verify { .. }, State::Contacted { .. }) if !self.contacted_enough() => {
                Err(Reason::RaterNotReached)
            }
            (Step::Verify { outcome: Outcome::Found(finding), .. }, State::Contacted { .. }) => {
                Ok(State::Verified { finding: *finding })
            }
            (
                Step::Verify { outcome: Outcome::NotToCount(ground), .. },
                State::Contacted { .. },
            ) => match setting.profile.exclusion.value.by {
                Party::HandlingAgency => Ok(State::Excluded { ground: *ground }),
                _ => Ok(State::ExclusionProposed { ground: *ground }),
            },
            (Step::DecideExclusion { upheld: true, .. }, State::ExclusionProposed { ground }) => {
                Ok(State::Excluded { ground })
            }
            // The agency verifies again; it need not call again.
            (Step::DecideExclusion { upheld: false, .. }, State::ExclusionProposed { .. }) => {
                Ok(State::Contacted { reached: true, attempts: 0 })
            }

            // Put it right.
            (Step::FeedBackSolution { .. }, State::Verified { finding: Finding::Complex }) => {
                Ok(State::SolutionFedBack)
            }
            (Step::FeedBackSolution { .. }, State::Verified { .. }) => Err(Reason::NotComplex),
            (Step::Rectify { .. }, State::Verified { finding: Finding::NoLegalBasis }) => {
                Err(Reason::NothingToRectify)
            }
            (Step::Rectify { .. }, State::Verified { finding }) => Ok(State::Rectified { finding }),
            (Step::Rectify { .. }, State::SolutionFedBack) => {
                Ok(State::Rectified { finding: Finding::Complex })
            }
            (
                Step::Extend { .. },
                State::Verified { .. } | State::SolutionFedBack | State::Rectified { .. },
            ) => match setting.profile.extension {
                Some(_) if self.dues.handling_runs() => Ok(from),
                Some(_) => Err(Reason::NothingDue),
                None => Err(Reason::NoExtension),
            },
            (
                Step::AnswerPart { .. },
                State::Opened
                | State::Assigned
                | State::Contacted { .. }
                | State::Verified { .. }
                | State::SolutionFedBack
                | State::Rectified { .. },
            ) => match self.has_part_of(setting.agency) {
                true => Ok(from),
                false => Err(Reason::NoPart),
            },

            // Answer it.
            (
                Step::FeedBack { .. },
                State::Rectified { .. } | State::Verified { finding: Finding::NoLegalBasis },
            ) if self.parts.iter().any(|part| !part.answered) => Err(Reason::PartsMissing),
            (Step::FeedBack { .. }, State::Rectified { finding }) => Ok(State::FedBack { finding }),
            (Step::FeedBack { .. }, State::Verified { finding: Finding::NoLegalBasis }) => {
                Ok(State::FedBack { finding: Finding::NoLegalBasis })
            }
            (Step::Report { .. }, State::FedBack { .. }) if !review => Err(Reason::NoReview),
            (Step::Report { .. }, State::FedBack { finding }) => Ok(State::Reported { finding }),
            (Step::Accept { .. }, State::Reported { finding }) => Ok(State::Accepted { finding }),
            // It is verified again; the rater need not be called again.
            (Step::Return { .. }, State::Reported { .. }) => {
                Ok(State::Contacted { reached: true, attempts: 0 })
            }
            (Step::Close, State::FedBack { finding }) if !review => {
                Ok(State::Closed { finding, attempts: 0 })
            }
            (Step::Close, State::Accepted { finding }) => {
                Ok(State::Closed { finding, attempts: 0 })
            }

            // Is it settled?
            (Step::FollowUp { outcome, .. }, State::Closed { finding, attempts }) => {
                match outcome {
                    FollowUpOutcome::Satisfied => Ok(State::Confirmed { finding }),
                    FollowUpOutcome::NotReached => {
                        Ok(State::Closed { finding, attempts: attempts.saturating_add(1) })
                    }
                    // One act never has two open tickets.
                    FollowUpOutcome::Unsatisfied if setting.act_has_open_ticket => {
                        Ok(State::Linked)
                    }
                    FollowUpOutcome::Unsatisfied => Ok(State::Opened),
                }
            }

            // What the rater says stands, also before an officer's record that they were satisfied.
            (Step::AnswerFollowUp { satisfied: true }, State::Closed { finding, .. }) => {
                Ok(State::Confirmed { finding })
            }
            (
                Step::AnswerFollowUp { satisfied: false },
                State::Closed { .. } | State::Confirmed { .. },
            ) => match setting.act_has_open_ticket {
                true => Ok(State::Linked),
                false => Ok(State::Opened),
            },

            // Beside the way.
            (Step::Urge { .. }, _) if from.is_open() => Ok(from),
            (Step::Link { .. }, _) if from.is_open() => Ok(State::Linked),

            // Too early, or too late.
            (step, from) => Err(reason(step, from)),
        };
        next.map_err(|reason| Refusal::state(from, step, reason))
    }

    /// Whether the rater was called often enough to go on: reached once, or tried as often as it
    /// takes.
    pub(super) fn contacted_enough(&self) -> bool {
        match self.state {
            State::Contacted { reached, attempts } => {
                // Nobody can call a rater who gave no name.
                let needed = if self.opening.real_name() { CALLS_BEFORE_GOING_ON } else { 1 };
                reached || attempts >= needed
            }
            _ => true,
        }
    }

    /// Where it waits at its beginning: with the Authority until that has passed it on.
    pub(super) fn queue(&self) -> State {
        if self.dispatched { State::Opened } else { State::Received }
    }

    fn has_part_of(&self, agency: Option<&str>) -> bool {
        self.parts.iter().any(|part| Some(part.agency.as_str()) == agency && !part.answered)
    }

    /// The office that takes a step under this profile.
    pub(super) fn owner(&self, step: &Step, setting: &Setting<'_>) -> Option<Office> {
        let profile = setting.profile;
        let stands_in = self.township && profile.authority_for_townships.value;
        let verifies = profile.authority_verifies.value;
        match step {
            Step::Dispatch { .. }
            | Step::Accept { .. }
            | Step::Return { .. }
            | Step::DecideExclusion { .. }
            | Step::Urge { .. } => Some(Office::Authority),
            // Rectifying stays with the unit, wherever it is.
            Step::Rectify { .. }
            | Step::Extend { .. }
            | Step::AnswerPart { .. }
            | Step::Report { .. } => Some(Office::HandlingAgency),
            Step::FollowUp { .. } => Some(self.follow_up_owner(profile)),
            // Where the Authority itself verifies, both may.
            Step::Contact { .. } | Step::Verify { .. } if verifies && !stands_in => None,
            Step::Assign { .. }
            | Step::TakeOver
            | Step::Contact { .. }
            | Step::Verify { .. }
            | Step::FeedBackSolution { .. }
            | Step::FeedBack { .. }
            | Step::Close => match stands_in {
                true => Some(Office::Authority),
                false => Some(Office::HandlingAgency),
            },
            Step::AnswerFollowUp { .. }
            | Step::Correct { .. }
            | Step::Link { .. }
            | Step::Unlink { .. } => None,
        }
    }
}

/// How far a state is on the way.
fn progress(state: State) -> u8 {
    match state {
        State::Received => 0,
        State::Opened => 1,
        State::Assigned => 2,
        State::Contacted { .. } => 3,
        State::ExclusionProposed { .. } => 4,
        State::Verified { .. } => 5,
        State::SolutionFedBack => 6,
        State::Rectified { .. } => 7,
        State::FedBack { .. } => 8,
        State::Reported { .. } => 9,
        State::Accepted { .. } => 10,
        State::Closed { .. } => 11,
        State::Confirmed { .. } => 12,
        State::Excluded { .. } | State::Linked | State::Annulled => 13,
    }
}

/// Why a state does not allow a step: what comes first is missing, or it is past that already.
fn reason(step: &Step, from: State) -> Reason {
    let place = match step {
        Step::Dispatch { .. } => 0,
        Step::Assign { .. } | Step::TakeOver | Step::AnswerPart { .. } => 1,
        Step::Contact { .. } => 2,
        Step::Verify { .. } => 3,
        Step::DecideExclusion { .. } => 4,
        Step::FeedBackSolution { .. } | Step::Rectify { .. } | Step::Extend { .. } => 5,
        Step::FeedBack { .. } => 7,
        Step::Report { .. } => 8,
        Step::Accept { .. } | Step::Return { .. } => 9,
        Step::Close => 10,
        Step::FollowUp { .. } | Step::AnswerFollowUp { .. } => 11,
        Step::Urge { .. } | Step::Correct { .. } | Step::Link { .. } | Step::Unlink { .. } => 12,
    };
    match from {
        State::ExclusionProposed { .. } => Reason::ExclusionUndecided,
        _ if matches!(step, Step::DecideExclusion { .. }) => Reason::NoExclusionProposed,
        State::Closed { .. } => Reason::Over,
        State::Confirmed { .. } => Reason::FollowedUpAlready,
        _ if progress(from) < place => match (step, from) {
            (Step::Close, _) if progress(from) < 8 => Reason::NotFedBack,
            (Step::FollowUp { .. } | Step::AnswerFollowUp { .. }, _) => Reason::NotClosed,
            (Step::Accept { .. } | Step::Return { .. }, _) => Reason::NotReported,
            (_, State::Received) => Reason::NotDispatched,
            (_, State::Opened) => Reason::NobodyAssigned,
            (_, State::Assigned) => Reason::RaterNotContacted,
            (_, State::Contacted { .. }) => Reason::NotVerified,
            (_, State::Verified { .. } | State::SolutionFedBack) => Reason::NotRectified,
            (_, State::Rectified { .. }) => Reason::NotFedBack,
            (_, State::FedBack { .. }) => Reason::NotReported,
            _ => Reason::NotAccepted,
        },
        State::Received | State::Opened | State::Assigned | State::Contacted { .. } => {
            Reason::WorkHasBegun
        }
        State::Verified { .. } | State::SolutionFedBack if place < 5 => Reason::VerifiedAlready,
        State::Verified { .. } | State::SolutionFedBack => Reason::FedBackAlready,
        State::Rectified { .. } => Reason::RectifiedAlready,
        State::FedBack { .. } => Reason::FedBackAlready,
        State::Reported { .. } => Reason::ReportedAlready,
        State::Accepted { .. } => Reason::AcceptedAlready,
        State::Excluded { .. } => Reason::ExcludedAlready,
        State::Linked => Reason::IsLinked,
        State::Annulled => Reason::IsAnnulled,
    }
}

/// What an exclusion found by verification lacks under a profile; nothing if it lacks nothing.
pub(super) fn exclusion_lacks(
    rule: &ExclusionRule,
    ground: crate::profile::ExclusionGround,
    document_number: &str,
) -> Option<(&'static str, String)> {
    use crate::profile::ExclusionDuty::{InWriting, OnAppeal};

    if !rule.grounds.contains(&ground) {
        let grounds: Vec<&str> = rule.grounds.iter().map(|ground| ground.phrase()).collect();
        let known = format!("is no ground in this region, which knows {}", grounds.join("、"));
        return Some(("verification.ground", known));
    }
    if rule.duties.contains(&OnAppeal) {
        let words = "is decided on an appeal in this region: appeal instead";
        return Some(("verification.ground", words.to_owned()));
    }
    if rule.duties.contains(&InWriting) && document_number.trim().is_empty() {
        let words = "must be filled in: the report is in writing in this region";
        return Some(("verification.document_number", words.to_owned()));
    }
    None
}
