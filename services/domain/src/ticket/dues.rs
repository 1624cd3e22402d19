//! The deadlines of a ticket, each on record by itself: its act, its day and derivation, and how it
//! ended. A later one of the same group takes an earlier one's place, and both stay.

use jiff::{Timestamp, civil::Date};

use super::Finding;
use crate::{
    calendar::{Calendar, OutOfRange},
    deadline::{Deadline, DeadlineRule},
    profile::{Event, Profile, Rule},
};

/// The day a plan names for carrying it out: a deadline of its own.
pub const CARRY_OUT_PLAN: &str = "carry_out_plan";
/// The last day of a notice from an upper platform.
pub const ANSWER_NOTICE: &str = "answer_upper_notice";
/// The last day that a hotline allows for handling and reply.
pub const ANSWER_HOTLINE: &str = "answer_hotline";

/// The event that a new day begins with.
pub(super) const EXTENSION: &str = "extension";
/// How many deadlines of a ticket can begin with a new day: ours, no document names a number.
pub const MAX_NEW_DAYS: usize = 60;

/// A deadline of a ticket.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Due {
    /// The deadline with its derivation.
    pub deadline: Deadline,
    /// Whether it still runs, or how it ended.
    pub end: DueEnd,
}

/// How a deadline of a ticket ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum DueEnd {
    /// It runs.
    Running,
    /// What it limits was done; late if its day had passed.
    Met {
        /// When.
        at: Timestamp,
    },
    /// Another one runs in its place.
    Superseded {
        /// That one's place among the ticket's deadlines.
        by: usize,
        /// When.
        at: Timestamp,
    },
    /// What it limits is not to be done any more.
    Lapsed {
        /// When.
        at: Timestamp,
    },
    /// It was provisional (暂定), and a newer calendar gave it the day of another one, or its clock
    /// stood still: the other one stands for it and says whether it was missed.
    Moved {
        /// That one's place among the ticket's deadlines.
        to: usize,
        /// When.
        at: Timestamp,
    },
}

impl Due {
    /// Whether it still runs.
    #[must_use]
    pub fn runs(&self) -> bool {
        self.end == DueEnd::Running
    }

    /// Whether it was missed: its day passed while it ran (T09). What takes its place later does
    /// not change that.
    #[must_use]
    pub fn is_missed(&self, now: Timestamp) -> bool {
        match self.end {
            DueEnd::Running => self.deadline.is_past(now),
            DueEnd::Met { at } | DueEnd::Superseded { at, .. } | DueEnd::Lapsed { at } => {
                self.deadline.is_past(at)
            }
            DueEnd::Moved { .. } => false,
        }
    }

    /// Whether a notice that is not published yet can still change what is held against anyone: it
    /// is provisional, and it runs or was missed.
    #[must_use]
    pub fn awaits_notice(&self) -> bool {
        // While it runs, the instant does not matter.
        self.deadline.provisional && (self.runs() || self.is_missed(Timestamp::MIN))
    }

    pub(super) fn is_of(&self, group: Group) -> bool {
        group.has(&self.deadline.rule.subject)
    }
}

/// Deadlines of which one takes another one's place.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Group {
    Dispatch,
    Start,
    Contact,
    Fix,
    CarryOut,
    FeedBack,
    FollowUp,
    Notice,
    Hotline,
}

impl Group {
    fn has(self, subject: &str) -> bool {
        match self {
            Self::Dispatch => matches!(subject, "dispatch" | "hotline_dispatch"),
            Self::Start => subject == "start_handling",
            Self::Contact => subject == "first_contact",
            Self::Fix => matches!(subject, "fix_clear" | "fix_simple" | "fix_complex"),
            Self::CarryOut => subject == CARRY_OUT_PLAN,
            Self::FeedBack => {
                matches!(subject, "feed_back_clear" | "feed_back_simple" | "feed_back_complex")
            }
            Self::FollowUp => subject == "follow_up_within",
            Self::Notice => subject == ANSWER_NOTICE,
            Self::Hotline => subject == ANSWER_HOTLINE,
        }
    }
}

/// What the deadlines of a ticket are computed from.
#[derive(Clone, Copy)]
pub(super) struct Law<'a> {
    pub(super) profile: &'a Profile,
    pub(super) calendar: &'a Calendar,
}

/// All deadlines of a ticket, in the order in which they began.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Dues(pub Vec<Due>);

impl Dues {
    /// Those that still run.
    pub fn running(&self) -> impl Iterator<Item = &Due> {
        self.0.iter().filter(|due| due.runs())
    }

