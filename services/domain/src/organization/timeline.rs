//! Units over time: versions of one identity, in order, never overlapping.

use std::collections::BTreeMap;

use jiff::civil::Date;

use super::{Unit, UnitKind};

/// How many successors are followed: a longer chain is a mistake.
const MAX_SUCCESSORS: usize = 16;

/// All units with all their versions.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Organization {
    pub(super) units: BTreeMap<String, Vec<Unit>>,
}

/// The result of adding a version of a unit.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum MergeOutcome {
    /// It was known already.
    Known,
    /// It holds something new.
    New,
}

impl Organization {
    /// A unit on a day; for one merged into another, its successor.
    #[must_use]
    pub fn on(&self, id: &str, day: Date) -> Option<&Unit> {
        let mut id = id;
        for _ in 0..MAX_SUCCESSORS {
            let versions = self.versions(id);
            if let Some(unit) = versions.iter().find(|unit| unit.is_valid_on(day)) {
                return Some(unit);
            }
            let ended = versions.iter().rfind(|unit| unit.valid_to.is_some_and(|to| to < day))?;
            id = ended.successor_id.as_deref()?;
        }
        None
    }

    /// Every version of a unit, the oldest first.
    #[must_use]
    pub fn versions(&self, id: &str) -> &[Unit] {
        self.units.get(id).map(Vec::as_slice).unwrap_or_default()
    }

    /// The units of a region, without those below it, on a day, by identity.
    pub fn in_region<'a>(
        &'a self,
        region: &'a str,
        kind: Option<UnitKind>,
        day: Date,
    ) -> impl Iterator<Item = &'a Unit> {
        let of_kind = move |unit: &&Unit| kind.is_none_or(|kind| unit.kind == kind);
        self.all_on(day).filter(move |unit| unit.region_code == region).filter(of_kind)
    }

    /// Every unit on a day, by identity.
    pub fn all_on(&self, day: Date) -> impl Iterator<Item = &Unit> {
        self.units.values().filter_map(move |versions| versions.iter().find(|u| u.is_valid_on(day)))
    }

    /// Every version of every unit, by identity, the oldest first.
    pub fn all(&self) -> impl Iterator<Item = &Unit> {
        self.units.values().flatten()
    }

    /// Removes a unit, so that it is read again.
    pub fn forget(&mut self, id: &str) {
        self.units.remove(id);
    }

    /// Adds a version from the store.
    pub fn restore(&mut self, unit: Unit) {
        let versions = self.units.entry(unit.id.clone()).or_default();
        let place = versions.partition_point(|other| other.valid_from <= unit.valid_from);
        versions.insert(place, unit);
    }

    /// Adds a version of a unit. It ends the open version before it. Without a first day it has no
    /// beginning if the unit is new or if it ends before all known versions; if it holds something
    /// new, it begins on `today`.
    ///
    /// # Errors
    /// The field and what is wrong: another kind, or a time in which the unit already has other
    /// content, since history does not change.
    pub fn merge(
        &mut self,
        unit: Unit,
        today: Date,
    ) -> Result<MergeOutcome, (&'static str, String)> {
        let mut unit = unit;
        let known = self.versions(&unit.id);
        if let Some(first) = known.first()
            && first.kind != unit.kind
        {
            return Err(("kind", format!("is another than before, {:?}", first.kind)));
        }
        if known.contains(&unit) {
            return Ok(MergeOutcome::Known);
        }
        if unit.valid_from.is_none()
            && let (Some(first), Some(last)) = (known.first(), known.last())
        {
            let ends_only = last.says_the_same(&unit);
            let same = ends_only && last.valid_to == unit.valid_to;
            if same && last.successor_id == unit.successor_id {
                return Ok(MergeOutcome::Known);
            }
            if ends_only {
                unit.valid_from = last.valid_from;
            } else if unit.valid_to.zip(first.valid_from).is_none_or(|(to, from)| to >= from) {
                unit.valid_from = Some(today);
            }
        }
        if let (Some(from), Some(to)) = (unit.valid_from, unit.valid_to)
            && to < from
        {
            return Err(("valid_to", format!("is before the first day, {from}")));
        }
        // From here on no new unit is refused: a refused one leaves no trace.
        let versions = self.units.entry(unit.id.clone()).or_default();
        let at = versions.partition_point(|other| other.valid_from < unit.valid_from);
        if let Some(same_start) = versions.get(at).filter(|v| v.valid_from == unit.valid_from) {
            if *same_start == unit {
                return Ok(MergeOutcome::Known);
            }
            // The same content with an end, or with another end while the old one is still to come:
            // the version closes. Anything else would change history.
            let open = same_start.valid_to.is_none_or(|to| to >= today);
            if open && same_start.says_the_same(&unit) && at + 1 == versions.len() {
                versions[at] = unit;
                return Ok(MergeOutcome::New);
            }
            // The time that has not passed yet can still be corrected.
            if same_start.valid_from.is_some_and(|from| from >= today) && at + 1 == versions.len() {
                versions[at] = unit;
                return Ok(MergeOutcome::New);
            }
            return Err(("valid_from", overlap(same_start)));
        }
        if let Some(next) = versions.get(at) {
            let ends_before =
                unit.valid_to.is_some_and(|to| next.valid_from.is_some_and(|n| to < n));
            if !ends_before {
                return Err(("valid_to", overlap(next)));
            }
        }
        if let Some(before) = at.checked_sub(1).and_then(|n| versions.get_mut(n)) {
            match before.valid_to {
                // The day before: a version's first day is never the earliest possible day.
                None => before.valid_to = unit.valid_from.and_then(|from| from.yesterday().ok()),
                Some(to) if unit.valid_from.is_some_and(|from| to < from) => {}
                Some(_) => return Err(("valid_from", overlap(before))),
            }
        }
        versions.insert(at, unit);
        Ok(MergeOutcome::New)
    }
}

fn overlap(other: &Unit) -> String {
    let day = |day: Option<Date>, open: &str| day.map_or(open.to_owned(), |day| day.to_string());
    format!(
        "overlaps the version from {} to {}",
        day(other.valid_from, "ever"),
        day(other.valid_to, "further notice")
    )
}
