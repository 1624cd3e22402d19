//! Wakes officers who watch notices. The job that watches deadlines runs in every process and looks
//! for the newest notice in the store each time, whoever made it.

use std::{
    collections::{HashMap, VecDeque},
    sync::{Arc, Mutex, MutexGuard, PoisonError},
};

use platform::stop::Stop;
use tokio::sync::watch;

/// How many streams one officer has: one is enough, and some may have been lost without notice.
/// Beyond that, the oldest ends.
pub(crate) const STREAMS: usize = 4;

/// Who watches in this process.
#[derive(Clone)]
pub(crate) struct Watchers {
    newest: Arc<watch::Sender<i64>>,
    open: Arc<Mutex<Open>>,
}

#[derive(Default)]
struct Open {
    next: u64,
    of_officers: HashMap<String, VecDeque<(u64, Stop)>>,
}

impl Default for Watchers {
    fn default() -> Self {
        Self { newest: Arc::new(watch::Sender::new(0)), open: Arc::default() }
    }
}

/// An officer who watches; ends when dropped.
pub(crate) struct Watch {
    id: u64,
    officer: String,
    watchers: Watchers,
    newest: watch::Receiver<i64>,
    displaced: Stop,
}

impl Watchers {
    fn open(&self) -> MutexGuard<'_, Open> {
        self.open.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Says which notice is the newest; wakes all who watch if it is another one.
    pub(crate) fn note(&self, number: i64) {
        self.newest.send_if_modified(|newest| std::mem::replace(newest, number) != number);
    }

    /// Watches for an officer, from now on.
    pub(crate) fn watch(&self, officer: &str) -> Watch {
        let mut open = self.open();
        open.next += 1;
        let (id, displaced) = (open.next, Stop::default());
        let own = open.of_officers.entry(officer.to_owned()).or_default();
        own.push_back((id, displaced.clone()));
        if own.len() > STREAMS
            && let Some((_, oldest)) = own.pop_front()
        {
            oldest.stop();
        }
        drop(open);
        let newest = self.newest.subscribe();
        Watch { id, officer: officer.to_owned(), watchers: self.clone(), newest, displaced }
    }
}

impl Watch {
    /// Waits until there may be a new notice; false if the officer watches through newer streams.
    pub(crate) async fn changed(&mut self) -> bool {
        tokio::select! {
            biased;
            () = self.displaced.stopped() => false,
            // The sender lives as long as this value.
            _ = self.newest.changed() => true,
        }
    }
}

impl Drop for Watch {
    fn drop(&mut self) {
        let mut open = self.watchers.open();
        if let Some(own) = open.of_officers.get_mut(&self.officer) {
            own.retain(|(id, _)| *id != self.id);
            if own.is_empty() {
                open.of_officers.remove(&self.officer);
            }
        }
    }
}
