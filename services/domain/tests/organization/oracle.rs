//! C06: a year of one unit, written down day by day, agrees with its versions whatever is said of it.

use domain::organization::{MergeOutcome, Organization, Unit, UnitKind};
use jiff::{
    ToSpan as _,
    civil::{Date, date},
};
use proptest::prelude::*;

use crate::unit;

/// The place of all days before the year, before those of the year itself.
const EVER: usize = 0;
/// The place of all days after it.
const FOREVER: usize = 366;

/// What is said of the unit: a name and region, the first and last day if any, and when.
#[derive(Clone, Debug)]
struct Said {
    what: u8,
    first: Option<usize>,
    last: Option<usize>,
    today: usize,
}

/// The year: for every day when its version began, and what it says.
struct Year([Option<(usize, u8)>; FOREVER + 1]);

impl Year {
    /// Whether something new was said; none if that is refused.
    fn say(&mut self, said: &Said) -> Option<bool> {
        let Said { what, last, today, .. } = *said;
        let last = last.unwrap_or(FOREVER);
        let begun: Vec<usize> = (EVER..=FOREVER).filter(|day| self.begins(*day)).collect();
        let exactly =
            |year: &Self, first| year.0[first] == Some((first, what)) && year.end(first) == last;
        let first = match (said.first, begun.first(), begun.last()) {
            (Some(first), ..) => first,
            (None, None, _) | (None, _, None) => EVER,
            (None, Some(oldest), Some(newest)) => {
                if self.begins(EVER) && exactly(self, EVER) || exactly(self, *newest) {
                    return Some(false);
                }
                match self.0[*newest] {
                    Some((_, said)) if said == what => *newest,
                    _ if last < *oldest => EVER,
                    _ => today,
                }
            }
        };
        if self.begins(first) && exactly(self, first) {
            return Some(false);
        }
        if last < first {
            return None;
        }
        let over = if self.begins(first) {
            let (_, old) = self.0[first]?;
            let open = self.end(first) == FOREVER || self.end(first) >= today;
            let free = old == what && open || first != EVER && first >= today;
            (free && begun.last() == Some(&first)).then_some(first)?
        } else {
            let taken: Vec<usize> =
                self.0[first..=last].iter().flatten().map(|cell| cell.0).collect();
            // Only the version that goes on for ever gives way, and only to a later one.
            if taken.iter().any(|begun| *begun > first || self.end(*begun) != FOREVER) {
                return None;
            }
            first
        };
        for (day, cell) in self.0.iter_mut().enumerate().skip(over) {
            if day <= last {
                *cell = Some((first, what));
            } else if cell.is_some_and(|(begun, _)| begun <= first) {
                *cell = None;
            }
        }
        Some(true)
    }

    fn begins(&self, day: usize) -> bool {
        self.0[day].is_some_and(|(begun, _)| begun == day)
    }

    /// The last day of the version that begins on one.
    fn end(&self, begun: usize) -> usize {
        let of = |cell: &Option<(usize, u8)>| cell.is_some_and(|cell| cell.0 == begun);
        self.0.iter().rposition(of).unwrap_or(begun)
    }
}

/// A day of the year; the first ones often, so that much is said of the same days.
fn day() -> impl Strategy<Value = usize> {
    prop_oneof![2 => 1_usize..12, 1 => 1..FOREVER]
}

fn said() -> impl Strategy<Value = Said> {
    let maybe = || prop::option::weighted(0.5, day());
    (0_u8..4, maybe(), prop::option::weighted(0.3, day()), day())
        .prop_map(|(what, first, last, today)| Said { what, first, last, today })
}

fn date_of(place: usize) -> Date {
    date(2025, 12, 31) + i64::try_from(place).unwrap().days()
}

fn unit_of(said: &Said) -> Unit {
    let mut hall = unit("hall", UnitKind::Hall);
    hall.name = format!("名{}", said.what % 2);
    hall.region_code = format!("65230{}", said.what / 2);
    hall.valid_from = said.first.map(date_of);
    hall.valid_to = said.last.map(date_of);
    hall
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::with_cases(600) })]

    #[test]
    fn c06_versions_never_overlap_and_agree_with_a_year_written_down_day_by_day(
        all in prop::collection::vec(said(), 1..14),
    ) {
        let mut organization = Organization::default();
        let mut year = Year([None; FOREVER + 1]);
        for said in &all {
            let before = organization.clone();
            let merged = organization.merge(unit_of(said), date_of(said.today));
            let expected = year.say(said).map(|new| if new { MergeOutcome::New } else { MergeOutcome::Known });
            prop_assert_eq!(merged.as_ref().ok(), expected.as_ref(), "{:?}: {:?}", said, merged);
            if expected != Some(MergeOutcome::New) {
                prop_assert_eq!(&organization, &before);
            }
            let versions = organization.versions("hall");
            for unit in versions {
                prop_assert!(unit.valid_to.is_none_or(|to| unit.valid_from.is_none_or(|from| from <= to)));
            }
            for pair in versions.windows(2) {
                prop_assert!(pair[0].valid_to.unwrap() < pair[1].valid_from.unwrap());
            }
            for (place, cell) in year.0.iter().enumerate() {
                let there = versions.iter().filter(|unit| unit.is_valid_on(date_of(place))).count();
                prop_assert!(there <= 1);
                let on = organization.on("hall", date_of(place));
                let says = on.map(|unit| (unit.name.clone(), unit.region_code.clone()));
                let expected = cell.map(|(_, what)| (format!("名{}", what % 2), format!("65230{}", what / 2)));
                prop_assert_eq!(says, expected, "{:?} on {}", said, date_of(place));
            }
        }
    }
}
