//! One caller's streams share one part of the process, however many they are: reading them takes at
//! most a quarter of a core, and one of them is processed at a time. A caller that sends faster is
//! read later, not refused: the transport then accepts no more from it.

use std::{
    collections::HashMap,
    pin::Pin,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    task::{Context, Poll, ready},
    time::Duration,
};

use proto::Texts;
use tokio::{
    sync::{OwnedSemaphorePermit, Semaphore},
    time::{Instant, Sleep, sleep_until},
};
use tokio_stream::Stream;
use tonic::{Code, Status};

use super::gate::tidied;
use crate::status::Refusal;

/// How many streams of one caller are open at once.
pub(super) const STREAMS: usize = 16;
/// One in so many moments may be spent on reading what a caller streams.
const PART: u32 = 4;
/// How far ahead of its part a caller may be: data come in pieces.
const AHEAD: Duration = Duration::from_millis(100);

/// The streams of all callers.
#[derive(Clone, Debug, Default)]
pub(super) struct Streams(Arc<Mutex<HashMap<String, Arc<Part>>>>);

/// What one caller's streams share.
#[derive(Debug)]
struct Part {
    /// The time up to which the reading so far is paid for.
    paid: Mutex<Instant>,
    turn: Arc<Semaphore>,
}

impl Part {
    fn new() -> Self {
        Self { paid: Mutex::new(Instant::now()), turn: Arc::new(Semaphore::new(1)) }
    }

    /// The end of the pause after a reading that took so long, if one is due.
    fn pay(&self, took: Duration) -> Option<Instant> {
        let now = Instant::now();
        let mut paid = self.paid.lock().unwrap_or_else(PoisonError::into_inner);
        *paid = (*paid).max(now) + took * PART;
        let due = *paid - AHEAD;
        (due > now).then_some(due)
    }
}

/// An open stream; closed when dropped.
struct Open {
    streams: Streams,
    caller: String,
    part: Arc<Part>,
}

impl Streams {
    fn lock(&self) -> MutexGuard<'_, HashMap<String, Arc<Part>>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// One more stream of a caller.
    fn open(&self, caller: String) -> Result<Open, Status> {
        let mut parts = self.lock();
        let part = parts.entry(caller.clone()).or_insert_with(|| Arc::new(Part::new()));
        // The map itself holds one.
        if Arc::strong_count(part) > STREAMS {
            let message = format!("{STREAMS} streams of this caller are open");
            let zh = "同时传输的数据流过多，请稍后再试。";
            let refusal = Refusal::new(Code::ResourceExhausted, "TOO_MANY_STREAMS", message, zh);
            return Err(refusal.retry_after(Duration::from_secs(5)).into());
        }
        let part = Arc::clone(part);
        drop(parts);
        Ok(Open { streams: self.clone(), caller, part })
    }

    /// What a caller streams, read at its pace, with its texts normalised. With `turns` only one of
    /// its streams is processed at a time: the reader has the caller's turn until it asks for more,
    /// or ends.
    pub(super) fn paced<S, T>(
        &self,
        caller: String,
        inner: S,
        turns: bool,
    ) -> Result<Paced<S, T>, Status> {
        let open = self.open(caller)?;
        Ok(Paced { inner, open, turns, pause: None, waiting: None, turn: None })
    }
}

impl Drop for Open {
    fn drop(&mut self) {
        let mut parts = self.streams.lock();
        // The map's and this one: nothing else holds it, or can get it meanwhile.
        if Arc::strong_count(&self.part) == 2 {
            parts.remove(&self.caller);
        }
    }
}

/// A message that was read and waits for its turn.
type Waiting<T> =
    (Option<Result<T, Status>>, Pin<Box<dyn Future<Output = Option<OwnedSemaphorePermit>> + Send>>);

/// A stream that is read at its caller's pace.
pub(super) struct Paced<S, T> {
    inner: S,
    open: Open,
    turns: bool,
    /// The time up to which the reading so far is paid for.
    pause: Option<Pin<Box<Sleep>>>,
    waiting: Option<Waiting<T>>,
    turn: Option<OwnedSemaphorePermit>,
}

