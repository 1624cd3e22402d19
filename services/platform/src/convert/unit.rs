//! Units of the organisation of `pingyi.catalog.v1` and the domain's, both ways.

use domain::{
    codes::normal,
    deadline::iso_date,
    organization::{Clock, Nature, OpeningDay, OpeningSpan, SupportService, Unit, UnitKind},
    violation::Violations,
};
use jiff::civil::Date;
use proto::catalog::v1 as wire;

use super::shortened;

/// A unit on the wire, the names of persons included.
#[must_use]
pub fn to_wire_unit(unit: &Unit) -> wire::Unit {
    let text = |text: &Option<String>| text.clone().unwrap_or_default();
    let day = |day: Option<Date>| day.map(|day| day.to_string()).unwrap_or_default();
    let service = |service: &SupportService| wire::SupportService {
        name: service.name.clone(),
        fee: service.fee.clone(),
        basis: service.basis.clone(),
    };
    wire::Unit {
        unit_id: unit.id.clone(),
        kind: unit_kind_to_wire(unit.kind).into(),
        name: unit.name.clone(),
        region_code: unit.region_code.clone(),
        superior_id: text(&unit.superior_id),
        agency_id: text(&unit.agency_id),
        hall_id: text(&unit.hall_id),
        window_id: text(&unit.window_id),
        valid_from: day(unit.valid_from),
        valid_to: day(unit.valid_to),
        successor_id: text(&unit.successor_id),
        nature: nature_to_wire(unit.nature).into(),
        uscc: text(&unit.uscc),
        leader: unit.leader.clone(),
        contact: unit.contact.clone(),
        address: unit.address.clone(),
        support_services: unit.support_services.iter().map(service).collect(),
        opening_hours: hours_to_wire(&unit.opening_hours),
        authority: unit.authority,
    }
}

/// A unit without the names of persons: the form for facts and for everyone but officers.
#[must_use]
pub fn without_persons(mut unit: wire::Unit) -> wire::Unit {
    if unit.kind() == wire::UnitKind::Staff {
        unit.name.clear();
    }
    unit.leader.clear();
    unit.contact.clear();
    unit
}

/// A unit from the wire. Region codes are shortened to what the division needs.
///
/// # Errors
/// Every field without meaning. `Unit::violations` finds what is wrong between fields.
pub fn unit(unit: wire::Unit) -> Result<Unit, Violations> {
    let mut wrong = Violations::default();
    let kind = wrong.take("kind", unit_kind(unit.kind));
    let nature = wrong.take("nature", nature(unit.nature));
    let valid_from = wrong.take("valid_from", day(&unit.valid_from));
    let valid_to = wrong.take("valid_to", day(&unit.valid_to));
    let opening_hours = wrong.take("opening_hours", hours(&unit.opening_hours));
    let service = |service: wire::SupportService| SupportService {
        name: service.name,
        fee: service.fee,
        basis: service.basis,
    };
    let (Some(kind), Some(nature), Some(valid_from), Some(valid_to), Some(opening_hours)) =
        (kind, nature, valid_from, valid_to, opening_hours)
    else {
        return Err(wrong);
    };
    let of_region = kind == UnitKind::Region;
    let id = if of_region { shortened(unit.unit_id) } else { unit.unit_id };
    let region_code = shortened(unit.region_code);
    let reference = |id: String| given(if of_region { shortened(id) } else { id });
    wrong.finish(Unit {
        region_code: if of_region && region_code.is_empty() { id.clone() } else { region_code },
        id,
        kind,
        name: unit.name,
        superior_id: reference(unit.superior_id),
        agency_id: given(unit.agency_id),
        hall_id: given(unit.hall_id),
        window_id: given(unit.window_id),
        valid_from,
        valid_to,
        successor_id: reference(unit.successor_id),
        nature,
        uscc: given(normal(&unit.uscc)),
        leader: unit.leader,
        contact: unit.contact,
        address: unit.address,
        support_services: unit.support_services.into_iter().map(service).collect(),
        opening_hours,
        authority: unit.authority,
    })
}

/// Opening hours on the wire.
#[must_use]
pub fn hours_to_wire(hours: &[OpeningSpan]) -> Vec<wire::OpeningSpan> {
    let day = |day: &OpeningDay| {
        let place = OpeningDay::ALL.iter().position(|known| known == day).unwrap_or_default();
        i32::try_from(place + 1).unwrap_or_default()
    };
    let span = |span: &OpeningSpan| wire::OpeningSpan {
        days: span.days.iter().map(day).collect(),
        opens: span.opens.to_string(),
        closes: span.closes.to_string(),
    };
    hours.iter().map(span).collect()
}

