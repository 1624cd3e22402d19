//! The port of a voice. It says one thing at a time, and always the last one it was told to: what a
//! visitor has gone past is not worth hearing.

use std::{
    future::Future,
    sync::{Arc, Mutex, PoisonError},
    time::Duration,
};

use tokio::{sync::watch, time::timeout};

use crate::language::Language;

/// How long one thing may take to say.
const LONGEST: Duration = Duration::from_secs(60);

/// How loud.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Volume {
    /// Not at all.
    Off,
    /// So that who stands there hears it.
    Low,
    /// As a person speaks.
    #[default]
    Medium,
    /// For who hears badly.
    High,
}

impl Volume {
    /// What a touch makes of it.
    #[must_use]
    pub fn next(self) -> Self {
        match self {
            Self::Medium => Self::High,
            Self::High => Self::Off,
            Self::Off => Self::Low,
            Self::Low => Self::Medium,
        }
    }
}

/// Something to say.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Utterance {
    /// The words.
    pub words: String,
    /// The language they are in.
    pub language: Language,
    /// How loud.
    pub volume: Volume,
}

/// A device that speaks.
pub trait Speak: Send + 'static {
    /// Says something, to its end. Dropped, it says no more of it.
    fn say(&mut self, what: &Utterance) -> impl Future<Output = ()> + Send;

    /// Sees to it that nothing is being said.
    fn hush(&mut self) -> impl Future<Output = ()> + Send;
}

/// One terminal's voice.
#[derive(Clone, Debug)]
pub struct Voice {
    last: watch::Sender<Option<Utterance>>,
}

impl Voice {
    /// Puts a voice to work, in the runtime it is called in.
    #[must_use]
    pub fn start(mut device: impl Speak) -> Self {
        let (last, mut told) = watch::channel(None::<Utterance>);
        tokio::spawn(async move {
            let mut known = false;
            while known || told.changed().await.is_ok() {
                known = false;
                let what = told.borrow_and_update().clone();
                device.hush().await;
                let Some(what) = what else { continue };
                tokio::select! {
                    // Whether it got to its end or broke off: there is nothing more to say.
                    _ = timeout(LONGEST, device.say(&what)) => {}
                    more = told.changed() => match more {
                        Ok(()) => known = true,
                        Err(_) => return,
                    },
                }
            }
        });
        Self { last }
    }

    /// Says something in place of what is being said.
    pub fn say(&self, what: Utterance) {
        self.last.send_replace(Some(what));
    }

    /// Says nothing more.
    pub fn hush(&self) {
        self.last.send_replace(None);
    }
}

/// A voice that is not there: keeps what it is told to say.
#[derive(Clone, Debug, Default)]
pub struct Simulator(Arc<Mutex<Vec<Utterance>>>);

impl Simulator {
    /// What it was told so far.
    #[must_use]
    pub fn said(&self) -> Vec<Utterance> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }
}

impl Speak for Simulator {
    async fn say(&mut self, what: &Utterance) {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).push(what.clone());
    }

    async fn hush(&mut self) {}
}
