//! C06: one identity survives renaming and moving, and history stays what it was.

use domain::organization::{MergeOutcome, Organization, Unit, UnitKind};
use jiff::civil::{Date, date};

use crate::{COUNTY, TODAY, changed, from, into, named, take, unit, until};

const YESTERDAY: Date = date(2026, 3, 1);

fn hall() -> Unit {
    unit("hall", UnitKind::Hall)
}

fn of(units: impl IntoIterator<Item = Unit>) -> Organization {
    let mut organization = Organization::default();
    units.into_iter().for_each(|unit| take(&mut organization, unit));
    organization
}

fn name(organization: &Organization, id: &str, day: Date) -> Option<String> {
    organization.on(id, day).map(|unit| unit.name.clone())
}

/// Each version's first day, last day and name.
fn spans(organization: &Organization, id: &str) -> Vec<String> {
    let day = |day: Option<Date>| day.map_or("…".to_owned(), |day| day.to_string());
    let span =
        |unit: &Unit| format!("{}–{} {}", day(unit.valid_from), day(unit.valid_to), unit.name);
    organization.versions(id).iter().map(span).collect()
}

/// Asserts that a unit is refused, why, and that nothing is different then.
#[track_caller]
fn refused(organization: &Organization, unit: Unit, field: &str, why: &str) {
    let mut after = organization.clone();
    let (at, said) = after.merge(unit, TODAY).unwrap_err();
    assert_eq!((at, said.as_str()), (field, why));
    assert_eq!(&after, organization);
}

#[test]
fn c06_a_renaming_without_a_first_day_starts_today_and_ends_what_was_the_day_before() {
    let mut organization = of([hall(), named(&hall(), "新名")]);
    assert_eq!(spans(&organization, "hall"), ["…–2026-03-01 示例hall", "2026-03-02–… 新名"]);
    assert_eq!(
        organization.merge(named(&hall(), "新名"), date(2026, 9, 1)),
        Ok(MergeOutcome::Known)
    );
    for (day, expected) in [
        (date(1949, 10, 1), "示例hall"),
        (YESTERDAY, "示例hall"),
        (TODAY, "新名"),
        (date(2099, 12, 31), "新名"),
    ] {
        assert_eq!(name(&organization, "hall", day).unwrap(), expected, "{day}");
    }
}

#[test]
fn c06_a_move_keeps_the_identity_and_every_day_of_the_past() {
    let moved =
        |region: &str, day| from(changed(hall(), |hall| hall.region_code = region.to_owned()), day);
    let (first, second) = (date(2024, 5, 1), date(2025, 7, 1));
    let organization = of([hall(), moved("652302", first), moved("652323", second)]);
    assert_eq!(organization.versions("hall").len(), 3);
    for (day, region) in [
        (date(2024, 4, 30), COUNTY),
        (first, "652302"),
        (date(2025, 6, 30), "652302"),
        (second, "652323"),
    ] {
        assert_eq!(organization.on("hall", day).unwrap().region_code, region, "{day}");
        let there = organization.in_region(region, Some(UnitKind::Hall), day);
        assert_eq!(there.map(|unit| unit.id.as_str()).collect::<Vec<_>>(), ["hall"], "{day}");
        assert_eq!(organization.in_region(region, Some(UnitKind::Agency), day).count(), 0);
        assert_eq!(organization.in_region("652300", None, day).count(), 0);
        let all: Vec<_> = organization.all_on(day).map(|unit| unit.region_code.as_str()).collect();
        assert_eq!(all, [region], "{day}");
    }
    assert_eq!(organization.all().count(), 3);
}

