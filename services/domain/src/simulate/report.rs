//! The report of a simulation: counts, each change by its ids, figures, and what was left out.

use std::collections::BTreeMap;

use jiff::civil::Date;

use super::{Gap, RuleChange};
use crate::{
    id::{ActId, RatingId, TicketId},
    level::Level,
    statistics::{LevelCounts, Rate, satisfaction},
};

/// A value under the profiles on record, and under the other.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub struct Under<T> {
    /// Under each act's own profile.
    pub old: T,
    /// Under the other.
    pub new: T,
}

impl<T: PartialEq> Under<T> {
    /// Whether the other profile makes a difference.
    pub fn differs(&self) -> bool {
        self.old != self.new
    }
}

impl Under<u64> {
    /// Adds one to each count whose condition holds.
    pub(super) fn add(&mut self, holds: Under<bool>) {
        self.old += u64::from(holds.old);
        self.new += u64::from(holds.new);
    }
}

/// What would have changed.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Report {
    /// The counts.
    pub counts: Counts,
    /// Each rule in which a profile on record differs from the other, by profile and field.
    pub rules: Vec<RuleChange>,
    /// Each single change, by kind and identity.
    pub changes: Vec<Change>,
    /// Figures of each region, agency, hall, window and member of staff.
    pub figures: BTreeMap<Object, Under<Figures>>,
    /// What was left out because the facts do not show it, and how often.
    pub gaps: BTreeMap<Gap, u64>,
}

impl Report {
    /// Whether the other profile would have made any difference that facts can show.
    #[must_use]
    pub fn changed(&self) -> bool {
        !self.changes.is_empty() || self.figures.values().any(Under::differs)
    }

    pub(super) fn gap(&mut self, gap: Gap) {
        *self.gaps.entry(gap).or_default() += 1;
    }
}

/// How much was checked, and the counts under either profile.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Counts {
    /// Service acts checked.
    pub acts: u64,
    /// Their active ratings.
    pub ratings: u64,
    /// Their tickets.
    pub tickets: u64,
    /// Windows that end on another day, or begin or cease to end.
    pub windows_moved: u64,
    /// Windows that are closed.
    pub windows_closed: Under<u64>,
    /// Acts with a default rating.
    pub defaults: Under<u64>,
    /// Acts for which another rating is the effective one, or none.
    pub effective_moved: u64,
    /// Ratings that meet an objection.
    pub objections: BTreeMap<Objection, Under<u64>>,
    /// Tickets opened by a rating that came too late.
    pub tickets_too_late: Under<u64>,
    /// Deadlines of tickets by what they limit.
    pub deadlines: BTreeMap<&'static str, Under<Outcomes>>,
    /// Closings that must be followed up.
    pub follow_ups: Under<FollowUps>,
    /// Closings that lack the Authority's acceptance.
    pub closed_unreviewed: Under<u64>,
}

/// How deadlines ended.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Outcomes {
    /// Kept.
    pub met: u64,
    /// Not kept.
    pub missed: u64,
    /// Not over yet.
    pub running: u64,
    /// Over, and the facts do not show which.
    pub not_told: u64,
}

impl Outcomes {
    pub(super) fn add(&mut self, outcome: Outcome) {
        *match outcome {
            Outcome::Met => &mut self.met,
            Outcome::Missed => &mut self.missed,
            Outcome::Running => &mut self.running,
            Outcome::NotTold => &mut self.not_told,
        } += 1;
    }
}

/// Follow-ups that are required.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct FollowUps {
    /// How many are required.
    pub due: u64,
    /// How many of those were done.
    pub done: u64,
}

/// Why a rating would have been refused.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Objection {
    /// The window is closed (I06).
    TooLate,
    /// A negative one with neither tag nor text (I05).
    NoReason,
    /// The rater is not known by name (I13).
    NoName,
    /// It is kept from the public (I14).
    Private,
}

