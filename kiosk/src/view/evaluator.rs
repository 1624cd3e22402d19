//! What an evaluator knows of its window, in the window of the screen.

use domain::case::Stage;
use jiff::{Timestamp, tz};
use slint::{ComponentHandle as _, SharedString};
use visit::{
    flow::evaluator::{Link, Post},
    window::{Lost, Place},
};

use crate::{
    code, language,
    ui::{self, App, Done},
};

/// China has one time (Asia/Shanghai).
const CHINA_TIME: tz::Offset = tz::offset(8);

/// Shows it; none: the terminal is no evaluator.
pub(super) fn show(app: &App, post: Option<&Post>) {
    let shown = app.global::<ui::Post>();
    shown.set_on(post.is_some());
    let Some(post) = post else { return };
    let Place { window, code } = &post.place;
    shown.set_window(window.into());
    let coded = if code.is_empty() { None } else { code::drawn(code) };
    shown.set_code(coded.unwrap_or_default());
    shown.set_link(match post.link {
        Link::Connecting => ui::Link::Connecting,
        Link::Watching => ui::Link::Watching,
        Link::Lost(Lost::Away) => ui::Link::Away,
        Link::Lost(Lost::Elsewhere) => ui::Link::Elsewhere,
        Link::Lost(Lost::NoWindow) => ui::Link::NoWindow,
        Link::Lost(Lost::NotAdmitted) => ui::Link::NotAdmitted,
    });
    // Of what was done there nothing stays longer than it can be rated.
    let matter = post.matter.as_ref();
    let item = matter.map(|matter| language::spoken(app).say(&matter.item_name));
    shown.set_item(item.unwrap_or_default().into());
    shown.set_at(matter.map(|matter| time(matter.served_at)).unwrap_or_default());
    shown.set_done(match matter.map(|matter| matter.stage) {
        Some(Stage::Acceptance) => Done::Accepted,
        Some(Stage::Completion) => Done::Completed,
        Some(Stage::Approval | Stage::Issuance) | None => Done::Other,
    });
}

/// The time of day of something.
fn time(micros: i64) -> SharedString {
    let Ok(at) = Timestamp::from_microsecond(micros) else { return SharedString::default() };
    let at = CHINA_TIME.to_datetime(at);
    slint::format!("{:02}:{:02}", at.hour(), at.minute())
}
