//! Wakes watchers: a terminal for its case, an evaluator for its window, each only for what it
//! watches. `app::case::watch` looks up what another process, or time, has changed.

use std::{
    collections::{HashMap, VecDeque},
    sync::{Arc, Mutex, MutexGuard, PoisonError},
};

use platform::stop::Stop;
use tokio::sync::{Semaphore, watch};
use uuid::Uuid;

use crate::store::case::watched::WatchTarget;

/// How many streams one terminal has: it needs one, and may have lost some without notice. Beyond
/// that, the oldest ends.
const STREAMS: usize = 4;
/// How many who begin to watch are shown something at a time: others read from the store as well.
const FIRST_LOOKS: usize = 2;

/// Where new service acts are announced within this process.
#[derive(Clone)]
pub(crate) struct Board {
    watches: Arc<Mutex<Watches>>,
    first_looks: Arc<Semaphore>,
}

impl Default for Board {
    fn default() -> Self {
        Self { watches: Arc::default(), first_looks: Arc::new(Semaphore::new(FIRST_LOOKS)) }
    }
}

#[derive(Default)]
struct Watches {
    next: u64,
    of: HashMap<WatchTarget, TargetState>,
    of_terminals: HashMap<String, VecDeque<(u64, Stop)>>,
    /// Whether somebody looks up changes for all.
    looking: bool,
}

/// One thing that is watched.
struct TargetState {
    /// A mark of its state; none before the first look.
    mark: Option<(i64, u64)>,
    changes: watch::Sender<()>,
}

/// A watcher; it ends when dropped.
pub(crate) struct Watch {
    id: u64,
    terminal: String,
    watched: WatchTarget,
    board: Board,
    changes: watch::Receiver<()>,
    displaced: Stop,
}

impl Watch {
    /// What is shown first; none if the terminal watches more than it can by then. Nothing is read for
    /// a stream that has ended while it waited.
    pub(crate) async fn first<T>(&self, look: impl Future<Output = T>) -> Option<T> {
        let _turn = tokio::select! {
            biased;
            () = self.displaced.stopped() => return None,
            turn = self.board.first_looks.acquire() => turn,
        };
        Some(look.await)
    }

    /// Waits until what is watched may have changed; false if the terminal watches more than it can.
    pub(crate) async fn changed(&mut self) -> bool {
        tokio::select! {
            // The sender stays on the board as long as this value exists.
            _ = self.changes.changed() => true,
            () = self.displaced.stopped() => false,
        }
    }
}

impl Drop for Watch {
    fn drop(&mut self) {
        let mut watches = self.board.watches();
        if let Some(own) = watches.of_terminals.get_mut(&self.terminal) {
            own.retain(|(id, _)| *id != self.id);
            if own.is_empty() {
                watches.of_terminals.remove(&self.terminal);
            }
        }
        // This one is still counted.
        let last = |seen: &TargetState| seen.changes.receiver_count() <= 1;
        if watches.of.get(&self.watched).is_some_and(last) {
            watches.of.remove(&self.watched);
        }
    }
}

impl Board {
    fn watches(&self) -> MutexGuard<'_, Watches> {
        self.watches.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Watches for a terminal, from now on; true if nobody looks up changes for the watchers yet.
    pub(crate) fn watch(&self, terminal: &str, watched: WatchTarget) -> (Watch, bool) {
        let mut watches = self.watches();
        watches.next += 1;
        let (id, displaced) = (watches.next, Stop::default());
        let own = watches.of_terminals.entry(terminal.to_owned()).or_default();
        own.push_back((id, displaced.clone()));
        if own.len() > STREAMS
            && let Some((_, oldest)) = own.pop_front()
        {
            oldest.stop();
        }
        let new = || TargetState { mark: None, changes: watch::Sender::new(()) };
        let changes = watches.of.entry(watched.clone()).or_insert_with(new).changes.subscribe();
        let first = !std::mem::replace(&mut watches.looking, true);
        drop(watches);
        let (terminal, board) = (terminal.to_owned(), self.clone());
        (Watch { id, terminal, watched, board, changes, displaced }, first)
    }

    /// Announces that service acts of these were committed.
    pub(crate) fn acts_came(&self, of: impl IntoIterator<Item = WatchTarget>) {
        let watches = self.watches();
        for watched in of {
            if let Some(seen) = watches.of.get(&watched) {
                seen.changes.send_replace(());
            }
        }
    }

