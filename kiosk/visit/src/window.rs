//! The window (窗口) that an evaluator stands at: what can be rated there, as it changes (I19).

use std::{future::Future, time::Duration};

use domain::case::Stage;
use tokio::{sync::mpsc, time::sleep};
use tokio_stream::{Stream, StreamExt as _};

use crate::{
    flow::Event,
    outbox::{PAUSES, spread},
};

/// How long to wait after another device took this one's place: it stands there on purpose, or
/// somebody has to take one of the two away.
const ELSEWHERE: Duration = Duration::from_secs(60);

/// What was done at the window, and can be rated there now.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Matter {
    /// The token of its invitation.
    pub token: String,
    /// The item's name.
    pub item_name: String,
    /// What was done.
    pub stage: Stage,
    /// When, by the services' clock, in microseconds since 1970.
    pub served_at: i64,
}

/// Why a window is not being watched.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Lost {
    /// The services cannot be reached.
    Away,
    /// Other devices watch in this one's place.
    Elsewhere,
    /// This terminal is no evaluator, or stands at no window.
    NoWindow,
    /// The services do not admit this terminal.
    NotAdmitted,
}

/// Where an evaluator stands.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Place {
    /// What the window is called; empty: nobody said.
    pub window: String,
    /// What a scan of its code (窗口静态二维码) gives, for whoever rates by telephone; empty: nobody said.
    pub code: String,
}

/// What is heard of the window.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum News {
    /// What can be rated there now; none: nothing.
    Shows(Option<Matter>),
    /// It is not being watched at the moment.
    Lost(Lost),
    /// Which window it is.
    Stands(Place),
}

/// The window as its evaluator reaches it.
pub trait Window: Clone + Send + Sync + 'static {
    /// What can be rated, now and whenever that changes.
    type Shown: Stream<Item = Result<Option<Matter>, Lost>> + Send + Unpin;

    /// Begins to watch.
    fn watch(&self) -> impl Future<Output = Result<Self::Shown, Lost>> + Send;

    /// Where it is; none if that cannot be found out now.
    fn place(&self) -> impl Future<Output = Option<Place>> + Send;
}

/// Watches a window for as long as anybody listens, through outages and restarts.
pub async fn follow(window: impl Window, news: mpsc::Sender<Event>) {
    let mut pause = PAUSES.0;
    loop {
        let lost = match window.watch().await {
            Ok(mut shown) => loop {
                match shown.next().await {
                    Some(Ok(matter)) => {
                        pause = PAUSES.0;
                        // It may have been moved while nobody was to rate anything.
                        if matter.is_none() {
                            tokio::spawn(tell_place(window.clone(), news.clone()));
                        }
                        if news.send(Event::Window(News::Shows(matter))).await.is_err() {
                            return;
                        }
                    }
                    Some(Err(lost)) => break lost,
                    // The services stop, and are back soon.
                    None => break Lost::Away,
                }
            },
            Err(lost) => lost,
        };
        if news.send(Event::Window(News::Lost(lost))).await.is_err() {
            return;
        }
        let rest = if lost == Lost::Elsewhere { ELSEWHERE } else { pause };
        sleep(spread(rest)).await;
        pause = PAUSES.1.min(pause * 2);
    }
}

/// Says where the window is. Nothing else waits for that.
async fn tell_place(window: impl Window, news: mpsc::Sender<Event>) {
    if let Some(place) = window.place().await {
        // Nobody listens any more: the program ends.
        let _ = news.send(Event::Window(News::Stands(place))).await;
    }
}

#[cfg(test)]
mod tests;
