//! When calls begin: as soon as a caller is free (closed loop), or at a fixed rate whatever the
//! server does (open loop). In the open loop a call's latency counts from its *intended* start, so
//! a server that stalls cannot hide the calls that could not begin.

use std::{
    future::Future,
    num::{NonZeroU32, NonZeroUsize},
    sync::{
        Arc,
        atomic::{AtomicU64, Ordering},
    },
    time::{Duration, Instant},
};

use platform::stop::Stop;
use tokio::{sync::Semaphore, task::JoinSet};

/// Callers of the open loop: how many calls are under way at most. What is due beyond them waits
/// here, and its latency counts.
pub(super) const OPEN_CALLERS: usize = 256;
/// How long a caller who got no answer waits: a server that is away is not worth the cycles.
const PAUSE: Duration = Duration::from_millis(100);
/// How long what is due at the end may take to begin.
const GRACE: Duration = Duration::from_secs(1);
/// How often that is looked at.
const LOOK: Duration = Duration::from_millis(1);

/// How calls begin.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Pace {
    /// This many callers, each beginning again when answered.
    Closed(NonZeroUsize),
    /// This many a second.
    Open(NonZeroU32),
    /// In spikes: this many a second in the highest, see [`SPIKES`].
    Spikes(NonZeroU32),
}

/// The phases of spikes, of equal length, in parts of the highest: as complaints come in a quarter.
const SPIKES: [u32; 7] = [1, 15, 1, 25, 2, 35, 10];

impl Pace {
    /// How many calls are under way at once, at most.
    pub(super) fn callers(self) -> usize {
        match self {
            Self::Closed(callers) => callers.get(),
            Self::Open(_) | Self::Spikes(_) => OPEN_CALLERS,
        }
    }
}

/// When the calls of an open loop are meant to begin, counted from its own beginning.
#[derive(Clone, Copy, Debug)]
pub(super) struct Schedule {
    per_second: NonZeroU32,
    /// The height of each phase, and how long a phase lasts; the last one never ends.
    phases: &'static [u32],
    phase: Duration,
}

impl Schedule {
    /// So many a second.
    pub(super) fn new(per_second: NonZeroU32) -> Self {
        Self { per_second, phases: &[1], phase: Duration::MAX }
    }

    /// Spikes over a span.
    pub(super) fn spikes(highest: NonZeroU32, span: Duration) -> Self {
        let count = u32::try_from(SPIKES.len()).unwrap_or(u32::MAX);
        Self { per_second: highest, phases: &SPIKES, phase: span / count }
    }

    /// What a whole call is made of: parts of a nanosecond of the highest phase.
    fn whole(self) -> u128 {
        let highest = self.phases.iter().max().copied().unwrap_or(1);
        u128::from(highest) * 1_000_000_000
    }

    /// Each phase: how much of calls a nanosecond of it adds, and how long it lasts.
    fn heights(self) -> impl Iterator<Item = (u128, u128)> {
        let last = self.phases.len() - 1;
        self.phases.iter().enumerate().map(move |(n, height)| {
            let length = if n == last { Duration::MAX } else { self.phase };
            (u128::from(*height) * u128::from(self.per_second.get()), length.as_nanos())
        })
    }

    /// When the call of this number, from 0, is meant to begin.
    pub(super) fn intended(self, number: u64) -> Duration {
        let (mut wanted, mut nanos) = (u128::from(number) * self.whole(), 0);
        for (height, length) in self.heights() {
            let within = wanted / height;
            if within < length {
                nanos += within;
                break;
            }
            wanted -= height * length;
            nanos += length;
        }
        Duration::from_nanos(u64::try_from(nanos).unwrap_or(u64::MAX))
    }

    /// How many are meant to have begun after so long.
    pub(super) fn due(self, elapsed: Duration) -> u64 {
        let (mut left, mut parts) = (elapsed.as_nanos(), 0);
        for (height, length) in self.heights() {
            parts += height * left.min(length);
            left = left.saturating_sub(length);
        }
        let mut due = u64::try_from(parts / self.whole()).unwrap_or(u64::MAX);
        // Both round down; a call is due at the very instant it is meant to begin.
        while self.intended(due) <= elapsed {
            due += 1;
        }
        due
    }
}

