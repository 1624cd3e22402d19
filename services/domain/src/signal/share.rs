//! Shares against what is usual: of all comparable subjects, and of the subject itself.

use serde::{Deserialize, Serialize};

use super::{
    Count, Kind, Marked, Test,
    tail::{beta_binomial, real},
    terms::{self, ShareTerms},
};

/// What is needed of many days of many subjects to know their mean share and how much it varies; pools
/// can be added to each other.
#[derive(Clone, Copy, Debug, Default, PartialEq, Deserialize, Serialize)]
pub struct Pool {
    units: f64,
    seen: f64,
    of: f64,
    /// The sum of `seen` squared over `of`.
    scatter: f64,
    /// The sum of `of` squared.
    squares: f64,
}

impl Pool {
    /// Adds one day of one subject.
    pub fn add(&mut self, count: Count) {
        if count.of > 0 {
            let (k, n) = (real(count.seen), real(count.of));
            self.merge(&Self { units: 1.0, seen: k, of: n, scatter: k * k / n, squares: n * n });
        }
    }

    /// Adds another pool.
    pub fn merge(&mut self, other: &Self) {
        self.units += other.units;
        self.seen += other.seen;
        self.of += other.of;
        self.scatter += other.scatter;
        self.squares += other.squares;
    }

    /// The mean and the squared coefficient of variation beyond chance of counts, each added as of one;
    /// none before enough are known.
    pub(super) fn spread(&self) -> Option<(f64, f64)> {
        let mean = self.seen / self.units;
        let variance = self.scatter / self.units - mean * mean;
        (self.units >= terms::LEAST_UNITS && mean > 0.0)
            .then(|| (mean, (variance - mean) / (mean * mean)))
    }

    /// The beta distribution of shares: its mean by all counts together, its width by how much more the
    /// counts vary than by chance (analysis of variance).
    fn fit(&self, prior: f64) -> Beta {
        let weight = terms::PRIOR_WEIGHT;
        let mean = (self.seen + prior * weight) / (self.of + weight);
        let correlation = match self.units >= terms::LEAST_UNITS && self.of > 0.0 {
            false => terms::UNKNOWN_CORRELATION,
            true => {
                let between = self.scatter - self.seen * self.seen / self.of;
                let chance = self.units - 1.0;
                let room = self.of - self.squares / self.of - chance;
                let found = (between / (mean * (1.0 - mean)) - chance) / room;
                if found.is_finite() { found } else { terms::UNKNOWN_CORRELATION }
            }
        };
        let within = correlation.clamp(terms::LEAST_CORRELATION, terms::MOST_CORRELATION);
        let strength = 1.0 / within - 1.0;
        Beta { a: mean * strength, b: (1.0 - mean) * strength }
    }
}

/// A beta distribution of shares.
#[derive(Clone, Copy, Debug)]
struct Beta {
    a: f64,
    b: f64,
}

impl Beta {
    fn mean(self) -> f64 {
        self.a / (self.a + self.b)
    }

    /// With a subject's own past.
    fn knowing(self, own: Count) -> Self {
        let weight = (terms::OWN_WEIGHT / real(own.of).max(1.0)).min(1.0);
        let (seen, rest) = (real(own.seen), real(own.of - own.seen.min(own.of)));
        Self { a: self.a + seen * weight, b: self.b + rest * weight }
    }
}

/// Compares a share with what is usual: in the pool, and where that says more, in the subject's own
/// past. `now` counts what is tested, which can be more than one day; `marked` has the evidence.
#[must_use]
pub fn share(kind: Kind, now: Count, marked: &Marked, pool: &Pool, own: Count) -> Option<Test> {
    let ShareTerms { prior, least_of, least_seen, above, own: by_own, least_own } =
        terms::share(kind);
    if now.of < least_of || own.of < least_own {
        return None;
    }
    let usual = pool.fit(prior);
    // What is done while a place is closed is wrong by itself, however often it is done.
    let by_hours = marked.by_hours > 0 && marked.by_hours == marked.count().seen;
    let usual = if by_own && !by_hours { usual.knowing(own) } else { usual };
    let matters = now.seen >= least_seen && real(now.seen) / real(now.of) >= usual.mean() + above;
    let p = if matters { beta_binomial(now.seen, now.of, usual.a, usual.b) } else { 1.0 };
    let expected = usual.mean() * real(now.of);
    let test = Test::new(kind, p, now, expected, || marked.ratings.clone());
    Some(Test { detail: marked.by_hours, ..test })
}
