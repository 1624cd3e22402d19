//! Acts and ratings in memory while facts are folded.

use std::collections::{BTreeSet, HashMap, HashSet};

use platform::database::Txn;
use sea_orm::DbErr;
use uuid::Uuid;

use crate::{
    entity::{act, rating},
    store,
};

/// The acts of some facts, as known before and as the facts change them.
pub(super) struct Acts {
    pub(super) rows: HashMap<Uuid, act::Model>,
    pub(super) ratings: HashMap<Uuid, rating::Model>,
    /// The excluded ratings of those acts that have one; all ratings of these are here.
    pub(super) excluded: HashMap<Uuid, HashSet<Uuid>>,
    pub(super) changed: BTreeSet<Uuid>,
    pub(super) new: Vec<rating::Model>,
}

impl Acts {
    /// Reads these acts, these ratings and the acts' effective ones.
    pub(super) async fn load(
        txn: &Txn,
        ids: BTreeSet<Uuid>,
        told: impl Iterator<Item = Uuid>,
    ) -> Result<Self, DbErr> {
        let excluded = store::statistics::exclusions::of_acts(txn, &ids).await?;
        let whole = excluded.keys().copied().collect();
        let rows = store::statistics::acts::load(txn, ids).await?;
        let ratings: BTreeSet<Uuid> =
            told.chain(rows.iter().filter_map(|act| act.effective)).collect();
        let mut ratings = store::statistics::acts::ratings(txn, ratings).await?;
        ratings.extend(store::statistics::exclusions::ratings_of(txn, &whole).await?);
        Ok(Self {
            rows: rows.into_iter().map(|row| (row.id, row)).collect(),
            ratings: ratings.into_iter().map(|row| (row.id, row)).collect(),
            excluded,
            changed: BTreeSet::new(),
            new: Vec::new(),
        })
    }

    /// Reads these acts with all of their ratings.
    pub(super) async fn load_whole(txn: &Txn, ids: BTreeSet<Uuid>) -> Result<Self, DbErr> {
        let ratings = store::statistics::exclusions::ratings_of(txn, &ids).await?;
        let mut acts = Self::load(txn, ids, std::iter::empty()).await?;
        acts.ratings.extend(ratings.into_iter().map(|row| (row.id, row)));
        Ok(acts)
    }

    /// Writes what changed.
    pub(super) async fn write(mut self, txn: &Txn) -> Result<(), DbErr> {
        let changed = self.changed.iter().filter_map(|id| self.rows.remove(id)).collect();
        store::statistics::acts::put(txn, changed).await?;
        store::statistics::acts::insert_ratings(txn, self.new).await
    }
}
