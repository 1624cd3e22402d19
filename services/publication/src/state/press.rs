//! Makes files that take long to make and that everybody may ask for: one at a time in a process, and each once, as
//! long as it is among the last that were asked for.

use std::{
    collections::VecDeque,
    sync::{Arc, Mutex, PoisonError},
};

use platform::status::Failure;
use tokio::sync::Semaphore;

use crate::error::{Error, bulletin::BulletinError};

/// How many files are kept: PDFs of a region's bulletins of a year, quarters included. One has some hundred
/// kilobytes.
const KEPT: usize = 20;
/// How many callers wait for theirs at most.
const WAITING: usize = 32;

/// What a file is made of, and the file.
type Made = (Vec<u8>, Arc<Vec<u8>>);

/// The press of one process.
#[derive(Clone, Debug)]
pub(crate) struct Press(Arc<Inner>);

#[derive(Debug)]
struct Inner {
    /// What was asked for last, the newest first.
    kept: Mutex<VecDeque<Made>>,
    waiting: Semaphore,
    turn: Arc<Semaphore>,
}

impl Default for Press {
    fn default() -> Self {
        let (kept, waiting) = (Mutex::default(), Semaphore::new(WAITING));
        Self(Arc::new(Inner { kept, waiting, turn: Arc::new(Semaphore::new(1)) }))
    }
}

impl Press {
    /// The file made of something: as it was made before, else made when it is its turn.
    ///
    /// # Errors
    /// [`BulletinError::Busy`] if too many wait already; if it cannot be made.
    pub(crate) async fn print(
        &self,
        of: Vec<u8>,
        make: impl FnOnce() -> Result<Vec<u8>, String> + Send + 'static,
    ) -> Result<Vec<u8>, Error> {
        if let Some(known) = self.known(&of) {
            return Ok(known.to_vec());
        }
        let _place = self.0.waiting.try_acquire().map_err(|_| BulletinError::Busy)?;
        let turn = Arc::clone(&self.0.turn).acquire_owned().await;
        let turn = turn.map_err(|error| Failure::Internal(error.to_string()))?;
        // Whoever was before may have asked for the same.
        if let Some(known) = self.known(&of) {
            return Ok(known.to_vec());
        }
        let press = self.clone();
        // Even if the caller has gone, nobody begins before this one is done.
        let making = move || {
            let made = make().map(Arc::new);
            if let Ok(made) = &made {
                press.keep(of, Arc::clone(made));
            }
            drop(turn);
            made
        };
        let made = tokio::task::spawn_blocking(making).await;
        let made = made.map_err(|error| error.to_string()).and_then(|made| made);
        Ok(made.map_err(Failure::Internal)?.to_vec())
    }

    fn known(&self, of: &[u8]) -> Option<Arc<Vec<u8>>> {
        let mut kept = self.0.kept.lock().unwrap_or_else(PoisonError::into_inner);
        let at = kept.iter().position(|(known, _)| known == of)?;
        let found = kept.remove(at)?;
        let file = Arc::clone(&found.1);
        kept.push_front(found);
        Some(file)
    }

    fn keep(&self, of: Vec<u8>, file: Arc<Vec<u8>>) {
        let mut kept = self.0.kept.lock().unwrap_or_else(PoisonError::into_inner);
        kept.push_front((of, file));
        kept.truncate(KEPT);
    }
}

#[cfg(test)]
mod tests {
    use std::{
        sync::atomic::{AtomicUsize, Ordering},
        time::Duration,
    };

    use super::*;

    /// A press, and how often anything was made there.
    #[derive(Clone, Default)]
    struct Counted {
        press: Press,
        made: Arc<AtomicUsize>,
    }

    impl Counted {
        async fn print(&self, of: u8) -> Result<Vec<u8>, Error> {
            let made = Arc::clone(&self.made);
            let make = move || {
                made.fetch_add(1, Ordering::SeqCst);
                Ok(vec![of])
            };
            self.press.print(vec![of], make).await
        }

        fn made(&self) -> usize {
            self.made.load(Ordering::SeqCst)
        }
    }

    #[tokio::test]
    async fn p06_what_many_ask_for_at_once_is_made_once_and_again_only_of_another_thing() {
        let counted = Counted::default();
        let turn = counted.press.0.turn.acquire().await.unwrap();
        let asked = async { tokio::join!(counted.print(1), counted.print(1)) };
        let begin = async {
            while counted.press.0.waiting.available_permits() > WAITING - 2 {
                tokio::task::yield_now().await;
            }
            drop(turn);
        };
        let ((first, second), ()) = tokio::join!(asked, begin);
        assert_eq!((first.unwrap(), second.unwrap()), (vec![1], vec![1]));
        assert_eq!(counted.made(), 1, "the second waited for the first one's");
        counted.print(1).await.unwrap();
        assert_eq!(counted.made(), 1);
        assert_eq!(counted.print(2).await.unwrap(), [2]);
        assert_eq!(counted.made(), 2);
        assert_eq!(counted.press.0.waiting.available_permits(), WAITING);
    }

    #[tokio::test]
    async fn p06_more_than_can_wait_are_refused_and_who_has_gone_waits_no_more() {
        let counted = Counted::default();
        let turn = counted.press.0.turn.acquire().await.unwrap();
        let mut waiting: Vec<_> = (0..WAITING).map(|_| Box::pin(counted.print(1))).collect();
        for one in &mut waiting {
            assert!(tokio::time::timeout(Duration::ZERO, one).await.is_err(), "it waits");
        }
        let refused = tonic::Status::from(counted.print(1).await.unwrap_err());
        assert_eq!(refused.code(), tonic::Code::ResourceExhausted);
        waiting.pop();
        let mut next = Box::pin(counted.print(1));
        let begun = tokio::time::timeout(Duration::ZERO, &mut next).await;
        assert!(begun.is_err(), "it has the place");
        drop((waiting, turn));
        assert_eq!(next.await.unwrap(), [1]);
    }

    #[tokio::test]
    async fn p06_not_more_are_kept_than_some() {
        let counted = Counted::default();
        for n in 0..100 {
            counted.print(n).await.unwrap();
        }
        assert_eq!(counted.press.0.kept.lock().unwrap().len(), KEPT);
        counted.print(99).await.unwrap();
        counted.print(0).await.unwrap();
        assert_eq!(counted.made(), 101, "the oldest is made again");
    }
}
