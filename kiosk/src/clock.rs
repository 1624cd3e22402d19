//! The one place that reads this terminal's clock: for the time of day on the screen, which nothing
//! depends on.

use std::time::Duration;

use jiff::{Timestamp, civil::DateTime, tz};
use slint::{ComponentHandle as _, Timer, TimerMode};

use crate::view::{App, tell_time};

/// China has one time (Asia/Shanghai).
const CHINA_TIME: tz::Offset = tz::offset(8);
/// How far behind the clock on the screen may be.
const LATE: Duration = Duration::from_secs(5);

/// Shows the time of day in the window for as long as the timer lives.
#[must_use]
pub fn show(app: &App) -> Timer {
    let timer = Timer::default();
    tell_time(app, now());
    let weak = app.as_weak();
    timer.start(TimerMode::Repeated, LATE, move || {
        if let Some(app) = weak.upgrade() {
            tell_time(&app, now());
        }
    });
    timer
}

#[expect(clippy::disallowed_methods, reason = "this is the kiosk's clock")]
fn now() -> DateTime {
    CHINA_TIME.to_datetime(Timestamp::now())
}
