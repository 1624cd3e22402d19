//! How a lower layer's value is held to its superior's. A lower level refines its superior's rules
//! and may set higher standards (SC 二（一）, 二（四）), never lower ones: not below the share its
//! superior follows up and rectifies, not to fewer of the negative ratings, not to more time for a
//! duty nor less for a right where the superior names a number. Five levels, the last two of them
//! negative, and that nothing is deleted are no fields, so there is nothing to compare.

use super::{
    FollowUpRule, FollowUpWhom,
    terms::{Event, Term, Time},
    words::InWords,
};
use crate::deadline::{DayUnit, DeadlineRule};

/// How a lower layer's own value is held to its superior's.
pub(super) struct Strictness<T> {
    /// Whether the first value, the lower layer's, is looser than the second, the superior's.
    looser: fn(&T, &T) -> bool,
    /// Of a deadline: whose time it is, and the events it can run from.
    time: Option<(Time, &'static [Event])>,
}

/// Neither of two values is looser.
pub(super) const fn free<T: InWords>() -> Strictness<T> {
    Strictness { looser: |_, _| false, time: None }
}

/// Less is looser.
pub(super) const fn at_least<T: InWords + PartialOrd>() -> Strictness<T> {
    Strictness { looser: |own, above| own < above, time: None }
}

/// Fewer than all is looser, where the superior has all negative ratings followed up.
pub(super) const fn as_many() -> Strictness<FollowUpRule> {
    Strictness {
        looser: |own, above| {
            above.whom == FollowUpWhom::AllNegative && own.whom != FollowUpWhom::AllNegative
        },
        time: None,
    }
}

/// The time binds who has to act: more of it is looser.
pub(super) const fn duty(events: &'static [Event]) -> Strictness<DeadlineRule> {
    Strictness { looser: |own, above| !never_later(own, above), time: Some((Time::Duty, events)) }
}

/// The time belongs to who may act: less of it is looser.
pub(super) const fn right(events: &'static [Event]) -> Strictness<DeadlineRule> {
    Strictness { looser: |own, above| !never_later(above, own), time: Some((Time::Right, events)) }
}

impl<T> Strictness<T> {
    /// Whether a lower layer's own value is looser than its superior's.
    pub(super) fn is_looser(&self, own: &T, above: &T) -> bool {
        (self.looser)(own, above)
    }

    /// What it limits, by the name of its field, if that is a deadline.
    pub(super) const fn term(&self, subject: &'static str) -> Option<Term> {
        match self.time {
            Some((time, events)) => Some(Term { subject, time, events }),
            None => None,
        }
    }
}

/// Whether `rule` ends no later than `than` in every year: its event is the same or an earlier
/// one, it has no more days, and it does not count in working days what the other counts in
/// calendar days, since a holiday can lengthen it by any number of them.
fn never_later(rule: &DeadlineRule, than: &DeadlineRule) -> bool {
    let event = |name: &str| Event::ALL.iter().copied().find(|event| event.name() == name);
    let in_order = match (event(&rule.event), event(&than.event)) {
        (Some(own), Some(other)) => own.never_after(other),
        _ => false,
    };
    let stretched = rule.unit == DayUnit::Working && than.unit == DayUnit::Calendar;
    in_order && rule.days <= than.days && !stretched
}