#[test]
fn c06_what_is_known_is_known_and_tells_nothing() {
    let mut organization = of([hall(), from(named(&hall(), "新名"), date(2026, 1, 1))]);
    let before = organization.clone();
    let every: Vec<Unit> = organization.all().cloned().collect();
    // A whole history that comes in again, as an export has it, the earliest version included.
    for unit in every.into_iter().chain([named(&hall(), "新名")]) {
        assert_eq!(organization.merge(unit, TODAY), Ok(MergeOutcome::Known));
    }
    assert_eq!(organization, before);
    // From today without saying so, which was planned with the same end.
    let until_then = until(named(&hall(), "暂名"), date(2026, 12, 31));
    let mut planned = of([hall(), until_then.clone(), from(hall(), date(2027, 1, 1))]);
    assert_eq!(planned.merge(until_then, TODAY), Ok(MergeOutcome::Known));
}

#[test]
fn c06_a_history_is_the_same_in_whatever_order_it_comes() {
    let ever = until(hall(), date(2019, 12, 31));
    let then = until(from(named(&hall(), "二"), date(2020, 1, 1)), date(2024, 12, 31));
    let now = from(named(&hall(), "三"), date(2025, 1, 1));
    let expected = ["…–2019-12-31 示例hall", "2020-01-01–2024-12-31 二", "2025-01-01–… 三"];
    for order in
        [[&ever, &then, &now], [&now, &then, &ever], [&then, &ever, &now], [&now, &ever, &then]]
    {
        assert_eq!(spans(&of(order.map(Unit::clone)), "hall"), expected);
    }
}

#[test]
fn c06_a_unit_that_closes_is_no_more_and_keeps_what_it_was() {
    let last = date(2026, 6, 30);
    // With and without saying again when it began.
    for closing in [until(hall(), last), until(from(hall(), date(2020, 1, 1)), last)] {
        let began = from(hall(), date(2020, 1, 1));
        let organization = of([began, closing]);
        assert_eq!(spans(&organization, "hall"), ["2020-01-01–2026-06-30 示例hall"]);
        assert_eq!(name(&organization, "hall", date(2019, 12, 31)), None);
        assert_eq!(name(&organization, "hall", last).unwrap(), "示例hall");
        assert_eq!(name(&organization, "hall", date(2026, 7, 1)), None);
        assert_eq!(organization.all_on(date(2026, 7, 1)).count(), 0);
        let why = "overlaps the version from 2020-01-01 to 2026-06-30";
        refused(&organization, named(&hall(), "新名"), "valid_from", why);
    }
}

#[test]
fn c06_an_end_that_has_not_come_can_be_put_off_and_one_that_has_stands() {
    let organization = of([hall(), until(hall(), TODAY), until(hall(), date(2027, 1, 1)), hall()]);
    assert_eq!(spans(&organization, "hall"), ["…–… 示例hall"]);
    let organization = of([hall(), until(hall(), YESTERDAY)]);
    let why = "overlaps the version from ever to 2026-03-01";
    refused(&organization, hall(), "valid_from", why);
    refused(&organization, until(hall(), date(2026, 12, 31)), "valid_from", why);
    let organization = of([hall(), until(hall(), YESTERDAY), from(hall(), TODAY)]);
    assert_eq!(spans(&organization, "hall"), ["…–2026-03-01 示例hall", "2026-03-02–… 示例hall"]);
}

#[test]
fn c06_what_has_not_passed_yet_is_put_right_and_what_has_is_not() {
    let began = |name, day| from(named(&hall(), name), day);
    for day in [TODAY, date(2027, 1, 1)] {
        let organization = of([hall(), began("误", day), began("正", day)]);
        assert_eq!(organization.versions("hall").len(), 2);
        assert_eq!(name(&organization, "hall", day).unwrap(), "正");
        assert_eq!(name(&organization, "hall", day.yesterday().unwrap()).unwrap(), "示例hall");
    }
    let organization = of([hall(), began("旧", YESTERDAY)]);
    let why = "overlaps the version from 2026-03-01 to further notice";
    refused(&organization, began("新", YESTERDAY), "valid_from", why);
    // What others follow has been built upon.
    let organization = of([
        hall(),
        until(began("一", date(2027, 1, 1)), date(2027, 12, 31)),
        began("二", date(2028, 1, 1)),
    ]);
    let why = "overlaps the version from 2027-01-01 to 2027-12-31";
    let other = until(began("三", date(2027, 1, 1)), date(2027, 12, 31));
    refused(&organization, other, "valid_from", why);
}

