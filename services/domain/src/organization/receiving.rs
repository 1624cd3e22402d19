//! Where an item is taken in on site (受理地点): the halls with windows of its agency.

use std::collections::{BTreeMap, HashMap};

use jiff::civil::Date;

use super::{Nature, Organization, Unit, UnitKind};

/// The windows of an organisation, of any time.
#[derive(Clone, Debug, Default)]
pub struct Windows {
    /// By agency.
    by_agency: HashMap<String, Vec<String>>,
    /// Comprehensive ones, by region.
    comprehensive: HashMap<String, Vec<String>>,
}

impl Windows {
    /// Those of an organisation.
    #[must_use]
    pub fn of(organization: &Organization) -> Self {
        let mut windows = Self::default();
        let mut put = |of: &str, comprehensive: bool, id: &str| {
            let known = match comprehensive {
                true => &mut windows.comprehensive,
                false => &mut windows.by_agency,
            };
            let ids = known.entry(of.to_owned()).or_default();
            // Units come by identity, so one named before is the last.
            if ids.last().is_none_or(|last| last != id) {
                ids.push(id.to_owned());
            }
        };
        for unit in organization.all().filter(|unit| unit.kind == UnitKind::Window) {
            if let Some(agency) = &unit.agency_id {
                put(agency, false, &unit.id);
            }
            if unit.nature == Some(Nature::Comprehensive) {
                put(&unit.region_code, true, &unit.id);
            }
        }
        windows
    }
}

impl Organization {
    /// The halls where an agency takes in on a day, and those of its windows whose hours differ from
    /// their hall's, each with its hall. Where the agency has no window, the comprehensive ones of
    /// the region take in for it (无差别受理).
    #[must_use]
    pub fn receiving(
        &self,
        windows: &Windows,
        agency: &str,
        region: &str,
        day: Date,
    ) -> Vec<(&Unit, &Unit)> {
        let on = |ids: Option<&Vec<String>>, fits: &dyn Fn(&Unit) -> bool| {
            let mut places: BTreeMap<&str, (&Unit, &Unit)> = BTreeMap::new();
            for id in ids.into_iter().flatten() {
                let window = self.on(id, day).filter(|window| fits(window));
                let hall = window.and_then(|window| self.on(window.hall_id.as_deref()?, day));
                let Some((window, hall)) = window.zip(hall) else { continue };
                let own = !window.opening_hours.is_empty();
                let place = if own { window } else { hall };
                places.insert(&place.id, (place, hall));
            }
            places.into_values().collect::<Vec<_>>()
        };
        let own = on(windows.by_agency.get(agency), &|window| {
            window.agency_id.as_deref() == Some(agency)
        });
        if !own.is_empty() {
            return own;
        }
        on(windows.comprehensive.get(region), &|window| {
            window.nature == Some(Nature::Comprehensive) && window.region_code == region
        })
    }
}

#[cfg(test)]
mod tests {
    use jiff::civil::date;

    use super::*;
    use crate::organization::{Clock, OpeningDay, OpeningSpan};

    const DAY: Date = date(2026, 3, 4);

    fn window(id: &str, agency: &str, hall: &str, nature: Nature) -> Unit {
        Unit {
            agency_id: Some(agency.to_owned()),
            hall_id: Some(hall.to_owned()),
            nature: Some(nature),
            ..Unit::new(id, UnitKind::Window, id, "652301")
        }
    }

    #[test]
    fn c03_an_item_is_taken_in_at_its_agencys_windows_else_at_the_comprehensive_ones() {
        let mut organization = Organization::default();
        let morning = OpeningSpan {
            days: vec![OpeningDay::Monday],
            opens: Clock::parse("10:00").unwrap(),
            closes: Clock::parse("14:00").unwrap(),
        };
        let closed = Unit {
            valid_to: Some(date(2026, 3, 3)),
            ..window("w5", "a1", "h2", Nature::Departmental)
        };
        let short =
            Unit { opening_hours: vec![morning], ..window("w3", "a1", "h1", Nature::Departmental) };
        for unit in [
            Unit::new("h1", UnitKind::Hall, "h1", "652301"),
            Unit::new("h2", UnitKind::Hall, "h2", "652301"),
            window("w1", "a1", "h1", Nature::Departmental),
            window("w2", "a1", "h1", Nature::Departmental),
            short,
            window("w4", "a2", "h2", Nature::Comprehensive),
            closed,
        ] {
            organization.restore(unit);
        }
        let windows = Windows::of(&organization);
        let places = |agency, region| {
            let places = organization.receiving(&windows, agency, region, DAY);
            places.into_iter().map(|(place, hall)| (&*place.id, &*hall.id)).collect::<Vec<_>>()
        };
        assert_eq!(places("a1", "652301"), [("h1", "h1"), ("w3", "h1")]);
        assert_eq!(places("a3", "652301"), [("h2", "h2")], "no window of its own");
        assert!(places("a3", "652302").is_empty());
        let before = organization.receiving(&windows, "a1", "652301", date(2026, 3, 3));
        assert_eq!(before.len(), 3, "the window that was closed since");
    }
}
