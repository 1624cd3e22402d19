//! How much of a bulletin its audience is told.

use domain::{
    bulletin::{Shown, ShownRate, shown, shown_rate, shown_single},
    statistics::Rate,
};
use proto::publication::v1::{
    BulletinAgency, BulletinAudience, BulletinCell, BulletinContent, BulletinRate, CellMark,
};

use crate::convert::statistics::rate_to_wire;

/// What an audience reads.
pub(crate) fn as_read_by(audience: BulletinAudience, content: BulletinContent) -> BulletinContent {
    let mut content = content;
    let withheld = hide_small_counts(&mut content.agencies);
    // An agency with one item would be given away by it.
    content.problems.retain(|problem| !withheld.contains(&problem.agency_id));
    for problem in &mut content.problems {
        for cell in [&mut problem.negative_before, &mut problem.late, &mut problem.relapsed] {
            *cell = Some(to_wire(shown_single(count(cell.as_ref()))));
        }
    }
    for ground in &mut content.excluded {
        ground.count = Some(to_wire(shown_single(count(ground.count.as_ref()))));
    }
    if audience != BulletinAudience::Internal {
        content.adverse_cases.clear();
    }
    content
}

/// Where an agency's part has something.
type OfAgency<T> = fn(&mut BulletinAgency) -> &mut Option<T>;

/// Hides small counts of agencies; returns the agencies of which a large count of negative ratings is withheld.
fn hide_small_counts(agencies: &mut [BulletinAgency]) -> Vec<String> {
    let columns: [OfAgency<BulletinCell>; 5] = [
        |agency| &mut agency.opened,
        |agency| &mut agency.on_time,
        |agency| &mut agency.late,
        |agency| &mut agency.rectified,
        |agency| &mut agency.confirmed,
    ];
    for of in columns {
        let counts: Vec<u64> =
            agencies.iter_mut().map(|agency| count(of(agency).as_ref())).collect();
        for (agency, shown) in agencies.iter_mut().zip(shown(&counts)) {
            *of(agency) = Some(to_wire(shown));
        }
    }
    let earlier: [OfAgency<BulletinRate>; 2] =
        [|agency| &mut agency.satisfaction_before, |agency| &mut agency.satisfaction_year_before];
    for of in earlier {
        let rates: Vec<Rate> =
            agencies.iter_mut().map(|agency| rate(of(agency).as_ref())).collect();
        for (agency, told) in agencies.iter_mut().zip(rates_as_told(&rates)) {
            *of(agency) = told.rate;
        }
    }
    let rates: Vec<Rate> =
        agencies.iter().map(|agency| rate(agency.satisfaction.as_ref())).collect();
    let mut withheld = Vec::new();
    for (agency, told) in agencies.iter_mut().zip(rates_as_told(&rates)) {
        if told.ratings == Shown::Withheld || told.negative == Shown::Withheld {
            withheld.push(agency.agency_id.clone());
        }
        if !matches!(told.ratings, Shown::Count(_)) {
            agency.participation = None;
        }
        agency.ratings = Some(to_wire(told.ratings));
        agency.negative = Some(to_wire(told.negative));
        agency.satisfaction = told.rate;
    }
    withheld
}

/// What is told of one agency's ratings.
struct Told {
    ratings: Shown,
    negative: Shown,
    rate: Option<BulletinRate>,
}

/// What is told of ratings whose total everyone knows, by the rate of satisfaction of each agency.
fn rates_as_told(rates: &[Rate]) -> Vec<Told> {
    let all: Vec<u64> = rates.iter().map(|rate| rate.denominator).collect();
    let negative: Vec<u64> =
        rates.iter().map(|rate| rate.denominator.saturating_sub(rate.numerator)).collect();
    let told = rates.iter().zip(shown(&all).into_iter().zip(shown(&negative)));
    let told = told.map(|(rate, (ratings, negative))| {
        let exact =
            |rate, at_least| Some(BulletinRate { rate: Some(rate_to_wire(rate)), at_least });
        // Of few ratings nothing more is told.
        let few = !matches!(ratings, Shown::Count(_));
        let told = match shown_rate(*rate) {
            _ if few || negative == Shown::Withheld => None,
            ShownRate::Exact(rate) => exact(rate, false),
            ShownRate::AtLeast(rate) => exact(rate, true),
            ShownRate::Hidden => None,
        };
        Told { ratings, negative: if few { Shown::Withheld } else { negative }, rate: told }
    });
    told.collect()
}

