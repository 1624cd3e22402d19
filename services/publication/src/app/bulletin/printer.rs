//! Makes PDFs of bulletins, which takes long and which everybody may ask for: one at a time in a process, and
//! each once, as long as it says the same and is among the last that were asked for.

use std::{
    collections::VecDeque,
    sync::{Arc, Mutex, PoisonError},
};

use platform::status::Failure;
use tokio::sync::Semaphore;

use super::{pdf, report::Report};
use crate::error::{Error, bulletin::BulletinError};

/// How many PDFs are kept: a region's of a year, with its quarters. One has some hundred kilobytes.
const KEPT: usize = 20;
/// How many callers wait for theirs at most.
const WAITING: usize = 32;

/// The press of one process.
#[derive(Clone, Debug)]
pub(crate) struct Printer(Arc<Press>);

#[derive(Debug)]
struct Press {
    /// What was made last, the newest first.
    kept: Mutex<VecDeque<(Report, Arc<Vec<u8>>)>>,
    waiting: Semaphore,
    turn: Arc<Semaphore>,
}

impl Default for Printer {
    fn default() -> Self {
        let (kept, waiting) = (Mutex::default(), Semaphore::new(WAITING));
        Self(Arc::new(Press { kept, waiting, turn: Arc::new(Semaphore::new(1)) }))
    }
}

impl Printer {
    /// The PDF of what a bulletin tells: as it was made before, else made when it is its turn.
    ///
    /// # Errors
    /// [`BulletinError::Busy`] if too many wait already.
    pub(crate) async fn print(&self, report: Report) -> Result<Vec<u8>, Error> {
        if let Some(known) = self.known(&report) {
            return Ok(known.to_vec());
        }
        let _place = self.0.waiting.try_acquire().map_err(|_| BulletinError::Busy)?;
        let turn = Arc::clone(&self.0.turn).acquire_owned().await;
        let turn = turn.map_err(|error| Failure::Internal(error.to_string()))?;
        // Whoever was before may have asked for the same.
        if let Some(known) = self.known(&report) {
            return Ok(known.to_vec());
        }
        let printer = self.clone();
        // Even if the caller has gone, nobody begins before this one is done.
        let making = move || {
            let made = pdf::pdf(&report).map(Arc::new);
            if let Ok(made) = &made {
                printer.keep(report, Arc::clone(made));
            }
            drop(turn);
            made
        };
        let made = tokio::task::spawn_blocking(making).await;
        let made = made.map_err(|error| Failure::Internal(error.to_string()))?;
        let made = made.map_err(|error| Failure::Internal(error.to_string()))?;
        Ok(made.to_vec())
    }

    fn known(&self, report: &Report) -> Option<Arc<Vec<u8>>> {
        let mut kept = self.0.kept.lock().unwrap_or_else(PoisonError::into_inner);
        let at = kept.iter().position(|(known, _)| known == report)?;
        let found = kept.remove(at)?;
        let file = Arc::clone(&found.1);
        kept.push_front(found);
        Some(file)
    }

    fn keep(&self, report: Report, file: Arc<Vec<u8>>) {
        let mut kept = self.0.kept.lock().unwrap_or_else(PoisonError::into_inner);
        kept.push_front((report, file));
        kept.truncate(KEPT);
    }
}

#[cfg(test)]
mod tests {
    use proto::publication::v1::BulletinAudience;

    use super::*;
    use crate::app::bulletin::report::{report, testing::sample};

    /// Reports that differ in their edition.
    fn edition(edition: u32) -> Report {
        let (mut bulletin, content) = sample();
        bulletin.edition = edition;
        report(&bulletin, &content, BulletinAudience::Public, None)
    }

    fn files(printer: &Printer) -> Vec<Arc<Vec<u8>>> {
        let kept = printer.0.kept.lock().unwrap();
        kept.iter().map(|(_, file)| Arc::clone(file)).collect()
    }

    #[tokio::test]
    async fn p06_a_bulletin_that_many_ask_for_at_once_is_made_once_and_again_only_if_it_says_another_thing()
     {
        let printer = Printer::default();
        let turn = printer.0.turn.acquire().await.unwrap();
        let (one, two) = (edition(1), edition(1));
        let asked = async { tokio::join!(printer.print(one), printer.print(two)) };
        let begin = async {
            while printer.0.waiting.available_permits() > WAITING - 2 {
                tokio::task::yield_now().await;
            }
            drop(turn);
        };
        let ((first, second), ()) = tokio::join!(asked, begin);
        assert_eq!(first.unwrap(), second.unwrap());
        let made = files(&printer);
        assert_eq!(made.len(), 1, "the second waited for the first one's");
        printer.print(edition(1)).await.unwrap();
        assert!(Arc::ptr_eq(&files(&printer)[0], &made[0]));
        printer.print(edition(2)).await.unwrap();
        assert_eq!(files(&printer).len(), 2);
        assert_eq!(printer.0.waiting.available_permits(), WAITING);
    }

    #[tokio::test]
    async fn p06_more_than_can_wait_are_refused_and_who_has_gone_waits_no_more() {
        let printer = Printer::default();
        let turn = printer.0.turn.acquire().await.unwrap();
        let mut waiting: Vec<_> = (0..WAITING).map(|_| Box::pin(printer.print(edition(1)))).collect();
        for one in &mut waiting {
            let begun = tokio::time::timeout(std::time::Duration::ZERO, one).await;
            assert!(begun.is_err(), "it waits");
        }
        let refused = printer.print(edition(1)).await.unwrap_err();
        let status = tonic::Status::from(refused);
        assert_eq!(status.code(), tonic::Code::ResourceExhausted);
        waiting.pop();
        let mut next = Box::pin(printer.print(edition(1)));
        let begun = tokio::time::timeout(std::time::Duration::ZERO, &mut next).await;
        assert!(begun.is_err(), "it has the place");
        drop((waiting, turn));
        assert!(next.await.unwrap().starts_with(b"%PDF-"));
    }

    #[tokio::test]
    async fn p06_not_more_are_kept_than_some() {
        let printer = Printer::default();
        let file = Arc::new(Vec::new());
        for n in 0..100 {
            printer.keep(edition(n), Arc::clone(&file));
        }
        assert_eq!(files(&printer).len(), KEPT);
        assert!(printer.known(&edition(99)).is_some() && printer.known(&edition(1)).is_none());
    }
}
