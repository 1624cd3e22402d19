//! What stands beside the screen, in the window.

use std::{
    cell::{Cell, RefCell},
    rc::Rc,
    time::Duration,
};

use domain::item::FieldKind;
use slint::{ComponentHandle as _, SharedString, Timer, TimerMode, platform::Key};
use visit::{
    devices::{
        Devices,
        printer::{Outcome, Printing},
        scanner::{Heard, Scanner as Tells},
        voice::Volume,
    },
    flow::{Event, Shown},
    screen::Screen,
};

use super::{
    board::{self, press},
    form,
};
use crate::ui::{App, Card, Page, Printing as Slips, Scanner, Slip, State, Voice};

/// Says what stands beside the screen.
pub fn offer(app: &App, devices: &Devices) {
    app.global::<Slip>().set_there(devices.printer.is_some());
    app.global::<Voice>().set_there(devices.voice.is_some());
    app.global::<Scanner>().set_there(devices.scanner);
    app.global::<Card>().set_there(devices.reader.is_some());
}

/// Fills fields of the form, by their identity, with what was read from a card.
pub fn fill(app: &App, filled: &[(String, String)]) {
    if app.global::<State>().get_page() == Page::Form && !filled.is_empty() {
        // What is being typed goes where it was typed.
        board::settle(app);
        form::fill(app, filled);
    }
}

/// Shows how the devices are.
pub(super) fn suit(app: &App, shown: &Shown) {
    app.global::<Slip>().set_printing(match shown.printing {
        Printing::Untouched => Slips::Untouched,
        Printing::Busy => Slips::Busy,
        Printing::Done(Outcome::Printed) => Slips::Printed,
        Printing::Done(Outcome::NoPaper) => Slips::NoPaper,
        Printing::Done(Outcome::Away) => Slips::Away,
    });
    app.global::<Voice>().set_volume(match shown.comfort.volume {
        Volume::Off => 0,
        Volume::Low => 1,
        Volume::Medium => 2,
        Volume::High => 3,
    });
    let asks = match &shown.screen {
        Screen::Form { item, .. } => {
            item.form.iter().any(|field| field.kind == FieldKind::IdNumber)
        }
        _ => false,
    };
    app.global::<Card>().set_wanted(asks);
}

/// Tells what they are asked for, and what a scanner reads.
pub(super) fn listen(app: &App, tell: impl Fn(Event) + Clone + 'static) {
    let to = tell.clone();
    app.global::<Slip>().on_print(move || to(Event::PrintTouched));
    let voice = app.global::<Voice>();
    let to = tell.clone();
    voice.on_repeat(move || to(Event::RepeatTouched));
    let to = tell.clone();
    voice.on_turn(move || to(Event::VolumeTouched));
    let to = tell.clone();
    voice.on_asked(move |rates| to(Event::AskedStillThere { rates }));
    scan(app, tell);
}

/// Hears a scanner among the keys.
fn scan(app: &App, tell: impl Fn(Event) + 'static) {
    let (tells, pause) = (Rc::new(RefCell::new(Tells::default())), Timer::default());
    // Keys that were heard already.
    let known = Rc::new(Cell::new(false));
    let weak = app.as_weak();
    app.global::<Scanner>().on_hears(move |text| {
        let Some(app) = weak.upgrade() else { return false };
        if known.get() || !app.global::<Scanner>().get_there() {
            return false;
        }
        let heard = tells.borrow_mut().key(&text);
        let (tells, again, weak) = (Rc::clone(&tells), Rc::clone(&known), weak.clone());
        let type_after_all = move |keys: &str| {
            let Some(app) = weak.upgrade() else { return };
            again.set(true);
            keys.chars().for_each(|key| press(&app, &key.into()));
            again.set(false);
        };
        match heard {
            Heard::Code { code, leaked } => {
                let back = SharedString::from(Key::Backspace);
                // After this key, within which there is no other.
                pause.start(TimerMode::SingleShot, Duration::ZERO, move || {
                    if leaked {
                        type_after_all(&back);
                    }
                });
                tell(Event::Scanned(code));
                true
            }
            heard => {
                let time = Duration::from_millis(Tells::PAUSE);
                pause.start(TimerMode::SingleShot, time, move || {
                    let keys = tells.borrow_mut().pause();
                    type_after_all(&keys);
                });
                heard == Heard::Kept
            }
        }
    });
}
