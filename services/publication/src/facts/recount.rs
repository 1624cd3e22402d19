//! Counts again from the facts themselves: what is known of each act and each ticket at the end, all
//! of it at once, without the sums that were kept on the way. What it gives must be what the figures
//! hold, integer by integer.
//!
//! A history may be larger than memory: then it is counted in parts, each of some acts and tickets.

use std::collections::{HashMap, HashSet};

use platform::facts::consume::Obstacle;
use prost::Message as _;
use proto::{fact::v1::Fact, r#type::v1::ServiceAct};
use sea_orm::DbErr;
use uuid::Uuid;

use super::{
    acts,
    exclusions::{self, ExclusionNews},
    pain,
    reading::served_on,
    standing::Standing,
    ticket_counts, tickets, words,
};
use crate::{
    entity::{act, complaint, rating, ticket},
    store::statistics::{
        counts::Counts,
        measures::Measure,
        published::Decisions,
        sums::{Count, Sums},
    },
};

/// What facts say of a part of the acts and tickets.
#[derive(Default)]
pub(crate) struct Recount {
    part: u128,
    parts: u128,
    acts: HashMap<Uuid, act::Model>,
    ratings: HashMap<Uuid, Vec<rating::Model>>,
    exclusions: HashMap<Uuid, Excluded>,
    complaints: HashMap<Uuid, complaint::Model>,
    tickets: HashMap<Uuid, ticket::Model>,
}

/// An exclusion, of whatever part.
struct Excluded {
    rating_id: Uuid,
    act_id: Uuid,
    lasts: bool,
}

impl Recount {
    /// Begins one of some parts, from 0.
    pub(crate) fn begin(part: u32, parts: u32) -> Self {
        let (part, parts) = (part.into(), parts.into());
        Self { part, parts, ..Self::default() }
    }

    fn is_mine(&self, id: Uuid) -> bool {
        id.as_u128() % self.parts == self.part
    }

    /// The parts in which a fact counts: its act's, its ticket's, its complaint's; an exclusion is asked
    /// for by its act and by its ticket, so it counts in each.
    pub(crate) fn parts_of(fact: &Fact, parts: u32) -> Vec<u32> {
        if let Ok(Some(_)) = exclusions::read(fact) {
            return (0..parts).collect();
        }
        let about = [
            acts::read(fact).ok().flatten().map(|news| news.act_id),
            words::read(fact).ok().flatten().map(|news| news.act_id),
            tickets::ticket_of(fact).ok().flatten(),
            pain::read(fact).ok().flatten().map(|row| row.id),
        ];
        let part = |id: Uuid| u32::try_from(id.as_u128() % u128::from(parts)).unwrap_or_default();
        let mut found: Vec<u32> = about.into_iter().flatten().map(part).collect();
        found.sort_unstable();
        found.dedup();
        found
    }

    /// Takes in the next fact of a producer. What cannot be folded counts nowhere, here as there.
    pub(crate) fn learn(&mut self, fact: &Fact) {
        // Whoever folds it sets it aside and says why.
        let _ = self.act_said(fact);
        let _ = self.exclusion_said(fact);
        let _ = self.ticket_said(fact);
        let _ = self.complaint_said(fact);
        let _ = self.words_said(fact);
    }

    fn act_said(&mut self, fact: &Fact) -> Result<(), Obstacle> {
        let Some(news) = acts::read(fact)?.filter(|news| self.is_mine(news.act_id)) else {
            return Ok(());
        };
        let new = || acts::new_row(news.act_id, news.act, news.at);
        let row = self.acts.entry(news.act_id).or_insert_with(new);
        match news.rating {
            None => row.offered = true,
            Some(rating) => {
                row.private |= rating.private;
                // Nearly every act has one rating.
                let known =
                    self.ratings.entry(news.act_id).or_insert_with(|| Vec::with_capacity(1));
                if known.iter().all(|other| other.id != rating.id) {
                    known.push(rating);
                }
            }
        }
        Ok(())
    }

    fn exclusion_said(&mut self, fact: &Fact) -> Result<(), Obstacle> {
        match exclusions::read(fact)? {
            Some(ExclusionNews::Excluded(row)) => {
                let (rating_id, act_id) = (row.rating_id, row.act_id);
                let new = || Excluded { rating_id, act_id, lasts: true };
                self.exclusions.entry(row.id).or_insert_with(new);
            }
            Some(ExclusionNews::Reinstated { id, .. }) => {
                if let Some(known) = self.exclusions.get_mut(&id) {
                    known.lasts = false;
                }
            }
            None => {}
        }
        Ok(())
    }

    fn ticket_said(&mut self, fact: &Fact) -> Result<(), Obstacle> {
        let id = tickets::ticket_of(fact)?;
        let Some(id) = id.filter(|id| self.is_mine(*id)) else { return Ok(()) };
        // An exclusion that means nothing leaves its ticket alone too, and so does the end of one that
        // is not known.
        if let Some(ExclusionNews::Reinstated { id, .. }) = exclusions::read(fact)?
            && !self.exclusions.contains_key(&id)
        {
            return Ok(());
        }
        // The sums on the way are nobody's: what counts is how the ticket ends.
        let way = &mut Sums::default();
        tickets::fold(fact, id, &HashMap::new(), &mut self.tickets, way).map(drop)
    }

    fn complaint_said(&mut self, fact: &Fact) -> Result<(), Obstacle> {
        if let Some(row) = pain::read(fact)?.filter(|row| self.is_mine(row.id)) {
            self.complaints.entry(row.id).or_insert(row);
        }
        Ok(())
    }

    fn words_said(&mut self, fact: &Fact) -> Result<(), Obstacle> {
        let Some(news) = words::read(fact)?.filter(|news| self.is_mine(news.act_id)) else {
            return Ok(());
        };
        let ratings = self.ratings.get_mut(&news.act_id).into_iter().flatten();
        for rating in ratings.filter(|rating| rating.id == news.rating_id) {
            rating.words.clone_from(&news.words);
        }
        Ok(())
    }

    /// Adds all it counts, with the decisions of when private ratings entered.
    pub(crate) fn count(mut self, decisions: &Decisions, to: &mut Counts) -> Result<(), DbErr> {
        let mut sums = Sums::after(std::mem::take(to));
        let mut excluded: HashMap<Uuid, HashSet<Uuid>> = HashMap::new();
        for lasting in self.exclusions.values().filter(|exclusion| exclusion.lasts) {
            excluded.entry(lasting.act_id).or_default().insert(lasting.rating_id);
        }
        let (none, nothing) = (HashSet::new(), Vec::new());
        // An id begins with its time (RFC 9562), so this is about day after day.
        let mut acts: Vec<(&Uuid, &mut act::Model)> = self.acts.iter_mut().collect();
        acts.sort_unstable_by_key(|(id, _)| **id);
        for (id, row) in acts {
            let wrong = |why: String| DbErr::Type(format!("act {id}: {why}"));
            let act = ServiceAct::decode(row.act.as_slice()).map_err(|e| wrong(e.to_string()))?;
            let offered_on = served_on(&act).map_err(|why| wrong(why.to_string()))?;
            let offered_on = Some(offered_on).filter(|_| row.offered);
            row.counted = decisions.entered(*id);
            let ratings = self.ratings.get(id).unwrap_or(&nothing);
            let excluded = excluded.get(id).unwrap_or(&none);
            let standing = Standing::of(row, &act, ratings.iter(), excluded)?;
            standing.count(&act, offered_on, &mut sums, 1);
            let stands = standing.effective.filter(|id| !excluded.contains(id));
            let stands = ratings.iter().find(|rating| Some(rating.id) == stands);
            let keys = stands.into_iter().flat_map(|rating| pain::of_rating(&act, rating));
            keys.for_each(|key| sums.add_pain(key, 1));
            if let Some(on) = offered_on {
                sums.add(&act, Count::of(on, Measure::Offered), 1);
            }
        }
        for row in self.tickets.values_mut() {
            if let Some((act, counted_on)) = decisions.followed(row.id).filter(|_| row.waits) {
                (row.waits, row.act, row.counted_on) = (false, act, counted_on);
            }
            ticket_counts::count(row, 1, &mut sums).map_err(|why| DbErr::Type(why.to_string()))?;
        }
        let complaints = self.complaints.values();
        complaints.for_each(|row| sums.add_pain(pain::of_complaint(row), 1));
        *to = sums.into_counts();
        Ok(())
    }
}
