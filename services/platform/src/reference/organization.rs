//! The organisation from its units' facts: each unit with all its history, looked up by day.

use std::{collections::HashMap, sync::Arc};

use domain::deadline::iso_date;
use jiff::civil::Date;
use prost::Message as _;
use proto::{
    catalog::v1::{Unit, UnitKind},
    fact::v1::{AgencyPublished, TerminalPublished, UnitPublished},
};

/// How many successors are followed, when a unit was merged into one that was merged in turn.
const MERGERS: usize = 32;

/// Every unit, by its identity.
#[derive(Clone, Debug, Default)]
pub(super) struct Organization {
    units: Arc<HashMap<Arc<str>, Arc<History>>>,
}

/// All that is known of one unit.
#[derive(Debug)]
struct History {
    /// The position of its fact.
    told: i64,
    /// Its spans of time, the oldest first.
    versions: Vec<Unit>,
}

impl History {
    fn on(&self, day: &str) -> Option<&Unit> {
        self.versions.iter().rev().find(|unit| {
            unit.valid_from.as_str() <= day && (unit.valid_to.is_empty() || *day <= *unit.valid_to)
        })
    }

    /// Its successor by a day, if it had one.
    fn successor(&self, day: &str) -> Option<&str> {
        let ended = |unit: &&Unit| !unit.valid_to.is_empty() && *unit.valid_to < *day;
        let last = self.versions.iter().rev().find(ended)?;
        Some(last.successor_id.as_str()).filter(|id| !id.is_empty())
    }
}

impl Organization {
    /// A unit on a day, or its successor.
    pub(super) fn unit(&self, id: &str, day: Date) -> Option<&Unit> {
        let day = day.to_string();
        let mut id = id;
        for _ in 0..=MERGERS {
            let history = self.units.get(id)?;
            if let Some(unit) = history.on(&day) {
                return Some(unit);
            }
            id = history.successor(&day)?;
        }
        None
    }

    /// Every unit in force on a day, ordered by nothing.
    pub(super) fn all(&self, day: Date) -> impl Iterator<Item = &Unit> {
        let day = day.to_string();
        self.units.values().filter_map(move |history| history.on(&day))
    }

    /// A terminal in use on a day.
    pub(super) fn terminal(&self, id: &str, day: Date) -> Option<&Unit> {
        let unit = self.units.get(id)?.on(&day.to_string())?;
        (unit.kind() == UnitKind::Terminal).then_some(unit)
    }

    /// Whether a unit of this identity ever existed.
    pub(super) fn knows(&self, id: &str) -> bool {
        self.units.contains_key(id)
    }

    /// Keeps a unit's history; the later fact wins.
    pub(super) fn learn(&mut self, told: i64, versions: Vec<Unit>) {
        let Some(id) = versions.last().map(|unit| Arc::from(unit.unit_id.as_str())) else { return };
        if self.units.get(&id).is_none_or(|known| known.told <= told) {
            Arc::make_mut(&mut self.units).insert(id, Arc::new(History { told, versions }));
        }
    }
}

/// The history in a fact.
///
/// # Errors
/// Why it cannot be read.
pub(super) fn history(published: &UnitPublished) -> Result<Vec<Unit>, String> {
    let decode = |bytes: &Vec<u8>| {
        let unit = Unit::decode(bytes.as_slice()).map_err(|error| error.to_string())?;
        if unit.unit_id != published.unit_id {
            return Err(format!(
                "the fact of unit {} describes {}",
                published.unit_id, unit.unit_id
            ));
        }
        for day in [&unit.valid_from, &unit.valid_to] {
            // Days are compared as text, which only this form allows.
            if !day.is_empty() && iso_date(day).is_err() {
                return Err(format!("{day} is not a date (YYYY-MM-DD)"));
            }
        }
        Ok(unit)
    };
    if published.versions.is_empty() {
        return Err(format!("the fact of unit {} describes no unit", published.unit_id));
    }
    published.versions.iter().map(decode).collect()
}

/// An agency in the form used before there were units.
pub(super) fn agency(published: AgencyPublished) -> Unit {
    Unit {
        unit_id: published.agency_id,
        kind: UnitKind::Agency.into(),
        name: published.name,
        region_code: published.region_code,
        authority: published.authority,
        ..Unit::default()
    }
}

