//! The daily reconciliation (对账): each day that is over is compared, the own book with its service, then with
//! the upper platform.

use platform::facts::history::Place;

use super::{BATCHES, Compared, Pusher, Stopped};
use crate::{
    app::exchange::{
        book,
        upper::{Refused, Sent, Upper},
    },
    entity::{column::day_of_column, exchange_lane, exchange_link},
    store::exchange::{self, days, key::LaneKey},
};

impl Pusher {
    /// The last place that both histories have, up to a position.
    pub(super) async fn common(
        &self,
        upper: &Upper,
        key: &LaneKey,
        limit: i64,
    ) -> Result<Place, Stopped> {
        let (mut common, mut other) = (Place::START, limit + 1);
        while other - common.position > 1 {
            let middle = common.position + (other - common.position) / 2;
            let place = exchange::place(self.publication.store.read(), key, middle).await?;
            let Some(place) = place else {
                other = middle;
                continue;
            };
            let asked = Sent { after: place, facts: Vec::new(), withdraws: None };
            match upper.push(key, asked).await {
                Ok(_) => common = place,
                Err(Refused::Last(_)) => other = middle,
                Err(refused) => return Err(refused.into()),
            }
        }
        Ok(common)
    }

    /// Compares the days that are over.
    pub(super) async fn reconcile(
        &self,
        upper: &Upper,
        key: &LaneKey,
        (link, end): (&mut exchange_link::Model, Place),
        today: i32,
    ) -> Result<Compared, Stopped> {
        let store = &self.publication.store;
        for _ in 0..BATCHES {
            let after = link.reconciled_through.unwrap_or(i32::MIN);
            let next = days::following(store.read(), key, after, today).await?;
            let Some((day, first)) = next else {
                link.stopped_day = None;
                return Ok(Compared::All);
            };
            self.own_book(key, link, (day, end.position)).await?;
            let ours = days::sum(store, key, day, link.position).await?;
            let date = day_of_column(day).to_string();
            let theirs = match upper.day_sum(key, date.clone(), link.position).await {
                Ok(theirs) => theirs,
                Err(Refused::Last(_)) => return Ok(Compared::Some),
                Err(refused) => return Err(refused.into()),
            };
            if ours == theirs {
                link.stopped_day = None;
                link.reconciled_through = Some(day);
                continue;
            }
            let counts = (ours.count, theirs.count);
            link.last_difference = format!("{date}: {} here, {} there", counts.0, counts.1);
            if link.resent_day == Some(day) {
                link.stopped_day = Some(day);
                let why = format!(
                    "{date} differs although it was sent again ({} here, {} there): it is not sent once \
                     more before `pingyi resend`",
                    counts.0, counts.1
                );
                return Err(Stopped::Here(why));
            }
            return Ok(Compared::Differs(day, first));
        }
        Ok(Compared::Some)
    }

    /// Compares a day of an own lane with what its service lists: what was damaged here is no reason to change
    /// anything above.
    async fn own_book(
        &self,
        key: &LaneKey,
        link: &mut exchange_link::Model,
        (day, end): (i32, i64),
    ) -> Result<(), Stopped> {
        if !key.is_own() {
            return Ok(());
        }
        let store = &self.publication.store;
        let producer = key.producer.as_str();
        let peer = self.upstream.producers.iter().find(|(name, _)| *name == producer);
        let Some((_, peer)) = peer else { return Ok(()) };
        let around = days::around(store.read(), key, (day, end)).await?;
        let damaged = book::first_damaged(store, (peer, &self.token), producer, around).await;
        let Some(position) = damaged.map_err(Stopped::Here)? else { return Ok(()) };
        link.stopped_day = Some(day);
        let date = day_of_column(day);
        Err(Stopped::Here(format!(
            "the own book of {date} is damaged: at {position} it has not what {producer} lists; nothing of \
             that day is changed above before `pingyi resend`"
        )))
    }

    /// A fact should be in the book and is not, unless it was withdrawn meanwhile: then the next round sees what
    /// is kept.
    pub(super) async fn lost(
        &self,
        key: &LaneKey,
        link: &mut exchange_link::Model,
        (lane, position): (Option<exchange_lane::Model>, i64),
    ) -> Result<bool, Stopped> {
        let read = self.publication.store.read();
        let now = exchange::lane(read, key).await?.map(|lane| lane.cuts);
        if now != lane.map(|lane| lane.cuts) {
            return Ok(false);
        }
        link.stopped_day = Some(days::of_position(read, key, position).await?);
        Err(Stopped::Here(format!(
            "the book has lost its fact {position}: nothing from there on is sent before `pingyi resend`"
        )))
    }
}

#[cfg(test)]
mod tests;
