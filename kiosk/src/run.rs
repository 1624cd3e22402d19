//! The window's thread only draws; the visit runs on its own thread, so that no network and no disk
//! can delay a touch.

use std::{io, thread, time::Instant};

use slint::{ComponentHandle as _, Weak};
use tokio::{runtime::Runtime, sync::mpsc};
use visit::{
    adapter::spool::Spool,
    controller::Controller,
    devices::{
        Devices,
        card::{self, Reader},
    },
    flow::{Event, Shown},
    ports::Services,
    screen::Screen,
};

use crate::{
    frames::{self, Wait},
    view::{App, fill, listen, offer, show, suit},
};

/// How many touches may wait; a finger makes a handful a second.
const WAITING: usize = 64;

/// Shows a visit in the window until the window is closed; the visit, and the delivery of what waits
/// in `spool`, go on in `runtime`, where the devices were started. What is returned takes events as the
/// window does.
///
/// # Errors
/// If the visit's thread cannot be started.
pub fn connect(
    app: &App,
    runtime: Runtime,
    services: impl Services,
    spool: Spool,
    mut devices: Devices,
) -> io::Result<mpsc::Sender<Event>> {
    let (sender, receiver) = mpsc::channel(WAITING);
    // A full queue means that the visit is not keeping up with a finger: the touch is dropped, as
    // if the screen had not been hit.
    let touches = sender.clone();
    listen(app, move |event| drop(touches.try_send(event)));
    suit(app, &Shown::new());
    offer(app, &devices);
    let reader = devices.reader.take();
    let window = app.as_weak();
    let controller = {
        let _inside = runtime.enter();
        Controller::spooling(services, spool).beside(devices)
    };
    let visit = run(controller, receiver, reader, window);
    thread::Builder::new().name("visit".to_owned()).spawn(move || runtime.block_on(visit))?;
    Ok(sender)
}

async fn run<S: Services>(
    mut controller: Controller<S>,
    mut touches: mpsc::Receiver<Event>,
    mut reader: Option<Reader>,
    window: Weak<App>,
) {
    let mut shown = controller.shown();
    // When the case was completed whose faces are on their way.
    let mut completed = None;
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
            _ = controller.answer() => {
                if let (Screen::Result { .. }, Screen::Inviting { .. }) =
                    (&shown.screen, controller.screen())
                {
                    completed = Some(Instant::now());
                }
                false
            }
            card = read(&mut reader) => {
                // It goes to the form that is there, and is forgotten.
                let filled = card::fills(&shown.screen, &card);
                if window.upgrade_in_event_loop(move |app| fill(&app, &filled)).is_err() {
                    return;
                }
                continue;
            }
        };
        // Drawn anew, a screen would lose what is being typed on it; but for a form just filled in,
        // of which it has everything, and whose problems must be seen once more.
        let before = std::mem::replace(&mut shown, controller.shown());
        let (redraw, now) = (shown.screen != before.screen || filled, shown.clone());
        let same = (shown.comfort, shown.printing) == (before.comfort, before.printing);
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

/// Waits for the next card; for ever without a reader.
async fn read(reader: &mut Option<Reader>) -> card::Card {
    match reader {
        Some(reader) => reader.next().await,
        None => std::future::pending().await,
    }
}
