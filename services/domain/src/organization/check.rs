//! What must hold between units: whatever is named exists, is of the right kind and lasts as long;
//! nobody is their own superior; each region has one Authority at most.

use std::collections::BTreeMap;

use jiff::civil::Date;

use super::{Organization, Unit, UnitKind};
use crate::codes::RegionCode;

/// The most superiors above one another.
const MAX_SUPERIORS: usize = 32;

impl Organization {
    /// Gives a window or terminal its hall's region and a staff member their window's where none is
    /// said: an agency of another level stationed in a hall (进驻) is rated in that hall's region.
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
            if let Some(hall) = self.place(unit)
                && hall.region_code != unit.region_code
            {
                let why = format!("is not that of {}, {}", hall.id, hall.region_code);
                add(unit, "region_code", why);
            }
            if let Some(chain) = self.cycle(unit) {
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

    /// Whether what a unit names is there, of the right kind, for all of the unit's time.
    fn covers(&self, unit: &Unit, id: &str, kind: UnitKind) -> Result<(), String> {
        let versions = self.versions(id);
        let (Some(first), Some(last)) = (versions.first(), versions.last()) else {
            return Err(format!("\"{id}\" is not in the organisation"));
        };
        if first.kind != kind {
            return Err(format!("\"{id}\" is no {kind:?} but a {:?}", first.kind));
        }
        if first.valid_from > unit.valid_from {
            return Err(format!("\"{id}\" begins later than this unit"));
        }
        let outlives = match (unit.valid_to, last.valid_to) {
            (_, None) => true,
            (None, Some(_)) => last.successor_id.is_some(),
            (Some(own), Some(other)) => own <= other || last.successor_id.is_some(),
        };
        if outlives { Ok(()) } else { Err(format!("\"{id}\" ends before this unit does")) }
    }

    /// Where a window, terminal or staff member is, when their version begins.
    fn place(&self, unit: &Unit) -> Option<&Unit> {
        let id = match unit.kind {
            UnitKind::Window | UnitKind::Terminal => unit.hall_id.as_deref(),
            UnitKind::Staff => unit.window_id.as_deref(),
            _ => None,
        }?;
        self.at_start_of(unit, id)
    }

    /// Another unit as it is when a unit's version begins.
    fn at_start_of(&self, unit: &Unit, id: &str) -> Option<&Unit> {
        match unit.valid_from {
            Some(day) => self.on(id, day),
            None => self.versions(id).first(),
        }
    }

    /// The way from a unit over its superiors back to itself, if there is one.
    fn cycle(&self, unit: &Unit) -> Option<String> {
        let mut chain = unit.id.clone();
        let mut above = unit.superior_id.as_deref();
        for _ in 0..MAX_SUPERIORS {
            let id = above?;
            chain = format!("{chain} → {id}");
            if id == unit.id {
                return Some(chain);
            }
            above = self.at_start_of(unit, id)?.superior_id.as_deref();
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

    /// Authorities of a region that has another at the same time.
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

/// What a unit names: field, identity, kind.
fn references(unit: &Unit) -> impl Iterator<Item = (&'static str, &str, UnitKind)> {
    let region = (unit.kind != UnitKind::Region).then_some(unit.region_code.as_str());
    [
        ("region_code", region, UnitKind::Region),
        ("superior_id", unit.superior_id.as_deref(), unit.kind),
        ("agency_id", unit.agency_id.as_deref(), UnitKind::Agency),
        ("hall_id", unit.hall_id.as_deref(), UnitKind::Hall),
        ("window_id", unit.window_id.as_deref(), UnitKind::Window),
        ("successor_id", unit.successor_id.as_deref(), unit.kind),
    ]
    .into_iter()
    .filter_map(|(field, id, kind)| Some((field, id?, kind)))
}
