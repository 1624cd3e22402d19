//! C06: what a unit names is there, of the right kind, on every day of the unit's time.

use domain::organization::{Nature, Unit, UnitKind};
use jiff::civil::{Date, date};

use crate::{below, changed, from, into, named, region, unit, until, whole, wrong, wrong_with};

fn window() -> Unit {
    unit("w2", UnitKind::Window)
}

fn in_hall(id: &str) -> Unit {
    changed(window(), |window| window.hall_id = Some(id.to_owned()))
}

fn hall(id: &str) -> Unit {
    unit(id, UnitKind::Hall)
}

#[test]
fn c06_a_whole_organisation_contradicts_nothing() {
    assert_eq!(wrong(whole()), [""; 0]);
    let none: [Unit; 0] = [];
    assert_eq!(wrong(none), [""; 0]);
}

#[test]
fn c06_what_is_named_is_in_the_organisation_and_of_its_kind() {
    type Naming = fn(&mut Unit, Option<String>);
    let cases: [(Unit, &str, Naming, &str, &str); 9] = [
        (window(), "hall_id", |u, id| u.hall_id = id, "agency", "Hall but a Agency"),
        (window(), "agency_id", |u, id| u.agency_id = id, "hall", "Agency but a Hall"),
        (
            unit("s2", UnitKind::Staff),
            "window_id",
            |u, id| u.window_id = id,
            "staff",
            "Window but a Staff",
        ),
        (
            unit("s2", UnitKind::Staff),
            "agency_id",
            |u, id| u.agency_id = id,
            "line",
            "Agency but a Line",
        ),
        (
            unit("p2", UnitKind::Platform),
            "agency_id",
            |u, id| u.agency_id = id,
            "platform",
            "Agency but a Platform",
        ),
        (
            unit("t2", UnitKind::Terminal),
            "hall_id",
            |u, id| u.hall_id = id,
            "window",
            "Hall but a Window",
        ),
        (
            unit("t2", UnitKind::Terminal),
            "window_id",
            |u, id| u.window_id = id,
            "terminal",
            "Window but a Terminal",
        ),
        (
            unit("a2", UnitKind::Agency),
            "superior_id",
            |u, id| u.superior_id = id,
            "652300",
            "Agency but a Region",
        ),
        (
            unit("l2", UnitKind::Line),
            "region_code",
            |u, id| u.region_code = id.unwrap(),
            "agency",
            "Region but a Agency",
        ),
    ];
    for (unit, field, name, other, is) in cases {
        let naming = |id: &str| changed(unit.clone(), |unit| name(unit, Some(id.to_owned())));
        let unknown = format!("{} {field} \"999999\" is not in the organisation", unit.id);
        assert_eq!(wrong_with([naming("999999")]), [unknown]);
        let of_another = format!("{} {field} \"{other}\" is no {is}", unit.id);
        assert_eq!(wrong_with([naming(other)]), [of_another]);
        assert_eq!(wrong_with([unit]), [""; 0]);
    }
}

#[test]
fn c06_what_is_named_begins_no_later_and_ends_no_earlier() {
    let (begin, end) = (date(2020, 1, 1), date(2025, 12, 31));
    let there = || until(from(hall("h2"), begin), end);
    let spell = |first: Option<Date>, last: Option<Date>| {
        wrong_with([there(), Unit { valid_from: first, valid_to: last, ..in_hall("h2") }])
    };
    let late = "w2 hall_id \"h2\" begins later than this unit";
    let early = "w2 hall_id \"h2\" ends before this unit does: it is gone on 2026-01-01";
    let gone = "w2 hall_id \"h2\" is not there on 2026-01-01";
    assert_eq!(spell(Some(begin), Some(end)), [""; 0]);
    assert_eq!(spell(Some(end), Some(end)), [""; 0]);
    assert_eq!(spell(None, Some(end)), [late]);
    assert_eq!(spell(Some(date(2019, 12, 31)), Some(end)), [late]);
    assert_eq!(spell(Some(begin), Some(date(2026, 1, 1))), [early]);
    assert_eq!(spell(Some(begin), None), [early]);
    assert_eq!(spell(Some(date(2026, 1, 1)), None), [gone]);
}

#[test]
fn c06_what_is_named_is_there_without_a_gap() {
    let gap = |between: Option<Date>| {
        let first = until(hall("h2"), date(2020, 12, 31));
        let again = from(named(&hall("h2"), "又开"), date(2022, 1, 1));
        wrong_with([first, again, Unit { valid_from: between, ..in_hall("h2") }])
    };
    let early = "w2 hall_id \"h2\" ends before this unit does: it is gone on 2021-01-01";
    assert_eq!(gap(None), [early]);
    assert_eq!(gap(Some(date(2020, 12, 31))), [early]);
    let day = date(2021, 6, 1);
    assert_eq!(gap(Some(day)), ["w2 hall_id \"h2\" is not there on 2021-06-01"]);
    assert_eq!(gap(Some(date(2022, 1, 1))), [""; 0]);
}

