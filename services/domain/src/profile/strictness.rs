//! What a layer must not do. A lower level refines its superior's rules and may set higher
//! standards (SC 二（一）, 二（四）), never lower ones: not below the share its superior follows up
//! and rectifies, not to fewer of the negative ratings, not to more time for a duty nor less for a
//! right where the superior names a number. Five levels, the last two of them negative, and that
//! nothing is deleted are no fields, so there is nothing to check.

use super::{
    FollowUpWhom, Percent, Profile, Ruled,
    terms::{Event, TERMS, Time},
    words::InWords,
};
use crate::deadline::{DayUnit, DeadlineRule};

/// A field, and why it cannot be as it is.
type Wrong = (&'static str, String);

/// The first field in which `lower` is looser than its superior.
pub(super) fn loosened(superior: &Profile, lower: &Profile) -> Option<Wrong> {
    if superior.follow_up.value.whom == FollowUpWhom::AllNegative
        && lower.follow_up.value.whom != FollowUpWhom::AllNegative
    {
        return Some(looser("follow_up", &superior.follow_up, &lower.follow_up));
    }
    if lower.follow_up_percent.value < superior.follow_up_percent.value {
        let (above, own) = (&superior.follow_up_percent, &lower.follow_up_percent);
        return Some(looser("follow_up_percent", above, own));
    }
    let share = |rule: &Ruled<Percent>| rule.value;
    if let (Some(above), Some(own)) = (&superior.rectified_percent, &lower.rectified_percent)
        && share(own) < share(above)
    {
        return Some(looser("rectified_percent", above, own));
    }
    TERMS.into_iter().find_map(|term| {
        let above = superior.ruled_deadline(term.act)?;
        let own = lower.ruled_deadline(term.act)?;
        let held = match term.time {
            Time::Duty => never_later(&own.value, &above.value),
            Time::Right => never_later(&above.value, &own.value),
        };
        (!held).then(|| looser(term.act, above, own))
    })
}

fn looser<T: InWords>(field: &'static str, above: &Ruled<T>, own: &Ruled<T>) -> Wrong {
    let (own, says) = (own.value.words(), above.value.words());
    (field, format!("\"{own}\" is looser than {}: \"{says}\"", above.clause))
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

/// The first field that makes no sense, whatever the layers below say.
pub(super) fn senseless(profile: &Profile) -> Option<Wrong> {
    for term in TERMS {
        let Some(rule) = profile.deadline(term.act) else { continue };
        if !term.events.iter().any(|event| event.starts(rule)) {
            let known: Vec<_> = term.events.iter().map(|event| event.name()).collect();
            let why = format!("runs from one of {}, not from {}", known.join(", "), rule.event);
            return Some((term.act, why));
        }
        if term.time == Time::Right && rule.days == 0 {
            return Some((term.act, "a right of 0 days is none".to_owned()));
        }
    }
    if let Some(default) = &profile.default_rating {
        // A complaint is somebody's word; nobody's silence is one.
        if default.value.is_negative() {
            return Some(("default_rating", "a default cannot be a negative rating".to_owned()));
        }
        if profile.rating_window.is_none() {
            return Some(("default_rating", "needs a rating_window that closes".to_owned()));
        }
    }
    if let (Some(least), Some(most)) = (&profile.fix_complex_min_days, &profile.fix_complex)
        && least.value > most.value.days
    {
        return Some(("fix_complex_min_days", "is more than fix_complex allows".to_owned()));
    }
    if profile.sms_reminder.as_ref().is_some_and(|reminder| reminder.value.hours == 0) {
        return Some(("sms_reminder", "reminds after 0 hours".to_owned()));
    }
    for (field, ratings) in [
        ("immediate_case_ratings", &profile.immediate_case_ratings),
        ("committed_case_ratings_min", &profile.committed_case_ratings_min),
    ] {
        if ratings.as_ref().is_some_and(|ratings| ratings.value == 0) {
            return Some((field, "every case can be rated".to_owned()));
        }
    }
    None
}
