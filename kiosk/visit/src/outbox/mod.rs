//! Ratings on their way to the services: kept on disk first, sent at once while their rater waits,
//! and delivered in the background when that did not work. Whoever comes next waits for none of it.

use std::{
    collections::HashSet,
    sync::{Arc, Mutex, PoisonError},
    time::Duration,
};

use tokio::{
    sync::{Notify, watch},
    task::{AbortHandle, JoinSet},
    time::{sleep, timeout},
};

use crate::{
    adapter::{
        clock::now,
        spool::{Held, Spool, Trouble},
    },
    content::RatingToSend,
    flow::Event,
    ports::{Failure, Services},
};

#[cfg(test)]
mod drill;
#[cfg(test)]
mod tests;

/// How long a rater waits for the code before the terminal thanks without it.
const RECEIPT: Duration = Duration::from_secs(5);
/// How long to wait before trying again: the first time, and at most.
pub(crate) const PAUSES: (Duration, Duration) = (Duration::from_secs(2), Duration::from_secs(30));
/// How many ratings are on their way at once; one alone while the services do not answer.
const AT_ONCE: u32 = 16;

/// What is known of the ratings on their way, for the service page and for metrics.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct State {
    /// What the spool holds.
    pub held: Held,
    /// How many it could not take since the program started.
    pub not_kept: u64,
    /// How many the services acknowledged since the program started.
    pub delivered: u64,
    /// The last thing that went wrong; empty once a rating was delivered after it.
    pub last_error: String,
}

/// Where a terminal's ratings go.
#[derive(Clone)]
pub(crate) struct Outbox<S> {
    services: S,
    shared: Arc<Shared>,
    /// Ends the delivery with the outbox.
    _delivery: Arc<Option<Delivery>>,
}

/// What the visit's ratings and their delivery share.
struct Shared {
    /// None: a terminal without a disk of its own, whose ratings are lost with the process.
    spool: Option<Spool>,
    /// The ratings that are being sent for a rater who waits.
    in_hand: Mutex<HashSet<String>>,
    /// Something waits, or the services have answered.
    wake: Notify,
    state: watch::Sender<State>,
    pauses: (Duration, Duration),
}

struct Delivery(AbortHandle);

impl Drop for Delivery {
    fn drop(&mut self) {
        self.0.abort();
    }
}

/// A rating in hand; afterwards the delivery may have it.
struct InHand<'a>(&'a Shared, String);

impl Drop for InHand<'_> {
    fn drop(&mut self) {
        self.0.in_hand.lock().unwrap_or_else(PoisonError::into_inner).remove(&self.1);
        self.0.wake.notify_one();
    }
}

impl<S: Services> Outbox<S> {
    /// An outbox that keeps nothing on disk.
    pub(crate) fn in_memory(services: S) -> Self {
        let shared = Arc::new(Shared::new(None, PAUSES));
        Self { services, shared, _delivery: Arc::new(None) }
    }

    /// An outbox with a spool, whose delivery begins at once; inside a runtime.
    pub(crate) fn spooling(services: S, spool: Spool, pauses: (Duration, Duration)) -> Self {
        let shared = Arc::new(Shared::new(Some(spool), pauses));
        let delivery = tokio::spawn(delivery(services.clone(), Arc::clone(&shared)));
        let delivery = Arc::new(Some(Delivery(delivery.abort_handle())));
        Self { services, shared, _delivery: delivery }
    }

    pub(crate) fn state(&self) -> watch::Receiver<State> {
        self.shared.state.subscribe()
    }

    /// Keeps a level just touched, and whatever is said about it, before its rater is done: should
    /// the terminal stop now, it counts as it is. Nothing of it is sent before that.
    pub(crate) async fn hold(&self, rating: RatingToSend) {
        let Some(spool) = &self.shared.spool else { return };
        // Its rater is told when it is sent, if it cannot be kept then either.
        if let Err(error) = spool.hold(&rating, now()).await {
            self.shared.state.send_modify(|state| state.last_error = error.to_string());
        }
    }

    /// Forgets what was held: its rater took it back.
    pub(crate) async fn withdraw(&self, request_id: &str) {
        let Some(spool) = &self.shared.spool else { return };
        self.shared.noted(spool.withdraw(request_id).await, 0);
    }

