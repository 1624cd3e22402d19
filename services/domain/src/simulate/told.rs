//! What facts show and what they do not. What they do not show is never guessed: it is left out,
//! and the report says so.

use std::collections::BTreeSet;

use super::Report;
use crate::profile::{BlindSpot, Profile, blind_spot};

/// Something left out because the facts do not tell it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Gap {
    /// An act of a profile that is not known: the act, its ratings and tickets.
    PolicyNotKnown,
    /// An act without its invitation: the window it was given.
    InvitationNotTold,
    /// An act whose window runs from an event that is not on record: the other window.
    EventNotTold,
    /// A window or deadline that reaches a year of which no calendar is known.
    CalendarNotKnown,
    /// A window that its own profile and this calendar end on another day: the calendar was
    /// published anew since, and part of the difference is the calendar's.
    GivenByOtherCalendar,
    /// A ticket whose opening, act or rating is not on record.
    OpeningNotTold,
    /// A ticket of which a step is missing.
    StepNotTold,
    /// A ticket with deadlines for what cannot be fixed at once or is simple: facts know clear,
    /// complex and without legal basis.
    ClassNotTold,
    /// A closed ticket of a profile that follows up a share: which ones, chance decides.
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
    // Whom to follow up facts can tell, by whom they cannot.
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
    /// Why rules that differ show nothing here, each reason once.
    #[must_use]
    pub fn blind_spots(&self) -> BTreeSet<BlindSpot> {
        self.rules.iter().filter_map(|rule| rule.blind_spot).collect()
    }
}