impl<S, T> Stream for Paced<S, T>
where
    S: Stream<Item = Result<T, Status>> + Unpin,
    T: Texts + Unpin,
{
    type Item = Result<T, Status>;

    fn poll_next(self: Pin<&mut Self>, task: &mut Context<'_>) -> Poll<Option<Self::Item>> {
        let this = self.get_mut();
        // A reader that asks for more has finished the message before.
        this.turn = None;
        if let Some((_, turn)) = &mut this.waiting {
            this.turn = ready!(turn.as_mut().poll(task));
            return Poll::Ready(this.waiting.take().and_then(|(read, _)| read));
        }
        if let Some(pause) = &mut this.pause {
            ready!(pause.as_mut().poll(task));
            this.pause = None;
        }
        let part = &this.open.part;
        let begun = Instant::now();
        let read = Pin::new(&mut this.inner).poll_next(task);
        let read = read.map(|read| read.map(|read| read.map(tidied)));
        this.pause = part.pay(begun.elapsed()).map(|due| Box::pin(sleep_until(due)));
        let read = ready!(read);
        if !this.turns {
            return Poll::Ready(read);
        }
        if let Ok(turn) = Arc::clone(&part.turn).try_acquire_owned() {
            this.turn = Some(turn);
            return Poll::Ready(read);
        }
        let turn = Arc::clone(&part.turn).acquire_owned();
        // It is never closed.
        let mut turn = Box::pin(async move { turn.await.ok() });
        if let Poll::Ready(turn) = turn.as_mut().poll(task) {
            this.turn = turn;
            return Poll::Ready(read);
        }
        this.waiting = Some((read, turn));
        Poll::Pending
    }
}

#[cfg(test)]
mod tests {
    use proto::intake::v1::PushCasesRequest;
    use tokio_stream::StreamExt as _;

    use super::*;

    /// An endless stream, each message of which takes so long to read.
    struct Slow(Duration);

    impl Stream for Slow {
        type Item = Result<PushCasesRequest, Status>;

        fn poll_next(self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<Option<Self::Item>> {
            let begun = std::time::Instant::now();
            while begun.elapsed() < self.0 {}
            Poll::Ready(Some(Ok(PushCasesRequest::default())))
        }
    }

    fn paced(streams: &Streams, caller: &str) -> Paced<Slow, PushCasesRequest> {
        let slow = Slow(Duration::from_millis(2));
        streams.paced(caller.to_owned(), slow, true).unwrap_or_else(|_| panic!("one too many"))
    }

    #[tokio::test]
    async fn a_caller_has_so_many_streams_and_another_has_its_own() {
        let streams = Streams::default();
        let mut open: Vec<_> = (0..STREAMS).map(|_| paced(&streams, "a")).collect();
        let one_more = || streams.paced::<_, PushCasesRequest>("a".to_owned(), Slow(AHEAD), true);
        assert_eq!(one_more().err().unwrap().code(), Code::ResourceExhausted);
        open.push(paced(&streams, "b"));
        open.remove(0);
        assert!(one_more().is_ok());
        drop(open);
        assert!(streams.lock().is_empty(), "nobody is remembered");
    }

    #[tokio::test(flavor = "multi_thread")]
    async fn however_many_streams_a_caller_has_reading_them_takes_its_part_and_no_more() {
        let streams = Streams::default();
        let span = Duration::from_secs(1);
        let mut reading = tokio::task::JoinSet::new();
        for _ in 0..STREAMS {
            let mut stream = paced(&streams, "a");
            reading.spawn(async move {
                let mut count = 0;
                let all = async {
                    while stream.next().await.is_some() {
                        count += 1
                    }
                };
                let _ = tokio::time::timeout(span, all).await;
                count
            });
        }
        let counts: Vec<u32> = reading.join_all().await;
        // Of 500 that one core could read: a quarter, and what it may read ahead.
        let read: u32 = counts.iter().sum();
        assert!((20..=180).contains(&read), "{read}");
        assert!(counts.iter().all(|count| *count > 0), "each has some of it: {counts:?}");
    }

    #[tokio::test]
    async fn one_of_a_callers_streams_is_worked_on_at_a_time_and_none_is_left_behind() {
        let streams = Streams::default();
        let (mut one, mut two) = (paced(&streams, "a"), paced(&streams, "a"));
        let mut other = paced(&streams, "b");
        one.next().await.unwrap().unwrap();
        let soon = Duration::from_millis(50);
        assert!(tokio::time::timeout(soon, two.next()).await.is_err(), "it is the other's turn");
        assert!(tokio::time::timeout(soon, other.next()).await.is_ok(), "of another caller");
        drop(one);
        assert!(tokio::time::timeout(soon * 10, two.next()).await.is_ok(), "what it had read");
    }
}
