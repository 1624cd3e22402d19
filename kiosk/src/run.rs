//! The window's thread only draws; the visit runs on its own thread, so that no network and no disk
//! can delay a touch.

use std::{io, thread, time::Duration};

use slint::{ComponentHandle as _, Weak};
use tokio::{
    runtime::Runtime,
    sync::{mpsc, oneshot, watch},
    time::{sleep, timeout},
};
use visit::{
    adapter::{
        fleet::office::Office,
        spool::{Limits, Spool},
    },
    controller::{Controller, Desk},
    fleet::{Configuration, Standing},
    flow::Event,
    ports::Services,
    window::{Window, follow},
};

use crate::view::{App, furnish, listen, show, suit};

/// How many touches may wait; a finger makes a handful a second.
const WAITING: usize = 64;

/// How often the screen is asked whether it still draws, and how long it has for an answer.
const SCREEN: (Duration, Duration) = (Duration::from_secs(30), Duration::from_secs(10));
/// What the fleet is told of a screen that did not answer.
const STUCK: &str = "SCREEN_STUCK";

/// Shows a visit in the window until the window is closed; the visit, and the delivery of what waits
/// in `spool`, go on in `runtime`. With a desk, the terminal is one of the
/// fleet, and staff have their pages.
///
/// # Errors
/// If the visit's thread cannot be started.
pub fn connect(
    app: &App,
    runtime: Runtime,
    services: impl Services,
    spool: Spool,
    desk: Option<Desk>,
) -> io::Result<()> {
    let (_, nothing) = mpsc::channel(1);
    let inside = runtime.enter();
    let controller = Controller::spooling(services, spool);
    drop(inside);
    begin(app, runtime, controller, nothing, desk)
}

/// The same as the evaluator of a window, which is watched for as long as the program runs.
///
/// # Errors
/// As [`connect`].
pub fn attend(
    app: &App,
    runtime: Runtime,
    services: impl Services + Window,
    spool: Spool,
    desk: Option<Desk>,
) -> io::Result<()> {
    let (sender, news) = mpsc::channel(1);
    let inside = runtime.enter();
    tokio::spawn(follow(services.clone(), sender));
    let controller = Controller::spooling(services, spool).at_a_window();
    drop(inside);
    begin(app, runtime, controller, news, desk)
}

fn begin(
    app: &App,
    runtime: Runtime,
    controller: Controller<impl Services>,
    news: mpsc::Receiver<Event>,
    desk: Option<Desk>,
) -> io::Result<()> {
    let (sender, receiver) = mpsc::channel(WAITING);
    // A full queue means that the visit is not keeping up with a finger: the touch is dropped, as
    // if the screen had not been hit.
    listen(app, move |event| drop(sender.try_send(event)));
    suit(app, &controller.shown());
    let controller = controller.with_desk(desk.clone());
    let office = desk.map(|desk| desk.office);
    if let Some(office) = &office {
        runtime.spawn(office.clone().run(controller.outbox(), Limits::default().rows));
        runtime.spawn(watch_screen(office.clone(), app.as_weak()));
    }
    let visit = run(controller, (receiver, news), app.as_weak(), Member::of(office));
    thread::Builder::new().name("visit".to_owned()).spawn(move || runtime.block_on(visit))?;
    Ok(())
}

/// The terminal as one of the fleet.
struct Member {
    office: Option<Office>,
    standing: watch::Receiver<Standing>,
    /// What it shows; none: what it was started with.
    shows: Option<Configuration>,
}

impl Member {
    fn of(office: Option<Office>) -> Self {
        // Of one that is in no fleet there is no news.
        let none = || watch::channel(Standing::default()).1;
        let standing = office.as_ref().map_or_else(none, Office::standing);
        Self { office, standing, shows: None }
    }

    /// Has a terminal at which nobody is served show what it was told.
    fn settle<S: Services>(&mut self, controller: &mut Controller<S>, window: &Weak<App>) {
        let Some(office) = &self.office else { return };
        let standing = self.standing.borrow_and_update().clone();
        if !controller.stand(&standing) || self.shows.as_ref() == Some(&standing.configuration) {
            return;
        }
        office.apply(&standing.configuration);
        let told = standing.configuration.clone();
        // It fails only once the window is gone.
        let _ = window.upgrade_in_event_loop(move |app| furnish(&app, &told));
        self.shows = Some(standing.configuration);
    }
}

/// Tells the fleet when the screen does not draw any more.
async fn watch_screen(office: Office, window: Weak<App>) {
    loop {
        sleep(SCREEN.0).await;
        let (drawn, answer) = oneshot::channel();
        // Nobody listens once the time is over.
        let asked = window.upgrade_in_event_loop(move |_| {
            let _ = drawn.send(());
        });
        match timeout(SCREEN.1, answer).await {
            _ if asked.is_err() => return,
            Ok(_) => {}
            Err(_) => office.screen_failed(STUCK),
        }
    }
}

async fn run<S: Services>(
    mut controller: Controller<S>,
    (mut touches, mut news): (mpsc::Receiver<Event>, mpsc::Receiver<Event>),
    window: Weak<App>,
    mut member: Member,
) {
    let mut shown = controller.shown();
    // What is known before anybody comes.
    member.standing.mark_changed();
    loop {
        let filled = tokio::select! {
            touch = touches.recv() => match touch {
                Some(event) => {
                    let filled = matches!(event, Event::FormFilled(_));
                    controller.touch(event);
                    filled
                }
                // The window is gone.
                None => return,
            },
            _ = controller.answer() => false,
            Ok(()) = member.standing.changed() => false,
            // None of a terminal that is no evaluator.
            Some(event) = news.recv() => {
                controller.touch(event);
                false
            }
        };
        member.settle(&mut controller, &window);
        // Drawn anew, a screen would lose what is being typed on it; but for a form just filled in,
        // of which it has everything, and whose problems must be seen once more.
        let before = std::mem::replace(&mut shown, controller.shown());
        let (redraw, now) = (shown.screen != before.screen || filled, shown.clone());
        if !redraw && (shown.comfort, &shown.post) == (before.comfort, &before.post) {
            continue;
        }
        let draw = move |app: App| {
            if redraw {
                show(&app, &now.screen);
            }
            suit(&app, &now);
        };
        if window.upgrade_in_event_loop(draw).is_err() {
            return;
        }
    }
}
