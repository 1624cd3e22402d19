//! Units.

use domain::organization::Unit;
use platform::{
    auth::Reader,
    convert::unit::{hours_to_wire, to_wire_unit, without_persons},
};
use proto::catalog::v1 as wire;

/// A unit as a reader may see it: the names of persons are only for officers of the region.
pub(crate) fn unit_for(caller: &Reader, unit: &Unit) -> wire::Unit {
    let wire = to_wire_unit(unit);
    if caller.sees_persons_of(&unit.region_code) { wire } else { without_persons(wire) }
}

/// A hall where an item is taken in, or a window of it with other hours.
pub(crate) fn receiving_place((unit, hall): (&Unit, &Unit)) -> wire::ReceivingPlace {
    wire::ReceivingPlace {
        unit_id: unit.id.clone(),
        name: unit.name.clone(),
        address: hall.address.clone(),
        opening_hours: hours_to_wire(&unit.opening_hours),
    }
}