/// What came of the loop.
#[derive(Clone, Copy, Debug)]
pub(super) struct PaceResult {
    /// When it began.
    pub(super) began: Instant,
    /// How long calls were begun.
    pub(super) span: Duration,
    /// Calls that were due and were never begun, for want of a free caller.
    pub(super) unsent: u64,
}

/// Begins calls until the time is over or it is told to stop, and waits for those under way.
/// `call` gets the caller's number and the instant its latency counts from, and says whether there
/// was an answer.
pub(super) async fn drive<C, F>(pace: Pace, span: Duration, stop: &Stop, call: C) -> PaceResult
where
    C: Fn(usize, Instant) -> F + Send + Sync + 'static,
    F: Future<Output = bool> + Send,
{
    let (began, call) = (Instant::now(), Arc::new(call));
    let mut callers = JoinSet::new();
    let unsent = match pace {
        Pace::Closed(count) => {
            for caller in 0..count.get() {
                let (call, stop) = (Arc::clone(&call), stop.clone());
                callers.spawn(async move {
                    while began.elapsed() < span && !stop.is_stopped() {
                        if !call(caller, Instant::now()).await {
                            tokio::select! {
                                () = tokio::time::sleep(PAUSE) => {}
                                () = stop.stopped() => {}
                            }
                        }
                    }
                });
            }
            0
        }
        Pace::Open(per_second) | Pace::Spikes(per_second) => {
            let (due, taken) = (Arc::new(Semaphore::new(0)), Arc::new(AtomicU64::new(0)));
            let schedule = match pace {
                Pace::Spikes(_) => Schedule::spikes(per_second, span),
                _ => Schedule::new(per_second),
            };
            for caller in 0..OPEN_CALLERS {
                let (call, due, taken) = (Arc::clone(&call), Arc::clone(&due), Arc::clone(&taken));
                callers.spawn(async move {
                    while let Ok(permit) = due.acquire().await {
                        permit.forget();
                        let number = taken.fetch_add(1, Ordering::Relaxed);
                        call(caller, began + schedule.intended(number)).await;
                    }
                });
            }
            let (stop, taken) = (stop.clone(), Arc::clone(&taken));
            // A thread of its own: the runtime's timers are a millisecond apart.
            let pacing = tokio::task::spawn_blocking(move || {
                release(schedule, began, span, &stop, &due, &taken)
            });
            pacing.await.unwrap_or_default()
        }
    };
    while callers.join_next().await.is_some() {}
    let span = span.min(began.elapsed());
    PaceResult { began, span, unsent }
}

/// Lets calls begin when they are due; how many never did.
fn release(
    schedule: Schedule,
    began: Instant,
    span: Duration,
    stop: &Stop,
    due: &Semaphore,
    taken: &AtomicU64,
) -> u64 {
    let mut released = 0;
    while !stop.is_stopped() {
        let elapsed = began.elapsed();
        // The last nanosecond before the end: what is due at the end is not of this span.
        let now = schedule.due(elapsed.min(span.saturating_sub(Duration::from_nanos(1))));
        due.add_permits(usize::try_from(now - released).unwrap_or_default());
        released = now;
        if elapsed >= span {
            break;
        }
        let next = schedule.intended(released).min(span);
        std::thread::sleep(next.saturating_sub(began.elapsed()).min(PAUSE));
    }
    let ended = Instant::now();
    while taken.load(Ordering::Relaxed) < released && ended.elapsed() < GRACE && !stop.is_stopped()
    {
        std::thread::sleep(LOOK);
    }
    due.close();
    released.saturating_sub(taken.load(Ordering::Relaxed))
}

#[cfg(test)]
mod tests {
    use std::sync::Mutex;

    use super::*;

    fn schedule(per_second: u32) -> Schedule {
        Schedule::new(NonZeroU32::new(per_second).unwrap())
    }

    #[test]
    fn load_calls_are_due_at_their_time_and_at_no_other() {
        for per_second in [1, 3, 7, 1_000, 6_700, 1_000_003] {
            let schedule = schedule(per_second);
            for number in [0, 1, 2, 3, 999, 86_400] {
                let at = schedule.intended(number);
                assert_eq!(schedule.due(at), number + 1, "{per_second}/s, call {number}");
                if let Some(before) = at.checked_sub(Duration::from_nanos(1)) {
                    assert_eq!(schedule.due(before), number, "{per_second}/s, call {number}");
                }
            }
        }
    }