#[test]
fn c06_what_was_merged_is_named_on_as_long_as_its_successor_is_there() {
    let last = date(2025, 12, 31);
    let merged = into(hall("h2"), last, "h3");
    assert_eq!(wrong_with([merged.clone(), hall("h3"), in_hall("h2")]), [""; 0]);
    // A new unit may still go by the old name.
    let later = from(in_hall("h2"), date(2027, 1, 1));
    assert_eq!(wrong_with([merged.clone(), hall("h3"), later]), [""; 0]);
    let closed = until(hall("h3"), date(2026, 6, 30));
    let why = "w2 hall_id \"h2\" ends before this unit does: it is gone on 2026-07-01";
    assert_eq!(wrong_with([merged.clone(), closed.clone(), in_hall("h2")]), [why]);
    let in_time = until(in_hall("h2"), date(2026, 6, 30));
    assert_eq!(wrong_with([merged.clone(), closed, in_time]), [""; 0]);
    let chain = into(hall("h3"), date(2026, 6, 30), "hall");
    assert_eq!(wrong_with([merged, chain, in_hall("h2")]), [""; 0]);
}

#[test]
fn c06_a_revived_unit_that_closes_is_gone_although_its_successor_was_not() {
    let (merged, again) = (date(2020, 12, 31), date(2022, 1, 1));
    let revived = until(from(hall("h2"), again), date(2022, 12, 31));
    let why = "w2 hall_id \"h2\" ends before this unit does: it is gone on 2023-01-01";
    assert_eq!(wrong_with([into(hall("h2"), merged, "hall"), revived, in_hall("h2")]), [why]);
}

#[test]
fn c06_a_unit_is_merged_into_one_of_its_kind_that_is_there_when_it_is_gone() {
    let last = date(2025, 12, 31);
    let next = date(2026, 1, 1);
    let merged = |id: &str| into(hall("h2"), last, id);
    // A new unit that takes over: it need not have been there before.
    assert_eq!(wrong_with([merged("h3"), from(hall("h3"), next)]), [""; 0]);
    for (id, why) in [
        ("nowhere", "\"nowhere\" is not in the organisation"),
        ("agency", "\"agency\" is no Hall but a Agency"),
        ("h3", "\"h3\" is not there on 2026-01-01"),
    ] {
        let late = from(hall("h3"), date(2026, 2, 1));
        assert_eq!(wrong_with([merged(id), late]), [format!("h2 successor_id {why}")]);
    }
    let gone = until(hall("h3"), last);
    assert_eq!(
        wrong_with([merged("h3"), gone]),
        ["h2 successor_id \"h3\" is not there on 2026-01-01"]
    );
    let circle = [merged("h3"), into(hall("h3"), last, "h2")];
    assert_eq!(
        wrong_with(circle),
        [
            "h2 successor_id \"h3\" is not there on 2026-01-01",
            "h3 successor_id \"h2\" is not there on 2026-01-01",
        ]
    );
}

#[test]
fn c06_every_version_is_looked_at_and_everything_is_told() {
    let moved = from(in_hall("nowhere"), date(2026, 1, 1));
    let lost = changed(moved, |window| window.agency_id = Some("nobody".to_owned()));
    assert_eq!(
        wrong_with([window(), lost]),
        [
            "w2 agency_id \"nobody\" is not in the organisation",
            "w2 hall_id \"nowhere\" is not in the organisation",
        ]
    );
}

// ── Authorities ───────────────────────────────────────────────────────────────────────────────────

fn authority(id: &str) -> Unit {
    changed(unit(id, UnitKind::Agency), |agency| agency.authority = true)
}

#[test]
fn c06_a_region_has_one_authority_at_a_time() {
    let (last, next) = (date(2025, 12, 31), date(2026, 1, 1));
    let second = ["b authority is a second one in 652301"];
    assert_eq!(wrong_with([authority("a"), authority("b")]), second);
    // A successor, from the day after.
    assert_eq!(wrong_with([until(authority("a"), last), from(authority("b"), next)]), [""; 0]);
    assert_eq!(wrong_with([until(authority("a"), last), from(authority("b"), last)]), second);
    assert_eq!(wrong_with([from(authority("a"), next), until(authority("b"), last)]), [""; 0]);
    assert_eq!(wrong_with([from(authority("a"), next), until(authority("b"), next)]), second);
    // The same one, renamed, is one.
    assert_eq!(wrong_with([authority("a"), named(&authority("a"), "新名")]), [""; 0]);
    // One that is none any more, and another agency that never was.
    let plain = from(unit("a", UnitKind::Agency), next);
    assert_eq!(wrong_with([authority("a"), plain, from(authority("b"), next)]), [""; 0]);
    // Another region's.
    let citys = changed(authority("b"), |agency| agency.region_code = "652300".to_owned());
    assert_eq!(wrong_with([authority("a"), citys]), [""; 0]);
}

#[test]
fn c06_a_branch_hall_and_a_comprehensive_window_with_its_evaluator_and_kiosk_stand() {
    let branch = below(hall("branch"), "hall");
    let kiosk = changed(unit("k", UnitKind::Terminal), |kiosk| {
        (kiosk.nature, kiosk.window_id) = (Some(Nature::Kiosk), None);
        kiosk.hall_id = Some("branch".to_owned());
    });
    assert_eq!(wrong_with([branch, in_hall("branch"), kiosk]), [""; 0]);
    let lost = below(hall("branch"), "window");
    assert_eq!(wrong_with([lost]), ["branch superior_id \"window\" is no Hall but a Window"]);
    let village = below(region("652301001001"), "652301");
    assert_eq!(wrong_with([village]), [""; 0]);
}