    /// Computes again what was provisional (暂定), by a newer calendar: the old one stays on record,
    /// and the new one stands in its place and ended as it did. So nobody is late by a day that
    /// became a holiday, even if it was noticed before. What ended in time stays as it was: nobody
    /// becomes late by a day that became a workday. True if any changed.
    ///
    /// # Errors
    /// [`OutOfRange`] if one now reaches a year without a known calendar; nothing is changed then.
    pub fn recompute(&mut self, calendar: &Calendar, at: Timestamp) -> Result<bool, OutOfRange> {
        let mut anew = Vec::new();
        for (n, due) in self.0.iter().enumerate().filter(|(_, due)| due.awaits_notice()) {
            if let Some(deadline) = due.deadline.anew(calendar)? {
                anew.push((n, deadline));
            }
        }
        let changed = !anew.is_empty();
        for (n, deadline) in anew {
            let moved = DueEnd::Moved { to: self.0.len(), at };
            let end = std::mem::replace(&mut self.0[n].end, moved);
            self.0.push(Due { deadline, end });
        }
        Ok(changed)
    }

    /// Those of the beginning, all from the receipt: procedure, first contact, and the ordinary
    /// class, which is clear and reasonable.
    pub(super) fn begin(&mut self, received: Timestamp, law: Law<'_>) -> Result<(), OutOfRange> {
        let Profile { start_handling, first_contact, fix_clear, feed_back_clear, .. } = law.profile;
        for rule in [start_handling, first_contact, fix_clear, feed_back_clear] {
            self.start(rule, (Event::RatingReceived, received), received, law)?;
        }
        // Of what ran before a new beginning nothing is left to do.
        let old = |due: &Due| is_handling(due) && due.deadline.event_at < received;
        self.end(old, DueEnd::Lapsed { at: received });
        Ok(())
    }

    /// Starts a deadline if there is such a rule and it runs from this event.
    pub(super) fn start(
        &mut self,
        rule: &Option<Rule<DeadlineRule>>,
        (event, event_at): (Event, Timestamp),
        at: Timestamp,
        law: Law<'_>,
    ) -> Result<(), OutOfRange> {
        if let Some(rule) = rule.as_ref().filter(|rule| event.starts(&rule.value)) {
            self.push(rule.value.due(event_at, law.calendar)?, at);
        }
        Ok(())
    }

    /// Starts a deadline on a named day.
    pub(super) fn start_on(&mut self, deadline: Deadline) {
        let at = deadline.event_at;
        self.push(deadline, at);
    }

    /// Puts a deadline in the place of those of its group that run.
    fn push(&mut self, deadline: Deadline, at: Timestamp) {
        let by = self.0.len();
        for due in self.0.iter_mut().filter(|due| due.runs()) {
            let group = GROUPS.into_iter().find(|group| due.is_of(*group));
            if group.is_some_and(|group| group.has(&deadline.rule.subject)) {
                due.end = DueEnd::Superseded { by, at };
            }
        }
        self.0.push(Due { deadline, end: DueEnd::Running });
    }

    /// What a group limits was done.
    pub(super) fn meet(&mut self, group: Group, at: Timestamp) {
        self.end(|due| due.is_of(group), DueEnd::Met { at });
    }

    /// Nothing of this is to be done any more.
    pub(super) fn lapse(&mut self, at: Timestamp) {
        self.end(|_| true, DueEnd::Lapsed { at });
    }

    /// The result was returned: what was done is not done. If nothing else runs, the ordinary
    /// class's does, by the clock that runs already.
    pub(super) fn undo_result(
        &mut self,
        since: Timestamp,
        at: Timestamp,
        law: Law<'_>,
    ) -> Result<(), OutOfRange> {
        self.go_on(&HANDLING, |end| matches!(end, DueEnd::Met { at } if at >= since));
        self.run_ordinary(since, at, law)
    }

    /// A linked ticket is handled by itself again, from the beginning: what lapsed runs, and what
    /// was done of the handling is not done.
    pub(super) fn run_again(
        &mut self,
        since: Timestamp,
        at: Timestamp,
        law: Law<'_>,
    ) -> Result<(), OutOfRange> {
        let lapsed = |end| matches!(end, DueEnd::Lapsed { .. });
        use Group::{Contact, Dispatch, Hotline, Notice, Start};
        self.go_on(&[Dispatch, Start, Contact, Notice, Hotline], lapsed);
        self.go_on(&HANDLING, |end| match end {
            DueEnd::Met { at } | DueEnd::Lapsed { at } => at >= since,
            _ => false,
        });
        self.run_ordinary(since, at, law)
    }

    /// A follow-up that counted as done is to be done.
    pub(super) fn follow_up_again(&mut self) {
        self.go_on(&[Group::FollowUp], |end| matches!(end, DueEnd::Met { .. }));
    }

