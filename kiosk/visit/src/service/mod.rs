//! What staff see of a terminal: the page on which it is registered, and the service page (服务页)
//! behind a PIN, with nothing of any visitor on it. Its words are Chinese alone.

mod report;

use std::ops::ControlFlow::{self, Break, Continue};

pub use report::{Line, Report, report};

use crate::{
    flow::{Effect, Event},
    screen::Screen,
};

/// A page for staff.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Page {
    /// The code of an invitation is typed, which makes this device the terminal.
    Register {
        /// What was typed.
        code: String,
        /// What is wrong; empty: nothing.
        problem: String,
        /// Whether the services are being asked.
        asking: bool,
    },
    /// The PIN is typed.
    Pin {
        /// What is wrong; empty: nothing.
        problem: String,
    },
    /// How the terminal is.
    Report {
        /// That.
        report: Report,
        /// Whether a second touch clears what was set aside.
        sure: bool,
    },
}

/// What happens on these pages.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Touch {
    /// Somebody knows the corner.
    Knocked,
    /// There is a PIN to ask for.
    PinWanted,
    /// A PIN was typed.
    PinGiven(String),
    /// The code of an invitation was typed.
    CodeGiven(String),
    /// Why it is not right, or not done.
    Refused(String),
    /// How the terminal is now.
    Reported(Report),
    /// The services shall be asked now.
    Hurried,
    /// What was set aside shall be tried again.
    AgainTouched,
    /// What was set aside shall be cleared.
    ClearTouched,
}

/// What these pages ask to be done.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Work {
    /// See whether there is a PIN.
    Knock,
    /// Check a PIN.
    Open(String),
    /// Register with a code.
    Register(String),
    /// Ask the services now.
    Hurry,
    /// Try again what was set aside.
    TryAgain,
    /// Clear what was set aside.
    Clear,
}

/// The page of a terminal that nobody has registered.
pub(crate) fn register() -> Screen {
    let (code, problem) = (String::new(), String::new());
    Screen::Staff(Page::Register { code, problem, asking: false })
}

/// What an event does on a screen of this part; the two again if it is none.
pub(crate) fn step(
    screen: Screen,
    event: Event,
) -> ControlFlow<(Screen, Option<Effect>), (Screen, Event)> {
    let touch = match (screen, event) {
        // Nobody leaves it but by registering.
        (screen @ Screen::Staff(Page::Register { .. }), Event::Left | Event::TimedOut) => {
            return Break((screen, None));
        }
        (Screen::Staff(_), Event::BackTouched) => return Break((Screen::Attract, None)),
        (screen, Event::Staff(touch)) => (screen, touch),
        other => return Continue(other),
    };
    let (screen, work) = turn(touch.0, touch.1);
    Break((screen, work.map(Effect::Staff)))
}

fn turn(screen: Screen, touch: Touch) -> (Screen, Option<Work>) {
    let is_busy = matches!(screen, Screen::Staff(Page::Register { asking: true, .. }));
    let is_open = !is_busy && (screen.at_rest() || matches!(screen, Screen::Closed { .. }));
    match (screen, touch) {
        (screen, Touch::Knocked) if is_open => (screen, Some(Work::Knock)),
        (_, Touch::PinWanted) if is_open => {
            (Screen::Staff(Page::Pin { problem: String::new() }), None)
        }
        (Screen::Staff(page), touch) => {
            let (page, work) = on_page(page, touch);
            (Screen::Staff(page), work)
        }
        (screen, _) => (screen, None),
    }
}

fn on_page(page: Page, touch: Touch) -> (Page, Option<Work>) {
    match (page, touch) {
        (Page::Register { asking: false, .. }, Touch::CodeGiven(code)) => {
            let work = Work::Register(code.clone());
            (Page::Register { code, problem: String::new(), asking: true }, Some(work))
        }
        (Page::Register { code, .. }, Touch::Refused(problem)) => {
            (Page::Register { code, problem, asking: false }, None)
        }
        (Page::Pin { .. }, Touch::PinGiven(pin)) => {
            (Page::Pin { problem: String::new() }, Some(Work::Open(pin)))
        }
        (Page::Pin { .. }, Touch::Refused(problem)) => (Page::Pin { problem }, None),
        (Page::Pin { .. } | Page::Report { .. }, Touch::Reported(report)) => {
            (Page::Report { report, sure: false }, None)
        }
        (Page::Report { report, .. }, Touch::Hurried) => {
            (Page::Report { report, sure: false }, Some(Work::Hurry))
        }
        (Page::Report { report, .. }, Touch::AgainTouched) => {
            (Page::Report { report, sure: false }, Some(Work::TryAgain))
        }
        (Page::Report { report, sure: false }, Touch::ClearTouched) => {
            (Page::Report { report, sure: true }, None)
        }
        (Page::Report { report, sure: true }, Touch::ClearTouched) => {
            (Page::Report { report, sure: false }, Some(Work::Clear))
        }
        (page, _) => (page, None),
    }
}

#[cfg(test)]
mod tests;
