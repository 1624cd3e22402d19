//! What must be true between units: every named unit exists, has the right kind and lasts as long;
//! no unit is its own superior; each region has at most one Authority.

use std::collections::{BTreeMap, BTreeSet};

use jiff::civil::Date;

use super::{Organization, Unit, UnitKind};
use crate::{canary::is_robots, codes::RegionCode};

/// The longest chain of superiors.
const MAX_SUPERIORS: usize = 32;

impl Organization {
    /// Fills in missing regions: a window or terminal gets its hall's region, a staff member their
    /// window's. An agency of another level stationed in a hall (进驻) is rated in that hall's
    /// region.
    pub fn settle_region(&self, unit: &mut Unit, today: Date) {
        if !unit.region_code.is_empty() {
            return;
        }
        let place = match unit.kind {
            UnitKind::Staff => unit.window_id.as_deref(),
            _ => unit.hall_id.as_deref(),
        };
        let day = unit.valid_from.unwrap_or(today);
        let place = place.and_then(|id| self.on(id, day).or_else(|| self.versions(id).last()));
        if let Some(place) = place {
            unit.region_code.clone_from(&place.region_code);
        }
    }

    /// Everything wrong between the units: the identity, the field and why.
    #[must_use]
    pub fn contradictions(&self) -> Vec<(String, &'static str, String)> {
        let mut found = Vec::new();
        let mut add = |unit: &Unit, field, why: String| found.push((unit.id.clone(), field, why));
        for unit in self.all() {
            for (field, id, kind) in references(unit) {
                if let Err(why) = self.covers(unit, id, kind) {
                    add(unit, field, why);
                }
            }
            if let Some(why) = self.succession(unit) {
                add(unit, "successor_id", why);
            }
            if let Some((field, why)) = self.hidden_behind_a_robot(unit) {
                add(unit, field, why.to_owned());
            }
            if let Some(place) = self.elsewhere(unit) {
                let why = format!("is not that of {}, {}", place.id, place.region_code);
                add(unit, "region_code", why);
            }
            if let Some(chain) = self.cycle(unit, unit.valid_from) {
                add(unit, "superior_id", format!("makes a cycle: {chain}"));
            } else if let Some(why) = self.not_above(unit) {
                add(unit, "superior_id", why);
            }
        }
        for (unit, region) in self.second_authorities() {
            add(unit, "authority", format!("is a second one in {region}"));
        }
        found
    }

    /// Whether a named unit exists, with the right kind, on every day of the naming unit's time.
    fn covers(&self, unit: &Unit, id: &str, kind: UnitKind) -> Result<(), String> {
        self.of_kind(id, kind)?;
        self.through(unit, id).map(drop)
    }

    fn of_kind(&self, id: &str, kind: UnitKind) -> Result<(), String> {
        match self.versions(id).first() {
            None => Err(format!("\"{id}\" is not in the organisation")),
            Some(first) if first.kind != kind => {
                Err(format!("\"{id}\" is no {kind:?} but a {:?}", first.kind))
            }
            Some(_) => Ok(()),
        }
    }

    /// Finds a named unit at the beginning of the naming version and after each change until its
    /// end, or why it does not exist all that time.
    fn through(&self, unit: &Unit, id: &str) -> Result<Vec<&Unit>, String> {
        let first = match unit.valid_from {
            Some(day) => self.on(id, day),
            None => self.versions(id).first().filter(|first| first.valid_from.is_none()),
        };
        let Some(first) = first else {
            let begins = self.versions(id).first().and_then(|first| first.valid_from);
            return Err(match unit.valid_from {
                Some(day) if begins <= unit.valid_from => format!("\"{id}\" is not there on {day}"),
                _ => format!("\"{id}\" begins later than this unit"),
            });
        };
        let mut named = vec![first];
        for day in self.changes(id) {
            let begun = unit.valid_from.is_none_or(|from| from < day);
            if begun && unit.valid_to.is_none_or(|to| day <= to) {
                let why = || format!("\"{id}\" ends before this unit does: it is gone on {day}");
                named.push(self.on(id, day).ok_or_else(why)?);
            }
        }
        Ok(named)
    }

    /// The days on which a unit, or its successor, begins, changes or ends.
    fn changes(&self, id: &str) -> BTreeSet<Date> {
        let (mut days, mut seen, mut ids) = (BTreeSet::new(), BTreeSet::new(), vec![id]);
        while let Some(id) = ids.pop() {
            if seen.insert(id) {
                for version in self.versions(id) {
                    days.extend(version.valid_from);
                    days.extend(day_after(version));
                    ids.extend(version.successor_id.as_deref());
                }
            }
        }
        days
    }

