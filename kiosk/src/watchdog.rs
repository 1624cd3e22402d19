//! Tells systemd that the window lives, from the thread that draws it: a window that has stopped is
//! then started again, also if its program goes on.

use std::time::Duration;

use sd_notify::NotifyState;
use slint::{Timer, TimerMode};

/// How often a watchdog is fed in the time it gives.
const OFTEN: u32 = 3;

/// Says that the window is there as soon as it turns, and feeds a watchdog of this time for as long as
/// the timer lives.
#[must_use]
pub fn feed(within: Option<Duration>, tell: impl Fn(NotifyState) + Clone + 'static) -> Timer {
    let says = tell.clone();
    Timer::single_shot(Duration::ZERO, move || says(NotifyState::Ready));
    let timer = Timer::default();
    if let Some(within) = within {
        timer.start(TimerMode::Repeated, within / OFTEN, move || tell(NotifyState::Watchdog));
    }
    timer
}

/// Tells systemd, if it is there to hear it.
pub fn systemd(state: NotifyState) {
    // Nobody is: the program was started by hand.
    let _ = sd_notify::notify(&[state]);
}