/// A terminal in the form used before there were units.
pub(super) fn terminal(published: TerminalPublished) -> Unit {
    Unit {
        unit_id: published.terminal_id,
        kind: UnitKind::Terminal.into(),
        region_code: published.region_code,
        hall_id: published.hall_id,
        ..Unit::default()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn unit(id: &str, from: &str, to: &str, successor: &str) -> Unit {
        Unit {
            unit_id: id.to_owned(),
            kind: UnitKind::Region.into(),
            name: format!("{id} from {from}"),
            valid_from: from.to_owned(),
            valid_to: to.to_owned(),
            successor_id: successor.to_owned(),
            ..Unit::default()
        }
    }

    fn known(histories: Vec<Vec<Unit>>) -> Organization {
        let mut organization = Organization::default();
        for versions in histories {
            organization.learn(1, versions);
        }
        organization
    }

    fn name(organization: &Organization, id: &str, day: &str) -> Option<String> {
        organization.unit(id, day.parse().unwrap()).map(|unit| unit.name.clone())
    }

    #[test]
    fn c06_a_unit_is_what_it_was_on_the_day_both_ends_included() {
        let organization = known(vec![vec![
            unit("a", "", "2025-12-31", ""),
            unit("a", "2026-01-01", "2026-06-30", ""),
            unit("a", "2026-09-01", "", ""),
        ]]);
        for (day, expected) in [
            ("2000-01-01", Some("a from ")),
            ("2025-12-31", Some("a from ")),
            ("2026-01-01", Some("a from 2026-01-01")),
            ("2026-06-30", Some("a from 2026-01-01")),
            ("2026-07-01", None),
            ("2026-08-31", None),
            ("2026-09-01", Some("a from 2026-09-01")),
            ("2099-12-31", Some("a from 2026-09-01")),
        ] {
            assert_eq!(name(&organization, "a", day).as_deref(), expected, "{day}");
        }
        assert_eq!(name(&organization, "b", "2026-01-01"), None);
    }

    #[test]
    fn c06_a_merged_code_leads_to_its_successor_and_a_circle_to_nothing() {
        let organization = known(vec![
            vec![unit("a", "", "2020-12-31", "b")],
            vec![unit("b", "", "2023-12-31", "c")],
            vec![unit("c", "2024-01-01", "", "")],
            vec![unit("x", "", "2020-12-31", "y")],
            vec![unit("y", "", "2020-12-31", "x")],
            vec![unit("z", "", "2020-12-31", "gone")],
        ]);
        for (id, day, expected) in [
            ("a", "2020-12-31", Some("a from ")),
            ("a", "2021-01-01", Some("b from ")),
            ("a", "2024-01-01", Some("c from 2024-01-01")),
            ("c", "2023-12-31", None),
            ("x", "2021-01-01", None),
            ("z", "2021-01-01", None),
        ] {
            assert_eq!(name(&organization, id, day).as_deref(), expected, "{id} {day}");
        }
    }

    #[test]
    fn c06_a_terminal_is_a_terminal_only_while_it_stands_and_no_successor_takes_its_place() {
        let mut ended = terminal(TerminalPublished {
            terminal_id: "t1".to_owned(),
            region_code: "652301".to_owned(),
            hall_id: "h1".to_owned(),
        });
        ended.valid_to = "2026-03-01".to_owned();
        ended.successor_id = "t2".to_owned();
        let successor = Unit { unit_id: "t2".to_owned(), valid_to: String::new(), ..ended.clone() };
        let organization = known(vec![vec![ended], vec![successor], vec![unit("r", "", "", "")]]);
        let terminal = |id, day: &str| organization.terminal(id, day.parse().unwrap());
        assert_eq!(terminal("t1", "2026-03-01").unwrap().hall_id, "h1");
        assert!(terminal("t1", "2026-03-02").is_none() && organization.knows("t1"));
        assert!(terminal("t2", "2026-03-02").is_some());
        assert!(terminal("r", "2026-03-02").is_none(), "a region is no terminal");
    }

    #[test]
    fn what_was_told_later_stands_in_whatever_order_it_is_learnt() {
        let mut organization = Organization::default();
        organization.learn(7, vec![unit("a", "2026-01-01", "", "")]);
        organization.learn(3, vec![unit("a", "", "", "")]);
        assert_eq!(name(&organization, "a", "2026-01-01").unwrap(), "a from 2026-01-01");
    }

    #[test]
    fn a_history_nobody_could_read_is_refused() {
        let told = |id: &str, units: &[Unit]| {
            let versions = units.iter().map(prost::Message::encode_to_vec).collect();
            history(&UnitPublished { unit_id: id.to_owned(), versions })
        };
        assert!(told("a", &[unit("a", "", "2026-01-01", "")]).is_ok());
        for (id, units) in [
            ("a", vec![]),
            ("a", vec![unit("b", "", "", "")]),
            ("a", vec![unit("a", "2026-1-1", "", "")]),
            ("a", vec![unit("a", "", "soon", "")]),
        ] {
            assert!(told(id, &units).is_err(), "{units:?}");
        }
        let broken = UnitPublished { unit_id: "a".to_owned(), versions: vec![vec![0xff]] };
        assert!(history(&broken).is_err());
    }
}
