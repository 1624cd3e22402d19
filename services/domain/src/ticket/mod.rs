//! The closed loop of a negative rating (差评整改闭环, T01–T20): a state machine.
//!
//! - [`Opening`]: what opened the ticket; [`TicketState`]: where it stands, with what its steps gave
//!   it; [`TicketStep`]: what can be done; `transition.rs`: which step leads where, and who takes it;
//! - [`Dues`]: its deadlines, each on record with its derivation and how it ended;
//! - [`Refusal`]: why a step is not taken, in English and Chinese.
//!
//! A step consumes the ticket and gives the next one, or refuses and changes nothing. Nothing
//! starts a clock again but a new beginning: a dissatisfied follow-up, or a negative rating after
//! the answer.

mod clock;
mod dues;
mod follow_up;
mod opening;
mod parts;
mod refusal;
mod reinstate;
mod state;
mod step;
mod transition;
mod waiting;

use jiff::Timestamp;

use crate::{
    calendar::{Calendar, OutOfRange},
    deadline::{Deadline, DeadlineRule, day_of},
    id::TicketId,
    profile::{Event, Office, Profile},
    violation::Violations,
};

pub use dues::{ANSWER_HOTLINE, ANSWER_NOTICE, CARRY_OUT_PLAN, Due, DueEnd, Dues, MAX_NEW_DAYS};
use dues::{Group, Law};
use follow_up::check_means;
pub use follow_up::{FollowUpDue, drawn};
pub use opening::Opening;
pub use parts::dispatched_to;
pub use refusal::{Reason, Refusal};
pub use state::{Finding, TicketState};
pub use step::{
    FollowUpOutcome, Grounds, MAX_DOCUMENTS, MAX_NOTE_CHARS, MAX_PARTICIPANTS, Means, Outcome,
    Plan, TicketStep,
};
pub use transition::CALLS_BEFORE_GOING_ON;
pub use waiting::NOBODY_TOOK_IT;

/// A ticket (差评工单).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Ticket {
    /// What opened it.
    pub opening: Opening,
    /// Its state.
    pub state: TicketState,
    /// How many steps it has taken.
    pub sequence: u32,
    /// The event its handling deadlines run from: the receipt, or what began it anew.
    pub clock_started_at: Timestamp,
    /// While its handling clock stands still (an appeal waits): since when, or since the last step.
    pub clock_stopped_at: Option<Timestamp>,
    /// Whether it has left the Authority's queue.
    pub dispatched: bool,
    /// Every deadline it has or had.
    pub dues: Dues,
    /// The handling agency; the lead, if several have a part.
    pub agency: String,
    /// The other agencies that have a part (T20).
    pub parts: Vec<Part>,
    /// Who is assigned.
    pub assignee: Option<String>,
    /// True if the service was a township's or a village's (T11).
    pub township: bool,
    /// When it was closed last.
    pub closed_at: Option<Timestamp>,
}

/// The part of an agency beside the lead (协办).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Part {
    /// The agency.
    pub agency: String,
    /// Whether it has answered its part.
    pub answered: bool,
}

