//! The same words of different raters. Words are compared by keyed fingerprints; nothing here can
//! read any.

use std::collections::{BTreeMap, BTreeSet};

use serde::{Deserialize, Serialize};

use super::{
    Count, Kind, Seen, Test,
    tail::{beta_binomial, real},
    terms,
};

/// How often words were seen, over all subjects: each rater of each day once.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize, Serialize)]
pub struct Phrases {
    /// Texts in all.
    pub texts: u64,
    /// Of each fingerprint.
    pub of: BTreeMap<u64, u64>,
}

/// How many fingerprints of a day are kept; those that come once are not.
const KEPT: usize = 1_000;

impl Phrases {
    /// Those of some ratings.
    pub fn seen<'a>(seen: impl Iterator<Item = &'a Seen>) -> Self {
        let said: BTreeSet<(u64, u64)> = seen
            .filter(|one| one.is_active())
            .filter_map(|one| Some((one.phrase?, one.rater)))
            .collect();
        let mut phrases = Self::default();
        for (phrase, _) in said {
            phrases.texts += 1;
            *phrases.of.entry(phrase).or_default() += 1;
        }
        phrases
    }

    /// Adds others.
    pub fn merge(&mut self, other: &Self) {
        self.texts += other.texts;
        for (phrase, n) in &other.of {
            *self.of.entry(*phrase).or_default() += n;
        }
    }

    /// What is kept for later days: the commonest.
    #[must_use]
    pub fn commonest(&self) -> Self {
        let mut often: Vec<(u64, u64)> =
            self.of.iter().map(|(phrase, n)| (*n, *phrase)).filter(|(n, _)| *n > 1).collect();
        often.sort_unstable_by(|one, other| other.cmp(one));
        often.truncate(KEPT);
        let of = often.into_iter().map(|(n, phrase)| (phrase, n)).collect();
        Self { texts: self.texts, of }
    }
}

/// What can be put in or left out anywhere and says nothing.
const PARTICLES: &str = "的了啊呀呢吧吗嘛啦哦哈哇嗯很非常太真";

/// A text without what can be varied without effort: blanks, marks, case, width, digits, doubled characters,
/// particles; none if it is too short to be anybody's own.
///
/// ```
/// use domain::signal::normal_phrase;
/// assert_eq!(normal_phrase("窗口 办事很快，人很热情！！"), normal_phrase("窗口办事很快人很热情"));
/// assert_eq!(normal_phrase("窗口办事真快啊，人很热情～7"), normal_phrase("窗口办事快，，人热情"));
/// assert_eq!(normal_phrase("非常满意！"), None);
/// ```
#[must_use]
pub fn normal_phrase(text: &str) -> Option<String> {
    let narrow = |c: char| match u32::from(c) {
        wide @ 0xFF01..=0xFF5E => char::from_u32(wide - 0xFEE0).unwrap_or(c),
        _ => c,
    };
    let says = |c: &char| c.is_alphabetic() && !PARTICLES.contains(*c);
    let kept = text.chars().map(narrow).filter(says).flat_map(char::to_lowercase);
    let mut normal: Vec<char> = kept.collect();
    normal.dedup();
    let normal: String = normal.into_iter().collect();
    (normal.chars().count() >= terms::LEAST_PHRASE).then_some(normal)
}

/// The words that the most raters of a subject share, for how common they are. `all` holds this day of all
/// subjects, this one included; `before` the days before.
#[must_use]
pub fn repeated_phrase(seen: &[&Seen], all: &Phrases, before: &Phrases) -> Option<Test> {
    let own = Phrases::seen(seen.iter().copied());
    if own.texts < terms::LEAST_REPEATS {
        return None;
    }
    let mut least: Option<(u64, Count, f64, f64)> = None;
    for (phrase, raters) in &own.of {
        let at = |phrases: &Phrases| phrases.of.get(phrase).copied().unwrap_or_default();
        let elsewhere = at(all).saturating_sub(*raters) + at(before);
        let texts = all.texts.saturating_sub(own.texts) + before.texts;
        let (a, b) = terms::UNKNOWN_PHRASE;
        let (a, b) = (a + real(elsewhere), b + real(texts.saturating_sub(elsewhere)));
        let weight = (terms::PHRASE_WEIGHT / (a + b)).min(1.0);
        let p = match *raters >= terms::LEAST_REPEATS {
            true => beta_binomial(*raters, own.texts, a * weight, b * weight),
            false => 1.0,
        };
        if least.is_none_or(|(.., least)| p < least) {
            let count = Count { seen: *raters, of: own.texts };
            least = Some((*phrase, count, real(own.texts) * a / (a + b), p));
        }
    }
    let (phrase, count, expected, p) = least?;
    // One of its phrases was chosen.
    let phrases = u64::try_from(own.of.len()).unwrap_or(u64::MAX);
    let p = (p * real(phrases)).min(1.0);
    let these = seen.iter().filter(|one| one.is_active() && one.phrase == Some(phrase));
    Some(Test::new(Kind::RepeatedPhrase, p, count, expected, || {
        these.map(|one| one.rating).collect()
    }))
}
