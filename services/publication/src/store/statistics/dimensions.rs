//! What is counted by: one row a dimension. A new one is a row here, its name in the contract, a
//! version of the fold (`FOLD`), and a rebuild.

use std::borrow::Cow;

use proto::{
    publication::v1::Dimension,
    r#type::v1::{Involved, ServiceAct},
};

use crate::entity::column::column;

/// A dimension, and where an act has its value.
pub(crate) struct Row {
    pub(crate) dimension: Dimension,
    own: fn(&ServiceAct) -> &str,
    pub(crate) own_mut: fn(&mut ServiceAct) -> &mut String,
    /// The values of all that had a part in a package: its composite rating counts for each of them,
    /// once (I12, GX10).
    involved: Option<fn(&Involved) -> &str>,
    /// True if the figures are for the officers of the agency alone: then the key begins with its
    /// region and the agency (see [`staff_key`]).
    pub(crate) for_officers: bool,
}

macro_rules! row {
    ($dimension:ident, $field:ident, $involved:expr, $for_officers:expr) => {
        Row {
            dimension: Dimension::$dimension,
            own: |act| act.$field.as_str(),
            own_mut: |act| &mut act.$field,
            involved: $involved,
            for_officers: $for_officers,
        }
    };
    ($dimension:ident, $field:ident) => {
        row!($dimension, $field, None, false)
    };
}

/// All of them. There is no cross product: each is counted by itself (but see [`MIXED`]).
pub(crate) const DIMENSIONS: [Row; 9] = [
    row!(Region, region_code, Some(|part| part.region_code.as_str()), false),
    row!(Agency, agency_id, Some(|part| part.agency_id.as_str()), false),
    row!(Item, item_code),
    row!(Line, line_id),
    row!(Terminal, terminal_id),
    row!(Window, window_id),
    row!(Hall, hall_id),
    row!(Platform, platform_id),
    row!(Staff, staff_id, None, true),
];

/// The key of a member of staff, who is known by agency; no identity holds a blank.
pub(crate) fn staff_key(region_code: &str, agency_id: &str, staff_id: &str) -> String {
    format!("{region_code} {agency_id} {staff_id}")
}

