//! The closed loop of a negative rating (差评整改闭环, T01–T06): a state machine. Each state has the data
//! that its steps gave it. A transition consumes the ticket; a refusal names state, step and
//! reason.

mod step;

use jiff::Timestamp;

use crate::{
    calendar::{Calendar, OutOfRange},
    deadline::{Deadline, DeadlineRule},
    profile::{Event, Office, Profile, Rule},
    violation::Violations,
};

pub use step::{Means, Plan, TicketStep};

/// The longest text an officer can write into a step, in characters.
pub const MAX_NOTE_CHARS: usize = 1_000;

/// A ticket (差评工单).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Ticket {
    /// True if the rater is known by name (实名).
    pub real_name: bool,
    /// Its state.
    pub state: TicketState,
    /// How many steps it has taken.
    pub sequence: u32,
    /// The event its handling deadlines run from: the rating, or the follow-up that reopened it.
    pub clock_started_at: Timestamp,
    /// Every deadline it has or had; a later one of the same group replaces an earlier one, and
    /// both stay on record.
    pub deadlines: Vec<Deadline>,
}

/// The state of a ticket.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum TicketState {
    /// 已生成.
    Opened,
    /// 已指派.
    Assigned,
    /// 已回访核实.
    Contacted,
    /// 已核实.
    Verified {
        /// How the verification ended.
        finding: Finding,
    },
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
    /// 审核通过.
    Accepted {
        /// How the verification ended.
        finding: Finding,
    },
    /// 已办结: this does not mean yet that the rater is content.
    Closed {
        /// How the verification ended.
        finding: Finding,
    },
    /// 已确认: followed up, and the rater is satisfied.
    Confirmed {
        /// How the verification ended.
        finding: Finding,
    },
    /// 已作废: what opened it is in no history any more. No step leads here: see [`Ticket::annul`].
    Annulled,
}

/// How a verification ended (核实结论, T03).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Finding {
    /// 情况清楚、诉求合理.
    Clear,
    /// 情况复杂.
    Complex,
    /// 缺乏法定依据.
    NoLegalBasis,
}