    /// What is wrong with a unit's successor: it must exist, with the same kind, when the unit
    /// ends, and must not be below it.
    fn succession(&self, unit: &Unit) -> Option<String> {
        let id = unit.successor_id.as_deref()?;
        if let Err(why) = self.of_kind(id, unit.kind) {
            return Some(why);
        }
        let day = day_after(unit)?;
        let Some(successor) = self.on(id, day) else {
            return Some(format!("\"{id}\" is not there on {day}"));
        };
        self.cycle(successor, Some(day)).map(|chain| format!("makes a cycle: {chain}"))
    }

    /// A robot's agency (see `canary`) is one from its first day to its last, and nobody serves there.
    fn hidden_behind_a_robot(&self, unit: &Unit) -> Option<(&'static str, &'static str)> {
        let is_robots = |unit: &Unit| unit.uscc.as_deref().is_some_and(is_robots);
        let own = self.versions(&unit.id);
        if own.iter().any(|other| is_robots(other) != is_robots(unit)) {
            return Some(("uscc", "makes a robot's agency of a real one, or the other way round"));
        }
        let agency = unit.agency_id.as_deref().map(|id| self.versions(id)).unwrap_or_default();
        agency.iter().any(is_robots).then_some(("agency_id", "is a robot's"))
    }

    /// Where a window, terminal or staff member is, if that is ever in another region.
    fn elsewhere(&self, unit: &Unit) -> Option<&Unit> {
        let id = match unit.kind {
            UnitKind::Window | UnitKind::Terminal => unit.hall_id.as_deref(),
            UnitKind::Staff => unit.window_id.as_deref(),
            _ => None,
        }?;
        let places = self.through(unit, id).ok()?;
        places.into_iter().find(|place| place.region_code != unit.region_code)
    }

    /// The way from a unit over its superiors back to itself on a day, if there is one. It begins
    /// with the version of a unit in it, or when one of the named units was merged.
    fn cycle(&self, unit: &Unit, day: Option<Date>) -> Option<String> {
        let (mut chain, mut at) = (unit.id.clone(), unit);
        for _ in 0..MAX_SUPERIORS {
            let id = at.superior_id.as_deref()?;
            chain = format!("{chain} → {id}");
            at = match day {
                Some(day) => self.on(id, day),
                None => self.versions(id).first(),
            }?;
            if at.id == unit.id {
                return Some(chain);
            }
        }
        Some(format!("{chain} → …"))
    }

    /// C06: a region's superior is of a higher level.
    fn not_above(&self, unit: &Unit) -> Option<String> {
        let superior = unit.superior_id.as_deref().filter(|_| unit.kind == UnitKind::Region)?;
        let own = RegionCode::parse(&unit.id).ok()?.level();
        let above = RegionCode::parse(superior).ok()?.level();
        (above >= own).then(|| format!("\"{superior}\" is not of a higher level"))
    }

    /// Authorities of a region that has another one at the same time.
    fn second_authorities(&self) -> Vec<(&Unit, &str)> {
        let mut by_region: BTreeMap<&str, Vec<&Unit>> = BTreeMap::new();
        for unit in self.all().filter(|unit| unit.authority) {
            by_region.entry(&unit.region_code).or_default().push(unit);
        }
        let mut second = Vec::new();
        for (region, authorities) in by_region {
            for (n, unit) in authorities.iter().enumerate() {
                let meets = |other: &&Unit| other.id != unit.id && meet(other, unit);
                if authorities[..n].iter().any(meets) {
                    second.push((*unit, region));
                }
            }
        }
        second
    }
}

/// Whether two versions share a day.
fn meet(one: &Unit, other: &Unit) -> bool {
    let before = |a: &Unit, b: &Unit| matches!((a.valid_to, b.valid_from), (Some(to), Some(from)) if to < from);
    !before(one, other) && !before(other, one)
}

/// The first day after a version.
fn day_after(unit: &Unit) -> Option<Date> {
    unit.valid_to.and_then(|to| to.tomorrow().ok())
}

/// The units that a unit names while it exists: field, identity, kind.
fn references(unit: &Unit) -> impl Iterator<Item = (&'static str, &str, UnitKind)> {
    let region = (unit.kind != UnitKind::Region).then_some(unit.region_code.as_str());
    [
        ("region_code", region, UnitKind::Region),
        ("superior_id", unit.superior_id.as_deref(), unit.kind),
        ("agency_id", unit.agency_id.as_deref(), UnitKind::Agency),
        ("hall_id", unit.hall_id.as_deref(), UnitKind::Hall),
        ("window_id", unit.window_id.as_deref(), UnitKind::Window),
    ]
    .into_iter()
    .filter_map(|(field, id, kind)| Some((field, id?, kind)))
}