    #[test]
    fn load_spikes_rise_and_fall_and_their_calls_are_due_at_their_time() {
        let (highest, span) = (NonZeroU32::new(35).unwrap(), Duration::from_secs(70));
        let spikes = Schedule::spikes(highest, span);
        // Ten seconds each.
        let mut begun = 0;
        for (n, per_second) in [1, 15, 1, 25, 2, 35, 10].into_iter().enumerate() {
            let end = Duration::from_secs(10 * (n as u64 + 1)) - Duration::from_nanos(1);
            let due = spikes.due(end);
            assert_eq!(due - begun, 10 * per_second, "phase {n}");
            begun = due;
        }
        for number in 0..begun {
            let at = spikes.intended(number);
            assert_eq!(spikes.due(at), number + 1, "call {number}");
            if let Some(before) = at.checked_sub(Duration::from_nanos(1)) {
                assert_eq!(spikes.due(before), number, "call {number}");
            }
        }
    }

    #[test]
    fn load_a_stalled_second_costs_every_call_that_was_meant_to_begin_in_it() {
        // One caller, a clock moved by hand: answers take a millisecond, and from the first to the
        // second second the server stands still.
        let (schedule, answer) = (schedule(100), Duration::from_millis(1));
        let (stalls, runs) = (Duration::from_secs(1), Duration::from_secs(2));
        let (mut now, mut late) = (Duration::ZERO, 0);
        for number in 0..schedule.due(Duration::from_secs(3)) {
            let intended = schedule.intended(number);
            now = now.max(intended);
            now = if (stalls..runs).contains(&now) { runs } else { now } + answer;
            late += u32::from(now - intended > Duration::from_millis(500));
        }
        // Half of those meant for that second, though only one of them was under way.
        assert!((45..=60).contains(&late), "{late}");
    }

    #[tokio::test(flavor = "multi_thread")]
    async fn load_the_open_loop_counts_from_the_intended_start() {
        // Every caller is held, as by a server that stands still.
        let gate = Arc::new(Semaphore::new(0));
        let (held, seen) = (Arc::clone(&gate), Arc::new(Mutex::new(Vec::new())));
        let told = Arc::clone(&seen);
        let call = move |_: usize, intended: Instant| {
            let (held, told) = (Arc::clone(&held), Arc::clone(&told));
            async move {
                told.lock().unwrap().push((intended, Instant::now()));
                drop(held.acquire().await.unwrap());
                true
            }
        };
        let opening = async {
            let stood = |seen: &[(Instant, Instant)]| {
                seen.len() == OPEN_CALLERS && seen[0].0.elapsed() > Duration::from_millis(400)
            };
            while !stood(&seen.lock().unwrap()) {
                tokio::time::sleep(LOOK).await;
            }
            gate.add_permits(OPEN_CALLERS);
        };
        let (rate, span) = (NonZeroU32::new(2_000).unwrap(), Duration::from_millis(500));
        let stop = Stop::default();
        let (driven, ()) = tokio::join!(drive(Pace::Open(rate), span, &stop, call), opening);
        let mut seen = seen.lock().unwrap().clone();
        assert_eq!(seen.len() as u64 + driven.unsent, 1_000, "what was due and no more");
        seen.sort_unstable();
        for (number, (intended, _)) in seen.iter().enumerate() {
            let meant = Duration::from_micros(500) * u32::try_from(number).unwrap();
            assert_eq!(*intended - driven.began, meant, "call {number}");
        }
        // Meant for 128 ms after the beginning, begun when the first caller was free.
        let (intended, begun) = seen[OPEN_CALLERS];
        assert!(begun - intended > Duration::from_millis(250), "{:?}", begun - intended);
    }

    #[tokio::test]
    async fn load_the_closed_loop_ends_at_once_when_told_to() {
        let stop = Stop::default();
        let asked = stop.clone();
        let call = move |_: usize, _: Instant| {
            asked.stop();
            async { false }
        };
        let pace = Pace::Closed(NonZeroUsize::new(3).unwrap());
        let hours = Duration::from_secs(7_200);
        let driven = drive(pace, hours, &stop, call).await;
        assert!(driven.span < hours);
        assert_eq!(driven.unsent, 0);
    }
}
