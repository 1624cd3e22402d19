//! Reports to the upper platform (上报): every fact of this installation and of those below it, of all kinds and
//! levels, through one queue for each service, in order of position. The receipt is the upper platform's last
//! place, so nothing is lost or doubled, whatever is restarted or away meanwhile. Once a day count and root of
//! the day before are compared; what differs is sent again.

use std::{sync::Arc, time::Duration};

use domain::{deadline::day_of, violation::Violations};
use jiff::{SignedDuration, Timestamp};
use platform::{
    auth::PeerToken,
    facts::history::Place,
    lease::{LEASE, hold},
    random::seed,
    trouble::Kind,
};
use sea_orm::DbErr;
use tonic::transport::Channel;
use uuid::Uuid;

use crate::{
    app::exchange::{
        keep::{Batch, keep},
        source,
        upper::{Refused, Sent, Upper},
    },
    config::Upstream,
    convert::exchange::brought,
    entity::{
        column::{day_of_column, day_to_column},
        exchange_fact, exchange_link,
    },
    state::{NAME, Publication},
    store::exchange::{self, days, key::LaneKey, links},
};

/// How often it looks for something new.
const LOOK: Duration = Duration::from_secs(1);
/// The lease's name.
const JOB: &str = "push_upward";
/// How many facts are sent at once at most.
const BATCH: u64 = 500;
/// How many bytes of them, except for a larger first fact.
const BATCH_BYTES: usize = 512 << 10;
/// How many batches a lane sends before the next one's turn.
const BATCHES: usize = 20;
/// The longest rest after a failure.
const LONGEST_REST: SignedDuration = SignedDuration::from_secs(300);
/// How long after midnight a day is compared: what was recorded before it is committed then.
const SETTLED: SignedDuration = SignedDuration::from_hours(1);
/// The troubles of facts that do not reach the upper platform, or are not ready to.
const WAIT: Kind = Kind::Job("facts for the upper platform");
const OWN_WAIT: Kind = Kind::Job("own facts for the upper platform to be collected");

/// Reports until the process stops; without an upper platform it does nothing.
pub async fn run(publication: Publication) {
    let stop = publication.shell.stop.clone();
    let Some(mut pusher) = Pusher::new(publication) else { return };
    while !stop.is_stopped() {
        tokio::select! {
            () = pusher.round() => {}
            () = stop.stopped() => break,
        }
        tokio::select! {
            () = tokio::time::sleep(LOOK) => {}
            () = stop.stopped() => {}
        }
    }
}

/// What one replica remembers: nothing that matters.
pub(crate) struct Pusher {
    publication: Publication,
    upstream: Arc<Upstream>,
    token: PeerToken,
    holder: Uuid,
    /// Whether it has the lease, and when it asks for it again.
    holds: bool,
    asks_at: Timestamp,
    /// The day before which every lane was compared.
    compared: Option<i32>,
    failures: u32,
    due: Timestamp,
}

/// How far the days of a lane are compared.
#[derive(Debug, PartialEq, Eq)]
enum Compared {
    /// All that are over.
    All,
    /// Some of them.
    Some,
    /// Up to one that differs, whose first fact is at this position.
    Differs(i64),
}

/// Why a lane stopped.
enum Stopped {
    /// This lane alone.
    Here(String),
    /// The upper platform cannot be asked: the others need not try.
    Away(String),
}

impl Stopped {
    fn why(&self) -> &str {
        match self {
            Self::Here(why) | Self::Away(why) => why,
        }
    }
}

impl From<DbErr> for Stopped {
    fn from(error: DbErr) -> Self {
        Self::Away(error.to_string())
    }
}

impl Pusher {
    pub(crate) fn new(publication: Publication) -> Option<Self> {
        let upstream = publication.upstream.clone()?;
        let token = PeerToken::new(publication.shell.signer.clone(), NAME);
        let holder = publication.shell.clock.new_id();
        Some(Self {
            publication,
            upstream,
            token,
            holder,
            holds: false,
            asks_at: Timestamp::MIN,
            compared: None,
            failures: 0,
            due: Timestamp::MIN,
        })
    }

