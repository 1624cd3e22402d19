//! Codes that callers name and the catalog has not sent. Its facts arrive a moment after it
//! published them, so the caller of an unknown code tries again; but not for ever, if nobody
//! publishes the code.

use std::{
    collections::HashMap,
    sync::{Arc, Mutex, PoisonError},
};

use jiff::{SignedDuration, Timestamp};

use crate::error::{Error, case::CaseError};

/// How long an unknown item may still be on its way. It is our number: facts arrive within seconds,
/// and a replica that fell behind has caught up by then, or an operator knows of it.
const ON_ITS_WAY: SignedDuration = SignedDuration::from_mins(10);
/// After this time a code counts as new again: it may have been published since.
const FORGOTTEN: SignedDuration = SignedDuration::from_hours(24);
/// How many codes are remembered; beyond that the memory starts again.
const REMEMBERED: usize = 10_000;

/// When unknown codes were first asked for.
#[derive(Clone, Default)]
pub(crate) struct UnknownItems {
    since: Arc<Mutex<HashMap<String, Timestamp>>>,
}

impl UnknownItems {
    /// What to answer for an item that is not known at `now`.
    pub(crate) fn item(&self, code: &str, now: Timestamp) -> Error {
        let mut since = self.since.lock().unwrap_or_else(PoisonError::into_inner);
        let first = since.get(code).copied();
        let waited = first.map(|first| now.duration_since(first));
        match waited.filter(|waited| *waited < FORGOTTEN) {
            Some(waited) if waited >= ON_ITS_WAY => CaseError::ItemUnknown.into(),
            Some(_) => not_yet(),
            None => {
                if since.len() >= REMEMBERED {
                    since.clear();
                }
                since.insert(code.to_owned(), now);
                not_yet()
            }
        }
    }
}

fn not_yet() -> Error {
    Error::NotKnownYet { reason: "ITEM_NOT_KNOWN_YET", what: "the item" }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_unknown_item_is_on_its_way_for_ten_minutes_and_after_a_day_asked_for_anew() {
        let unknown = UnknownItems::default();
        let start: Timestamp = "2026-03-02T01:00:00Z".parse().unwrap();
        let after = |minutes| start + SignedDuration::from_mins(minutes);
        for (minutes, known_by_then) in [(0, true), (9, true), (10, false), (60, false)] {
            let answer = unknown.item("a", after(minutes));
            let waits = matches!(answer, Error::NotKnownYet { .. });
            assert_eq!(waits, known_by_then, "{minutes}");
        }
        assert!(matches!(unknown.item("b", after(60)), Error::NotKnownYet { .. }));
        assert!(matches!(unknown.item("a", after(24 * 60)), Error::NotKnownYet { .. }));
        assert!(matches!(
            unknown.item("a", after(24 * 60 + 10)),
            Error::Case(CaseError::ItemUnknown)
        ));
    }
}
