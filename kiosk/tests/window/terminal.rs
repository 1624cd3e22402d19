//! A terminal on the bench: the window, the flow, and a finger.

use std::{cell::RefCell, rc::Rc, time::Duration};

use i_slint_backend_testing::{
    ElementHandle, TestingBackend, TestingBackendOptions, mock_elapsed_time,
};
use i_slint_core::{
    input::TouchPhase,
    lengths::LogicalPoint,
    platform::{InternalEvent, WindowEvent},
};
use jiff::civil::date;
use kiosk::view::{App, listen, offer, show, suit, tell_time};
use slint::{
    ComponentHandle as _, LogicalSize, Rgba8Pixel, SharedPixelBuffer, SharedString, platform::Key,
};
use tokio::runtime::{Builder, Runtime};
use visit::{
    devices::{
        Devices,
        card::{self, Reader},
        printer::{self, Outcome, Printer, Printing},
        voice::{self, Voice},
    },
    flow::{Effect, Event, Shown, turn},
    screen::{Comfort, Screen},
    window::{News, Place},
};

/// A portrait terminal, and the one the pictures are taken of.
pub const PORTRAIT: (f32, f32) = (1080.0, 1920.0);

/// A wide one.
pub const LANDSCAPE: (f32, f32) = (1920.0, 1080.0);

/// As long as the code of a window is.
const CODE: &str = "NjUyMzAxLXcwMQabcdefghijklmnopqrstu";

pub struct Terminal {
    pub app: App,
    devices: RefCell<Devices>,
    /// What devices run in; this one does nothing by itself.
    runtime: Runtime,
    visit: Rc<RefCell<Visit>>,
}

struct Visit {
    shown: Shown,
    effects: Vec<Effect>,
    events: Vec<Event>,
}

impl Visit {
    /// Takes an event; whether there is something new to draw, as `run` has it.
    fn take(&mut self, event: Event) -> bool {
        let filled = matches!(event, Event::FormFilled(_));
        self.events.push(event.clone());
        let (shown, effect) = turn(self.shown.clone(), event);
        self.effects.extend(effect);
        let before = std::mem::replace(&mut self.shown, shown);
        filled || before.screen != self.shown.screen
    }
}

impl Terminal {
    pub fn new((width, height): (f32, f32)) -> Self {
        let options = TestingBackendOptions {
            mock_time: true,
            threading: false,
            renderer_name: Some("software".into()),
        };
        slint::platform::set_platform(Box::new(TestingBackend::new(options))).unwrap();
        let app = App::new().unwrap();
        let visit = Rc::new(RefCell::new(Visit {
            shown: Shown::new(),
            effects: Vec::new(),
            events: Vec::new(),
        }));
        let (taking, weak) = (Rc::clone(&visit), app.as_weak());
        listen(&app, move |event| {
            let redraw = taking.borrow_mut().take(event);
            let (app, shown) = (weak.unwrap(), &taking.borrow().shown);
            if redraw {
                show(&app, &shown.screen);
            }
            suit(&app, shown);
        });
        // A Sunday.
        tell_time(&app, date(2026, 11, 22).at(10, 24, 0, 0));
        app.show().unwrap();
        app.window().set_size(LogicalSize::new(width, height));
        let runtime = Builder::new_current_thread().build().unwrap();
        let terminal = Self { app, devices: RefCell::default(), runtime, visit };
        terminal.show(Screen::Attract);
        terminal
    }

    /// Makes it the evaluator of a window, which is watched.
    pub fn attends(&self, window: &str) {
        self.visit.borrow_mut().shown = Shown::at_a_window();
        self.hears(News::Shows(None));
        self.hears(News::Stands(Place { window: window.into(), code: CODE.into() }));
    }

    /// Something is heard of the window. What is on the screen is drawn anew only if that changes.
    pub fn hears(&self, news: News) {
        if self.visit.borrow_mut().take(Event::Window(news)) {
            show(&self.app, &self.screen());
        }
        suit(&self.app, &self.visit.borrow().shown);
        self.pass(Duration::from_millis(600));
    }

    /// Puts a screen on, whatever was there.
    pub fn show(&self, screen: Screen) {
        show(&self.app, &screen);
        self.visit.borrow_mut().shown.screen = screen;
        suit(&self.app, &self.visit.borrow().shown);
        self.pass(Duration::from_millis(600));
    }

    /// As a visitor chose how it should look.
    pub fn suits(&self, comfort: Comfort) {
        self.visit.borrow_mut().shown.comfort = comfort;
        suit(&self.app, &self.visit.borrow().shown);
        self.pass(Duration::from_millis(100));
    }

    /// Beside a printer, and what became of the page's slip; none: there is no printer.
    pub fn beside(&self, printing: Option<Printing>) {
        {
            let mut devices = self.devices.borrow_mut();
            devices.printer = printing.map(|_| {
                let printer = printer::Simulator::new(Outcome::Printed);
                self.runtime.block_on(async { Printer::start(printer, "") })
            });
            offer(&self.app, &devices);
        }
        self.visit.borrow_mut().shown.printing = printing.unwrap_or_default();
        suit(&self.app, &self.visit.borrow().shown);
        self.pass(Duration::from_millis(100));
    }