    /// One look, unless it rests after a failure or another replica does it.
    pub(crate) async fn round(&mut self) {
        let (store, now) = (&self.publication.store, self.publication.shell.clock.now());
        let troubles = store.troubles();
        if now >= self.asks_at {
            match hold(store, JOB, self.holder, now, LEASE).await {
                Ok(held) => self.holds = held,
                Err(error) => return troubles.meet(WAIT, error),
            }
            self.asks_at = now.saturating_add(LEASE / 2).unwrap_or(now);
        }
        if !self.holds {
            return;
        }
        match self.collect_all().await {
            Ok(()) => troubles.end(OWN_WAIT),
            Err(why) => troubles.meet(OWN_WAIT, why),
        }
        if now < self.due {
            return;
        }
        let today = day_to_column(day_of(now.saturating_sub(SETTLED).unwrap_or(now)));
        match self.push_all(today).await {
            Ok(compared) => {
                troubles.end(WAIT);
                self.failures = 0;
                self.compared = compared.then_some(today);
            }
            Err(why) => {
                troubles.meet(WAIT, why);
                let dice = seed().map_or(0, |[dice, ..]| dice);
                self.due = now.saturating_add(rest(self.failures, dice)).unwrap_or(now);
                self.failures = self.failures.saturating_add(1);
            }
        }
    }

    async fn collect_all(&self) -> Result<(), String> {
        let mut first = Ok(());
        for (producer, peer) in &self.upstream.producers {
            first = first.and(self.collect(producer, peer).await);
        }
        first
    }

    /// Takes this installation's own facts of a service into the book.
    async fn collect(&self, producer: &str, peer: &Channel) -> Result<(), String> {
        let (store, key) = (&self.publication.store, LaneKey::own(producer));
        for _ in 0..BATCHES {
            let lane = exchange::lane(store.read(), &key).await.map_err(|e| e.to_string())?;
            let after = lane.as_ref().map_or(Place::START, exchange::end);
            let limit = u32::try_from(BATCH).unwrap_or(u32::MAX);
            let page = source::list(peer, &self.token, producer, after.position, limit).await;
            let page = page.map_err(|status| format!("{producer}: {}", status.message()))?;
            let fact_id: Uuid = page.after_id.parse().unwrap_or_default();
            if after.position > 0 && fact_id != after.fact_id {
                return Err(format!(
                    "{producer} has another history than was reported: run `pingyi reconcile \
                     publication`"
                ));
            }
            if page.facts.is_empty() {
                return Ok(());
            }
            let mut wrong = Violations::default();
            let facts = brought(&mut wrong, producer, after.position, page.facts);
            wrong.finish(()).map_err(|wrong| format!("{producer}: {wrong}"))?;
            let batch = Batch { after, facts, withdraws: None, region: None };
            let now = self.publication.shell.clock.now();
            keep(store, &key, batch, now).await.map_err(|error| format!("{producer}: {error}"))?;
        }
        Ok(())
    }

    /// Brings the upper platform level, lane by lane; returns whether all days before today are compared.
    async fn push_all(&self, today: i32) -> Result<bool, String> {
        let (upper, read) = (Upper::of(&self.upstream).await?, self.publication.store.read());
        let lanes = exchange::lanes(read).await.map_err(|error| error.to_string())?;
        let links = links::all(read).await.map_err(|error| error.to_string())?;
        let (mut first, mut compared) = (Ok(()), true);
        for lane in lanes {
            let link = links.get(&(lane.origin.clone(), lane.producer.clone()));
            let is_level = link.is_some_and(|link| {
                receipt(link) == exchange::end(&lane) && link.last_error.is_empty()
            });
            if is_level && self.compared == Some(today) {
                continue;
            }
            match self.push(&upper, &LaneKey::of(&lane), today).await {
                Ok(all) => compared &= all,
                Err(Stopped::Here(why)) => first = first.and(Err(why)),
                Err(Stopped::Away(why)) => return first.and(Err(why)),
            }
        }
        first.map(|()| compared)
    }

    async fn push(&self, upper: &Upper, key: &LaneKey, today: i32) -> Result<bool, Stopped> {
        let store = &self.publication.store;
        let mut link = links::of(store.read(), key).await?;
        let before = link.clone();
        // What is sent and not written down here is there already when it is sent again.
        let pushed = self.bring_level(upper, key, &mut link, today).await;
        link.last_error = match &pushed {
            Ok(_) => String::new(),
            Err(stopped) => stopped.why().to_owned(),
        };
        if link != before {
            links::put(store.write(), link).await?;
        }
        pushed
    }

