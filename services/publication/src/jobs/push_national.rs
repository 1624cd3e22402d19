//! Reports by the national interface (国家、省级好差评接口上报): every service of a case, every rating of all five
//! levels and every correction is a record of one queue. A record has its own receipt, and is told after what
//! goes before it: a case before its ratings, a rating before its corrections. What the platform has already
//! counts as taken, so a record can be told again whenever its answer was lost; what it has is written down once.
//! What cannot be told exactly is held back with a reason, and holds up its own case alone. That a record is sent is
//! written down before: whatever comes between, nobody takes for untold what the platform may have.

use std::{collections::HashMap, sync::Arc, time::Duration};

use domain::{exchange::Kind as RecordKind, tags::TagList};
use jiff::{SignedDuration, Timestamp};
use platform::{auth::PeerToken, trouble::Kind};
use sea_orm::DbErr;
use tokio::task::JoinSet;
use tonic::transport::Channel;
use uuid::Uuid;

use crate::{
    app::exchange::{
        national::{
            answer::Answer,
            build::{Built, Unbuilt},
            client::Platform,
            collect::take,
        },
        rest::{LONGEST as LONGEST_REST, Rest, later},
        source,
        turn::Turn,
    },
    config::National,
    entity::national_record,
    state::{NAME, Publication},
    store::exchange::national::{
        self as queues,
        queue::{self, Beside, Outcome, Receipt},
        state::AMENDMENT,
    },
};

/// How often it looks for something new.
const LOOK: Duration = Duration::from_secs(1);
/// The lease's name.
const JOB: &str = "push_national";
/// How many facts are read at once at most.
const PAGE: u32 = 500;
/// How many pages of facts, and groups of records, follow each other before the next look.
const ROUNDS: usize = 20;
/// How many records are told at once.
const AT_ONCE: u64 = 16;
/// The longest time until a record is tried again that was refused.
const LONGEST_WAIT: SignedDuration = SignedDuration::from_hours(1);
/// When a record is looked at again that is held back.
const HELD: SignedDuration = SignedDuration::from_hours(1);
/// How often at most that time is doubled.
const LONGEST_HELD: i32 = 9;
/// The longest reason that is kept, in characters.
const MAX_WORDS: usize = 500;
/// The troubles of records that do not reach the platform, or are not ready to.
const WAIT: Kind = Kind::Job("records for the national platform");
const OWN_WAIT: Kind = Kind::Job("facts for the national platform to be read");

/// Whether the platform can be told anything with what an operator configured.
///
/// # Errors
/// By key, in words that repeat no secret.
pub fn check(national: &National) -> Result<(), String> {
    Platform::new(national).map(drop)
}

/// Reports until the process stops; without a platform it does nothing.
pub async fn run(publication: Publication) {
    let stop = publication.shell.stop.clone();
    let mut pusher = match Pusher::new(publication.clone()) {
        Ok(Some(pusher)) => pusher,
        Ok(None) => return,
        // It was checked before the process began.
        Err(why) => return publication.store.troubles().meet(WAIT, why),
    };
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
    national: Arc<National>,
    platform: Platform,
    token: PeerToken,
    turn: Turn,
    /// Whether it looked at what was held back since it began.
    looked: bool,
    /// While the platform is away.
    away: Rest,
}

impl Pusher {
    pub(crate) fn new(publication: Publication) -> Result<Option<Self>, String> {
        let Some(national) = publication.national.clone() else { return Ok(None) };
        let platform = Platform::new(&national)?;
        let token = PeerToken::new(publication.shell.signer.clone(), NAME);
        let turn = Turn::of(JOB, publication.shell.clock.new_id());
        Ok(Some(Self {
            publication,
            national,
            platform,
            token,
            turn,
            looked: false,
            away: Rest::default(),
        }))
    }

    /// One look, unless it rests after a failure or another replica does it.
    pub(crate) async fn round(&mut self) {
        let (store, now) = (&self.publication.store, self.publication.shell.clock.now());
        let troubles = store.troubles().clone();
        match self.turn.is_ours(store, now).await {
            Ok(true) => {}
            Ok(false) => return,
            Err(error) => return troubles.meet(WAIT, error),
        }
        match self.collect_all().await {
            Ok(()) => troubles.end(OWN_WAIT),
            Err(why) => troubles.meet(OWN_WAIT, why),
        }
        if !self.away.is_over(now) {
            return;
        }
        let pushed = match self.look_again().await {
            Ok(()) => {
                self.looked = true;
                self.push_all().await
            }
            Err(why) => Err(why),
        };
        match pushed {
            Ok(()) => {
                troubles.end(WAIT);
                self.away = Rest::default();
            }
            Err(why) => {
                troubles.meet(WAIT, &why);
                let noted = queue::note(self.publication.store.write(), why).await;
                if let Err(error) = noted {
                    troubles.meet(WAIT, error);
                }
                self.away.fail(now);
            }
        }
    }

