//! Applying facts: many in one transaction, with the cursor, the facts set aside and the facts to
//! write.

use std::collections::BTreeMap;

use prost::Message as _;
use proto::fact::v1::Fact;
use sea_orm::DbErr;

use super::{BATCH, Follower, RoundError};
use crate::{
    database::Txn,
    facts::{
        Telling,
        applying::Applying,
        aside::{self, Which},
        commit_telling,
        consume::{ApplyOutcome, Consumer, FollowCount, Obstacle},
        cursor,
        entity::fact_parked,
        history::Place,
        place_of,
    },
    status::is_row_refused,
    telemetry::{UNDONE, trace},
    trouble::Kind,
};

/// Where facts come from that are applied together.
#[derive(Clone, Copy, Debug)]
enum Source {
    /// They follow this place, and the cursor moves over them.
    Cursor(Place),
    /// They were set aside.
    Aside,
}

/// What was done with facts.
#[derive(Debug, Default)]
struct ApplyCounts {
    broken: usize,
    waiting: usize,
}

impl<C: Consumer> Follower<C> {
    /// Applies gapless facts after a place; the place they lead to.
    pub(super) async fn apply(&self, from: Place, facts: Vec<Fact>) -> Result<Place, RoundError> {
        let to = facts.last().map_or(from, place_of);
        self.apply_or_halve(Source::Cursor(from), &facts).await?;
        FollowCount::add(&self.count.applied, facts.len());
        self.count.position.store(to.position.unsigned_abs(), std::sync::atomic::Ordering::Relaxed);
        self.settled().await;
        Ok(to)
    }

    /// Tries facts again that were set aside, after a position; returns the position to continue
    /// from, 0 if there are no more.
    pub(super) async fn resume(&self, which: Which, after: i64) -> Result<i64, RoundError> {
        let rows = aside::due(&self.store, self.producer, which, after, BATCH as u64).await?;
        let last = match rows.len() {
            BATCH => rows.last().map_or(0, |row| row.position),
            _ => 0,
        };
        if !rows.is_empty() {
            let facts = self.whole(rows).await?;
            let done = self.apply_or_halve(Source::Aside, &facts).await?;
            let applied = facts.len().saturating_sub(done.broken + done.waiting);
            FollowCount::add(&self.count.resumed, applied);
            if applied > 0 {
                self.settled().await;
            }
        }
        let stuck = Kind::SetAside(self.producer);
        match aside::stuck(&self.store, &self.clock, self.producer).await? {
            Some(which) => self.store.troubles().meet(stuck, which),
            None => self.store.troubles().end(stuck),
        }
        Ok(last)
    }

    /// Facts that were set aside. A version does not keep facts it does not know: it asks the
    /// producer for them again, many at once.
    async fn whole(&self, rows: Vec<fact_parked::Model>) -> Result<Vec<Fact>, RoundError> {
        let mut fetched: BTreeMap<i64, Fact> = BTreeMap::new();
        let mut fetched_up_to = 0;
        let mut facts = Vec::with_capacity(rows.len());
        for row in rows {
            let kept = Fact::decode(row.body.as_slice()).unwrap_or_default();
            if row.kind == aside::Kind::Waits as i16 {
                facts.push(kept);
                continue;
            }
            if row.position > fetched_up_to {
                let page = self.list(row.position - 1, BATCH).await?.facts;
                fetched_up_to =
                    page.last().map_or(row.position, |fact| fact.position.cast_signed());
                fetched =
                    page.into_iter().map(|fact| (fact.position.cast_signed(), fact)).collect();
            }
            let fact = fetched.remove(&row.position).filter(|fact| fact.fact_id == kept.fact_id);
            facts.push(fact.unwrap_or(kept));
        }
        Ok(facts)
    }

    /// Applies facts together; if the store refuses one of them, in halves, until the refused one
    /// is alone and set aside.
    async fn apply_or_halve(
        &self,
        from: Source,
        facts: &[Fact],
    ) -> Result<ApplyCounts, RoundError> {
        let mut done = ApplyCounts::default();
        let mut rest = vec![(from, facts)];
        while let Some((from, facts)) = rest.pop() {
            let refused = match self.apply_together(from, facts).await {
                Ok(more) => {
                    done.broken += more.broken;
                    done.waiting += more.waiting;
                    continue;
                }
                Err(error) if is_row_refused(&error) => error,
                Err(error) => return Err(error.into()),
            };
            if let [fact] = facts {
                let left = Obstacle::Broken(refused.to_string());
                self.set_aside_alone(from, fact, left).await?;
                done.broken += 1;
                continue;
            }
            let (first, second) = facts.split_at(facts.len() / 2);
            let behind = match (from, first.last()) {
                (Source::Cursor(_), Some(last)) => Source::Cursor(place_of(last)),
                (from, _) => from,
            };
            rest.push((behind, second));
            rest.push((from, first));
        }
        Ok(done)
    }

