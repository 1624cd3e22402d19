//! C06: nobody is their own superior, on any day, and a region's superior is of a higher level.

use domain::organization::{Unit, UnitKind};
use jiff::civil::date;

use crate::{COUNTY, below, from, into, region, unit, until, wrong_with};

fn line(id: &str) -> Unit {
    unit(id, UnitKind::Line)
}

#[test]
fn c06_superiors_make_no_cycle() {
    assert_eq!(wrong_with([below(line("a"), "a")]), ["a superior_id makes a cycle: a → a"]);
    let two = wrong_with([below(line("a"), "b"), below(line("b"), "a")]);
    let expected =
        ["a superior_id makes a cycle: a → b → a", "b superior_id makes a cycle: b → a → b"];
    assert_eq!(two, expected);
    let three = [below(line("a"), "b"), below(line("b"), "c"), below(line("c"), "a")];
    let told = wrong_with(three);
    assert_eq!(told.len(), 3);
    assert_eq!(told[0], "a superior_id makes a cycle: a → b → c → a");
    let straight = [below(line("a"), "b"), below(line("b"), "c"), line("c")];
    assert_eq!(wrong_with(straight), [""; 0]);
    let wide = [below(line("a"), "c"), below(line("b"), "c"), line("c")];
    assert_eq!(wrong_with(wide), [""; 0]);
}

#[test]
fn c06_a_cycle_that_is_there_only_from_a_day_on_is_a_cycle() {
    let later = from(below(line("b"), "a"), date(2027, 1, 1));
    let told = wrong_with([below(line("a"), "b"), line("b"), later.clone()]);
    assert_eq!(told, ["b superior_id makes a cycle: b → a → b"]);
    // Turned around on the same day it is none.
    let freed = from(line("a"), date(2027, 1, 1));
    assert_eq!(wrong_with([below(line("a"), "b"), line("b"), freed, later]), [""; 0]);
    // And one that is there only for a day is one too.
    let day = date(2027, 1, 1);
    let short = until(from(below(line("b"), "a"), day), day);
    let told =
        wrong_with([below(line("a"), "b"), line("b"), short, from(line("b"), date(2027, 1, 2))]);
    assert_eq!(told, ["b superior_id makes a cycle: b → a → b"]);
}

#[test]
fn c06_a_cycle_that_a_merging_makes_is_a_cycle() {
    // b is below a, a below x; then x is merged into b.
    let units = |last| [below(line("a"), "x"), into(line("x"), last, "b"), below(line("b"), "a")];
    let told = wrong_with(units(date(2027, 12, 31)));
    assert_eq!(told, ["x successor_id makes a cycle: b → a → x"]);
    // Into what stands elsewhere, it is none.
    let last = date(2027, 12, 31);
    let units = [below(line("a"), "x"), into(line("x"), last, "b"), line("b")];
    assert_eq!(wrong_with(units), [""; 0]);
    // Merged into the one below, which then is its own superior.
    let told = wrong_with([below(line("a"), "x"), into(line("x"), last, "a")]);
    assert_eq!(told, ["x successor_id makes a cycle: a → x"]);
}

#[test]
fn c06_a_regions_superior_is_of_a_higher_level() {
    for (code, superior, fine) in [
        ("652302", "652300", true),
        ("652301001", COUNTY, true),
        ("652301001", "652300", true),
        ("652302", COUNTY, false),
        ("650100", COUNTY, false),
        ("650100", "652300", false),
    ] {
        let told = wrong_with([below(region(code), superior)]);
        let why = format!("{code} superior_id \"{superior}\" is not of a higher level");
        assert_eq!(told, if fine { vec![] } else { vec![why] }, "{code} {superior}");
    }
    // What is no region may have a superior in any.
    let agency = unit("a2", UnitKind::Agency);
    assert_eq!(wrong_with([below(agency, "agency")]), [""; 0]);
    // Whatever it is called.
    assert_eq!(wrong_with([line("110102"), below(line("110101"), "110102")]), [""; 0]);
}
