//! S07: nobody hides behind a robot: no agency becomes one, and nobody serves there.

use domain::organization::{Unit, UnitKind};
use jiff::civil::date;

use crate::{changed, from, unit, wrong_with};

fn robot(unit: &mut Unit) {
    unit.uscc = Some("Y1000000PY6523035T".to_owned());
}

#[test]
fn s07_a_real_agency_never_becomes_a_robots_and_nobody_serves_at_one() {
    let own = changed(unit("robot", UnitKind::Agency), robot);
    assert_eq!(wrong_with([own.clone()]), Vec::<String>::new());
    let window = changed(unit("w2", UnitKind::Window), |window| {
        window.agency_id = Some("robot".to_owned());
    });
    assert_eq!(wrong_with([own, window]), ["w2 agency_id is a robot's"]);
    let turned = from(changed(unit("agency", UnitKind::Agency), robot), date(2026, 3, 10));
    let told = wrong_with([turned]);
    assert!(told.iter().any(|line| line.starts_with("agency uscc makes a robot's")), "{told:?}");
}
