//! C06: units one by one, over time, and what must hold between them.

#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

mod contradictions;
mod fields;
mod history;
mod oracle;
mod robots;
mod stationed;
mod superiors;

use domain::organization::{MergeOutcome, Nature, Organization, Unit, UnitKind};
use jiff::civil::{Date, date};

const TODAY: Date = date(2026, 3, 2);
const COUNTY: &str = "652301";
const CITY: &str = "652300";

fn region(code: &str) -> Unit {
    Unit::new(code, UnitKind::Region, &format!("示例{code}"), code)
}

/// A unit with everything its kind asks for, in the county.
fn unit(id: &str, kind: UnitKind) -> Unit {
    let mut unit = Unit::new(id, kind, &format!("示例{id}"), COUNTY);
    let some = |id: &str| Some(id.to_owned());
    match kind {
        UnitKind::Region => return region(id),
        UnitKind::Agency => {
            unit.nature = Some(Nature::Department);
            unit.uscc = some("11310000MB2F30661Y");
            unit.leader = "示例领导".to_owned();
            unit.contact = "示例联络员".to_owned();
        }
        UnitKind::Hall => unit.address = "示例路1号".to_owned(),
        UnitKind::Window => {
            unit.nature = Some(Nature::Comprehensive);
            (unit.hall_id, unit.agency_id) = (some("hall"), some("agency"));
        }
        UnitKind::Staff => (unit.window_id, unit.agency_id) = (some("window"), some("agency")),
        UnitKind::Line => {}
        UnitKind::Platform => unit.nature = Some(Nature::Portal),
        UnitKind::Terminal => {
            unit.nature = Some(Nature::Evaluator);
            (unit.hall_id, unit.window_id) = (some("hall"), some("window"));
        }
    }
    unit
}

fn changed(mut unit: Unit, change: impl FnOnce(&mut Unit)) -> Unit {
    change(&mut unit);
    unit
}

fn named(unit: &Unit, name: &str) -> Unit {
    Unit { name: name.to_owned(), ..unit.clone() }
}

fn from(unit: Unit, day: Date) -> Unit {
    Unit { valid_from: Some(day), ..unit }
}

fn until(unit: Unit, day: Date) -> Unit {
    Unit { valid_to: Some(day), ..unit }
}

fn below(unit: Unit, superior: &str) -> Unit {
    Unit { superior_id: Some(superior.to_owned()), ..unit }
}

fn into(unit: Unit, day: Date, successor: &str) -> Unit {
    Unit { valid_to: Some(day), successor_id: Some(successor.to_owned()), ..unit }
}

/// A county in its city with one unit of every kind, of which nothing is wrong.
fn whole() -> Vec<Unit> {
    use UnitKind::{Agency, Hall, Line, Platform, Staff, Terminal, Window};
    let mut units = vec![region(CITY), below(region(COUNTY), CITY)];
    for (id, kind) in [
        ("agency", Agency),
        ("hall", Hall),
        ("window", Window),
        ("staff", Staff),
        ("line", Line),
        ("platform", Platform),
        ("terminal", Terminal),
    ] {
        units.push(unit(id, kind));
    }
    units
}

#[track_caller]
fn take(organization: &mut Organization, unit: Unit) {
    let id = unit.id.clone();
    assert_eq!(organization.merge(unit, TODAY), Ok(MergeOutcome::New), "{id}");
}

/// What is wrong between units.
#[track_caller]
fn wrong(units: impl IntoIterator<Item = Unit>) -> Vec<String> {
    let mut organization = Organization::default();
    for unit in units {
        take(&mut organization, unit);
    }
    let told = |(id, field, why)| format!("{id} {field} {why}");
    organization.contradictions().into_iter().map(told).collect()
}

/// What is wrong when more is said than [`whole`].
#[track_caller]
fn wrong_with(more: impl IntoIterator<Item = Unit>) -> Vec<String> {
    wrong(whole().into_iter().chain(more))
}