    /// Why ratings were set aside, and how many for each reason.
    pub(crate) async fn reasons(&self) -> Vec<(String, u64)> {
        let Some(spool) = &self.shared.spool else { return Vec::new() };
        self.shared.look(spool).await;
        match spool.reasons().await {
            Ok(reasons) => reasons,
            Err(trouble) => {
                self.shared.noted(Err(trouble), 0);
                Vec::new()
            }
        }
    }

    /// Sends once more what was set aside.
    pub(crate) async fn try_again(&self) {
        let Some(spool) = &self.shared.spool else { return };
        let done = spool.try_again().await;
        self.shared.noted(done.map(drop), 0);
        self.shared.look(spool).await;
        self.shared.wake.notify_one();
    }

    /// Clears what was set aside.
    pub(crate) async fn clear_aside(&self) {
        let Some(spool) = &self.shared.spool else { return };
        let done = spool.clear_aside().await;
        self.shared.noted(done.map(drop), 0);
        self.shared.look(spool).await;
    }

    /// Sends a rating whose rater waits; it is on disk before anything else happens.
    pub(crate) async fn rate(&self, rating: RatingToSend) -> Event {
        let shared = &*self.shared;
        let Some(spool) = &shared.spool else {
            return self.services.rate(rating).await.map_or_else(Event::from, Event::Rated);
        };
        let id = rating.request_id.clone();
        let in_hand = shared.take(&id);
        let kept = shared.keep(spool, &rating).await;
        let answer = timeout(RECEIPT, self.services.rate(rating)).await;
        let event = match answer.unwrap_or(Err(Failure::Away)) {
            Ok(receipt) => {
                shared.noted(spool.acknowledged(std::slice::from_ref(&id)).await, 1);
                Event::Rated(receipt)
            }
            Err(refused @ Failure::Refused { .. }) => {
                shared.set_aside(spool, &id, &refused).await;
                Event::from(refused)
            }
            Err(failure) => match kept {
                Ok(()) if failure == Failure::Away => Event::Kept,
                // The services do not admit the terminal, which has to be said.
                Ok(()) => Event::from(failure),
                Err(words) => Event::NotKept(words),
            },
        };
        drop(in_hand);
        shared.look(spool).await;
        event
    }

    /// Delivers a rating whose rater has left, however long it takes. Kept on disk, it is the
    /// delivery's; else it is lost only with the process.
    pub(crate) async fn deliver(&self, rating: RatingToSend) {
        let (mut pause, mut tries) = (self.shared.pauses.0, 0_u32);
        loop {
            if let Some(spool) = &self.shared.spool {
                // That it could not be kept is counted once.
                let kept = match tries {
                    0 => self.shared.keep(spool, &rating).await.is_ok(),
                    _ => spool.keep(&rating, now()).await.is_ok(),
                };
                if kept {
                    self.shared.look(spool).await;
                    self.shared.wake.notify_one();
                    return;
                }
            }
            tries = tries.saturating_add(1);
            match self.services.rate(rating.clone()).await {
                Err(Failure::Away | Failure::NotAdmitted) => sleep(pause).await,
                Ok(_) | Err(Failure::Refused { .. }) => return,
            }
            pause = self.shared.pauses.1.min(pause * 2);
        }
    }
}

impl Shared {
    fn new(spool: Option<Spool>, pauses: (Duration, Duration)) -> Self {
        let (in_hand, wake) = (Mutex::default(), Notify::new());
        Self { spool, in_hand, wake, state: watch::Sender::default(), pauses }
    }

    fn take(&self, id: &str) -> InHand<'_> {
        self.in_hand.lock().unwrap_or_else(PoisonError::into_inner).insert(id.to_owned());
        InHand(self, id.to_owned())
    }

    fn is_in_hand(&self, id: &str) -> bool {
        self.in_hand.lock().unwrap_or_else(PoisonError::into_inner).contains(id)
    }

    /// Keeps a rating, or says what its rater is told.
    async fn keep(&self, spool: &Spool, rating: &RatingToSend) -> Result<(), String> {
        spool.keep(rating, now()).await.map_err(|error| {
            self.state.send_modify(|state| {
                state.not_kept += 1;
                state.last_error = error.to_string();
            });
            error.words()
        })
    }

    async fn set_aside(&self, spool: &Spool, id: &str, refused: &Failure) {
        let reason = match refused {
            Failure::Refused { words, .. } => words,
            Failure::Away | Failure::NotAdmitted => return,
        };
        self.noted(spool.set_aside(id, reason, now()).await, 0);
    }

    /// Counts what was delivered, or tells what the spool's trouble is; then it is sent once more,
    /// under the same id.
    fn noted(&self, done: Result<(), Trouble>, delivered: u64) {
        self.state.send_modify(|state| {
            state.delivered += delivered;
            match done {
                Ok(()) if delivered > 0 => state.last_error.clear(),
                Ok(()) => {}
                Err(trouble) => state.last_error = trouble.to_string(),
            }
        });
    }

    /// Tells what the spool holds now.
    async fn look(&self, spool: &Spool) {
        match spool.held(now()).await {
            Ok(held) => self.state.send_modify(|state| state.held = held),
            Err(trouble) => self.noted(Err(trouble), 0),
        }
    }
}

