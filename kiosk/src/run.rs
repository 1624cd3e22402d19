//! The window's thread only draws; the visit runs on its own thread, so that no network and no disk
//! can delay a touch.

use std::{io, thread};

use slint::{ComponentHandle as _, Weak};
use tokio::{runtime::Runtime, sync::mpsc};
use visit::{
    adapter::spool::Spool,
    controller::Controller,
    flow::{Event, Shown},
    ports::Services,
};

use crate::view::{App, listen, show, suit};

/// How many touches may wait; a finger makes a handful a second.
const WAITING: usize = 64;

/// Shows a visit in the window until the window is closed; the visit, and the delivery of what waits
/// in `spool`, go on in `runtime`.
///
/// # Errors
/// If the visit's thread cannot be started.
pub fn connect(
    app: &App,
    runtime: Runtime,
    services: impl Services,
    spool: Spool,
) -> io::Result<()> {
    let (sender, receiver) = mpsc::channel(WAITING);
    // A full queue means that the visit is not keeping up with a finger: the touch is dropped, as
    // if the screen had not been hit.
    listen(app, move |event| drop(sender.try_send(event)));
    suit(app, &Shown::new());
    let window = app.as_weak();
    let controller = {
        let _inside = runtime.enter();
        Controller::spooling(services, spool)
    };
    let visit = run(controller, receiver, window);
    thread::Builder::new().name("visit".to_owned()).spawn(move || runtime.block_on(visit))?;
    Ok(())
}

async fn run<S: Services>(
    mut controller: Controller<S>,
    mut touches: mpsc::Receiver<Event>,
    window: Weak<App>,
) {
    let mut shown = controller.shown();
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
        };
        // Drawn anew, a screen would lose what is being typed on it; but for a form just filled in,
        // of which it has everything, and whose problems must be seen once more.
        let before = std::mem::replace(&mut shown, controller.shown());
        let (redraw, now) = (shown.screen != before.screen || filled, shown.clone());
        if !redraw && shown.comfort == before.comfort {
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