#[test]
fn c06_a_time_in_which_the_unit_is_something_else_is_refused_with_words() {
    let organization = of([
        until(from(hall(), date(2020, 1, 1)), date(2020, 12, 31)),
        until(from(named(&hall(), "二"), date(2022, 1, 1)), date(2027, 12, 31)),
    ]);
    let said = |first, last| until(from(named(&hall(), "新"), first), last);
    let (one, two) = (
        "overlaps the version from 2020-01-01 to 2020-12-31",
        "overlaps the version from 2022-01-01 to 2027-12-31",
    );
    for (unit, field, why) in [
        (said(date(2019, 1, 1), date(2020, 1, 1)), "valid_to", one),
        (said(date(2020, 1, 1), date(2020, 1, 1)), "valid_from", one),
        (said(date(2020, 12, 31), date(2021, 6, 30)), "valid_from", one),
        (said(date(2021, 1, 1), date(2022, 1, 1)), "valid_to", two),
        (from(named(&hall(), "新"), date(2021, 1, 1)), "valid_to", two),
        (from(named(&hall(), "新"), date(2027, 12, 31)), "valid_from", two),
        (named(&hall(), "新"), "valid_from", two),
    ] {
        refused(&organization, unit, field, why);
    }
    // The days between and around are free.
    for (first, last) in [
        (date(2019, 1, 1), date(2019, 12, 31)),
        (date(2021, 1, 1), date(2021, 12, 31)),
        (date(2028, 1, 1), date(2028, 1, 1)),
    ] {
        take(&mut organization.clone(), said(first, last));
    }
}

#[test]
fn c06_earlier_history_is_added_before_what_is_known() {
    let now = from(hall(), date(2020, 1, 1));
    let earlier = until(from(named(&hall(), "旧"), date(2010, 1, 1)), date(2019, 12, 31));
    let organization =
        of([now.clone(), earlier, until(named(&hall(), "更旧"), date(2009, 12, 31))]);
    let expected = ["…–2009-12-31 更旧", "2010-01-01–2019-12-31 旧", "2020-01-01–… 示例hall"];
    assert_eq!(spans(&organization, "hall"), expected);
    let why = "overlaps the version from 2020-01-01 to further notice";
    let organization = of([now]);
    refused(&organization, from(named(&hall(), "旧"), date(2010, 1, 1)), "valid_to", why);
}

#[test]
fn c06_a_unit_does_not_end_before_it_begins() {
    let organization = of([from(hall(), date(2020, 1, 1))]);
    // It would be from today, and end before.
    let late = until(named(&hall(), "新名"), YESTERDAY);
    refused(&organization, late, "valid_to", "is before the first day, 2026-03-02");
    let closing = until(hall(), date(2019, 12, 31));
    refused(&organization, closing, "valid_to", "is before the first day, 2020-01-01");
}

#[test]
fn c06_a_refused_new_unit_leaves_no_trace() {
    let backwards = until(from(hall(), TODAY), YESTERDAY);
    let why = "is before the first day, 2026-03-02";
    refused(&Organization::default(), backwards, "valid_to", why);
}

#[test]
fn c06_a_unit_stays_of_its_kind() {
    let organization = of([hall()]);
    for kind in [UnitKind::Agency, UnitKind::Region] {
        let other = Unit { kind, valid_from: Some(date(2027, 1, 1)), ..hall() };
        refused(&organization, other, "kind", "is another than before, Hall");
    }
}