    /// Beside everything but a printer.
    pub fn equipped(&self) {
        let mut devices = self.devices.borrow_mut();
        self.runtime.block_on(async {
            devices.voice = Some(Voice::start(voice::Simulator::default()));
            devices.reader = Some(Reader::start(card::Simulator::new().0));
            devices.scanner = true;
        });
        offer(&self.app, &devices);
    }

    pub fn comfort(&self) -> Comfort {
        self.visit.borrow().shown.comfort
    }

    /// The services answer, and the screen is looked at for a moment.
    pub fn answer(&self, event: Event) {
        self.answer_at_once(event);
        self.pass(Duration::from_millis(600));
    }

    /// The services answer, this very moment.
    pub fn answer_at_once(&self, event: Event) {
        self.visit.borrow_mut().take(event);
        show(&self.app, &self.screen());
        suit(&self.app, &self.visit.borrow().shown);
        self.pass(Duration::from_millis(1));
    }

    pub fn screen(&self) -> Screen {
        self.visit.borrow().shown.screen.clone()
    }

    /// What the services were asked since this was last asked.
    pub fn asked(&self) -> Vec<Effect> {
        std::mem::take(&mut self.visit.borrow_mut().effects)
    }

    /// What was touched, heard and answered since this was last asked.
    pub fn events(&self) -> Vec<Event> {
        std::mem::take(&mut self.visit.borrow_mut().events)
    }

    /// Lets time pass, in steps that let every timer and every change take effect.
    pub fn pass(&self, time: Duration) {
        const STEP: Duration = Duration::from_millis(50);
        let mut left = time;
        while !left.is_zero() {
            let now = left.min(STEP);
            mock_elapsed_time(now);
            left -= now;
        }
    }

    /// Everything that bears a label, once.
    pub fn labelled(&self, label: &str) -> Vec<ElementHandle> {
        let mut found: Vec<ElementHandle> = Vec::new();
        for element in ElementHandle::find_by_accessible_label(&self.app, label) {
            let (place, size) = (element.absolute_position(), element.size());
            let known = found.iter().any(|f| f.absolute_position() == place && f.size() == size);
            if !known {
                found.push(element);
            }
        }
        found
    }

    /// The one thing that bears a label.
    pub fn find(&self, label: &str) -> ElementHandle {
        let mut found = self.labelled(label);
        assert_eq!(found.len(), 1, "{label} is there {} times", found.len());
        found.remove(0)
    }

    /// A finger on the middle of what bears a label.
    pub fn tap(&self, label: &str) {
        let element = self.find(label);
        let (place, size) = (element.absolute_position(), element.size());
        self.tap_at(place.x + size.width / 2.0, place.y + size.height / 2.0);
    }

    pub fn tap_at(&self, x: f32, y: f32) {
        self.finger(x, y, TouchPhase::Started);
        self.pass(Duration::from_millis(100));
        self.finger(x, y, TouchPhase::Ended);
        self.pass(Duration::from_millis(600));
    }

    /// A finger that pushes from one place to another.
    pub fn push(&self, x: f32, from: f32, to: f32) {
        self.finger(x, from, TouchPhase::Started);
        for n in 1_u8..=10 {
            self.finger(x, from + (to - from) * f32::from(n) / 10.0, TouchPhase::Moved);
            self.pass(Duration::from_millis(20));
        }
        self.finger(x, to, TouchPhase::Ended);
        self.pass(Duration::from_millis(1_000));
    }

    pub fn finger(&self, x: f32, y: f32, phase: TouchPhase) {
        let touch = InternalEvent::Touch { id: 0, position: LogicalPoint::new(x, y), phase };
        self.app.window().dispatch_event(WindowEvent::internal(touch));
    }

    /// Keys of a real keyboard.
    pub fn type_text(&self, text: &str) {
        self.app.window().dispatch_event(WindowEvent::KeyPressed { text: text.into() });
        self.app.window().dispatch_event(WindowEvent::KeyReleased { text: text.into() });
        self.pass(Duration::from_millis(100));
    }

    /// One key of a real keyboard, in no time.
    pub fn key(&self, key: char) {
        self.app.window().dispatch_event(WindowEvent::KeyPressed { text: key.into() });
        self.app.window().dispatch_event(WindowEvent::KeyReleased { text: key.into() });
    }

    /// A key together with control.
    pub fn shortcut(&self, text: &str) {
        let control = SharedString::from(char::from(Key::Control));
        let window = self.app.window();
        window.dispatch_event(WindowEvent::KeyPressed { text: control.clone() });
        window.dispatch_event(WindowEvent::KeyPressed { text: text.into() });
        window.dispatch_event(WindowEvent::KeyReleased { text: text.into() });
        window.dispatch_event(WindowEvent::KeyReleased { text: control });
        self.pass(Duration::from_millis(100));
    }

    pub fn picture(&self) -> SharedPixelBuffer<Rgba8Pixel> {
        self.app.window().take_snapshot().unwrap()
    }
}