    /// What is watched here; none if nobody watches, and then nobody needs to look any more.
    pub(crate) fn all(&self) -> Option<(Vec<Uuid>, Vec<String>)> {
        let mut watches = self.watches();
        let (mut cases, mut windows) = (Vec::new(), Vec::new());
        for watched in watches.of.keys() {
            match watched {
                WatchTarget::Case(id) => cases.push(*id),
                WatchTarget::Window(id) => windows.push(id.clone()),
            }
        }
        watches.looking = !watches.of.is_empty();
        watches.looking.then_some((cases, windows))
    }

    /// Wakes the watchers of changed things; all of them after a change of the catalog, since a
    /// terminal may now stand somewhere else.
    pub(crate) fn note(&self, marks: &HashMap<WatchTarget, u64>, catalog: i64) {
        for (watched, seen) in &mut self.watches().of {
            let mark = Some((catalog, marks.get(watched).copied().unwrap_or_default()));
            if seen.mark != mark {
                seen.mark = mark;
                seen.changes.send_replace(());
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use platform::testing::TERMINALS;
    use uuid::Uuid;

    use super::*;
    use crate::{
        app::{self, case::watch::watch},
        rpc::testing::Fixture,
    };

    /// How long to check that nothing comes.
    const A_WHILE: Duration = Duration::from_millis(50);
    const PATIENCE: Duration = platform::testing::wait::PATIENCE;

    async fn woken(watch: &mut Watch, within: Duration) -> Option<bool> {
        tokio::time::timeout(platform::testing::wait::stretched(within), watch.changed()).await.ok()
    }

    #[tokio::test]
    async fn who_watches_is_woken_by_what_it_watches_alone() {
        let fixture = Fixture::new().await;
        let board = &fixture.intake.board;
        let [one, other] = [1, 2].map(|n| WatchTarget::Case(Uuid::from_u128(n)));
        let mut first = watch(&fixture.intake, TERMINALS[0], one.clone());
        let mut second = watch(&fixture.intake, TERMINALS[1], other);
        // Everyone is woken once to look, when their first mark is taken.
        assert_eq!(woken(&mut first, PATIENCE).await, Some(true));
        assert_eq!(woken(&mut second, PATIENCE).await, Some(true));
        board.acts_came([one]);
        assert_eq!(woken(&mut first, PATIENCE).await, Some(true));
        assert_eq!(woken(&mut second, A_WHILE).await, None);
        drop((first, second));
        assert!(board.watches().of.is_empty() && board.watches().of_terminals.is_empty());
        let at_rest = async {
            while board.watches().looking {
                tokio::time::sleep(A_WHILE).await;
            }
        };
        tokio::time::timeout(PATIENCE, at_rest).await.expect("nobody looks for nobody");
    }

    #[tokio::test]
    async fn nothing_is_read_for_a_stream_that_ends_while_it_waits_for_its_turn() {
        let board = Board::default();
        let watch = || board.watch(TERMINALS[0], WatchTarget::Case(Uuid::from_u128(1))).0;
        let oldest = watch();
        let busy = board.first_looks.acquire_many(2).await.unwrap();
        let mut shown = Box::pin(oldest.first(async { "read" }));
        assert!(tokio::time::timeout(A_WHILE, &mut shown).await.is_err(), "others have their turn");
        let own: Vec<Watch> = (0..STREAMS).map(|_| watch()).collect();
        assert_eq!(shown.await, None);
        drop(busy);
        assert_eq!(own[0].first(async { "read" }).await, Some("read"));
    }

    #[tokio::test]
    async fn of_too_many_streams_of_a_terminal_the_oldest_end() {
        let fixture = Fixture::new().await;
        let (intake, watched) = (&fixture.intake, WatchTarget::Case(Uuid::from_u128(1)));
        let watch = |terminal| app::case::watch::watch(intake, terminal, watched.clone());
        let mut another = watch(TERMINALS[1]);
        let mut own: Vec<Watch> = (0..STREAMS + 2).map(|_| watch(TERMINALS[0])).collect();
        for (place, watch) in own.iter_mut().enumerate() {
            let displaced = place < 2;
            if displaced {
                // The first look may wake it before.
                let ended = async { while watch.changed().await {} };
                tokio::time::timeout(PATIENCE, ended).await.expect("it ends");
            } else {
                intake.board.acts_came([watched.clone()]);
                assert_eq!(woken(watch, PATIENCE).await, Some(true), "{place}");
            }
        }
        assert_eq!(woken(&mut another, PATIENCE).await, Some(true), "another's are its own");
        assert_eq!(intake.board.watches().of.len(), 1, "looked up once for all");
    }
}
