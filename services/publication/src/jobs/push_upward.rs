//! Reports to the upper platform (上报): every fact of this installation and of those below it, of all kinds and
//! levels, through one queue for each service, in order of position. The receipt is the upper platform's last
//! place, so nothing is lost or doubled, whatever is restarted or away meanwhile. Each queue goes at its own
//! pace: one that fails holds up no other. Once a day count and root of the day before are compared, the own
//! book with its service before; what differs above is sent again, once.

mod compare;
#[cfg(test)]
pub(crate) mod testing;
#[cfg(test)]
mod tests;

use std::{
    collections::BTreeMap,
    sync::Arc,
    time::{Duration, Instant},
};

use domain::{deadline::day_of, violation::Violations};
use jiff::{SignedDuration, Timestamp};
use platform::{auth::PeerToken, facts::history::Place, status::is_away, trouble::Kind};
use sea_orm::DbErr;
use tonic::transport::Channel;

use crate::{
    app::exchange::{
        keep::{Batch, keep},
        rest::Rest,
        source,
        turn::Turn,
        upper::{Refused, Sent, Upper},
    },
    config::Upstream,
    convert::exchange::brought,
    entity::{column::day_to_column, exchange_fact, exchange_lane, exchange_link},
    state::{NAME, Publication},
    store::exchange::{self, key::LaneKey, links},
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
/// After how much time a look ends, so that lanes that answer come before those that do not.
const TURN: Duration = Duration::from_secs(60);
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
    turn: Turn,
    /// All lanes, while the upper platform is away.
    away: Rest,
    lanes: BTreeMap<LaneKey, Tried>,
    turns: u64,
}

/// How a lane went.
#[derive(Default)]
struct Tried {
    rest: Rest,
    /// Why it failed the last time.
    why: Option<String>,
    /// The day before which it was compared.
    compared: Option<i32>,
    /// When it had its last turn.
    turn: u64,
}

/// How far the days of a lane are compared.
#[derive(Debug, PartialEq, Eq)]
enum Compared {
    /// All that are over.
    All,
    /// Some of them.
    Some,
    /// Up to this one, which differs and was not sent again yet; its first fact is at this position.
    Differs(i32, i64),
}

/// Why a lane stopped.
enum Stopped {
    /// This lane alone.
    Here(String),
    /// The upper platform or the own store is away: the others need not try.
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
        match is_away(&error) {
            true => Self::Away(error.to_string()),
            false => Self::Here(error.to_string()),
        }
    }
}

impl From<Refused> for Stopped {
    fn from(refused: Refused) -> Self {
        match refused {
            Refused::Away(why) => Self::Away(why),
            Refused::Not(why) => Self::Here(why),
            Refused::Last(last) => Self::Here(format!("refuses what follows {}", last.position)),
        }
    }
}

impl Pusher {
    pub(crate) fn new(publication: Publication) -> Option<Self> {
        let upstream = publication.upstream.clone()?;
        let token = PeerToken::new(publication.shell.signer.clone(), NAME);
        let turn = Turn::of(JOB, publication.shell.clock.new_id());
        Some(Self {
            publication,
            upstream,
            token,
            turn,
            away: Rest::default(),
            lanes: BTreeMap::new(),
            turns: 0,
        })
    }

    /// One look, unless another replica does it. What failed rests.
    pub(crate) async fn round(&mut self) {
        let troubles = self.publication.store.troubles().clone();
        match self.holds_lease().await {
            Ok(true) => {}
            Ok(false) => return,
            Err(error) => return troubles.meet(WAIT, error),
        }
        match self.collect_all().await {
            Ok(()) => troubles.end(OWN_WAIT),
            Err(why) => troubles.meet(OWN_WAIT, why),
        }
        let now = self.publication.shell.clock.now();
        if !self.away.is_over(now) {
            return;
        }
        match self.push_all(now).await {
            Ok(()) => self.away = Rest::default(),
            Err(why) => {
                self.away.fail(now);
                return troubles.meet(WAIT, why);
            }
        }
        let why = |(key, tried): (&LaneKey, &Tried)| {
            let why = tried.why.as_ref()?;
            let of = if key.is_own() { "own" } else { &key.origin };
            Some(format!("{of} {}: {why}", key.producer))
        };
        let failed: Vec<String> = self.lanes.iter().filter_map(why).collect();
        match failed.split_first() {
            None => troubles.end(WAIT),
            Some((first, [])) => troubles.meet(WAIT, first),
            Some((first, more)) => {
                troubles.meet(WAIT, format!("{first}; and {} more queues", more.len()));
            }
        }
    }