/// Opening hours from the wire.
///
/// # Errors
/// What is no day or no time of day.
pub fn hours(hours: &[wire::OpeningSpan]) -> Result<Vec<OpeningSpan>, String> {
    let day = |day: &i32| {
        let place = usize::try_from(*day).ok().and_then(|day| day.checked_sub(1));
        place.and_then(|place| OpeningDay::ALL.get(place).copied()).ok_or("name no day")
    };
    let span = |span: &wire::OpeningSpan| {
        Ok(OpeningSpan {
            days: span.days.iter().map(day).collect::<Result<_, _>>()?,
            opens: Clock::parse(&span.opens)?,
            closes: Clock::parse(&span.closes)?,
        })
    };
    hours.iter().map(span).collect()
}

fn given(text: String) -> Option<String> {
    Some(text).filter(|text| !text.is_empty())
}

fn day(text: &str) -> Result<Option<Date>, &'static str> {
    if text.is_empty() { Ok(None) } else { iso_date(text).map(Some) }
}

/// A kind on the wire.
#[must_use]
pub fn unit_kind_to_wire(kind: UnitKind) -> wire::UnitKind {
    match kind {
        UnitKind::Region => wire::UnitKind::Region,
        UnitKind::Agency => wire::UnitKind::Agency,
        UnitKind::Hall => wire::UnitKind::Hall,
        UnitKind::Window => wire::UnitKind::Window,
        UnitKind::Staff => wire::UnitKind::Staff,
        UnitKind::Line => wire::UnitKind::Line,
        UnitKind::Platform => wire::UnitKind::Platform,
        UnitKind::Terminal => wire::UnitKind::Terminal,
    }
}

/// A kind from the wire.
///
/// # Errors
/// If it is none.
pub fn unit_kind(kind: i32) -> Result<UnitKind, &'static str> {
    match wire::UnitKind::try_from(kind) {
        Ok(wire::UnitKind::Region) => Ok(UnitKind::Region),
        Ok(wire::UnitKind::Agency) => Ok(UnitKind::Agency),
        Ok(wire::UnitKind::Hall) => Ok(UnitKind::Hall),
        Ok(wire::UnitKind::Window) => Ok(UnitKind::Window),
        Ok(wire::UnitKind::Staff) => Ok(UnitKind::Staff),
        Ok(wire::UnitKind::Line) => Ok(UnitKind::Line),
        Ok(wire::UnitKind::Platform) => Ok(UnitKind::Platform),
        Ok(wire::UnitKind::Terminal) => Ok(UnitKind::Terminal),
        Ok(wire::UnitKind::Unspecified) | Err(_) => Err("is no kind of unit"),
    }
}

fn nature_to_wire(nature: Option<Nature>) -> wire::UnitNature {
    match nature {
        None => wire::UnitNature::Unspecified,
        Some(Nature::Department) => wire::UnitNature::Department,
        Some(Nature::PartyOrgan) => wire::UnitNature::PartyOrgan,
        Some(Nature::Authorized) => wire::UnitNature::Authorized,
        Some(Nature::PublicServiceEnterprise) => wire::UnitNature::PublicServiceEnterprise,
        Some(Nature::Departmental) => wire::UnitNature::Departmental,
        Some(Nature::Comprehensive) => wire::UnitNature::Comprehensive,
        Some(Nature::Portal) => wire::UnitNature::Portal,
        Some(Nature::App) => wire::UnitNature::App,
        Some(Nature::Hotline) => wire::UnitNature::Hotline,
        Some(Nature::SelfService) => wire::UnitNature::SelfService,
        Some(Nature::BusinessSystem) => wire::UnitNature::BusinessSystem,
        Some(Nature::Kiosk) => wire::UnitNature::Kiosk,
        Some(Nature::Evaluator) => wire::UnitNature::Evaluator,
    }
}

fn nature(nature: i32) -> Result<Option<Nature>, &'static str> {
    let nature = wire::UnitNature::try_from(nature).map_err(|_| "is no nature of a unit")?;
    Ok(Some(match nature {
        wire::UnitNature::Unspecified => return Ok(None),
        wire::UnitNature::Department => Nature::Department,
        wire::UnitNature::PartyOrgan => Nature::PartyOrgan,
        wire::UnitNature::Authorized => Nature::Authorized,
        wire::UnitNature::PublicServiceEnterprise => Nature::PublicServiceEnterprise,
        wire::UnitNature::Departmental => Nature::Departmental,
        wire::UnitNature::Comprehensive => Nature::Comprehensive,
        wire::UnitNature::Portal => Nature::Portal,
        wire::UnitNature::App => Nature::App,
        wire::UnitNature::Hotline => Nature::Hotline,
        wire::UnitNature::SelfService => Nature::SelfService,
        wire::UnitNature::BusinessSystem => Nature::BusinessSystem,
        wire::UnitNature::Kiosk => Nature::Kiosk,
        wire::UnitNature::Evaluator => Nature::Evaluator,
    }))
}