fn count(cell: Option<&BulletinCell>) -> u64 {
    cell.map(|cell| cell.count).unwrap_or_default()
}

fn rate(rate: Option<&BulletinRate>) -> Rate {
    let rate = rate.and_then(|rate| rate.rate).unwrap_or_default();
    Rate { numerator: rate.numerator, denominator: rate.denominator }
}

fn to_wire(shown: Shown) -> BulletinCell {
    let (count, mark) = match shown {
        Shown::Count(count) => (count, CellMark::Exact),
        Shown::BelowFive => (0, CellMark::BelowFive),
        Shown::Withheld => (0, CellMark::Withheld),
    };
    BulletinCell { count, mark: mark.into() }
}

#[cfg(test)]
mod tests {
    use proto::publication::v1::{BulletinCase, BulletinProblem, Rate as WireRate};

    use super::*;
    use crate::app::bulletin::compose::exact;

    fn agency(id: &str, satisfied: u64, ratings: u64) -> BulletinAgency {
        let rate = WireRate { numerator: satisfied, denominator: ratings };
        let rate = Some(BulletinRate { rate: Some(rate), at_least: false });
        BulletinAgency {
            agency_id: id.to_owned(),
            ratings: exact(ratings),
            negative: exact(ratings - satisfied),
            satisfaction: rate,
            satisfaction_before: rate,
            satisfaction_year_before: rate,
            participation: rate,
            opened: exact(ratings - satisfied),
            ..BulletinAgency::default()
        }
    }

    fn problem(agency_id: &str) -> BulletinProblem {
        let agency_id = agency_id.to_owned();
        BulletinProblem { agency_id, negative: 6, late: exact(2), ..BulletinProblem::default() }
    }

    fn content() -> BulletinContent {
        BulletinContent {
            agencies: vec![
                agency("few", 3, 3),
                agency("one", 99, 100),
                agency("many", 90, 110),
                agency("more", 114, 120),
                agency("most", 170, 200),
            ],
            problems: vec![problem("more"), problem("most")],
            adverse_cases: vec![BulletinCase::default()],
            ..BulletinContent::default()
        }
    }

    /// A cell as people read it.
    fn text(cell: Option<BulletinCell>) -> String {
        let cell = cell.unwrap();
        match cell.mark() {
            CellMark::Exact => cell.count.to_string(),
            CellMark::BelowFive => "<5".to_owned(),
            CellMark::Withheld => "-".to_owned(),
            CellMark::Unspecified => panic!("{cell:?}"),
        }
    }

    #[test]
    fn p06_others_are_told_no_small_count_and_none_follows_by_subtracting() {
        let told = as_read_by(BulletinAudience::Public, content());
        let rows: Vec<_> = told
            .agencies
            .iter()
            .map(|agency| {
                let rate = agency.satisfaction.map(|rate| {
                    let WireRate { numerator, denominator } = rate.rate.unwrap();
                    (numerator, denominator, rate.at_least)
                });
                (text(agency.ratings), text(agency.negative), text(agency.opened), rate)
            })
            .collect();
        let row = |ratings: &str, negative: &str, opened: &str, rate| {
            (ratings.to_owned(), negative.to_owned(), opened.to_owned(), rate)
        };
        assert_eq!(
            rows,
            [
                // Nobody knows which of the two is the small count of ratings,
                row("-", "-", "0", None),
                row("-", "-", "-", None),
                row("110", "20", "20", Some((90, 110, false))),
                // and whether this or the one before is that of negative ones.
                row("120", "-", "-", None),
                row("200", "30", "30", Some((170, 200, false))),
            ]
        );
        assert_eq!(told.agencies[0].participation, None);
        assert_eq!(told.agencies[1].satisfaction_before, None, "as in the bulletin of that period");
        let problems: Vec<&str> =
            told.problems.iter().map(|problem| problem.agency_id.as_str()).collect();
        assert_eq!(problems, ["most"], "an item would give its agency away");
        assert_eq!(text(told.problems[0].late), "<5");
    }

    #[test]
    fn p06_adverse_cases_are_in_the_internal_circular_alone() {
        assert_eq!(as_read_by(BulletinAudience::Public, content()).adverse_cases.len(), 0);
        assert_eq!(as_read_by(BulletinAudience::Internal, content()).adverse_cases.len(), 1);
    }
}
