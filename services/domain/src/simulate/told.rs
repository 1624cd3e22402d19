//! What facts show and what they do not. Missing data are never guessed: they are left out, and the
//! report states it.

use std::collections::BTreeSet;

use super::Report;
use crate::profile::{BlindSpot, Profile, blind_spot};

/// Something left out because the facts do not show it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Gap {
    /// An act of an unknown profile: the act, its ratings and tickets.
    PolicyNotKnown,
    /// An act without its invitation: the window it got.
    InvitationNotTold,
    /// An act whose window runs from an event that is not on record: the other window.
    EventNotTold,
    /// A window or deadline that reaches a year without a known calendar.
    CalendarNotKnown,
    /// A window that its own profile and this calendar end on another day: the calendar was
    /// published again since, and causes part of the difference.
    GivenByOtherCalendar,
    /// A ticket whose opening, act or rating is not on record.
    OpeningNotTold,
    /// A ticket of which a step is missing.
    StepNotTold,
    /// A ticket with deadlines for simple problems or ones that cannot be fixed at once: facts only
    /// know clear, complex and without legal basis.
    ClassNotTold,
    /// A closed ticket of a profile that follows up a share: chance decides which ones.
    ShareNotTold,
}

/// A rule in which a profile on record differs from the other.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RuleChange {
    /// The profile on record, `id@version`.
    pub policy: String,
    /// The field.
    pub field: &'static str,
    /// Its value there, in Chinese words.
    pub old: String,
    /// Its value under the other.
    pub new: String,
    /// Where the other's is written.
    pub clause: String,
    /// Why the facts cannot show what it changes; none if they can.
    pub blind_spot: Option<BlindSpot>,
}

/// Adds the rules in which `old` differs from `new`.
pub(super) fn compare_rules(report: &mut Report, old: &Profile, new: &Profile) {
    // Facts show whom to follow up, but not by whom.
    let same_whom = old.follow_up.value.whom == new.follow_up.value.whom;
    for (old_rule, new_rule) in old.rules().into_iter().zip(new.rules()) {
        if old_rule.value != new_rule.value {
            report.rules.push(RuleChange {
                policy: old.policy(),
                field: new_rule.field,
                old: old_rule.value,
                new: new_rule.value,
                clause: new_rule.clause,
                blind_spot: match new_rule.field {
                    "follow_up" if same_whom => Some(BlindSpot::Offices),
                    field => blind_spot(field),
                },
            });
        }
    }
}

impl Report {
    /// Why different rules show no change here, each reason once.
    #[must_use]
    pub fn blind_spots(&self) -> BTreeSet<BlindSpot> {
        self.rules.iter().filter_map(|rule| rule.blind_spot).collect()
    }
}
