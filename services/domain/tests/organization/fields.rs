//! C06, C10: what is wrong with a unit, whatever other units there are.

use domain::organization::{
    Clock, Nature, OpeningDay, OpeningSpan, SupportService, Unit, UnitKind,
};
use jiff::civil::date;

use crate::{CITY, COUNTY, changed, from, into, region, unit, until};

const KINDS: [UnitKind; 8] = [
    UnitKind::Region,
    UnitKind::Agency,
    UnitKind::Hall,
    UnitKind::Window,
    UnitKind::Staff,
    UnitKind::Line,
    UnitKind::Platform,
    UnitKind::Terminal,
];

fn of(kind: UnitKind) -> Unit {
    unit(if kind == UnitKind::Region { COUNTY } else { "u" }, kind)
}

fn wrong(unit: Unit, change: impl FnOnce(&mut Unit)) -> String {
    changed(unit, change).violations().to_string()
}

fn some(text: &str) -> Option<String> {
    Some(text.to_owned())
}

#[test]
fn c06_a_unit_with_what_its_kind_asks_for_is_fine() {
    for kind in KINDS {
        assert_eq!(wrong(of(kind), |_| {}), "", "{kind:?}");
    }
}

#[test]
fn c06_every_kind_has_its_own_fields_needed_allowed_or_out_of_place() {
    use UnitKind::{Agency, Hall, Line, Platform, Region, Staff, Terminal, Window};
    type Change = fn(&mut Unit);
    type Field = (&'static str, Change, Change, &'static [UnitKind], &'static [UnitKind]);
    let fields: [Field; 11] = [
        (
            "agency_id",
            |u| u.agency_id = some("a"),
            |u| u.agency_id = None,
            &[Window, Staff],
            &[Platform],
        ),
        ("hall_id", |u| u.hall_id = some("h"), |u| u.hall_id = None, &[Window, Terminal], &[]),
        ("window_id", |u| u.window_id = some("w"), |u| u.window_id = None, &[Staff, Terminal], &[]),
        ("uscc", |u| u.uscc = some("11310000MB2F30661Y"), |u| u.uscc = None, &[Agency], &[]),
        ("leader", |u| u.leader = "王".to_owned(), |u| u.leader.clear(), &[Agency], &[]),
        ("contact", |u| u.contact = "王".to_owned(), |u| u.contact.clear(), &[Agency], &[]),
        ("address", |u| u.address = "一号".to_owned(), |u| u.address.clear(), &[Hall], &[]),
        (
            "superior_id",
            |u| u.superior_id = some("s"),
            |u| u.superior_id = None,
            &[],
            &[Region, Agency, Hall, Line, Platform],
        ),
        (
            "support_services",
            |u| u.support_services = vec![service()],
            |u| u.support_services.clear(),
            &[],
            &[Hall],
        ),
        (
            "opening_hours",
            |u| u.opening_hours = vec![hours()],
            |u| u.opening_hours.clear(),
            &[],
            &[Hall, Window, Terminal],
        ),
        ("authority", |u| u.authority = true, |u| u.authority = false, &[], &[Agency]),
    ];
    for (field, give, take, needed, allowed) in fields {
        for kind in KINDS {
            let out_of_place = format!("{field}: does not belong to this kind of unit");
            let fits = needed.contains(&kind) || allowed.contains(&kind);
            let expected = if fits { String::new() } else { out_of_place };
            assert_eq!(wrong(of(kind), give), expected, "{kind:?}");
            let missing = format!("{field}: is missing");
            let expected = if needed.contains(&kind) { missing } else { String::new() };
            assert_eq!(wrong(of(kind), take), expected, "{kind:?}");
        }
    }
}

#[test]
fn c06_a_nature_is_one_of_the_kinds() {
    use Nature::{
        App, Authorized, BusinessSystem, Comprehensive, Department, Departmental, Evaluator,
        Hotline, Kiosk, PartyOrgan, Portal, PublicServiceEnterprise, SelfService,
    };
    let natures: [(UnitKind, &[Nature]); 4] = [
        (UnitKind::Agency, &[Department, PartyOrgan, Authorized, PublicServiceEnterprise]),
        (UnitKind::Window, &[Departmental, Comprehensive]),
        (UnitKind::Platform, &[Portal, App, Hotline, SelfService, BusinessSystem]),
        (UnitKind::Terminal, &[Kiosk, Evaluator]),
    ];
    for kind in KINDS {
        let own = natures.iter().find(|(other, _)| *other == kind).map(|(_, own)| *own);
        let none = if own.is_some() { "nature: is missing" } else { "" };
        let without = changed(of(kind), |unit| unit.nature = None);
        // A terminal without a nature is no evaluator, which alone has a window.
        let without =
            if kind == UnitKind::Terminal { Unit { window_id: None, ..without } } else { without };
        assert_eq!(without.violations().to_string(), none, "{kind:?}");
        for nature in natures.iter().flat_map(|(_, natures)| *natures) {
            let said = wrong(of(kind), |unit| {
                unit.nature = Some(*nature);
                // Of terminals an evaluator stands at a window, and a kiosk does not.
                if kind == UnitKind::Terminal && *nature == Kiosk {
                    unit.window_id = None;
                }
            });
            let fits = own.is_some_and(|own| own.contains(nature));
            assert_eq!(said.is_empty(), fits, "{kind:?} {nature:?} {said}");
            assert!(fits || said.starts_with("nature: is not of this kind of unit"), "{said}");
        }
    }
    let kiosk = wrong(of(UnitKind::Terminal), |kiosk| kiosk.nature = Some(Kiosk));
    assert_eq!(kiosk, "window_id: does not belong to this kind of unit");
}

#[test]
fn c06_an_agencys_credit_code_has_its_check_character() {
    for (code, fine) in [
        ("11310000MB2F30661Y", true),
        ("11310000MB2F30661X", false),
        ("11310000MB2F30661", false),
        ("11310000mb2f30661y", false),
        ("", false),
    ] {
        let said = wrong(of(UnitKind::Agency), |agency| agency.uscc = some(code));
        let why = "uscc: has no valid check character (GB 32100)";
        assert_eq!(said, if fine { "" } else { why }, "{code}");
    }
}

#[test]
fn c06_a_regions_identity_is_its_code() {
    let other = Unit { region_code: CITY.to_owned(), ..region(COUNTY) };
    assert_eq!(other.violations().to_string(), "id: of a region is its code");
    for kind in KINDS {
        let said = wrong(of(kind), |unit| {
            "65230".clone_into(&mut unit.region_code);
            if kind == UnitKind::Region {
                unit.id.clone_from(&unit.region_code);
            }
        });
        assert_eq!(said, "region_code: a division code has 6, 9 or 12 digits", "{kind:?}");
    }
}

#[test]
fn c06_a_unit_has_an_identity_and_a_name() {
    for kind in KINDS.into_iter().filter(|kind| *kind != UnitKind::Region) {
        assert_eq!(wrong(of(kind), |unit| unit.id.clear()), "id: is missing");
        for blank in ["", " \u{3000}"] {
            let said = wrong(of(kind), |unit| blank.clone_into(&mut unit.name));
            assert_eq!(said, "name: is missing");
        }
    }
    let long = |chars: usize| wrong(of(UnitKind::Line), |line| line.id = "i".repeat(chars));
    assert_eq!(long(64), "");
    assert_eq!(long(65), "id: has 65 characters; at most 64 are allowed");
    let broken = wrong(of(UnitKind::Line), |line| "a\nb".clone_into(&mut line.id));
    assert_eq!(broken, "id: holds a line break");
}

#[test]
fn c06_no_text_of_a_unit_hides_anything_or_is_endless() {
    type Text = fn(&mut Unit) -> &mut String;
    let texts: [(UnitKind, &str, Text); 7] = [
        (UnitKind::Window, "name", |unit| &mut unit.name),
        (UnitKind::Agency, "leader", |unit| &mut unit.leader),
        (UnitKind::Agency, "contact", |unit| &mut unit.contact),
        (UnitKind::Hall, "address", |unit| &mut unit.address),
        (UnitKind::Hall, "support_services", |unit| &mut unit.support_services[0].name),
        (UnitKind::Hall, "support_services", |unit| &mut unit.support_services[0].fee),
        (UnitKind::Hall, "support_services", |unit| &mut unit.support_services[0].basis),
    ];
    for (kind, field, text) in texts {
        let said = |words: String| {
            wrong(of(kind), |unit| {
                if kind == UnitKind::Hall {
                    unit.support_services = vec![service()];
                }
                *text(unit) = words;
            })
        };
        assert_eq!(said("王".repeat(200)), "");
        let long = format!("{field}: has 201 characters; at most 200 are allowed");
        assert_eq!(said("王".repeat(201)), long);
        for hidden in ['\u{202E}', '\u{2066}', '\u{FEFF}', '\u{0}'] {
            let why = format!("{field}: holds the hidden character U+{:04X}", u32::from(hidden));
            assert_eq!(said(format!("王{hidden}")), why);
        }
    }
    let hidden = wrong(of(UnitKind::Line), |line| line.id.push('\u{202E}'));
    assert_eq!(hidden, "id: holds the hidden character U+202E");
}

#[test]
fn c06_a_unit_begins_before_it_ends_and_is_merged_when_it_ends() {
    let (first, last) = (date(2026, 1, 1), date(2025, 12, 31));
    let line = of(UnitKind::Line);
    let said = |unit: Unit| unit.violations().to_string();
    assert_eq!(said(until(from(line.clone(), first), last)), "valid_to: is before valid_from");
    assert_eq!(said(until(from(line.clone(), first), first)), "");
    assert_eq!(said(into(line.clone(), last, "v")), "");
    assert_eq!(said(into(line.clone(), last, "u")), "successor_id: is the unit itself");
    let still = Unit { successor_id: some("v"), ..line };
    let why = "successor_id: is given, but not when the unit ends (valid_to)";
    assert_eq!(said(still), why);
}

// ── Supporting services ───────────────────────────────────────────────────────────────────────────

fn hours() -> OpeningSpan {
    let clock = |text| Clock::parse(text).unwrap();
    let days = vec![OpeningDay::Monday];
    OpeningSpan { days, opens: clock("10:00"), closes: clock("14:00") }
}

fn service() -> SupportService {
    SupportService {
        name: "打印".to_owned(),
        fee: "A4每页0.5元".to_owned(),
        basis: "县发改委公示".to_owned(),
    }
}

#[test]
fn c10_a_supporting_service_says_its_name_its_fee_and_what_that_rests_on() {
    let said = |services: Vec<SupportService>| {
        wrong(of(UnitKind::Hall), |hall| hall.support_services = services)
    };
    let free = SupportService { fee: "免费".to_owned(), ..service() };
    assert_eq!(said(vec![service(), free]), "");
    let why = "support_services: lack name, fee or basis";
    for lacking in [
        SupportService { name: String::new(), ..service() },
        SupportService { fee: " ".to_owned(), ..service() },
        SupportService { basis: "\u{3000}".to_owned(), ..service() },
    ] {
        assert_eq!(said(vec![service(), lacking]), why);
    }
    assert_eq!(said(vec![service(); 100]), "");
    assert_eq!(said(vec![service(); 101]), "support_services: are more than 100");
}
