//! The choice among many subjects: where thousands are tested, something improbable happens to some of
//! them by chance.

use super::{Kind, Test, tail::real, terms::FALSE_FLAGS, words};
use crate::signal::Count;

/// What is put before a person.
#[derive(Clone, Debug, PartialEq)]
pub struct Signal {
    /// The detector.
    pub kind: Kind,
    /// How probable what was seen, or more, is by chance.
    pub p: f64,
    /// The probability up to which subjects were chosen.
    pub threshold: f64,
    /// What was counted, of how many.
    pub count: Count,
    /// The count that was to be expected.
    pub expected: f64,
    /// The ratings that were counted.
    pub evidence: Vec<u128>,
    /// What it means, in a Chinese sentence with nothing of any person.
    pub explanation: String,
}

/// All tests of one kind and day.
#[derive(Clone, Debug)]
pub struct Family<S> {
    tested: u64,
    improbable: Vec<(S, Test)>,
}

impl<S> Default for Family<S> {
    fn default() -> Self {
        Self { tested: 0, improbable: Vec::new() }
    }
}

impl<S> Family<S> {
    /// Adds a test, if there was enough to test. Only those that could be chosen are kept.
    pub fn add(&mut self, subject: S, test: Option<Test>) {
        let Some(test) = test else { return };
        self.tested += 1;
        if test.p <= FALSE_FLAGS {
            self.improbable.push((subject, test));
        }
    }

    /// How many subjects were tested.
    #[must_use]
    pub fn tested(&self) -> u64 {
        self.tested
    }

    /// The signals, the least probable first: all up to the last that is below its part of
    /// [`FALSE_FLAGS`] (Benjamini and Hochberg).
    #[must_use]
    pub fn signals(mut self) -> Vec<(S, Signal)> {
        self.improbable.sort_by(|(_, one), (_, other)| one.p.total_cmp(&other.p));
        let part = FALSE_FLAGS / real(self.tested.max(1));
        let below = |(rank, (_, test)): (u64, &(S, Test))| {
            let threshold = real(rank) * part;
            (test.p <= threshold).then_some((rank, threshold))
        };
        let Some((chosen, threshold)) = (1..).zip(&self.improbable).filter_map(below).last() else {
            return Vec::new();
        };
        let chosen =
            self.improbable.into_iter().take(usize::try_from(chosen).unwrap_or(usize::MAX));
        chosen.map(|(subject, test)| (subject, signal(test, threshold))).collect()
    }
}

fn signal(test: Test, threshold: f64) -> Signal {
    Signal {
        kind: test.kind,
        p: test.p,
        threshold,
        count: test.count,
        expected: test.expected,
        explanation: words::explanation(&test),
        evidence: test.evidence,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn test(p: f64) -> Test {
        Test::new(Kind::Burst, p, Count::default(), 0.0, Vec::new)
    }

    #[test]
    fn s03_the_more_subjects_are_tested_the_less_probable_a_signal_must_be() {
        let of = |subjects: u64, found: &[f64]| {
            let mut family = Family::default();
            for (n, p) in found.iter().enumerate() {
                family.add(n, Some(test(*p)));
            }
            for _ in family.tested()..subjects {
                family.add(usize::MAX, Some(test(0.5)));
            }
            family.add(usize::MAX, None);
            assert_eq!(family.tested(), subjects, "where nothing could be tested nothing was");
            family.signals().into_iter().map(|(n, _)| n).collect::<Vec<_>>()
        };
        assert_eq!(of(1, &[0.000_9]), [0]);
        assert!(of(10, &[0.000_9]).is_empty());
        assert_eq!(of(10, &[0.000_09]), [0]);
        assert!(of(10_000, &[0.000_000_2]).is_empty());
        // Many at once carry each other: the second is below twice the part.
        assert_eq!(of(10_000, &[0.000_000_2, 0.000_000_15]), [1, 0]);
    }
}
