//! One row of an answer: the counts, and the rates and the score made of them on reading, by the
//! formulas of `domain` and the profile in force.

use std::sync::Arc;

use domain::{
    profile::{Profile, RatedObject},
    score::{score, scored_by},
    statistics::{
        follow_up, handling_satisfaction, participation, real_name_handled, rectification,
        satisfaction, with_defaults,
    },
};
use jiff::civil::Date;
use platform::reference::Snapshot;
use proto::publication::v1::{Dimension, Figures, Score};

use crate::{
    convert::statistics::{levels_to_wire, rate_to_wire},
    store::statistics::figures::Counts,
};

/// The profile by which a value of a dimension is scored on a day: that of its own region, else that
/// of the named one.
pub(crate) fn profile_of<'a>(
    known: &'a Snapshot,
    dimension: Dimension,
    key: &str,
    named: &str,
    on: Date,
) -> Option<&'a Arc<Profile>> {
    let region = match dimension {
        Dimension::Region => key,
        Dimension::Agency
        | Dimension::Hall
        | Dimension::Window
        | Dimension::Terminal
        | Dimension::Platform => {
            known.unit(key, on).map_or(named, |unit| unit.region_code.as_str())
        }
        Dimension::Item | Dimension::Line | Dimension::Staff | Dimension::Unspecified => named,
    };
    known.profile_on(region, on)
}

/// What a dimension's values are to a profile; none for what no profile scores.
pub(crate) fn rated_object(dimension: Dimension) -> Option<RatedObject> {
    match dimension {
        Dimension::Region => Some(RatedObject::Region),
        Dimension::Agency => Some(RatedObject::Agency),
        Dimension::Line => Some(RatedObject::BusinessLine),
        Dimension::Window => Some(RatedObject::Window),
        Dimension::Hall => Some(RatedObject::Hall),
        Dimension::Staff => Some(RatedObject::Staff),
        // A single item's score goes to its window staff member (P01).
        Dimension::Item | Dimension::Terminal | Dimension::Platform | Dimension::Unspecified => {
            None
        }
    }
}

fn score_of(dimension: Dimension, counts: &Counts, profile: &Profile) -> Option<Score> {
    let by = scored_by(profile, rated_object(dimension)?)?;
    let scores = profile.scores.as_ref()?;
    let defaults = profile.default_rating_counts.value;
    let made = score(scores.value, counts.scored(by, defaults));
    Some(Score {
        total: made.numerator,
        ratings: made.denominator,
        policy: profile.policy(),
        clause: scores.clause.clone(),
        mean_of_staff: by == domain::score::ScoredBy::StaffRatings,
        with_defaults: defaults,
    })
}

/// A row of an answer.
pub(crate) fn row(
    dimension: Dimension,
    key: String,
    counts: &Counts,
    profile: Option<&Arc<Profile>>,
) -> Figures {
    let rate = |rate| Some(rate_to_wire(rate));
    let tickets = counts.tickets;
    let all = with_defaults(counts.levels, counts.levels_default);
    Figures {
        key,
        levels: levels_to_wire(counts.levels),
        levels_paper: levels_to_wire(counts.levels_paper),
        levels_default: levels_to_wire(counts.levels_default),
        levels_imported: levels_to_wire(counts.levels_imported),
        satisfaction: rate(satisfaction(counts.levels)),
        satisfaction_with_defaults: rate(satisfaction(all)),
        participation: rate(participation(counts.participated, counts.offered)),
        rectification: rate(rectification(tickets.fed_back, tickets.opened)),
        follow_up: rate(follow_up(tickets.due_followed_up, tickets.due_for_follow_up)),
        real_name_handled: rate(real_name_handled(tickets.real_name_handled, tickets.real_name)),
        handling_satisfaction: rate(handling_satisfaction(tickets.confirmed, tickets.followed_up)),
        tickets: Some(tickets),
        score: profile.and_then(|profile| score_of(dimension, counts, profile)),
    }
}

/// The same of one channel: without what has no channel.
pub(crate) fn of_channel(row: Figures) -> Figures {
    Figures {
        participation: None,
        rectification: None,
        follow_up: None,
        real_name_handled: None,
        handling_satisfaction: None,
        tickets: None,
        ..row
    }
}

/// The same before the figures are rebuilt: without what an earlier version did not count, or counted
/// otherwise.
pub(crate) fn of_earlier_version(row: Figures) -> Figures {
    Figures {
        follow_up: None,
        real_name_handled: None,
        handling_satisfaction: None,
        score: None,
        ..row
    }
}