impl Objection {
    /// All of them.
    pub const ALL: [Self; 4] = [Self::TooLate, Self::NoReason, Self::NoName, Self::Private];
}

/// One thing that would have been different.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Change {
    /// A rating window.
    Window {
        /// The act.
        act: ActId,
        /// The last day; none without a window.
        last_day: Under<Option<Date>>,
        /// Whether it is closed.
        closed: Under<bool>,
        /// Whether the other's last day waits for a notice.
        provisional: bool,
    },
    /// A default rating.
    Default {
        /// The act.
        act: ActId,
        /// The level, if it has one.
        level: Under<Option<Level>>,
    },
    /// The effective rating.
    Effective {
        /// The act.
        act: ActId,
        /// The rating, if there is one.
        rating: Under<Option<RatingId>>,
    },
    /// An objection against a rating.
    Rating {
        /// The rating.
        rating: RatingId,
        /// The act.
        act: ActId,
        /// Which.
        objection: Objection,
        /// Under which profile there is one.
        met: Under<bool>,
    },
    /// A deadline of a ticket.
    Deadline {
        /// The ticket.
        ticket: TicketId,
        /// Which opening of it, from 1.
        opening: u32,
        /// What it limits.
        subject: &'static str,
        /// The deadline, if there is one.
        due: Under<Option<DeadlineEnd>>,
    },
    /// The duty to follow up a closed ticket.
    FollowUp {
        /// The ticket.
        ticket: TicketId,
        /// Which opening of it, from 1.
        opening: u32,
        /// Whether it is required.
        due: Under<bool>,
        /// Whether it was done.
        done: bool,
    },
    /// A ticket closed without the Authority's acceptance.
    Unreviewed {
        /// The ticket.
        ticket: TicketId,
        /// Which opening of it, from 1.
        opening: u32,
        /// Under which profile that is against the rule.
        against: Under<bool>,
    },
}

/// A deadline and how it ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct DeadlineEnd {
    /// The last day.
    pub due_on: Date,
    /// Whether that day waits for a notice.
    pub provisional: bool,
    /// How it ended.
    pub outcome: Outcome,
}

/// How a deadline ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Outcome {
    /// Kept.
    Met,
    /// Not kept.
    Missed,
    /// Not over yet.
    Running,
    /// Over, and the facts do not show which.
    NotTold,
}

/// The object of figures.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Object {
    /// A region, by its code.
    Region(String),
    /// A handling agency.
    Agency(String),
    /// A hall, for acts given in one.
    Hall(String),
    /// A window, for acts given at one.
    Window(String),
    /// A staff member, for acts that name one.
    Staff(String),
}

/// Figures of one object, as whole numbers.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Figures {
    /// Effective active ratings by level.
    pub active: LevelCounts,
    /// Default ratings by level.
    pub defaults: LevelCounts,
    /// How many of the default ratings enter satisfaction and scores under the profile.
    pub defaults_counted: u64,
    /// Scores by their scale, best level first (P02); scales are never mixed.
    pub scores: BTreeMap<[u32; 5], ScoreSum>,
}

impl Figures {
    /// 满意率, of active ratings alone.
    #[must_use]
    pub fn satisfaction(&self) -> Rate {
        satisfaction(self.active)
    }

    /// 满意率 with default ratings: the second, separately named figure.
    #[must_use]
    pub fn satisfaction_with_defaults(&self) -> Rate {
        let mut both = self.active;
        for (count, defaults) in both.iter_mut().zip(self.defaults) {
            *count += defaults;
        }
        satisfaction(both)
    }
}

/// The scores of ratings on one scale.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct ScoreSum {
    /// Of effective active ratings.
    pub active: Mean,
    /// Of these and default ratings.
    pub with_defaults: Mean,
}

/// A mean as its parts.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Mean {
    /// The sum of the scores.
    pub sum: u64,
    /// How many.
    pub count: u64,
}

impl Mean {
    pub(super) fn add(&mut self, score: u32) {
        self.sum += u64::from(score);
        self.count += 1;
    }
}
