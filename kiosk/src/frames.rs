//! How long people wait for a picture: from a touch to the frame that answers it (M26), and from a
//! case's completion to its faces (M25), measured where the window is drawn.
//!
//! A colour that nobody sees depends on a count: it is asked for again exactly when a frame is drawn
//! after the count has changed. What this thread does next comes after that frame.

use std::{
    cell::Cell,
    rc::Rc,
    time::{Duration, Instant},
};

use slint::{Color, ComponentHandle as _, Timer};

use crate::{ui::Frames, view::App};

/// What was waited for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Wait {
    /// The frame that answers a touch.
    Touch,
    /// The faces of a case that was just completed.
    Faces,
}

impl Wait {
    /// Its name in traces.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Touch => "touch",
            Self::Faces => "faces",
        }
    }
}

thread_local! {
    /// Since when each is waited for, on the thread that draws.
    static WAITS: Cell<[Option<Instant>; 2]> = const { Cell::new([None; 2]) };
}

/// Tells how long each wait took.
pub fn watch(app: &App, tell: impl Fn(Wait, Duration) + 'static) {
    let tell = Rc::new(tell);
    let frames = app.global::<Frames>();
    let weak = app.as_weak();
    frames.on_touched(move || {
        if let Some(app) = weak.upgrade() {
            begin(&app, Wait::Touch, Instant::now());
        }
    });
    frames.on_drawing(move |_| {
        let waits = WAITS.take();
        if waits != [None; 2] {
            let tell = Rc::clone(&tell);
            Timer::single_shot(Duration::ZERO, move || {
                for (wait, since) in [Wait::Touch, Wait::Faces].into_iter().zip(waits) {
                    if let Some(since) = since {
                        tell(wait, since.elapsed());
                    }
                }
            });
        }
        Color::default()
    });
}

/// Waits for the next frame, since then.
pub(crate) fn begin(app: &App, wait: Wait, since: Instant) {
    let mut waits = WAITS.get();
    let at = usize::from(wait == Wait::Faces);
    // The first touch of several before a frame waited longest.
    waits[at] = waits[at].or(Some(since));
    WAITS.set(waits);
    let frames = app.global::<Frames>();
    frames.set_count(frames.get_count().wrapping_add(1));
}