/// Delivers what waits in the spool, oldest first, for as long as the program runs. A rating that
/// does not get through stays, and those behind it are tried before it comes again: none can dam up
/// the others.
async fn delivery<S: Services>(services: S, shared: Arc<Shared>) {
    let Some(spool) = &shared.spool else { return };
    let (mut after, mut pause, mut at_once) = (0, shared.pauses.0, AT_ONCE);
    let mut left_behind = false;
    shared.look(spool).await;
    loop {
        let batch = match spool.waiting(after, at_once, now()).await {
            Ok(batch) => batch,
            Err(trouble) => {
                shared.noted(Err(trouble), 0);
                shared.rest(&mut pause).await;
                continue;
            }
        };
        let Some(last) = batch.last() else {
            if !left_behind {
                shared.look(spool).await;
                shared.wake.notified().await;
            }
            (after, left_behind) = (0, false);
            continue;
        };
        after = last.position;
        let ratings = batch.into_iter().map(|waiting| waiting.rating);
        let ratings = ratings.filter(|rating| !shared.is_in_hand(&rating.request_id));
        let (got_through, failed) = send(&services, &shared, spool, ratings.collect()).await;
        shared.look(spool).await;
        left_behind |= failed;
        match (got_through, failed) {
            (false, true) => {
                at_once = 1;
                shared.rest(&mut pause).await;
            }
            (true, _) => (pause, at_once) = (shared.pauses.0, AT_ONCE),
            (false, false) => {}
        }
    }
}

/// Sends some ratings at once; whether the services answered for one of them, and whether one did
/// not get through.
async fn send<S: Services>(
    services: &S,
    shared: &Shared,
    spool: &Spool,
    ratings: Vec<RatingToSend>,
) -> (bool, bool) {
    let mut sending = JoinSet::new();
    for rating in ratings {
        let services = services.clone();
        sending.spawn(async move { (rating.request_id.clone(), services.rate(rating).await) });
    }
    let (mut acknowledged, mut refused, mut failed) = (Vec::new(), false, None);
    while let Some(sent) = sending.join_next().await {
        match sent {
            Ok((id, Ok(_))) => acknowledged.push(id),
            Ok((id, Err(failure @ Failure::Refused { .. }))) => {
                shared.set_aside(spool, &id, &failure).await;
                refused = true;
            }
            Ok((_, Err(Failure::NotAdmitted))) => failed = Some("terminal not admitted"),
            Ok((_, Err(Failure::Away))) | Err(_) => failed = Some("services away"),
        }
    }
    if let Some(error) = failed {
        shared.state.send_modify(|state| error.clone_into(&mut state.last_error));
    }
    let delivered = u64::try_from(acknowledged.len()).unwrap_or_default();
    if delivered > 0 {
        let removed = spool.acknowledged(&acknowledged).await;
        // Sent again and again at full speed, they would not leave the disk either.
        if removed.is_err() {
            (refused, failed) = (false, Some("spool"));
        }
        let gone = if removed.is_ok() { delivered } else { 0 };
        shared.noted(removed, gone);
        return (refused || gone > 0, failed.is_some());
    }
    (refused, failed.is_some())
}

impl Shared {
    /// Waits before the next try; not as long if something happens, twice as long the next time.
    async fn rest(&self, pause: &mut Duration) {
        let _ = timeout(spread(*pause), self.wake.notified()).await;
        *pause = self.pauses.1.min(*pause * 2);
    }
}

/// About as long: the terminals of a hall come back at the same moment, and shall not ask at the same
/// one.
pub(crate) fn spread(pause: Duration) -> Duration {
    let mut byte = [0];
    let _ = getrandom::fill(&mut byte);
    pause.mul_f32(0.75 + f32::from(byte[0]) / 512.0)
}
