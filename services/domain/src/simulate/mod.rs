//! What another profile would have changed in the records (C13): windows, default ratings,
//! refusals, deadlines, follow-ups and scores, computed by the rules that the services use. Pure:
//! the report depends only on the records, not on their order.

mod acts;
mod recorded;
mod report;
mod tickets;
mod told;

use std::collections::BTreeMap;

use jiff::Timestamp;

use crate::{
    calendar::{Calendar, OutOfRange},
    id::ActId,
    profile::Profile,
};

pub use crate::profile::{BlindSpot, blind_spot};
pub use recorded::{Opening, Record, RecordedRating, RecordedState, RecordedStep, Records};
pub use report::{
    Change, Counts, DeadlineEnd, Figures, FollowUps, Mean, Object, Objection, Outcome, Outcomes,
    Report, ScoreSum, Under,
};
pub use told::{Gap, RuleChange};

/// Evaluates the records before `until` twice: under the profile each act is bound to, looked up by
/// `id@version` with `old`, and under `new`, as if `new` had always been in force. Regional days
/// count as `calendar` has them now.
///
/// A rating that would have come too late counts neither for its level nor for its score. One that
/// lacks a reason or a name, or is kept from the public, still counts: nobody knows what its rater
/// would have done instead.
#[must_use]
pub fn simulate<'p>(
    recorded: &Records,
    old: impl Fn(&str) -> Option<&'p Profile>,
    new: &Profile,
    calendar: &Calendar,
    until: Timestamp,
) -> Report {
    let mut report = Report::default();
    for policy in recorded.policies() {
        if let Some(old) = old(policy) {
            told::compare_rules(&mut report, old, new);
        }
    }
    let mut calendars = BTreeMap::new();
    let mut fold = Fold { recorded, new, until, report };
    let mut windows: BTreeMap<ActId, Under<acts::Window>> = BTreeMap::new();
    for known in recorded.acts.values().filter(|known| known.act.served_at < until) {
        let Some(old) = old(&known.act.policy) else {
            fold.report.gap(Gap::PolicyNotKnown);
            continue;
        };
        let region = known.act.region_code.as_str();
        let calendar = calendars.entry(region).or_insert_with(|| calendar.of(region));
        windows.insert(known.act.id, fold.act(known, old, calendar));
    }
    for (id, ticket) in &recorded.tickets {
        fold.ticket(*id, ticket, &windows, &old, &calendars);
    }
    let mut report = fold.report;
    report.changes.sort_by_key(Change::kind);
    report
}

/// The current evaluation.
struct Fold<'a> {
    recorded: &'a Records,
    new: &'a Profile,
    until: Timestamp,
    report: Report,
}

impl Fold<'_> {
    /// The calendar's answer, or its gap.
    fn known<T>(&mut self, computed: Result<T, OutOfRange>) -> Option<T> {
        computed.map_err(|OutOfRange { .. }| self.report.gap(Gap::CalendarNotKnown)).ok()
    }
}

impl Change {
    /// The place of its kind in a report.
    #[must_use]
    pub fn kind(&self) -> u8 {
        match self {
            Self::Window { .. } => 0,
            Self::Rating { .. } => 1,
            Self::Effective { .. } => 2,
            Self::Default { .. } => 3,
            Self::Deadline { .. } => 4,
            Self::FollowUp { .. } => 5,
            Self::Unreviewed { .. } => 6,
        }
    }
}