/// Under what a step is taken.
#[derive(Clone, Copy)]
pub struct Setting<'a> {
    /// Which ticket it is.
    pub ticket: TicketId,
    /// The office of who takes it.
    pub office: Office,
    /// Who takes it.
    pub by: &'a str,
    /// The agency of who takes it; none for the Authority.
    pub agency: Option<&'a str>,
    /// When.
    pub at: Timestamp,
    /// The policy profile the ticket is bound to.
    pub profile: &'a Profile,
    /// The calendar of its region.
    pub calendar: &'a Calendar,
    /// Whether another ticket of the same act is open.
    pub act_has_open_ticket: bool,
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
    /// Opens a ticket: in the Authority's queue where it dispatches, else at the handling agency.
    /// Its deadlines are those of the beginning, from the receipt.
    ///
    /// # Errors
    /// [`OutOfRange`] if a deadline reaches a year without a known calendar.
    pub fn open(
        opening: Opening,
        agency: String,
        township: bool,
        received_at: Timestamp,
        profile: &Profile,
        calendar: &Calendar,
    ) -> Result<Self, OutOfRange> {
        let law = Law { profile, calendar };
        let mut dues = Dues::default();
        // A notice is with the Authority that registers it, and it says at once who handles it.
        let dispatched = profile.dispatch_by.value == Office::Authority
            && !matches!(opening, Opening::UpperNotice { .. });
        if dispatched {
            let received = (Event::RatingReceived, received_at);
            dues.start(&profile.dispatch, received, received_at, law)?;
        }
        dues.begin(received_at, law)?;
        let named = match opening {
            Opening::Matter { hotline_due_on: Some(day), .. } => {
                let received = (Event::ComplaintReceived, received_at);
                dues.start(&profile.hotline_dispatch, received, received_at, law)?;
                Some((ANSWER_HOTLINE, "complaint_received", day, "热线规定的处理回复期限"))
            }
            Opening::UpperNotice { due_on: Some(day) } => {
                Some((ANSWER_NOTICE, "notice_received", day, "通报单载明的期限"))
            }
            _ => None,
        };
        if let Some((subject, event, day, reason)) = named
            && let Some(deadline) = Deadline::on(subject, event, received_at, day, reason, reason)
        {
            dues.start_on(deadline);
        }
        if !dispatched {
            // Passed on by being opened there.
            dues.meet(Group::Dispatch, received_at);
        }
        Ok(Self {
            opening,
            state: if dispatched { TicketState::Received } else { TicketState::Opened },
            sequence: 0,
            clock_started_at: received_at,
            clock_stopped_at: None,
            dispatched: !dispatched,
            dues,
            agency,
            parts: Vec::new(),
            assignee: None,
            township,
            closed_at: None,
        })
    }

    /// Takes a step.
    ///
    /// # Errors
    /// [`Refusal`]; nothing is changed then.
    pub fn step(mut self, step: &TicketStep, setting: &Setting<'_>) -> Result<Self, Refusal> {
        step.check()?;
        self.check_owner(step, setting)?;
        let next = self.next(step, setting)?;
        self.move_stopped(setting.at, setting.calendar)?;
        self.check_law(step, setting)?;
        self.apply(step, next, setting)?;
        self.sequence += 1;
        Ok(self)
    }

    /// A further negative rating of the same act, received `at`. After the answer it brings the
    /// ticket back to its beginning, with a clock of its own; the answer stays on record. True if it
    /// did.
    ///
    /// # Errors
    /// [`OutOfRange`] if a deadline reaches a year without a known calendar.
    pub fn join(
        &mut self,
        at: Timestamp,
        profile: &Profile,
        calendar: &Calendar,
    ) -> Result<bool, OutOfRange> {
        if !self.state.is_answered() {
            return Ok(false);
        }
        self.begin_again(at, Law { profile, calendar })?;
        self.sequence += 1;
        Ok(true)
    }

    /// Whether it waits at its beginning: with the Authority to be passed on, or with the unit.
    #[must_use]
    pub fn is_at_its_beginning(&self) -> bool {
        matches!(self.state, TicketState::Received | TicketState::Opened)
    }

    /// Whether a further negative rating of the same act joins this ticket (T17).
    #[must_use]
    pub fn takes_ratings(&self) -> bool {
        self.state.is_open()
    }

    fn check_owner(&self, step: &TicketStep, setting: &Setting<'_>) -> Result<(), Refusal> {
        let another =
            |owner| Err(Refusal::Office { step: step.name(), step_phrase: step.phrase(), owner });
        if let Some(owner) = self.owner(step, setting)
            && owner != setting.office
        {
            return another(owner);
        }
        // A participant answers its part; everything else is the lead's.
        let is_lead = setting.agency.is_none_or(|agency| agency == self.agency);
        match is_lead || matches!(step, TicketStep::AnswerPart { .. }) {
            true => Ok(()),
            false => another(Office::HandlingAgency),
        }
    }

    /// What the profile asks of a step's content.
    fn check_law(&self, step: &TicketStep, setting: &Setting<'_>) -> Result<(), Refusal> {
        let profile = setting.profile;
        let mut wrong = Violations::default();
        match step {
            TicketStep::Verify {
                outcome: Outcome::NotToCount(ground), document_number, ..
            } => {
                let rule = &profile.exclusion.value;
                if let Some((field, lacks)) =
                    transition::exclusion_lacks(rule, *ground, document_number)
                {
                    wrong.add(field, lacks);
                }
            }
            TicketStep::Verify { outcome: Outcome::Found(Finding::Simple), .. } => {
                let knows = profile.fix_simple.is_some() || profile.feed_back_simple.is_some();
                wrong.require(
                    knows,
                    "verification.finding",
                    "is no class of this region's document",
                );
            }
            TicketStep::Verify { plan: Some(plan), .. } => {
                self.check_plan(plan, setting, &mut wrong)?;
            }
            TicketStep::Extend { new_day, grounds } => {
                let future = *new_day >= day_of(setting.at);
                wrong.require(future, "extension.new_day", "lies in the past");
                if let Some(rule) = &profile.extension {
                    grounds.check("extension", &rule.value, &mut wrong);
                }
                let later = self.dues.clone().extend(*new_day, setting.at, "");
                wrong.require(later, "extension.new_day", "is not later than the days that run");
                let few = self.dues.can_extend();
                wrong.require(few, "extension.new_day", "is one more than a ticket can have");
            }
            TicketStep::FeedBack { means, .. } => {
                check_means("feedback.means", *means, &profile.feedback_channels.value, &mut wrong);
            }
            TicketStep::FeedBackSolution { means, .. } => {
                check_means("solution.means", *means, &profile.feedback_channels.value, &mut wrong);
            }
            TicketStep::FollowUp { means, .. } => self.check_follow_up(*means, setting, &mut wrong),
            _ => {}
        }
        Ok(wrong.finish(())?)
    }

    /// A plan's day lies within what the document allows; after that it takes a written reason,
    /// where the document knows one. Once the last day has passed, the plan names another one: that
    /// day was missed, and the work is still to be done.
    fn check_plan(
        &self,
        plan: &Plan,
        setting: &Setting<'_>,
        wrong: &mut Violations,
    ) -> Result<(), OutOfRange> {
        let (field, today) = ("verification.carry_out_by", day_of(setting.at));
        wrong.require(plan.carry_out_by >= today, field, "lies in the past");
        let profile = setting.profile;
        let last = match &profile.fix_complex {
            None => None,
            Some(rule) => {
                let of_found = Event::FoundTrue.starts(&rule.value);
                let event_at = if of_found { setting.at } else { self.clock_started_at };
                if let Some(least) = &profile.fix_complex_min_days {
                    let least_rule = DeadlineRule { days: least.value, ..rule.value.clone() };
                    let first = least_rule.due(event_at, setting.calendar)?.due_on;
                    let words = format!("is before {first}, the first day of {}", least.clause);
                    wrong.require(plan.carry_out_by >= first, field, &words);
                }
                Some((rule.value.due(event_at, setting.calendar)?.due_on, &rule.clause))
            }
        };
        match (last.filter(|(day, _)| plan.carry_out_by > *day), &profile.extension) {
            (Some(_), Some(rule)) => {
                let grounds = plan.grounds.clone().unwrap_or_default();
                grounds.check("verification.grounds", &rule.value, wrong);
            }
            (Some((last, clause)), None) => {
                let words = format!("is after {last}, the last day of {clause}");
                wrong.require(last < today, field, &words);
            }
            (None, _) => {
                let words = "belong to a day after the document's last";
                wrong.require(plan.grounds.is_none(), "verification.grounds", words);
            }
        }
        Ok(())
    }

    /// What a step changes beside the state.
    fn apply(
        &mut self,
        step: &TicketStep,
        next: TicketState,
        setting: &Setting<'_>,
    ) -> Result<(), OutOfRange> {
        let Setting { at, profile, calendar, .. } = *setting;
        let law = Law { profile, calendar };
        let before = std::mem::replace(&mut self.state, next);
        match step {
            TicketStep::Dispatch { agency, participants, .. } => {
                self.agency.clone_from(agency);
                let part = |agency: &String| Part { agency: agency.clone(), answered: false };
                self.parts = participants.iter().map(part).collect();
                (self.assignee, self.dispatched) = (None, true);
                self.dues.meet(Group::Dispatch, at);
            }
            TicketStep::Assign { assignee } => {
                self.assignee = Some(assignee.clone());
                self.dues.meet(Group::Start, at);
            }
            TicketStep::TakeOver => {
                self.assignee = Some(setting.by.to_owned());
                self.dues.meet(Group::Start, at);
            }
            TicketStep::Contact { .. } if self.contacted_enough() => {
                self.dues.meet(Group::Contact, at);
            }
            TicketStep::Verify { outcome: Outcome::Found(finding), plan, .. } => {
                let carried_out = plan.as_ref().and_then(|plan| carried_out(plan, at, profile));
                if let Some(deadline) = carried_out {
                    self.dues.plan(deadline);
                }
                self.dues.classify(*finding, (self.clock_started_at, at), law)?;
                // A later day than the document's last is a new day for it.
                if let Some(plan) = plan.as_ref().filter(|plan| plan.grounds.is_some()) {
                    self.dues.extend(plan.carry_out_by, at, extension_clause(profile));
                }
            }
            TicketStep::FeedBackSolution { .. } if profile.fix_complex.is_none() => {
                // Where the document limits the rectification too, the feedback is of that.
                self.dues.meet(Group::FeedBack, at);
            }
            TicketStep::Rectify { .. } => {
                self.dues.meet(Group::Fix, at);
                self.dues.meet(Group::CarryOut, at);
            }
            TicketStep::Extend { new_day, .. } => {
                self.dues.extend(*new_day, at, extension_clause(profile));
            }
            TicketStep::AnswerPart { .. } => {
                let of = |part: &&mut Part| Some(part.agency.as_str()) == setting.agency;
                for part in self.parts.iter_mut().filter(of) {
                    part.answered = true;
                }
            }
            TicketStep::FeedBack { .. } => {
                self.dues.meet(Group::FeedBack, at);
                self.dues.meet(Group::Hotline, at);
            }
            TicketStep::Return { .. } => self.dues.undo_result(self.clock_started_at, at, law)?,
            TicketStep::Close => {
                self.dues.meet(Group::Notice, at);
                self.dues.lapse(at);
                self.closed_at = Some(at);
                if self.follow_up(setting.ticket, at, profile).is_due() {
                    let closed = (Event::TicketClosed, at);
                    self.dues.start(&profile.follow_up_within, closed, at, law)?;
                }
            }
            TicketStep::FollowUp { .. } | TicketStep::AnswerFollowUp { .. } => {
                self.followed_up(next, at, law)?;
            }
            TicketStep::Link { .. } => self.dues.lapse(at),
            // Its own clock was never stopped.
            TicketStep::Unlink { .. } => self.dues.run_again(self.clock_started_at, at, law)?,
            TicketStep::Contact { .. }
            | TicketStep::Verify { .. }
            | TicketStep::FeedBackSolution { .. }
            | TicketStep::Report { .. }
            | TicketStep::Accept { .. }
            | TicketStep::DecideExclusion { .. }
            | TicketStep::Urge { .. }
            | TicketStep::Correct { .. } => {}
        }
        let excluded = |state| matches!(state, TicketState::Excluded { .. });
        if excluded(next) && !excluded(before) {
            self.dues.lapse(at);
        }
        Ok(())
    }

    fn begin_again(&mut self, at: Timestamp, law: Law<'_>) -> Result<(), OutOfRange> {
        self.state = self.queue();
        self.clock_started_at = at;
        for part in &mut self.parts {
            part.answered = false;
        }
        if !self.dispatched {
            self.dues.start(&law.profile.dispatch, (Event::RatingReceived, at), at, law)?;
        }
        self.dues.begin(at, law)
    }
}

/// The deadline that a plan's day is.
fn carried_out(plan: &Plan, at: Timestamp, profile: &Profile) -> Option<Deadline> {
    let clause = &profile.complex_ledger.clause;
    Deadline::on(CARRY_OUT_PLAN, "plan_made", at, plan.carry_out_by, "计划载明的期限", clause)
}

fn extension_clause(profile: &Profile) -> &str {
    profile.extension.as_ref().map_or("", |rule| rule.clause.as_str())
}
