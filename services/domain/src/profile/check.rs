//! What a layer must not contain: rules looser than its superior's, and rules without sense.

use super::{Profile, TERMS, Time, table::FIELDS};

/// A field, and why its value is refused.
type Wrong = (&'static str, String);

/// The first field in which `lower` is looser than its superior.
pub(super) fn loosened(superior: &Profile, lower: &Profile) -> Option<Wrong> {
    FIELDS.iter().find_map(|field| Some((field.name, (field.looser)(lower, superior)?)))
}

/// The first field without sense, whatever the layers below contain.
pub(super) fn senseless(profile: &Profile) -> Option<Wrong> {
    for term in TERMS {
        let Some(rule) = profile.deadline(term.subject) else { continue };
        if !term.events.iter().any(|event| event.starts(rule)) {
            let known: Vec<_> = term.events.iter().map(|event| event.name()).collect();
            let why = format!("runs from one of {}, not from {}", known.join(", "), rule.event);
            return Some((term.subject, why));
        }
        if term.time == Time::Right && rule.days == 0 {
            return Some((term.subject, "a right cannot last 0 days".to_owned()));
        }
    }
    if let Some(default) = &profile.default_rating {
        // A complaint is somebody's word; silence is nobody's complaint.
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
