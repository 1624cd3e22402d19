//! What systemd hears of the window, and what is measured of its frames.

use std::{
    cell::RefCell, io::ErrorKind, os::unix::net::UnixDatagram, rc::Rc, thread, time::Duration,
};

use kiosk::{frames, frames::Wait, watchdog::feed};
use visit::screen::Screen;

use crate::terminal::{PORTRAIT, Terminal};

const WITHIN: Duration = Duration::from_millis(300);

/// The next thing that systemd hears; none if there is nothing.
fn heard(systemd: &UnixDatagram) -> Option<String> {
    let mut bytes = [0; 64];
    match systemd.recv(&mut bytes) {
        Ok(length) => Some(String::from_utf8_lossy(&bytes[..length]).into_owned()),
        Err(error) => {
            assert_eq!(error.kind(), ErrorKind::WouldBlock);
            None
        }
    }
}

#[test]
fn the_watchdog_is_fed_while_the_windows_thread_turns_and_no_longer() {
    let terminal = Terminal::new(PORTRAIT);
    let (systemd, ours) = UnixDatagram::pair().unwrap();
    systemd.set_nonblocking(true).unwrap();
    let ours = Rc::new(ours);
    let tells = move |state: sd_notify::NotifyState<'_>| {
        ours.send(state.to_string().as_bytes()).unwrap();
    };
    let fed = feed(Some(WITHIN), tells);
    assert_eq!(heard(&systemd), None, "the window has not turned yet");
    terminal.pass(Duration::from_millis(1));
    assert_eq!(heard(&systemd).as_deref(), Some("READY=1"));
    for _ in 0..3 {
        terminal.pass(WITHIN);
        assert_eq!(heard(&systemd).as_deref(), Some("WATCHDOG=1"));
        while heard(&systemd).is_some() {}
    }
    // The thread stands still, and real time goes on.
    thread::sleep(2 * WITHIN);
    assert_eq!(heard(&systemd), None);
    drop(fed);
    terminal.pass(2 * WITHIN);
    assert_eq!(heard(&systemd), None);
}

#[test]
fn m26_every_touch_is_measured_to_the_frame_that_answers_it() {
    let terminal = Terminal::new(PORTRAIT);
    let measured = Rc::new(RefCell::new(Vec::new()));
    let takes = Rc::clone(&measured);
    frames::watch(&terminal.app, move |wait, took| takes.borrow_mut().push((wait, took)));
    terminal.show(Screen::Items { items: Vec::new() });
    terminal.picture();
    terminal.pass(Duration::from_millis(1));
    assert!(measured.borrow().is_empty(), "nobody touched anything");
    for count in 1..=2 {
        terminal.tap("大字版");
        assert_eq!(measured.borrow().len(), count - 1, "nothing is drawn yet");
        terminal.picture();
        terminal.pass(Duration::from_millis(1));
        assert_eq!(measured.borrow().len(), count);
        terminal.tap("标准版");
        terminal.picture();
        terminal.pass(Duration::from_millis(1));
        measured.borrow_mut().truncate(count);
    }
    let all = measured.borrow();
    assert!(all.iter().all(|(wait, took)| *wait == Wait::Touch && !took.is_zero()), "{all:?}");
}