    /// Whether this replica is the one that reports.
    async fn holds_lease(&mut self) -> Result<bool, DbErr> {
        let now = self.publication.shell.clock.now();
        self.turn.is_ours(&self.publication.store, now).await
    }

    async fn collect_all(&self) -> Result<(), String> {
        let mut first = Ok(());
        for (producer, peer) in &self.upstream.producers {
            let collected = self.collect(producer, peer).await;
            first = first.and(collected.map_err(|why| format!("{producer}: {why}")));
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
            let facts =
                source::following(store, (peer, &self.token), producer, after, limit).await?;
            if facts.is_empty() {
                return Ok(());
            }
            let mut wrong = Violations::default();
            let facts = brought(&mut wrong, producer, after.position, facts);
            wrong.finish(()).map_err(|wrong| wrong.to_string())?;
            let batch = Batch { after, facts, withdraws: None, region: None };
            let now = self.publication.shell.clock.now();
            keep(store, &key, batch, now).await.map_err(|error| error.to_string())?;
        }
        Ok(())
    }

    /// Brings the upper platform level, lane by lane: first those that did not fail, of these the one that has
    /// waited longest.
    ///
    /// # Errors
    /// If no lane can be reported.
    async fn push_all(&mut self, now: Timestamp) -> Result<(), String> {
        let today = day_to_column(day_of(now.saturating_sub(SETTLED).unwrap_or(now)));
        let (upper, read) = (Upper::of(&self.upstream).await?, self.publication.store.read());
        let lanes = exchange::lanes(read).await.map_err(|error| error.to_string())?;
        let links = links::all(read).await.map_err(|error| error.to_string())?;
        let mut due = Vec::new();
        for lane in lanes {
            let link = links.get(&(lane.origin.clone(), lane.producer.clone()));
            let is_level = link.is_some_and(|link| {
                receipt(link) == exchange::end(&lane) && link.last_error.is_empty()
            });
            let tried = self.lanes.entry(LaneKey::of(&lane)).or_default();
            if tried.rest.is_over(now) && !(is_level && tried.compared == Some(today)) {
                due.push((tried.rest.failures > 0, tried.turn, lane));
            }
        }
        due.sort_by_key(|(failed, turn, _)| (*failed, *turn));
        let began = Instant::now();
        for (_, _, lane) in due {
            let goes_on = self.holds_lease().await.map_err(|error| error.to_string())?;
            if !goes_on || began.elapsed() > TURN {
                break;
            }
            let key = LaneKey::of(&lane);
            let pushed = self.push(&upper, &key, &lane, today).await;
            self.turns += 1;
            let tried = self.lanes.entry(key).or_default();
            tried.turn = self.turns;
            match pushed {
                Ok(all) => {
                    let compared = all.then_some(today);
                    *tried = Tried { compared, turn: self.turns, ..Tried::default() };
                }
                Err(Stopped::Here(why)) => {
                    tried.rest.fail(self.publication.shell.clock.now());
                    tried.why = Some(why);
                }
                Err(Stopped::Away(why)) => return Err(why),
            }
        }
        Ok(())
    }

