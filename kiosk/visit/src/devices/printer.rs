//! The port of a printer of slips. It works in a task of its own and in limited time: however broken
//! it is, no visit waits for it.

use std::{
    future::Future,
    sync::{Arc, Mutex, PoisonError},
    time::Duration,
};

use tokio::{
    sync::{mpsc, oneshot, watch},
    time::timeout,
};

use super::slip::Slip;

/// How long a slip may take before its visitor is told that it does not come.
pub const LONGEST: Duration = Duration::from_secs(10);

/// What became of a slip.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Outcome {
    /// The printer says that it is printed.
    Printed,
    /// There is no paper.
    NoPaper,
    /// The printer does not answer, or is busy, open or broken.
    Away,
}

/// What a visitor sees of the slip of a screen.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Printing {
    /// Nobody asked for it yet.
    #[default]
    Untouched,
    /// It is on its way.
    Busy,
    /// This became of it.
    Done(Outcome),
}

/// A device that prints slips, one after the other.
pub trait Print: Send + 'static {
    /// Prints one below the hall's name; takes as long as it takes, and may be dropped meanwhile.
    fn print(&mut self, hall: &str, slip: &Slip) -> impl Future<Output = Outcome> + Send;
}

/// One terminal's printer.
#[derive(Clone, Debug)]
pub struct Printer {
    jobs: mpsc::Sender<(Slip, oneshot::Sender<Outcome>)>,
    hall: watch::Sender<String>,
}

impl Printer {
    /// Puts a hall's printer to work, in the runtime it is called in.
    #[must_use]
    pub fn start(mut device: impl Print, hall: &str) -> Self {
        let (hall, named) = watch::channel(hall.to_owned());
        let (jobs, mut waiting) = mpsc::channel::<(Slip, oneshot::Sender<Outcome>)>(1);
        tokio::spawn(async move {
            while let Some((slip, told)) = waiting.recv().await {
                // Its visitor has left: the next one must not find it in the tray.
                if told.is_closed() {
                    continue;
                }
                let hall = named.borrow().clone();
                let outcome = timeout(LONGEST, device.print(&hall, &slip)).await;
                // Nobody has to be there to hear it.
                let _ = told.send(outcome.unwrap_or(Outcome::Away));
            }
        });
        Self { jobs, hall }
    }

    /// The hall is called so from now on.
    pub fn belong(&self, hall: &str) {
        self.hall.send_replace(hall.to_owned());
    }

    /// Prints a slip. Dropped before the printer has begun with it, it is not printed.
    pub async fn print(&self, slip: Slip) -> Outcome {
        let (told, outcome) = oneshot::channel();
        if self.jobs.try_send((slip, told)).is_err() {
            return Outcome::Away;
        }
        outcome.await.unwrap_or(Outcome::Away)
    }
}

/// A printer that is not there: keeps the slips it is given, and does with them what it is told to.
#[derive(Clone, Debug)]
pub struct Simulator {
    outcome: Outcome,
    slips: Arc<Mutex<Vec<Slip>>>,
}

impl Simulator {
    /// One with which every slip ends like this.
    #[must_use]
    pub fn new(outcome: Outcome) -> Self {
        Self { outcome, slips: Arc::default() }
    }

    /// The slips it was given.
    #[must_use]
    pub fn slips(&self) -> Vec<Slip> {
        self.slips.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }
}

impl Print for Simulator {
    async fn print(&mut self, _: &str, slip: &Slip) -> Outcome {
        self.slips.lock().unwrap_or_else(PoisonError::into_inner).push(slip.clone());
        self.outcome
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A printer that never ends.
    struct Hung(Arc<Mutex<usize>>);

    impl Print for Hung {
        async fn print(&mut self, _: &str, _: &Slip) -> Outcome {
            *self.0.lock().unwrap() += 1;
            std::future::pending().await
        }
    }

    #[tokio::test(start_paused = true)]
    async fn a_printer_that_hangs_ends_in_time_and_serves_nobody_who_left() {
        let begun = Arc::new(Mutex::new(0));
        let printer = Printer::start(Hung(Arc::clone(&begun)), "");
        let (one, other) = (printer.clone(), printer.clone());
        let first = tokio::spawn(async move { one.print(Slip::default()).await });
        let left = tokio::spawn(async move { other.print(Slip::default()).await });
        while *begun.lock().unwrap() == 0 {
            tokio::task::yield_now().await;
        }
        left.abort();
        assert_eq!(first.await.unwrap(), Outcome::Away);
        assert_eq!(printer.print(Slip::default()).await, Outcome::Away);
        assert_eq!(*begun.lock().unwrap(), 2, "the second one's visitor had left");
    }

    /// A printer that prints the hall's name alone.
    struct Names(Arc<Mutex<Vec<String>>>);

    impl Print for Names {
        async fn print(&mut self, hall: &str, _: &Slip) -> Outcome {
            self.0.lock().unwrap().push(hall.to_owned());
            Outcome::Printed
        }
    }

    #[tokio::test]
    async fn a_slip_has_the_name_that_the_hall_has_by_then() {
        let printed = Arc::new(Mutex::new(Vec::new()));
        let printer = Printer::start(Names(Arc::clone(&printed)), "政务服务中心");
        printer.print(Slip::default()).await;
        printer.belong("示例市政务服务中心");
        printer.print(Slip::default()).await;
        assert_eq!(*printed.lock().unwrap(), ["政务服务中心", "示例市政务服务中心"]);
    }
}
