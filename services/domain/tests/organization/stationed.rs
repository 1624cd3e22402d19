//! C06: an agency of another level stationed in a hall (进驻) is rated in that hall's region.

use domain::organization::{Nature, Organization, Unit, UnitKind};
use jiff::civil::{Date, date};

use crate::{CITY, COUNTY, TODAY, changed, from, into, take, unit, until, whole, wrong_with};

const MOVED: Date = date(2026, 1, 1);

fn in_region(unit: Unit, region: &str) -> Unit {
    Unit { region_code: region.to_owned(), ..unit }
}

/// The city's agency in the county's hall: its window, clerk and evaluator, which say no region.
fn stationed() -> [Unit; 3] {
    let of_city = |unit: &mut Unit| unit.agency_id = Some("city_agency".to_owned());
    let window = changed(unit("w2", UnitKind::Window), of_city);
    let staff = changed(unit("s2", UnitKind::Staff), |staff| {
        of_city(staff);
        staff.window_id = Some("w2".to_owned());
    });
    let terminal = changed(unit("t2", UnitKind::Terminal), |terminal| {
        terminal.window_id = Some("w2".to_owned());
    });
    [window, staff, terminal].map(|unit| in_region(unit, ""))
}

fn settled(organization: &Organization, mut unit: Unit) -> String {
    organization.settle_region(&mut unit, TODAY);
    unit.region_code
}

fn organization() -> Organization {
    let mut organization = Organization::default();
    whole().into_iter().for_each(|unit| take(&mut organization, unit));
    take(&mut organization, in_region(unit("city_agency", UnitKind::Agency), CITY));
    organization
}

#[test]
fn c06_a_stationed_agencys_window_clerk_and_terminal_are_rated_in_the_halls_region() {
    let mut organization = organization();
    for mut unit in stationed() {
        organization.settle_region(&mut unit, TODAY);
        assert_eq!(unit.region_code, COUNTY, "{}", unit.id);
        assert_eq!(unit.violations().to_string(), "", "{}", unit.id);
        take(&mut organization, unit);
    }
    assert_eq!(organization.contradictions(), []);
}

#[test]
fn c06_a_region_that_is_said_stays_and_one_that_nothing_tells_stays_open() {
    let organization = organization();
    let [window, staff, terminal] = stationed();
    assert_eq!(settled(&organization, in_region(window.clone(), CITY)), CITY);
    let lost = changed(window, |window| window.hall_id = Some("nowhere".to_owned()));
    assert_eq!(settled(&organization, lost), "");
    // The clerk's window is not known yet.
    assert_eq!(settled(&organization, staff), "");
    assert_eq!(settled(&organization, changed(terminal, |terminal| terminal.hall_id = None)), "");
    for kind in [UnitKind::Agency, UnitKind::Hall, UnitKind::Line, UnitKind::Platform] {
        assert_eq!(settled(&organization, in_region(unit("u", kind), "")), "", "{kind:?}");
    }
}

#[test]
fn c06_the_region_is_the_halls_on_the_first_day() {
    let mut organization = organization();
    take(&mut organization, from(in_region(unit("hall", UnitKind::Hall), CITY), MOVED));
    let [window, ..] = stationed();
    assert_eq!(settled(&organization, from(window.clone(), date(2025, 12, 31))), COUNTY);
    assert_eq!(settled(&organization, from(window.clone(), MOVED)), CITY);
    // Without a first day: today's.
    assert_eq!(settled(&organization, window.clone()), CITY);
    // Of a hall that is not open then, the last that is known.
    let planned = from(unit("h2", UnitKind::Hall), date(2027, 1, 1));
    take(&mut organization, planned);
    let early = changed(window, |window| window.hall_id = Some("h2".to_owned()));
    assert_eq!(settled(&organization, early), COUNTY);
}

#[test]
fn c06_whoever_stands_in_a_hall_is_in_its_region() {
    for (id, kind, place) in [
        ("w2", UnitKind::Window, "hall"),
        ("t2", UnitKind::Terminal, "hall"),
        ("s2", UnitKind::Staff, "window"),
    ] {
        let told = wrong_with([in_region(unit(id, kind), CITY)]);
        assert_eq!(told, [format!("{id} region_code is not that of {place}, 652301")]);
        assert_eq!(wrong_with([unit(id, kind)]), [""; 0]);
    }
    // A kiosk too, which stands at no window.
    let kiosk = changed(unit("k", UnitKind::Terminal), |kiosk| {
        (kiosk.nature, kiosk.window_id) = (Some(Nature::Kiosk), None);
    });
    let told = wrong_with([in_region(kiosk, CITY)]);
    assert_eq!(told, ["k region_code is not that of hall, 652301"]);
    // What stands in no hall is where it says.
    for kind in [UnitKind::Agency, UnitKind::Hall, UnitKind::Platform] {
        assert_eq!(wrong_with([in_region(unit("u", kind), CITY)]), [""; 0], "{kind:?}");
    }
}

#[test]
fn c06_a_hall_that_moves_takes_along_whoever_stands_in_it() {
    let hall = from(in_region(unit("hall", UnitKind::Hall), CITY), MOVED);
    let window = from(in_region(unit("window", UnitKind::Window), CITY), MOVED);
    let staff = from(in_region(unit("staff", UnitKind::Staff), CITY), MOVED);
    let terminal = from(in_region(unit("terminal", UnitKind::Terminal), CITY), MOVED);
    assert_eq!(
        wrong_with([hall.clone()]),
        [
            "terminal region_code is not that of hall, 652300",
            "window region_code is not that of hall, 652300",
        ]
    );
    let all = [hall.clone(), window.clone(), staff, terminal.clone()];
    assert_eq!(wrong_with(all), [""; 0]);
    // One that was gone by then has nothing to do with it.
    let closed = until(unit("w2", UnitKind::Window), date(2025, 12, 31));
    let told = wrong_with([hall, window, terminal, closed]);
    assert_eq!(told, ["staff region_code is not that of window, 652300"]);
}

#[test]
fn c06_a_hall_merged_into_another_regions_takes_along_whoever_stands_in_it() {
    let other = in_region(unit("h3", UnitKind::Hall), CITY);
    let merged = into(unit("h2", UnitKind::Hall), date(2025, 12, 31), "h3");
    let window = changed(unit("w2", UnitKind::Window), |w| w.hall_id = Some("h2".to_owned()));
    let told = wrong_with([other.clone(), merged.clone(), window.clone()]);
    assert_eq!(told, ["w2 region_code is not that of h3, 652300"]);
    let moved = from(in_region(window.clone(), CITY), MOVED);
    assert_eq!(wrong_with([other, merged, window, moved]), [""; 0]);
    // Or one that opens again, elsewhere.
    let merged = into(unit("h2", UnitKind::Hall), date(2025, 12, 31), "hall");
    let again = from(in_region(unit("h2", UnitKind::Hall), CITY), date(2027, 1, 1));
    let window = changed(unit("w2", UnitKind::Window), |w| w.hall_id = Some("h2".to_owned()));
    let told = wrong_with([merged, again, window]);
    assert_eq!(told, ["w2 region_code is not that of h2, 652300"]);
}
