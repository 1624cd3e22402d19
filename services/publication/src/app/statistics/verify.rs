//! Recounts what is published from the ratings and tickets themselves, and compares every integer
//! (`pingyi verify-figures`): with the facts in the producers' stores, or with an export alone.

use platform::{
    database::Store,
    facts::{
        self,
        history::{OtherHistory, confirm},
    },
};
use proto::fact::v1::Fact;
use sea_orm::DbErr;

pub use crate::store::statistics::{
    counts::{Counts, Key},
    published::{NoLine, Published},
};
use crate::{
    facts::{FOLDED, recount::Recount},
    store,
};

/// How many facts are read at once.
const PAGE: u64 = 1_000;
/// How many facts' acts and tickets are in memory at once: about a gigabyte.
const PART: i64 = 2_000_000;

/// Why nothing was compared.
#[derive(Debug, thiserror::Error)]
pub enum VerifyError {
    /// A store fails.
    #[error(transparent)]
    Store(#[from] DbErr),
    /// A producer's history is not the one that was counted.
    #[error("{producer} has another history than the one that was counted: {why}")]
    OtherHistory {
        /// The producer.
        producer: String,
        /// Where the two differ.
        why: OtherHistory,
    },
    /// A store that facts come from is missing.
    #[error("the store of {0} is missing")]
    NoProducer(String),
}

/// A published integer that the recount does not give.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Difference {
    /// What it is of.
    pub of: Key,
    /// What is published; 0 if nothing is.
    pub published: i64,
    /// What the recount gives.
    pub recounted: i64,
}

impl std::fmt::Display for Difference {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{}: published {}, recounted {}", self.of, self.published, self.recounted)
    }
}

/// What is published at one moment.
///
/// # Errors
/// If the store fails.
pub async fn published(store: &Store) -> Result<Published, DbErr> {
    store::statistics::published::read(store, &FOLDED).await
}

/// Counts again what a number of facts made, from a source that gives them in order, as often as it
/// is asked: a long history is counted in parts.
pub struct Recounting {
    parts: u32,
}

impl Recounting {
    /// For what is published.
    #[must_use]
    pub fn of(published: &Published) -> Self {
        let facts: i64 = published.places.values().map(|place| place.position).sum();
        Self { parts: u32::try_from(facts / PART + 1).unwrap_or(u32::MAX) }
    }

    /// How often all facts are read.
    #[must_use]
    pub fn parts(&self) -> u32 {
        self.parts
    }

    /// Begins a part, from 0.
    #[must_use]
    pub fn begin(&self, part: u32) -> Part {
        Part(Recount::begin(part, self.parts))
    }
}

/// One part of the acts and tickets.
pub struct Part(Recount);

impl Part {
    /// Takes in the next fact of a producer; one that was not counted yet is left out.
    pub fn learn(&mut self, published: &Published, fact: &Fact) {
        let place = published.places.get(&fact.producer);
        if place.is_some_and(|place| fact.position.cast_signed() <= place.position) {
            self.0.learn(fact);
        }
    }

    /// Adds what it counts.
    ///
    /// # Errors
    /// If something cannot be read.
    pub fn end(self, published: &Published, counts: &mut Counts) -> Result<(), DbErr> {
        self.0.count(&published.decisions, counts)
    }
}

/// Counts again from the producers' stores.
///
/// # Errors
/// [`VerifyError`].
pub async fn recount(published: &Published, producers: &[Store]) -> Result<Counts, VerifyError> {
    let (mut counts, recounting) = (Counts::new(), Recounting::of(published));
    for part in 0..recounting.parts() {
        let mut part = recounting.begin(part);
        for (producer, counted) in &published.places {
            let found = producers.iter().find(|store| store.service() == producer);
            let store = found.ok_or_else(|| VerifyError::NoProducer(producer.clone()))?;
            let theirs = facts::page(store, counted.position, 0).await?.from;
            confirm(*counted, theirs)
                .map_err(|why| VerifyError::OtherHistory { producer: producer.clone(), why })?;
            let mut after = 0;
            while after < counted.position {
                let page = facts::list(store, after, PAGE).await?;
                let Some(last) = page.last() else { break };
                after = last.position.cast_signed();
                page.iter().for_each(|fact| part.learn(published, fact));
            }
        }
        part.end(published, &mut counts)?;
    }
    Ok(counts)
}

/// Every published integer that a recount does not give, in order.
#[must_use]
pub fn differences(published: &Counts, recounted: &Counts) -> Vec<Difference> {
    let different = published.otherwise(recounted).into_iter();
    different.map(|(of, published, recounted)| Difference { of, published, recounted }).collect()
}

#[cfg(test)]
mod tests;