    async fn still_ours(&mut self) -> Result<bool, String> {
        let (store, now) = (&self.publication.store, self.publication.shell.clock.now());
        self.turn.renew(store, now).await.map_err(|error| error.to_string())
    }

    async fn collect_all(&mut self) -> Result<(), String> {
        let (national, mut first) = (Arc::clone(&self.national), Ok(()));
        for (producer, peer) in &national.producers {
            let collected = self.collect(producer, peer).await;
            first = first.and(collected.map_err(|why| format!("{producer}: {why}")));
        }
        first
    }

    /// Makes records of a service's new facts, as far as this service has applied them itself.
    async fn collect(&mut self, producer: &str, peer: &Channel) -> Result<(), String> {
        let producers: Vec<_> = self.national.producers.iter().map(|(name, _)| *name).collect();
        for _ in 0..ROUNDS {
            if !self.still_ours().await? {
                return Ok(());
            }
            let (store, now) = (&self.publication.store, self.publication.shell.clock.now());
            let after = queues::cursor(store.read(), producer).await.map_err(|e| e.to_string())?;
            let asked = (peer, &self.token);
            let facts = source::following(store, asked, producer, after, PAGE).await?;
            if facts.is_empty() {
                return Ok(());
            }
            let taken = take(store, &producers, producer, after, facts, now).await;
            taken.map_err(|error| error.to_string())?;
        }
        Ok(())
    }

    /// Once in a process: what was held back is tried again, since the dialect may be another one.
    async fn look_again(&self) -> Result<(), String> {
        if self.looked {
            return Ok(());
        }
        let now = self.publication.shell.clock.now();
        self.settle(Vec::new(), true, now).await.map_err(|error| error.to_string())
    }

    async fn push_all(&mut self) -> Result<(), String> {
        let nation = self.publication.reference.now().national_tags().cloned();
        let nation = nation.ok_or("the nation's tag list is not known yet")?;
        for _ in 0..ROUNDS {
            if !self.still_ours().await? || !self.push(&nation).await? {
                break;
            }
        }
        Ok(())
    }

    /// Tells what can be told now; returns whether there may be more.
    async fn push(&self, nation: &TagList) -> Result<bool, String> {
        let (store, clock) = (&self.publication.store, &self.publication.shell.clock);
        let words = |error: DbErr| error.to_string();
        let now = clock.now();
        let beyond = now.saturating_add(LONGEST_REST).unwrap_or(now);
        let when = (now.as_microsecond(), beyond.as_microsecond());
        let rows = queue::next(store.read(), when, AT_ONCE).await;
        let rows = rows.map_err(words)?;
        if rows.is_empty() {
            return Ok(false);
        }
        let beside = queue::beside(store.read(), &rows).await.map_err(words)?;
        let (mut settled, mut texts) = (Vec::new(), Vec::new());
        for row in rows {
            match self.written(&row, &beside, nation).await.map_err(words)? {
                Written::Text(kind, text) => texts.push((row, kind, text)),
                Written::Outcome(outcome) => settled.push((row, outcome)),
            }
        }
        let sent = self.sending(&texts, now).await.map_err(words)?;
        let mut telling = JoinSet::new();
        for (mut row, kind, text) in texts {
            // Withdrawn meanwhile, or told by another replica.
            let Some(sent_at) = sent.get(&row.id) else { continue };
            row.sent_at = Some(*sent_at);
            let (platform, national) = (self.platform.clone(), Arc::clone(&self.national));
            telling.spawn(async move {
                (row, platform.tell(&national.dialect, kind, &text, now).await)
            });
        }
        let mut answers = Vec::new();
        while let Some(told) = telling.join_next().await {
            answers.push(told.map_err(|error| error.to_string())?);
        }
        let failed = |answer: &Answer| match answer {
            Answer::Broken(why) => Some(why.clone()),
            Answer::Garbage => Some("its answer means nothing".to_owned()),
            _ => None,
        };
        let first = answers.first().and_then(|(_, answer)| failed(answer));
        let is_away = answers.iter().all(|(_, answer)| failed(answer).is_some());
        let failures = self.away.failures;
        for (row, answer) in answers {
            let outcome = match (failed(&answer), answer) {
                // It takes nothing at all: no record is to blame.
                // But others come before these next time.
                (Some(words), _) if is_away => {
                    let due_at = later(now, failures, LONGEST_REST).as_microsecond();
                    Outcome::Later { due_at, reason: "", words }
                }
                (Some(words), _) => refused(&row, now, "PLATFORM_FAILED", words),
                // It may never have had the rating: no answer ever said that it has.
                (_, Answer::Refused(_)) if is_of_untold(&row, &beside) => done("NOT_THERE"),
                (_, Answer::Refused(words)) => refused(&row, now, queue::REFUSED, words),
                (_, Answer::Taken(receipt)) => Outcome::Done { receipt, reason: "" },
                (_, _) => done("ALREADY_THERE"),
            };
            settled.push((row, outcome));
        }
        self.settle(settled, false, clock.now()).await.map_err(words)?;
        match first.filter(|_| is_away) {
            Some(why) => Err(why),
            None => Ok(true),
        }
    }

