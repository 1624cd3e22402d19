//! Many negative ratings by one rater, or of several agencies from one network. Complaining is a right:
//! only numbers far beyond all others are put before a person.

use std::collections::BTreeSet;

use super::{
    Count, Kind, Pool, Seen, Test, observe, share,
    tail::{negative_binomial, real},
    terms,
};

fn agencies(seen: &[&Seen]) -> usize {
    let negative = seen.iter().filter(|one| one.is_active() && one.level.is_negative());
    negative.map(|one| one.agency).collect::<BTreeSet<_>>().len()
}

/// All ratings of a rater in the last [`terms::RATER_DAYS`] days, if one of today is negative.
/// `usual` holds how many negative ratings all raters of a day gave together, of how many raters.
#[must_use]
pub fn negatives_of_a_rater(seen: &[&Seen], usual: Count) -> Option<Test> {
    let marked = observe(Kind::MaliciousNegatives, seen);
    let count = marked.count();
    let raters = real(usual.of) + terms::PRIOR_WEIGHT;
    let negatives = real(usual.seen) + 0.05 * terms::PRIOR_WEIGHT;
    let expected = negatives / raters * terms::DAYS_OF_A_RATER;
    let of_many = count.seen >= terms::LEAST_NEGATIVES && agencies(seen) >= terms::LEAST_AGENCIES;
    let mostly = count.seen >= terms::LEAST_OF_ONE_AGENCY && 2 * count.seen > count.of;
    let matters = of_many || mostly;
    let p = match matters {
        true => negative_binomial(count.seen, expected, terms::RATERS_DIFFER),
        false => 1.0,
    };
    let test = Test::new(Kind::MaliciousNegatives, p, count, expected, || marked.ratings);
    Some(Test { detail: detail(seen), ..test })
}

/// The ratings of a day from one network, against those of all networks.
#[must_use]
pub fn negatives_of_a_network(seen: &[&Seen], pool: &Pool) -> Option<Test> {
    let marked = observe(Kind::MaliciousNegatives, seen);
    let test = share(Kind::MaliciousNegatives, marked.count(), &marked, pool, Count::default())?;
    match agencies(seen) >= terms::LEAST_AGENCIES {
        true => Some(Test { detail: detail(seen), ..test }),
        false => Some(Test { p: 1.0, evidence: Vec::new(), ..test }),
    }
}

fn detail(seen: &[&Seen]) -> u64 {
    u64::try_from(agencies(seen)).unwrap_or(u64::MAX)
}