/// Why a ticket refuses a step.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Refusal {
    /// The step is wrong in itself.
    #[error(transparent)]
    Malformed(#[from] Violations),
    /// The state does not allow it.
    #[error("a ticket that is {from} cannot take the step {step}: {reason}")]
    State {
        /// Its state.
        from: &'static str,
        /// The step.
        step: &'static str,
        /// Why.
        reason: &'static str,
    },
    /// This step belongs to the other office.
    #[error("the step {step} is {owner}'s")]
    Office {
        /// The step.
        step: &'static str,
        /// The office it belongs to.
        owner: &'static str,
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

/// A rated person takes no step of the ticket of their own rating and is not its assignee: nobody
/// judges their own case. `by` takes the step; `rated` are all persons named by the ticket's
/// ratings or its matter, in the form of access tokens.
///
/// ```
/// use domain::ticket::{TicketStep, impartial};
/// let rated = ["652301-s01".to_owned()];
/// assert!(impartial(&TicketStep::Close, "652301-s02", &rated).is_ok());
/// assert!(impartial(&TicketStep::Close, "652301-s01", &rated).is_err());
/// let assign = TicketStep::Assign { assignee: " 652301-S01".to_owned() };
/// assert!(impartial(&assign, "652301-s02", &rated).is_err());
/// ```
///
/// # Errors
/// [`Refusal::Rated`].
pub fn impartial(step: &TicketStep, by: &str, rated: &[String]) -> Result<(), Refusal> {
    // It is the same person with a further blank or in other letter case.
    let is_rated = |id: &str| rated.iter().any(|rated| rated.eq_ignore_ascii_case(id.trim()));
    let assigned = matches!(step, TicketStep::Assign { assignee } if is_rated(assignee));
    match assigned || is_rated(by) {
        true => Err(Refusal::Rated { step: step.name() }),
        false => Ok(()),
    }
}

impl Ticket {
    /// Opens a ticket with the deadlines of the profile's ordinary class, clear and reasonable,
    /// that run from the receipt of the rating.
    ///
    /// # Errors
    /// [`OutOfRange`] if a deadline reaches a year without a known calendar.
    pub fn open(
        real_name: bool,
        rating_received_at: Timestamp,
        profile: &Profile,
        calendar: &Calendar,
    ) -> Result<Self, OutOfRange> {
        let mut ticket = Self {
            real_name,
            state: TicketState::Opened,
            sequence: 0,
            clock_started_at: rating_received_at,
            deadlines: Vec::new(),
        };
        let received = (Event::RatingReceived, rating_received_at);
        start(&mut ticket.deadlines, ordinary(profile), received, calendar)?;
        Ok(ticket)
    }

    /// Takes a step.
    ///
    /// # Errors
    /// [`Refusal`]; nothing is changed then.
    pub fn step(
        mut self,
        step: &TicketStep,
        office: Office,
        at: Timestamp,
        profile: &Profile,
        calendar: &Calendar,
    ) -> Result<Self, Refusal> {
        step.check(at)?;
        self.check_office(step, office, profile)?;
        let refuse = |from: &TicketState, reason| {
            Err(Refusal::State { from: from.name(), step: step.name(), reason })
        };
        let must_review = profile.result_reviewed_by_authority.value;
        self.state = match (self.state, step) {
            (TicketState::Opened | TicketState::Assigned, TicketStep::Assign { .. }) => {
                TicketState::Assigned
            }
            (TicketState::Assigned | TicketState::Contacted, TicketStep::Contact { .. }) => {
                TicketState::Contacted
            }
            (TicketState::Contacted, TicketStep::Verify { finding, .. }) => {
                let (received, found) =
                    ((Event::RatingReceived, self.clock_started_at), (Event::FoundTrue, at));
                match finding {
                    Finding::Clear => {
                        start(&mut self.deadlines, ordinary(profile), found, calendar)?;
                    }
                    Finding::Complex => {
                        start(&mut self.deadlines, complex(profile), received, calendar)?;
                        start(&mut self.deadlines, complex(profile), found, calendar)?;
                    }
                    Finding::NoLegalBasis => {}
                }
                TicketState::Verified { finding: *finding }
            }
            (
                TicketState::Verified { finding: finding @ (Finding::Clear | Finding::Complex) },
                TicketStep::Rectify { .. },
            ) => TicketState::Rectified { finding },
            (from @ TicketState::Verified { .. }, TicketStep::Rectify { .. }) => {
                return refuse(&from, "a claim without legal basis is explained, not rectified");
            }
            (TicketState::Rectified { finding }, TicketStep::FeedBack { .. })
            | (
                TicketState::Verified { finding: finding @ Finding::NoLegalBasis },
                TicketStep::FeedBack { .. },
            ) => TicketState::FedBack { finding },
            (TicketState::FedBack { finding }, TicketStep::Accept { .. }) => {
                TicketState::Accepted { finding }
            }
            (from @ TicketState::FedBack { .. }, TicketStep::Close) if must_review => {
                return refuse(&from, "the Authority has not accepted the result");
            }
            (
                TicketState::FedBack { finding } | TicketState::Accepted { finding },
                TicketStep::Close,
            ) => TicketState::Closed { finding },
            (TicketState::Closed { finding }, TicketStep::FollowUp { satisfied: true, .. }) => {
                TicketState::Confirmed { finding }
            }
            (TicketState::Closed { .. }, TicketStep::FollowUp { satisfied: false, .. }) => {
                let reopened = (Event::RatingReceived, at);
                start(&mut self.deadlines, ordinary(profile), reopened, calendar)?;
                self.clock_started_at = at;
                TicketState::Opened
            }
            (from, step) => return refuse(&from, step.precondition()),
        };
        self.sequence += 1;
        Ok(self)
    }

    /// Ends a ticket when nothing is left that opened it: the service it came from went back to a
    /// history in which that never happened.
    #[must_use]
    pub fn annul(mut self) -> Self {
        self.state = TicketState::Annulled;
        self.sequence += 1;
        self
    }

    /// When the next step is due; none if none is.
    #[must_use]
    pub fn due_at(&self) -> Option<Timestamp> {
        let subjects: &[&str] = match &self.state {
            TicketState::Opened | TicketState::Assigned | TicketState::Contacted => {
                &["fix_clear", "feed_back_clear"]
            }
            TicketState::Verified { finding: Finding::Clear } => &["fix_clear", "feed_back_clear"],
            TicketState::Verified { finding: Finding::NoLegalBasis }
            | TicketState::Rectified { finding: Finding::Clear | Finding::NoLegalBasis } => {
                &["feed_back_clear"]
            }
            TicketState::Verified { finding: Finding::Complex } => {
                &["fix_complex", "feed_back_complex"]
            }
            TicketState::Rectified { finding: Finding::Complex } => &["feed_back_complex"],
            TicketState::FedBack { .. }
            | TicketState::Accepted { .. }
            | TicketState::Closed { .. }
            | TicketState::Confirmed { .. }
            | TicketState::Annulled => &[],
        };
        // Those of an earlier opening are on record but no longer in force.
        let in_force = |subject: &&str| {
            let mut newest = self.deadlines.iter().rev();
            newest
                .find(|d| d.rule.subject == *subject && d.event_at >= self.clock_started_at)
                .map(|d| d.due_at)
        };
        subjects.iter().filter_map(in_force).min()
    }

    /// Whether the profile requires a follow-up of this ticket in every case.
    #[must_use]
    pub fn follow_up_required(&self, profile: &Profile) -> bool {
        profile.follow_up.value.whom.covers(self.real_name)
    }

    fn check_office(
        &self,
        step: &TicketStep,
        office: Office,
        profile: &Profile,
    ) -> Result<(), Refusal> {
        let owner = match step {
            TicketStep::Accept { .. } => Office::Authority,
            TicketStep::FollowUp { .. } => profile.follow_up.value.by,
            TicketStep::Assign { .. }
            | TicketStep::Contact { .. }
            | TicketStep::Verify { .. }
            | TicketStep::Rectify { .. }
            | TicketStep::FeedBack { .. }
            | TicketStep::Close => Office::HandlingAgency,
        };
        if owner == office {
            return Ok(());
        }
        let owner = match owner {
            Office::HandlingAgency => "the handling agency",
            Office::Authority => "the Authority",
        };
        Err(Refusal::Office { step: step.name(), owner })
    }
}

/// The deadlines of the ordinary class: clear and reasonable.
fn ordinary(profile: &Profile) -> Rules<'_> {
    [&profile.fix_clear, &profile.feed_back_clear]
}

fn complex(profile: &Profile) -> Rules<'_> {
    [&profile.fix_complex, &profile.feed_back_complex]
}