#[test]
fn c06_a_merged_code_leads_to_its_successor_and_on_to_that_ones() {
    let line = |id: &str| unit(id, UnitKind::Line);
    let organization = of([
        into(line("a"), date(2020, 12, 31), "b"),
        into(line("b"), date(2023, 12, 31), "c"),
        from(line("c"), date(2024, 1, 1)),
        // Once merged, then there again.
        into(line("d"), date(2020, 12, 31), "c"),
        until(from(line("d"), date(2025, 1, 1)), date(2025, 12, 31)),
        into(line("lost"), date(2020, 12, 31), "nowhere"),
    ]);
    for (id, day, expected) in [
        ("a", date(2020, 12, 31), Some("示例a")),
        ("a", date(2021, 1, 1), Some("示例b")),
        ("a", date(2023, 12, 31), Some("示例b")),
        ("a", date(2024, 1, 1), Some("示例c")),
        ("c", date(2023, 12, 31), None),
        ("d", date(2024, 12, 31), Some("示例c")),
        ("d", date(2025, 1, 1), Some("示例d")),
        ("d", date(2026, 1, 1), None),
        ("lost", date(2020, 12, 31), Some("示例lost")),
        ("lost", date(2021, 1, 1), None),
    ] {
        assert_eq!(name(&organization, id, day).as_deref(), expected, "{id} {day}");
    }
    // Who was merged is no unit of its own any more.
    let ids = |day| organization.all_on(day).map(|u| u.id.as_str()).collect::<Vec<_>>().join(" ");
    assert_eq!(ids(date(2020, 12, 31)), "a b d lost");
    assert_eq!(ids(date(2024, 6, 1)), "c");
}

#[test]
fn c06_a_planned_closing_may_name_its_successor_later_but_one_that_has_passed_stays_as_it_was() {
    let last = date(2026, 6, 30);
    let mut organization = of([hall(), unit("h2", UnitKind::Hall), until(hall(), last)]);
    assert_eq!(name(&organization, "hall", date(2026, 7, 1)), None);
    take(&mut organization, into(hall(), last, "h2"));
    assert_eq!(name(&organization, "hall", date(2026, 7, 1)).unwrap(), "示例h2");
    assert_eq!(organization.merge(into(hall(), last, "h2"), TODAY), Ok(MergeOutcome::Known));
    let organization = of([hall(), unit("h2", UnitKind::Hall), until(hall(), YESTERDAY)]);
    let why = "overlaps the version from ever to 2026-03-01";
    refused(&organization, into(hall(), YESTERDAY, "h2"), "valid_from", why);
}

#[test]
fn c06_successors_that_go_in_a_circle_lead_to_nothing() {
    let line = |id: &str, to| into(unit(id, UnitKind::Line), date(2020, 12, 31), to);
    let organization = of([line("a", "b"), line("b", "c"), line("c", "a")]);
    for id in ["a", "b", "c"] {
        assert_eq!(name(&organization, id, date(2021, 1, 1)), None);
        assert_eq!(name(&organization, id, date(2020, 12, 31)).unwrap(), format!("示例{id}"));
    }
}

#[test]
fn c06_history_as_it_was_kept_is_ordered_again_and_can_be_forgotten() {
    let whole = of([
        until(hall(), date(2019, 12, 31)),
        from(named(&hall(), "二"), date(2020, 1, 1)),
        from(named(&hall(), "三"), date(2022, 1, 1)),
    ]);
    for order in [[0, 1, 2], [2, 1, 0], [1, 2, 0], [0, 2, 1]] {
        let mut restored = Organization::default();
        for n in order {
            restored.restore(whole.versions("hall")[n].clone());
        }
        assert_eq!(restored, whole, "{order:?}");
    }
    // Two since ever cannot be; kept, they stay in the order in which they were kept.
    let mut twice = Organization::default();
    for name in ["一", "二"] {
        twice.restore(named(&hall(), name));
    }
    assert_eq!(spans(&twice, "hall"), ["…–… 一", "…–… 二"]);
    let mut forgotten = whole;
    forgotten.forget("hall");
    assert_eq!(forgotten, Organization::default());
}