    async fn bring_level(
        &self,
        upper: &Upper,
        key: &LaneKey,
        link: &mut exchange_link::Model,
        today: i32,
    ) -> Result<bool, Stopped> {
        let store = &self.publication.store;
        let (mut withdraws, mut parted, mut differed) = (None, false, false);
        for _ in 0..BATCHES {
            let lane = exchange::lane(store.read(), key).await?;
            let end = lane.as_ref().map_or(Place::START, exchange::end);
            let from = link.position.min(end.position);
            // Withdrawn meanwhile: the next round sees what is kept then.
            let Some(from) = exchange::place(store.read(), key, from).await? else {
                return Ok(false);
            };
            let facts = exchange::facts(store.read(), key, from.position, BATCH).await?;
            if facts.is_empty() && withdraws.is_none() && receipt(link) == end {
                let first = match self.reconcile(upper, key, link, today).await? {
                    Compared::Differs(first) => first,
                    compared => return Ok(compared == Compared::All),
                };
                if differed {
                    return Err(Stopped::Here(link.last_difference.clone()));
                }
                differed = true;
                // What it has of that day and after is withdrawn there, and sent again.
                withdraws = Some(link.fact_id);
                let before = self.common(upper, key, first - 1).await?;
                (link.position, link.fact_id) = (before.position, before.fact_id);
                continue;
            }
            let facts = fitting(facts);
            let asks_only = facts.is_empty();
            let sent = Sent { after: from, facts, withdraws: withdraws.take() };
            let last = match upper.push(key, sent).await {
                Ok(kept) if kept.position < from.position || (kept == from && !asks_only) => {
                    let why = format!("a receipt for {} after {}", kept.position, from.position);
                    return Err(Stopped::Here(why));
                }
                Ok(kept) => kept,
                Err(Refused::Last(last)) if last == from => {
                    return Err(Stopped::Here(format!("refuses what follows {}", last.position)));
                }
                Err(Refused::Last(last)) => last,
                Err(Refused::Not(why)) => return Err(Stopped::Here(why)),
                Err(Refused::Away(why)) => return Err(Stopped::Away(why)),
            };
            if exchange::place(store.read(), key, last.position).await? == Some(last) {
                (link.position, link.fact_id) = (last.position, last.fact_id);
                link.receipted_at = Some(self.publication.shell.clock.now().as_microsecond());
                continue;
            }
            // What it has last is in no history of ours.
            if parted {
                return Err(Stopped::Here("keeps another history, again".to_owned()));
            }
            parted = true;
            let limit = last.position.min(end.position);
            let common = self.common(upper, key, limit).await?;
            (link.position, link.fact_id) = (common.position, common.fact_id);
            withdraws = Some(last.fact_id);
        }
        Ok(false)
    }

    /// The last place that both histories have, up to a position.
    async fn common(&self, upper: &Upper, key: &LaneKey, limit: i64) -> Result<Place, Stopped> {
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
                Err(Refused::Not(why)) => return Err(Stopped::Here(why)),
                Err(Refused::Away(why)) => return Err(Stopped::Away(why)),
            }
        }
        Ok(common)
    }

    /// Compares the days that are over.
    async fn reconcile(
        &self,
        upper: &Upper,
        key: &LaneKey,
        link: &mut exchange_link::Model,
        today: i32,
    ) -> Result<Compared, Stopped> {
        let store = &self.publication.store;
        for _ in 0..BATCHES {
            let after = link.reconciled_through.unwrap_or(i32::MIN);
            let next = days::following(store.read(), key, after, today).await?;
            let Some((day, first)) = next else { return Ok(Compared::All) };
            let ours = days::sum(store, key, day, link.position).await?;
            let date = day_of_column(day).to_string();
            let theirs = upper.day_sum(key, date.clone(), link.position).await;
            let theirs = match theirs {
                Ok(theirs) => theirs,
                Err(Refused::Away(why)) => return Err(Stopped::Away(why)),
                Err(Refused::Not(why)) => return Err(Stopped::Here(why)),
                Err(Refused::Last(_)) => return Ok(Compared::Some),
            };
            if ours != theirs {
                let counts = (ours.count, theirs.count);
                link.last_difference = format!("{date}: {} here, {} there", counts.0, counts.1);
                return Ok(Compared::Differs(first));
            }
            link.reconciled_through = Some(day);
        }
        Ok(Compared::Some)
    }
}

fn receipt(link: &exchange_link::Model) -> Place {
    Place { position: link.position, fact_id: link.fact_id }
}

/// As many facts as one request takes, as they came.
fn fitting(facts: Vec<exchange_fact::Model>) -> Vec<Vec<u8>> {
    let mut bytes = 0;
    let fits = facts.into_iter().map(|fact| fact.body).take_while(|body| {
        let first = bytes == 0;
        bytes += body.len();
        first || bytes <= BATCH_BYTES
    });
    fits.collect()
}

/// How long it rests after so many failures before this one: twice as long each time, and by chance up to a
/// half less, so that the installations of a province do not come all at once when it is back.
fn rest(failures: u32, dice: u8) -> SignedDuration {
    let seconds = 1_i64.checked_shl(failures.min(20)).unwrap_or(i64::MAX);
    let longest = SignedDuration::from_secs(seconds).min(LONGEST_REST);
    longest - longest / 2 * i32::from(dice) / 255
}

#[cfg(test)]
pub(crate) mod testing;
#[cfg(test)]
mod tests;
