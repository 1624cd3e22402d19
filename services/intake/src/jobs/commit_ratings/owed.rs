//! The open ratings of batches: written in pieces, each in a transaction of its own.

use std::sync::atomic::Ordering;

use platform::{
    status::{Failure, causes},
    trouble::Kind,
};
use uuid::Uuid;

use super::Commits;
use crate::{
    NAME,
    app::rating::batch::{self, Members, PIECE},
    entity::{batch_rating, rating},
    store::rating::{
        batches,
        submit::{self, NewRating},
    },
};

/// How many ratings left by another process it takes at a time.
const OWED: u64 = 64;
/// How many batches share one piece at most.
const AT_ONCE: usize = 64;

/// The trouble of open ratings of batches.
const WAIT: Kind = Kind::Job("ratings of batches");

impl Commits {
    /// Looks for open ratings of batches.
    pub(super) async fn look(&mut self) {
        match batches::owed(&self.store, OWED).await {
            Ok(owed) => {
                if owed.is_empty() {
                    self.store.troubles().end(WAIT);
                }
                let new: Vec<Uuid> =
                    owed.into_iter().filter(|id| !self.owed.contains(id)).collect();
                self.owed.extend(new);
            }
            Err(error) => self.store.troubles().meet(WAIT, causes(&error)),
        }
    }

    /// Writes a piece of the open ratings of batches. The next look finds again what failed.
    pub(super) async fn give_piece(&mut self) {
        let ids: Vec<Uuid> = self.owed.drain(..self.owed.len().min(AT_ONCE)).collect();
        if ids.is_empty() {
            return;
        }
        match self.give(ids).await {
            // Batches take turns.
            Ok(left) => self.owed.extend(left),
            Err(failure) => self.store.troubles().meet(WAIT, causes(&failure)),
        }
    }

    /// Gives the next acts of some batches their ratings; returns the batches with acts left.
    async fn give(&mut self, ids: Vec<Uuid>) -> Result<Vec<Uuid>, Failure> {
        let (mut new, mut left, mut named) = (Vec::new(), Vec::new(), Vec::new());
        let mut moved = Vec::new();
        for (first, batch) in batches::load(&self.store, ids).await? {
            let acts = batch::acts_of(&batch);
            let done = usize::try_from(batch.done).unwrap_or_default().min(acts.len());
            let next = acts.len().min(done + PIECE.saturating_sub(new.len()));
            let piece = acts.get(done..next).unwrap_or_default();
            new.append(&mut self.given((&first, batch.identified), piece).await?);
            if next < acts.len() {
                left.push(first.id);
                moved.push((first.id, next));
            } else {
                named.push((first, batch));
            }
        }
        self.write(&new).await?;
        for (id, done) in moved {
            let done = i32::try_from(done).unwrap_or(i32::MAX);
            batches::given(&self.store, id, done).await?;
        }
        left.append(&mut self.settle(&named).await?);
        Ok(left)
    }

    /// Checks whether an act will get a rating that does not list it; returns such ratings. All
    /// others are complete.
    async fn settle(
        &mut self,
        named: &[(rating::Model, batch_rating::Model)],
    ) -> Result<Vec<Uuid>, Failure> {
        let acts = named.iter().map(|(first, _)| first.act_id);
        let acts = self.acts.by_id(&self.store, acts, i64::MAX).await?;
        let members = Members::load(&self.store, acts.values().map(AsRef::as_ref)).await?;
        let (mut settled, mut left) = (Vec::new(), Vec::new());
        for (first, batch) in named {
            let Some(act) = acts.get(&first.act_id) else { continue };
            let mut joined = members.joined((first, batch), act);
            if !joined.is_empty() {
                let keys: Vec<_> = joined.iter().map(|id| batch::key_of(first, *id)).collect();
                let known = submit::by_request_key(&self.store, &keys).await?;
                joined.retain(|id| !known.contains_key(&batch::key_of(first, *id)));
                joined.truncate(PIECE);
            }
            if joined.is_empty() {
                settled.push(first.id);
            } else {
                let new = self.given((first, batch.identified), &joined).await?;
                self.write(&new).await?;
                left.push(first.id);
            }
        }
        batches::settle(&self.store, settled).await?;
        Ok(left)
    }

    async fn write(&mut self, new: &[NewRating]) -> Result<(), Failure> {
        if new.is_empty() {
            return Ok(());
        }
        let written = self.writer.insert(new, self.limits).await?;
        self.count.transactions.fetch_add(1, Ordering::Relaxed);
        self.count.ratings.fetch_add(written.len() as u64, Ordering::Relaxed);
        self.bus.committed(NAME);
        Ok(())
    }

    /// The ratings that these acts get from a rating of their batch.
    async fn given(
        &self,
        (first, identified): (&rating::Model, bool),
        acts: &[Uuid],
    ) -> Result<Vec<NewRating>, Failure> {
        let known = self.acts.by_id(&self.store, acts.iter().copied(), i64::MAX).await?;
        let mut given = Vec::with_capacity(acts.len());
        for act in acts.iter().filter_map(|id| known.get(id)) {
            let (row, fact) = batch::give(&self.shell, (first, identified), act)?;
            let id = row.id;
            given.push(NewRating::new(row, id, fact, String::new()));
        }
        Ok(given)
    }

    /// Adds the ratings of the other acts to new ratings of batches, as far as they fit into the
    /// same transaction: so a small batch is rated before its rater gets the answer.
    pub(super) async fn give_at_once(&self, new: &mut Vec<NewRating>) -> Result<(), Failure> {
        let mut room = PIECE;
        let mut more = Vec::new();
        for one in new.iter_mut() {
            let Some(batch) = &mut one.batch else { continue };
            let mut acts = batch::acts_of(batch);
            acts.truncate(room);
            if acts.is_empty() {
                continue;
            }
            room -= acts.len();
            batch.done = i32::try_from(acts.len()).unwrap_or(i32::MAX);
            more.extend(self.given((&one.row, batch.identified), &acts).await?);
        }
        new.append(&mut more);
        Ok(())
    }
}
