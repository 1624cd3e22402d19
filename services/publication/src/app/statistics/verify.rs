//! Recounts what is published from the ratings and tickets themselves, and compares every integer
//! (`pingyi verify-figures`): with the facts in the producers' stores, or with an export alone.

use std::io;

use platform::{
    database::Store,
    facts::{
        self,
        history::{OtherHistory, confirm},
    },
};
use proto::fact::v1::Fact;
use sea_orm::{ConnectionTrait, DbErr};

use self::laid::Laid;
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
    /// The facts cannot be laid in files for temporary things, or read there.
    #[error("facts in the folder for temporary files: {0}")]
    Files(#[from] io::Error),
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

/// Every count that a store has, but for those of where complaints gather.
///
/// # Errors
/// If the store fails.
pub async fn counted(store: &impl ConnectionTrait) -> Result<Counts, DbErr> {
    let mut counts = Counts::new();
    store::statistics::tallies::all(store, &mut counts).await?;
    Ok(counts)
}

/// Counts again from facts of which each is taken in once. A long history is larger than memory: its
/// facts are laid in files that have no name, by the act or ticket they are about, and then counted
/// file after file.
pub struct Recounting<'a> {
    published: &'a Published,
    parts: Vec<Laid>,
}

impl<'a> Recounting<'a> {
    /// For what is published.
    ///
    /// # Errors
    /// [`VerifyError::Files`].
    pub fn begin(published: &'a Published) -> Result<Self, VerifyError> {
        let facts: i64 = published.places.values().map(|place| place.position).sum();
        Self::in_parts(published, facts / PART + 1)
    }

    fn in_parts(published: &'a Published, parts: i64) -> Result<Self, VerifyError> {
        let parts = (0..parts).map(|_| Laid::begin()).collect::<io::Result<_>>()?;
        Ok(Self { published, parts })
    }

    /// Takes in the next fact of a producer; one that was not counted yet is left out.
    ///
    /// # Errors
    /// [`VerifyError::Files`].
    pub fn learn(&mut self, fact: &Fact) -> Result<(), VerifyError> {
        let place = self.published.places.get(&fact.producer);
        if place.is_none_or(|place| fact.position.cast_signed() > place.position) {
            return Ok(());
        }
        for part in Recount::parts_of(fact, self.count_of_parts()) {
            self.parts[part as usize].lay(fact)?;
        }
        Ok(())
    }

    /// What they give.
    ///
    /// # Errors
    /// [`VerifyError::Files`], or [`VerifyError::Store`] if something cannot be read.
    pub fn count(self) -> Result<Counts, VerifyError> {
        let (mut counts, parts) = (Counts::new(), self.count_of_parts());
        for (part, laid) in (0..).zip(self.parts) {
            let mut recount = Recount::begin(part, parts);
            laid.each(|fact| recount.learn(fact))?;
            recount.count(&self.published.decisions, &mut counts)?;
        }
        Ok(counts)
    }

    fn count_of_parts(&self) -> u32 {
        u32::try_from(self.parts.len()).unwrap_or(u32::MAX)
    }
}

/// Counts again from the producers' stores.
///
/// # Errors
/// [`VerifyError`].
pub async fn recount(published: &Published, producers: &[Store]) -> Result<Counts, VerifyError> {
    let mut recounting = Recounting::begin(published)?;
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
            page.iter().try_for_each(|fact| recounting.learn(fact))?;
        }
    }
    recounting.count()
}

/// Every published integer that a recount does not give, in order.
#[must_use]
pub fn differences(published: &Counts, recounted: &Counts) -> Vec<Difference> {
    let different = published.otherwise(recounted).into_iter();
    different.map(|(of, published, recounted)| Difference { of, published, recounted }).collect()
}

mod laid;
#[cfg(test)]
mod tests;