type Rules<'a> = [&'a Option<Rule<DeadlineRule>>; 2];

/// Starts those deadlines that run from `event`, which happened `at`. For a ticket that a follow-up
/// reopened, that event counts as the receipt of the rating.
fn start(
    deadlines: &mut Vec<Deadline>,
    rules: Rules<'_>,
    (event, at): (Event, Timestamp),
    calendar: &Calendar,
) -> Result<(), OutOfRange> {
    for rule in rules.into_iter().flatten().filter(|rule| event.starts(&rule.value)) {
        deadlines.push(rule.value.due(at, calendar)?);
    }
    Ok(())
}

impl TicketState {
    /// The finding, once there is one.
    #[must_use]
    pub fn finding(&self) -> Option<Finding> {
        match self {
            Self::Opened | Self::Assigned | Self::Contacted | Self::Annulled => None,
            Self::Verified { finding }
            | Self::Rectified { finding }
            | Self::FedBack { finding }
            | Self::Accepted { finding }
            | Self::Closed { finding }
            | Self::Confirmed { finding } => Some(*finding),
        }
    }

    /// Whether a further negative rating of the same act joins this ticket (T17).
    #[must_use]
    pub fn takes_ratings(&self) -> bool {
        !matches!(self, Self::Closed { .. } | Self::Confirmed { .. } | Self::Annulled)
    }

    /// The state's name.
    #[must_use]
    pub fn name(&self) -> &'static str {
        match self {
            Self::Opened => "opened",
            Self::Assigned => "assigned",
            Self::Contacted => "contacted",
            Self::Verified { .. } => "verified",
            Self::Rectified { .. } => "rectified",
            Self::FedBack { .. } => "fed back",
            Self::Accepted { .. } => "accepted",
            Self::Closed { .. } => "closed",
            Self::Confirmed { .. } => "confirmed",
            Self::Annulled => "annulled",
        }
    }
}