    /// Of each of some groups the last one runs again, if it ended like this.
    fn go_on(&mut self, groups: &[Group], ended: impl Fn(DueEnd) -> bool) {
        for group in groups {
            let last = self.0.iter_mut().rev().find(|due| due.is_of(*group));
            if let Some(due) = last.filter(|due| ended(due.end)) {
                due.end = DueEnd::Running;
            }
        }
    }

    fn run_ordinary(
        &mut self,
        received: Timestamp,
        at: Timestamp,
        law: Law<'_>,
    ) -> Result<(), OutOfRange> {
        if self.handling_runs() {
            return Ok(());
        }
        for rule in [&law.profile.fix_clear, &law.profile.feed_back_clear] {
            self.start(rule, (Event::RatingReceived, received), at, law)?;
        }
        Ok(())
    }

    /// Whether a deadline of the handling runs: one that a new day can take the place of.
    pub(super) fn handling_runs(&self) -> bool {
        self.running().any(is_handling)
    }

    /// The deadlines of a finding's class take the place of those of another class.
    pub(super) fn classify(
        &mut self,
        finding: Finding,
        (received, found): (Timestamp, Timestamp),
        law: Law<'_>,
    ) -> Result<(), OutOfRange> {
        let [fix, feed_back] = class(law.profile, finding);
        for (group, rule) in [(Group::Fix, fix), (Group::FeedBack, feed_back)] {
            let subject = rule.map(|rule| rule.value.subject.as_str());
            let runs_already = |due: &Due| Some(due.deadline.rule.subject.as_str()) == subject;
            if self.running().any(runs_already) {
                continue;
            }
            let before = self.0.len();
            if let Some(rule) = rule {
                let from_found = Event::FoundTrue.starts(&rule.value);
                let event_at = if from_found { found } else { received };
                self.push(rule.value.due(event_at, law.calendar)?, found);
            }
            if self.0.len() == before {
                self.end(|due| due.is_of(group), DueEnd::Lapsed { at: found });
            }
        }
        if finding != Finding::Complex {
            // An earlier plan is not carried out any more.
            self.end(|due| due.is_of(Group::CarryOut), DueEnd::Lapsed { at: found });
        }
        Ok(())
    }

    /// The day a plan names. Where the document asks for a day without naming one, it is the
    /// deadline of the rectification: it stands in the place of the ordinary class's.
    pub(super) fn plan(&mut self, deadline: Deadline) {
        self.start_on(deadline);
    }

    /// A new day in the place of what runs; those later than it stay. False if nothing runs.
    pub(super) fn extend(&mut self, new_day: Date, at: Timestamp, clause: &str) -> bool {
        let earlier = |due: &&Due| is_handling(due) && due.deadline.due_on < new_day;
        let subject = |due: &Due| due.deadline.rule.subject.clone();
        let subjects: Vec<String> = self.running().filter(earlier).map(subject).collect();
        for subject in &subjects {
            let reason = "延期后的期限";
            let Some(deadline) = Deadline::on(subject, EXTENSION, at, new_day, reason, clause)
            else {
                continue;
            };
            self.start_on(deadline);
        }
        !subjects.is_empty()
    }

    /// Whether another new day can be named: there is an end to it, and to a ticket's size.
    pub(super) fn can_extend(&self) -> bool {
        let new_days = self.0.iter().filter(|due| due.deadline.rule.event == EXTENSION);
        new_days.count() < MAX_NEW_DAYS
    }

    fn end(&mut self, which: impl Fn(&Due) -> bool, end: DueEnd) {
        for due in self.0.iter_mut().filter(|due| due.runs() && which(due)) {
            due.end = end;
        }
    }
}

/// What a finding's class limits.
const HANDLING: [Group; 3] = [Group::Fix, Group::CarryOut, Group::FeedBack];

const GROUPS: [Group; 9] = [
    Group::Dispatch,
    Group::Start,
    Group::Contact,
    Group::Fix,
    Group::CarryOut,
    Group::FeedBack,
    Group::FollowUp,
    Group::Notice,
    Group::Hotline,
];

fn is_handling(due: &Due) -> bool {
    HANDLING.into_iter().any(|group| due.is_of(group))
}

/// The rules of a finding's class: for the rectification and for the feedback.
fn class(profile: &Profile, finding: Finding) -> [Option<&Rule<DeadlineRule>>; 2] {
    let (fix, feed_back) = match finding {
        Finding::Clear => (&profile.fix_clear, &profile.feed_back_clear),
        Finding::Simple => (&profile.fix_simple, &profile.feed_back_simple),
        Finding::Complex => (&profile.fix_complex, &profile.feed_back_complex),
        // It is explained; the rater waits for that as long as for a clear one.
        Finding::NoLegalBasis => return [None, profile.feed_back_clear.as_ref()],
    };
    [fix.as_ref(), feed_back.as_ref()]
}
