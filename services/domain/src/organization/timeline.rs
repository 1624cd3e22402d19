//! Units over time: versions of one identity, in order, never overlapping.

use std::collections::BTreeMap;

use jiff::civil::Date;

use super::{Unit, UnitKind};

/// How far successors are followed: a chain this long is a mistake.
const MAX_SUCCESSORS: usize = 16;

/// All units with all their versions.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Organization {
    pub(super) units: BTreeMap<String, Vec<Unit>>,
}

/// What taking in a unit did.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum MergeOutcome {
    /// It was known already.
    Known,
    /// It says something new.
    New,
}

impl Organization {
    /// A unit as it is on a day; one that was merged into another leads to its successor.
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

    /// The units of a region, not of those below it, as they are on a day, by identity.
    pub fn in_region<'a>(
        &'a self,
        region: &'a str,
        kind: Option<UnitKind>,
        day: Date,
    ) -> impl Iterator<Item = &'a Unit> {
        let of_kind = move |unit: &&Unit| kind.is_none_or(|kind| unit.kind == kind);
        self.all_on(day).filter(move |unit| unit.region_code == region).filter(of_kind)
    }

    /// Every unit as it is on a day, by identity.
    pub fn all_on(&self, day: Date) -> impl Iterator<Item = &Unit> {
        self.units.values().filter_map(move |versions| versions.iter().find(|u| u.is_valid_on(day)))
    }

    /// Every version of every unit, by identity, the oldest first.
    pub fn all(&self) -> impl Iterator<Item = &Unit> {
        self.units.values().flatten()
    }

    /// Forgets a unit: it is read anew.
    pub fn forget(&mut self, id: &str) {
        self.units.remove(id);
    }

    /// Takes a version as it was kept.
    pub fn restore(&mut self, unit: Unit) {
        let versions = self.units.entry(unit.id.clone()).or_default();
        let place = versions.partition_point(|other| other.valid_from <= unit.valid_from);
        versions.insert(place, unit);
    }

    /// Takes in what is said of a unit. A version ends the open one before it. Without a first day
    /// it is since ever if the unit is new or if it ends before all that is known, and from `today`
    /// if it says something new.
    ///
    /// # Errors
    /// The field and what is wrong: another kind, or a time in which the unit is something else
    /// already, for history stays what it was.
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
        // Nothing refuses a new unit any more: what is refused leaves no trace.
        let versions = self.units.entry(unit.id.clone()).or_default();
        let at = versions.partition_point(|other| other.valid_from < unit.valid_from);
        if let Some(same_start) = versions.get(at).filter(|v| v.valid_from == unit.valid_from) {
            if *same_start == unit {
                return Ok(MergeOutcome::Known);
            }
            // The same with an end, or with another while the old one has not come: it closes.
            // Anything else would write history anew.
            let open = same_start.valid_to.is_none_or(|to| to >= today);
            if open && same_start.says_the_same(&unit) && at + 1 == versions.len() {
                versions[at] = unit;
                return Ok(MergeOutcome::New);
            }
            // What has not passed yet can still be put right.
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
                // Its day before: a version's first day is never the earliest of all.
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
