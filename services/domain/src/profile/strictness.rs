//! How a lower layer's value is compared with its superior's. A lower level refines its superior's
//! rules and may set higher standards (SC 二（一）, 二（四）), never lower ones: no smaller share
//! of follow-ups and rectifications, no fewer negative ratings, no more time for a duty and no less
//! for a right where the superior names a number. The five levels, the two negative ones, and the
//! rule that nothing is deleted are no fields, so there is nothing to compare.

use super::{
    FollowUpRule, FollowUpWhom,
    terms::{Event, Term, Time},
    words::InWords,
};
use crate::deadline::{DayUnit, DeadlineRule};

/// How a lower layer's own value is compared with its superior's.
pub(super) struct Strictness<T> {
    /// Whether the first value, the lower layer's, is looser than the second, the superior's.
    looser: fn(&T, &T) -> bool,
    /// For a deadline: whose time it is, and the events it can run from.
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

/// Fewer than all is looser, if the superior requires follow-up of all negative ratings.
pub(super) const fn as_many() -> Strictness<FollowUpRule> {
    Strictness {
        looser: |own, above| {
            above.whom == FollowUpWhom::AllNegative && own.whom != FollowUpWhom::AllNegative
        },
        time: None,
    }
}

/// The time binds the office that must act: more of it is looser.
pub(super) const fn duty(events: &'static [Event]) -> Strictness<DeadlineRule> {
    Strictness { looser: |own, above| !never_later(own, above), time: Some((Time::Duty, events)) }
}

/// The time belongs to the person who may act: less of it is looser.
pub(super) const fn right(events: &'static [Event]) -> Strictness<DeadlineRule> {
    Strictness { looser: |own, above| !never_later(above, own), time: Some((Time::Right, events)) }
}

impl<T> Strictness<T> {
    /// Whether a lower layer's own value is looser than its superior's.
    pub(super) fn is_looser(&self, own: &T, above: &T) -> bool {
        (self.looser)(own, above)
    }

    /// The subject, by the name of its field, if it is a deadline.
    pub(super) const fn term(&self, subject: &'static str) -> Option<Term> {
        match self.time {
            Some((time, events)) => Some(Term { subject, time, events }),
            None => None,
        }
    }
}

/// Whether `rule` ends no later than `than` in every year: it has the same or an earlier event and
/// no more days. It must not count working days where the other counts calendar days, since a
/// holiday can lengthen it by any number of them.
fn never_later(rule: &DeadlineRule, than: &DeadlineRule) -> bool {
    let event = |name: &str| Event::ALL.iter().copied().find(|event| event.name() == name);
    let in_order = match (event(&rule.event), event(&than.event)) {
        (Some(own), Some(other)) => own.never_after(other),
        _ => false,
    };
    let stretched = rule.unit == DayUnit::Working && than.unit == DayUnit::Calendar;
    in_order && rule.days <= than.days && !stretched
}