    async fn apply_together(&self, from: Source, facts: &[Fact]) -> Result<ApplyCounts, DbErr> {
        let txn = self.store.begin().await?;
        let wanted = self.take(&txn, from, facts).await?;
        let spans = Applying::begin(facts, self.clock.now());
        let applied = self.apply_known(&txn, facts).await;
        let ApplyOutcome { told, left } = match applied {
            Ok(applied) => applied,
            Err(error) => {
                spans.end_as(UNDONE);
                return Err(error);
            }
        };
        let waits = |(_, left): &&(u64, Obstacle)| matches!(left, Obstacle::Waits(_));
        let waiting = left.iter().filter(waits).count();
        let done = ApplyCounts { broken: left.len() - waiting, waiting };
        if matches!(from, Source::Aside) && left.len() == facts.len() && !wanted {
            // Nothing has changed, so there is no write every second.
            spans.end_as(UNDONE);
            txn.rollback().await?;
            return Ok(done);
        }
        let tellings = told.into_iter().map(|(because, body)| {
            let traceparent = spans.traceparent(because);
            Telling { body, traceparent }
        });
        let tellings = tellings.collect();
        let at: BTreeMap<u64, &Fact> = facts.iter().map(|fact| (fact.position, fact)).collect();
        let left: Vec<(&Fact, Obstacle)> = left
            .into_iter()
            .filter_map(|(position, left)| Some((*at.get(&position)?, left)))
            .collect();
        self.put_aside(&txn, from, facts, &left).await?;
        let committed = commit_telling(txn, &self.clock, tellings).await;
        if committed.is_err() {
            spans.end_as(UNDONE);
            return committed.map(|()| done);
        }
        for (fact, _) in &left {
            spans.end_one_as(fact.position, "parked");
        }
        self.say_set_aside(from, &left);
        Ok(done)
    }

    /// The first lock of a transaction, so that of two replicas the second waits here and then sees
    /// that the work is done: the cursor moves over the facts after it, or the facts set aside are
    /// locked. Returns whether an operator asked for one of these.
    async fn take(&self, txn: &Txn, from: Source, facts: &[Fact]) -> Result<bool, DbErr> {
        match (from, facts.last()) {
            (Source::Cursor(from), Some(last)) => {
                cursor::step(txn, self.producer, from, place_of(last)).await?;
                Ok(false)
            }
            _ => {
                cursor::hold(txn, self.producer).await?;
                aside::hold(txn, self.producer, facts).await
            }
        }
    }

    /// Keeps the remaining ones, and no other.
    async fn put_aside(
        &self,
        txn: &Txn,
        from: Source,
        facts: &[Fact],
        left: &[(&Fact, Obstacle)],
    ) -> Result<(), DbErr> {
        if matches!(from, Source::Aside) {
            let is_left =
                |fact: &&Fact| left.iter().any(|(other, _)| other.position == fact.position);
            let applied = facts.iter().filter(|fact| !is_left(fact));
            let applied = applied.map(|fact| fact.position.cast_signed());
            aside::settle(txn, self.producer, applied).await?;
        }
        aside::put(txn, &self.clock, self.producer, left).await
    }

    /// Applies those facts whose kind this version knows.
    async fn apply_known(&self, txn: &Txn, facts: &[Fact]) -> Result<ApplyOutcome, DbErr> {
        if facts.iter().all(|fact| fact.body.is_some()) {
            return self.consumer.apply(txn, facts).await;
        }
        let (known, unknown): (Vec<&Fact>, Vec<&Fact>) =
            facts.iter().partition(|fact| fact.body.is_some());
        let known: Vec<Fact> = known.into_iter().cloned().collect();
        let mut applied = self.consumer.apply(txn, &known).await?;
        let kind = || Obstacle::Unknown("what kind of fact it is".to_owned());
        applied.left.extend(unknown.into_iter().map(|fact| (fact.position, kind())));
        Ok(applied)
    }

    async fn set_aside_alone(
        &self,
        from: Source,
        fact: &Fact,
        left: Obstacle,
    ) -> Result<(), DbErr> {
        let (facts, left) = (std::slice::from_ref(fact), [(fact, left)]);
        let txn = self.store.begin().await?;
        self.take(&txn, from, facts).await?;
        self.put_aside(&txn, from, facts, &left).await?;
        txn.commit().await?;
        self.say_set_aside(from, &left);
        Ok(())
    }

    /// Counts facts that were set aside for the first time, and reports them once as one trouble;
    /// `pingyi parked list` shows each of them.
    fn say_set_aside(&self, from: Source, left: &[(&Fact, Obstacle)]) {
        let (Source::Cursor(_), [(first, _), ..]) = (from, left) else { return };
        let (consumer, producer) = (self.store.service(), self.producer);
        let is_broken = |(_, left): &&(&Fact, Obstacle)| !matches!(left, Obstacle::Waits(_));
        let broken = left.iter().filter(is_broken).count();
        FollowCount::add(&self.count.parked, broken);
        FollowCount::add(&self.count.waited, left.len() - broken);
        trace::within(&first.traceparent, || {
            if let Some((fact, why)) = left.iter().find(is_broken) {
                let (position, reason) = (fact.position, why.to_string());
                tracing::error!(consumer, producer, broken, position, reason, "facts set aside");
            } else {
                let (facts, position, reason) = (left.len(), first.position, left[0].1.to_string());
                tracing::info!(
                    consumer,
                    producer,
                    facts,
                    position,
                    reason,
                    "facts wait for what they need"
                );
            }
        });
    }

    async fn settled(&self) {
        self.consumer.applied(self.producer).await;
        // The facts that a consumer writes because of these are in its own store now.
        self.bus.committed(self.store.service());
    }
}
