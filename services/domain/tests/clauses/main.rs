//! Every clause of the shipped profiles, document by document, and how they are layered. A test is
//! named after its requirement, its document and its clause, and fails when the value, the clause
//! or the layer in the document as data changes.

#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

#[path = "../shipped/calendars.rs"]
mod calendars;
#[path = "../shipped/profiles.rs"]
mod profiles;

mod changji;
mod city;
mod county;
mod district;
mod guangxi;
mod haiyang;
mod layering;
mod looser;
mod refused;
mod shanghai;
mod state_council;

use std::sync::LazyLock;

use domain::{
    calendar::Calendar,
    profile::{Profile, SYSTEM_LAYER},
};
use jiff::{Timestamp, civil::Date};

static CALENDAR: LazyLock<Calendar> = LazyLock::new(calendars::calendar);

/// A Thursday morning in Shanghai before a make-up Saturday and nine days off.
const THURSDAY: &str = "2026-02-12T02:00:00Z";
/// The first of the nine days off.
const FIRST_DAY_OFF: &str = "2026-02-15T02:00:00Z";

/// Asserts what the profile's own document says of a field, and where.
#[track_caller]
fn says(profile: &Profile, field: &str, value: &str, clause: &str) {
    let rule = profile.rules().into_iter().find(|rule| rule.field == field).unwrap();
    let clause = format!("{} {clause}", profile.document);
    assert_eq!((rule.value.as_str(), rule.clause.as_str()), (value, clause.as_str()), "{field}");
    assert_eq!(rule.layer, profile.id, "{field}");
    if let Some(deadline) = profile.deadline(field) {
        assert_eq!((deadline.subject.as_str(), deadline.clause.as_str()), (field, clause.as_str()));
    }
}

/// The fields a layer sets.
fn fields_of(profile: &Profile, layer: &str) -> Vec<&'static str> {
    let rules = profile.rules().into_iter().filter(|rule| rule.layer == layer);
    rules.map(|rule| rule.field).collect()
}

/// The fields on which every document is silent.
fn silent(profile: &Profile) -> Vec<&'static str> {
    fields_of(profile, SYSTEM_LAYER)
}

/// The day by which an act is due.
fn due_on(profile: &Profile, act: &str, event_at: &str) -> Date {
    let event_at: Timestamp = event_at.parse().unwrap();
    profile.deadline(act).unwrap().due(event_at, &CALENDAR).unwrap().due_on
}