    /// Writes down that records are sent from now on; returns those that are to be.
    async fn sending(
        &self,
        texts: &[(national_record::Model, RecordKind, String)],
        now: Timestamp,
    ) -> Result<HashMap<Uuid, i64>, DbErr> {
        if texts.is_empty() {
            return Ok(HashMap::new());
        }
        let txn = self.publication.store.begin().await?;
        queues::hold(&txn, &[]).await?;
        let rows: Vec<_> = texts.iter().map(|(row, _, _)| row).collect();
        let sent = queue::sending(&txn, &rows, now.as_microsecond()).await?;
        txn.commit().await?;
        Ok(sent)
    }

    /// A record as the dialect writes it, or what becomes of it without being told.
    async fn written(
        &self,
        row: &national_record::Model,
        beside: &Beside,
        nation: &TagList,
    ) -> Result<Written, DbErr> {
        let (now, dialect) = (self.publication.shell.clock.now(), &self.national.dialect);
        let hold = |reason, words: String| {
            // Twice as long each time: each start of a process tries all of them again.
            let rest = HELD * (1 << row.tries.clamp(0, LONGEST_HELD));
            let due_at = now.saturating_add(rest).unwrap_or(now).as_microsecond();
            let words = words.chars().take(MAX_WORDS).collect();
            Written::Outcome(Outcome::Later { due_at, reason, words })
        };
        let built = match Built::of(&self.publication.reference, dialect, row, beside).await {
            Ok(built) => built,
            Err(Unbuilt::Store(error)) => return Err(error),
            Err(error @ Unbuilt::Unreadable) => return Ok(hold("UNREADABLE", error.to_string())),
        };
        let record = built.record();
        Ok(match dialect.write(record, nation) {
            Ok(Some(fields)) => Written::Text(record.kind(), dialect.text(&fields)),
            Ok(None) => Written::Outcome(done(queue::NOT_TOLD)),
            Err(holds) => {
                let words: Vec<_> = holds.iter().map(ToString::to_string).collect();
                let first = holds.first().map_or("", |hold| hold.reason());
                hold(first, words.join("; "))
            }
        })
    }

    /// Writes down what became of records, all together.
    async fn settle(
        &self,
        settled: Vec<(national_record::Model, Outcome)>,
        try_again: bool,
        at: Timestamp,
    ) -> Result<(), DbErr> {
        let now = at.as_microsecond();
        if settled.is_empty() && !try_again {
            return Ok(());
        }
        let txn = self.publication.store.begin().await?;
        queues::hold(&txn, &[]).await?;
        if try_again {
            queue::try_again(&txn, now).await?;
        }
        let told = |(_, outcome): &(_, Outcome)| matches!(outcome, Outcome::Done { reason, .. } if *reason != queue::NOT_TOLD);
        if settled.iter().any(told) {
            queue::receipted(&txn, now).await?;
        }
        for (record, mut outcome) in settled {
            if let Outcome::Done { receipt, .. } = &outcome
                && let Some(why) = queue::contradiction(&txn, &record, receipt).await?
            {
                outcome = refused(&record, at, "PLATFORM_FAILED", why.to_owned());
            }
            queue::settle(&txn, &record, outcome, now).await?;
        }
        txn.commit().await
    }
}

/// A record, or what becomes of it without being told.
enum Written {
    Text(RecordKind, String),
    Outcome(Outcome),
}

/// A record that the platform did not take is tried again, later each time.
fn refused(
    row: &national_record::Model,
    now: Timestamp,
    reason: &'static str,
    words: String,
) -> Outcome {
    let due = later(now, row.tries.unsigned_abs(), LONGEST_WAIT);
    Outcome::Later { due_at: due.as_microsecond(), reason, words }
}

/// Done with, without a receipt of its own.
fn done(reason: &'static str) -> Outcome {
    Outcome::Done { receipt: Receipt::default(), reason }
}

/// Whether it amends a rating of which no answer ever came.
fn is_of_untold(row: &national_record::Model, beside: &Beside) -> bool {
    let rating = row.rating_id.and_then(|id| beside.records.get(&id));
    row.kind == AMENDMENT && rating.is_some_and(|rating| rating.receipted_at.is_none())
}

#[cfg(test)]
mod testing;
#[cfg(test)]
mod tests;