    /// Brings one lane level; returns whether all its days before today are compared.
    async fn push(
        &self,
        upper: &Upper,
        key: &LaneKey,
        lane: &exchange_lane::Model,
        today: i32,
    ) -> Result<bool, Stopped> {
        let store = &self.publication.store;
        let mut link = links::of(store.read(), key).await?;
        let before = link.clone();
        // What is sent and not written down here is there already when it is sent again.
        let pushed = self.bring_level(upper, key, &mut link, today).await;
        link.last_error = match &pushed {
            Ok(_) => String::new(),
            Err(stopped) => stopped.why().to_owned(),
        };
        if link == before {
            return pushed;
        }
        let txn = store.begin().await?;
        let now = exchange::hold(&txn, key, self.publication.shell.clock.now()).await?;
        // Withdrawn meanwhile: which days are compared was decided there, so all of this is asked again.
        if now.cuts != lane.cuts {
            txn.rollback().await?;
            return pushed.map(|_| false);
        }
        links::put(&txn, link).await?;
        txn.commit().await?;
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
        let (mut withdraws, mut parted, mut heals, mut stays) = (None, false, None, i64::MAX);
        for _ in 0..BATCHES {
            let lane = exchange::lane(store.read(), key).await?;
            let end = lane.as_ref().map_or(Place::START, exchange::end);
            let from = link.position.min(end.position);
            let Some(from) = exchange::place(store.read(), key, from).await? else {
                return self.lost(key, link, (lane, from)).await;
            };
            let facts = exchange::facts(store.read(), key, from.position, BATCH).await?;
            if let Some(position) = missing(&facts, (from, end)) {
                return self.lost(key, link, (lane, position)).await;
            }
            if facts.is_empty() && withdraws.is_none() && receipt(link) == end {
                let (day, first) =
                    match self.reconcile(upper, key, (&mut *link, end), today).await? {
                        Compared::Differs(day, first) => (day, first),
                        compared => return Ok(compared == Compared::All),
                    };
                // What it has of that day and after is withdrawn there, and sent again.
                (withdraws, heals) = (Some(link.fact_id), Some(day));
                let before = self.common(upper, key, first - 1).await?;
                (link.position, link.fact_id) = (before.position, before.fact_id);
                continue;
            }
            let facts = fitting(facts);
            let first_day = facts.iter().map(|fact| fact.day).min();
            let bodies: Vec<_> = facts.into_iter().map(|fact| fact.body).collect();
            let asks_only = bodies.is_empty();
            let ends = withdraws.take();
            let sent = Sent { after: from, facts: bodies, withdraws: ends };
            let last = match upper.push(key, sent).await {
                Ok(kept) if kept.position < from.position || (kept == from && !asks_only) => {
                    let why = format!("a receipt for {} after {}", kept.position, from.position);
                    return Err(Stopped::Here(why));
                }
                Ok(kept) => kept,
                // Of very much it withdraws a part each time.
                Err(Refused::Last(last)) if ends.is_some() && last.position > from.position => {
                    if last.position >= stays {
                        return Err(Stopped::Here("withdraws nothing".to_owned()));
                    }
                    (withdraws, stays) = (Some(last.fact_id), last.position);
                    continue;
                }
                Err(Refused::Last(last)) if last != from => last,
                Err(refused) => return Err(refused.into()),
            };
            if exchange::place(store.read(), key, last.position).await? == Some(last) {
                (link.position, link.fact_id) = (last.position, last.fact_id);
                link.receipted_at = Some(self.publication.shell.clock.now().as_microsecond());
                // A day that was compared has more facts now: a backup was restored above, or a clock was
                // wrong below.
                let compared = link.reconciled_through;
                link.reconciled_through =
                    compared.map(|day| first_day.map_or(day, |first| day.min(first - 1)));
                if let Some(day) = heals.take_if(|_| ends.is_some()) {
                    link.resent_day = Some(day);
                }
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
}

fn receipt(link: &exchange_link::Model) -> Place {
    Place { position: link.position, fact_id: link.fact_id }
}

/// The position after a place at which there should be a fact, up to a lane's end, and is none.
fn missing(facts: &[exchange_fact::Model], (after, end): (Place, Place)) -> Option<i64> {
    let next = after.position + 1;
    if facts.is_empty() {
        return Some(next).filter(|next| *next <= end.position);
    }
    facts.iter().zip(next..).find(|(fact, at)| fact.position != *at).map(|(_, at)| at)
}

/// As many facts as one request takes, as they came.
fn fitting(mut facts: Vec<exchange_fact::Model>) -> Vec<exchange_fact::Model> {
    let mut bytes = 0;
    let fits = facts.iter().enumerate().take_while(|(n, fact)| {
        bytes += fact.body.len();
        *n == 0 || bytes <= BATCH_BYTES
    });
    let many = fits.count();
    facts.truncate(many);
    facts
}