/// The values an act counts under, each once.
pub(crate) fn keys(act: &ServiceAct) -> Vec<(Dimension, Cow<'_, str>)> {
    let mut keys: Vec<(Dimension, Cow<'_, str>)> = Vec::with_capacity(DIMENSIONS.len());
    for row in &DIMENSIONS {
        let own = (row.own)(act);
        let involved = row.involved.into_iter();
        let involved = involved.flat_map(|value| act.involved.iter().map(value));
        for value in std::iter::once(own).chain(involved).filter(|value| !value.is_empty()) {
            let key = match row.for_officers {
                true => Cow::from(staff_key(&act.region_code, &act.agency_id, value)),
                false => Cow::from(value),
            };
            if !keys.contains(&(row.dimension, key.clone())) {
                keys.push((row.dimension, key));
            }
        }
    }
    keys
}

/// What ratings are counted by together with their item, for the mix of items in a ranking. That is the only
/// product of dimensions, and a small one: by month, without channel, and of given ratings alone.
const MIXED: [Dimension; 4] =
    [Dimension::Agency, Dimension::Hall, Dimension::Window, Dimension::Staff];

/// Whether given ratings are counted by it together with their items.
pub(crate) fn has_mix(dimension: Dimension) -> bool {
    MIXED.contains(&dimension)
}

/// The number of such a product in the column of dimensions; it is in no answer.
pub(crate) fn with_items(dimension: Dimension) -> i16 {
    const WITH_ITEMS: i16 = 100;
    WITH_ITEMS + column(dimension.into())
}

/// The dimension whose product with items has this number.
pub(crate) fn of_items(number: i16) -> Option<Dimension> {
    MIXED.into_iter().find(|dimension| with_items(*dimension) == number)
}

/// The beginning of the keys of one region's units with their items; the unit and the item follow, with a
/// blank between them. A staff member's unit is the agency and the member.
pub(crate) fn mix_key(region_code: &str, rest: &str) -> String {
    format!("{region_code} {rest}")
}

/// What is counted within each region, too: a business line goes through many. By month, without channel, under the
/// region where the service was given.
const WITHIN_REGIONS: [Dimension; 1] = [Dimension::Line];

/// Whether it is counted within each region, too.
pub(crate) fn is_within_regions(dimension: Dimension) -> bool {
    WITHIN_REGIONS.contains(&dimension)
}

/// The number of a dimension within regions in the column of dimensions; it is in no answer.
pub(crate) fn in_regions(dimension: Dimension) -> i16 {
    const IN_REGIONS: i16 = 200;
    IN_REGIONS + column(dimension.into())
}

/// The dimension whose count within regions has this number.
pub(crate) fn of_regions(number: i16) -> Option<Dimension> {
    WITHIN_REGIONS.into_iter().find(|dimension| in_regions(*dimension) == number)
}

/// The values that an act counts under within its region.
pub(crate) fn region_keys(act: &ServiceAct) -> Vec<(i16, String)> {
    let rows = DIMENSIONS.iter().filter(|row| is_within_regions(row.dimension));
    let values = rows.map(|row| (row.dimension, (row.own)(act)));
    let values = values.filter(|(_, value)| !value.is_empty() && !act.region_code.is_empty());
    let key = |(dimension, value)| (in_regions(dimension), mix_key(&act.region_code, value));
    values.map(key).collect()
}

/// The products with its item that an act counts under, each once.
pub(crate) fn mix_keys(act: &ServiceAct) -> Vec<(i16, String)> {
    let mut keys = Vec::with_capacity(MIXED.len());
    if act.item_code.is_empty() {
        return keys;
    }
    let region = act.region_code.as_str();
    let staff = match act.staff_id.is_empty() {
        true => String::new(),
        false => format!("{} {}", act.agency_id, act.staff_id),
    };
    let involved = act.involved.iter();
    let involved = involved
        .map(|part| (Dimension::Agency, part.region_code.as_str(), part.agency_id.as_str()));
    let own = [
        (Dimension::Agency, region, act.agency_id.as_str()),
        (Dimension::Hall, region, act.hall_id.as_str()),
        (Dimension::Window, region, act.window_id.as_str()),
        (Dimension::Staff, region, staff.as_str()),
    ];
    for (dimension, region, unit) in own.into_iter().chain(involved) {
        if region.is_empty() || unit.is_empty() {
            continue;
        }
        let key = (with_items(dimension), mix_key(region, &format!("{unit} {}", act.item_code)));
        if !keys.contains(&key) {
            keys.push(key);
        }
    }
    keys
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn p03_an_act_counts_in_every_dimension_that_has_a_value_and_staff_by_their_agency() {
        let act = ServiceAct {
            region_code: "652301".to_owned(),
            agency_id: "a03".to_owned(),
            staff_id: "s01".to_owned(),
            involved: vec![
                Involved { agency_id: "a03".to_owned(), region_code: "652301".to_owned() },
                Involved { agency_id: "a04".to_owned(), region_code: "652301".to_owned() },
            ],
            ..ServiceAct::default()
        };
        let told = keys(&act);
        let expected = [
            (Dimension::Region, "652301"),
            (Dimension::Agency, "a03"),
            (Dimension::Agency, "a04"),
            (Dimension::Staff, "652301 a03 s01"),
        ];
        assert_eq!(told, expected.map(|(dimension, key)| (dimension, Cow::from(key))));
    }

    #[test]
    fn p07_an_act_counts_with_its_item_at_each_unit_once_and_nowhere_without_one() {
        let part = Involved { agency_id: "a04".to_owned(), region_code: "652302".to_owned() };
        let own = Involved { agency_id: "a03".to_owned(), region_code: "652301".to_owned() };
        let act = ServiceAct {
            region_code: "652301".to_owned(),
            agency_id: "a03".to_owned(),
            window_id: "w01".to_owned(),
            staff_id: "s01".to_owned(),
            item_code: "i1".to_owned(),
            involved: vec![own, part],
            ..ServiceAct::default()
        };
        let expected = [
            (102, "652301 a03 i1"),
            (106, "652301 w01 i1"),
            (108, "652301 a03 s01 i1"),
            (102, "652302 a04 i1"),
        ];
        assert_eq!(mix_keys(&act), expected.map(|(number, key)| (number, key.to_owned())));
        assert_eq!(expected.map(|(number, _)| of_items(number).is_some()), [true; 4]);
        assert_eq!(mix_keys(&ServiceAct { item_code: String::new(), ..act }), []);
    }

    #[test]
    fn p07_an_act_counts_for_its_line_within_its_region() {
        let act = ServiceAct {
            region_code: "652301".to_owned(),
            line_id: "line".to_owned(),
            ..ServiceAct::default()
        };
        assert_eq!(region_keys(&act), [(204, "652301 line".to_owned())]);
        assert_eq!(of_regions(204), Some(Dimension::Line));
        assert_eq!(region_keys(&ServiceAct { line_id: String::new(), ..act.clone() }), []);
        assert_eq!(region_keys(&ServiceAct { region_code: String::new(), ..act }), []);
    }

    #[test]
    fn every_dimension_of_the_contract_has_its_row() {
        let mut stated: Vec<Dimension> =
            (1..100).filter_map(|number| Dimension::try_from(number).ok()).collect();
        stated.retain(|stated| DIMENSIONS.iter().all(|row| row.dimension != *stated));
        assert_eq!(stated, []);
    }
}
