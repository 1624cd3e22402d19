//! Acts and ratings in memory while facts are folded.

use std::collections::{BTreeSet, HashMap, HashSet};

use platform::database::Txn;
use prost::Message as _;
use proto::r#type::v1::ServiceAct;
use sea_orm::DbErr;
use uuid::Uuid;

use super::pain;
use crate::{
    entity::{act, rating},
    store::{self, statistics::sums::Sums},
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

    /// Writes what changed, and counts where complaints gather anew.
    pub(super) async fn write(mut self, txn: &Txn, sums: &mut Sums) -> Result<(), DbErr> {
        let mut changed = Vec::with_capacity(self.changed.len());
        for id in &self.changed {
            let Some(mut row) = self.rows.remove(id) else { continue };
            self.count_pain(&mut row, sums)?;
            changed.push(row);
        }
        store::statistics::acts::put(txn, changed).await?;
        store::statistics::acts::insert_ratings(txn, self.new).await
    }

    /// Whatever changed an act: the rating that stands for it now takes the place of the one among the
    /// counts.
    fn count_pain(&self, row: &mut act::Model, sums: &mut Sums) -> Result<(), DbErr> {
        let excluded = self.excluded.get(&row.id);
        let counts = |id: &Uuid| excluded.is_none_or(|excluded| !excluded.contains(id));
        let stands = row.effective.filter(counts);
        if stands == row.pain {
            return Ok(());
        }
        let act = ServiceAct::decode(row.act.as_slice());
        let act = act.map_err(|error| DbErr::Type(format!("act {}: {error}", row.id)))?;
        for (rating, by) in [(row.pain, -1), (stands, 1)] {
            let rating = rating.and_then(|id| self.ratings.get(&id));
            let keys = rating.into_iter().flat_map(|rating| pain::of_rating(&act, rating));
            keys.for_each(|key| sums.add_pain(key, by));
        }
        row.pain = stands;
        Ok(())
    }
}
