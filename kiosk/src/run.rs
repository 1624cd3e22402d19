//! The window's thread only draws; the visit runs on its own thread, so that no network and no disk
//! can delay a touch.

use std::{
    io, thread,
    time::{Duration, Instant},
};

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
    devices::{
        Devices,
        card::{self, Reader},
        printer::Printer,
    },
    fleet::{Configuration, Standing},
    flow::Event,
    ports::Services,
    screen::Screen,
    window::{Window, follow},
};

use crate::{
    frames::{self, Wait},
    view::{App, fill, furnish, listen, offer, show, suit},
};

/// How many touches may wait; a finger makes a handful a second.
const WAITING: usize = 64;

/// How often the screen is asked whether it still draws, and how long it has for an answer.
const SCREEN: (Duration, Duration) = (Duration::from_secs(30), Duration::from_secs(10));
/// What the fleet is told of a screen that did not answer.
const STUCK: &str = "SCREEN_STUCK";

/// Shows a visit in the window until the window is closed; the visit, and the delivery of what waits
/// in `spool`, go on in `runtime`, where the devices were started. With a desk, the terminal is one of
/// the fleet, and staff have their pages. What is returned takes events as the window does.
///
/// # Errors
/// If the visit's thread cannot be started.
pub fn connect(
    app: &App,
    runtime: Runtime,
    services: impl Services,
    spool: Spool,
    desk: Option<Desk>,
    devices: Devices,
) -> io::Result<mpsc::Sender<Event>> {
    let (_, nothing) = mpsc::channel(1);
    let inside = runtime.enter();
    let controller = Controller::spooling(services, spool);
    drop(inside);
    begin(app, runtime, controller, nothing, desk, devices)
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
    devices: Devices,
) -> io::Result<mpsc::Sender<Event>> {
    let (sender, news) = mpsc::channel(1);
    let inside = runtime.enter();
    tokio::spawn(follow(services.clone(), sender));
    let controller = Controller::spooling(services, spool).at_a_window();
    drop(inside);
    begin(app, runtime, controller, news, desk, devices)
}

fn begin(
    app: &App,
    runtime: Runtime,
    controller: Controller<impl Services>,
    news: mpsc::Receiver<Event>,
    desk: Option<Desk>,
    mut devices: Devices,
) -> io::Result<mpsc::Sender<Event>> {
    let (sender, receiver) = mpsc::channel(WAITING);
    // A full queue means that the visit is not keeping up with a finger: the touch is dropped, as
    // if the screen had not been hit.
    let touches = sender.clone();
    listen(app, move |event| drop(touches.try_send(event)));
    suit(app, &controller.shown());
    offer(app, &devices);
    let (reader, printer) = (devices.reader.take(), devices.printer.clone());
    let controller = controller.with_desk(desk.clone()).beside(devices);
    let office = desk.map(|desk| desk.office);
    if let Some(office) = &office {
        runtime.spawn(office.clone().run(controller.outbox(), Limits::default().rows));
        runtime.spawn(watch_screen(office.clone(), app.as_weak()));
    }
    let heard = Heard { touches: receiver, news, reader };
    let visit = run(controller, heard, app.as_weak(), Member::of(office, printer));
    thread::Builder::new().name("visit".to_owned()).spawn(move || runtime.block_on(visit))?;
    Ok(sender)
}

/// What a visit hears of: touches, news of an evaluator's window, and cards.
struct Heard {
    touches: mpsc::Receiver<Event>,
    news: mpsc::Receiver<Event>,
    reader: Option<Reader>,
}

/// The terminal as one of the fleet.
struct Member {
    office: Option<Office>,
    printer: Option<Printer>,
    standing: watch::Receiver<Standing>,
    /// What it shows; none: what it was started with.
    shows: Option<Configuration>,
}

impl Member {
    fn of(office: Option<Office>, printer: Option<Printer>) -> Self {
        // Of one that is in no fleet there is no news.
        let none = || watch::channel(Standing::default()).1;
        let standing = office.as_ref().map_or_else(none, Office::standing);
        Self { office, printer, standing, shows: None }
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
        if let Some(printer) = self.printer.as_ref().filter(|_| !told.hall_name.is_empty()) {
            printer.belong(&told.hall_name);
        }
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
    mut heard: Heard,
    window: Weak<App>,
    mut member: Member,
) {
    let mut shown = controller.shown();
    // What is known before anybody comes.
    member.standing.mark_changed();
    // When it was known that a case can be rated whose faces are on their way.
    let mut completed = None;
    loop {
        // Whether a form was filled in, and whether the services told it.
        let (filled, told) = tokio::select! {
            touch = heard.touches.recv() => match touch {
                Some(event) => {
                    let filled = matches!(event, Event::FormFilled(_));
                    controller.touch(event);
                    (filled, false)
                }
                // The window is gone.
                None => return,
            },
            _ = controller.answer() => (false, true),
            Ok(()) = member.standing.changed() => (false, false),
            // None of a terminal that is no evaluator.
            Some(event) = heard.news.recv() => {
                controller.touch(event);
                (false, true)
            }
            card = read(&mut heard.reader) => {
                // It goes to the form that is there, and is forgotten.
                let filled = card::fills(&shown.screen, &card);
                if window.upgrade_in_event_loop(move |app| fill(&app, &filled)).is_err() {
                    return;
                }
                continue;
            }
        };
        if told && comes(&shown.screen, controller.screen()) {
            completed = Some(Instant::now());
        }
        member.settle(&mut controller, &window);
        // Drawn anew, a screen would lose what is being typed on it; but for a form just filled in,
        // of which it has everything, and whose problems must be seen once more.
        let before = std::mem::replace(&mut shown, controller.shown());
        let (redraw, now) = (shown.screen != before.screen || filled, shown.clone());
        let same = (shown.comfort, &shown.post, shown.printing)
            == (before.comfort, &before.post, before.printing);
        if !redraw && same {
            continue;
        }
        let faces = matches!(now.screen, Screen::Faces { .. });
        let since = completed.take_if(|_| faces || !matches!(now.screen, Screen::Inviting { .. }));
        let draw = move |app: App| {
            if redraw {
                show(&app, &now.screen);
            }
            if let Some(since) = since.filter(|_| faces) {
                frames::begin(&app, Wait::Faces, since);
            }
            suit(&app, &now);
        };
        if window.upgrade_in_event_loop(draw).is_err() {
            return;
        }
    }
}

/// Whether faces are on their way of which nobody knew: those of a case that was waited for, or of
/// what was done at the window.
fn comes(before: &Screen, after: &Screen) -> bool {
    let waits = matches!(before, Screen::Result { .. } | Screen::Attract);
    waits && matches!(after, Screen::Inviting { .. })
}

/// Waits for the next card; for ever without a reader.
async fn read(reader: &mut Option<Reader>) -> card::Card {
    match reader {
        Some(reader) => reader.next().await,
        None => std::future::pending().await,
    }
}
