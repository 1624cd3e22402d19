//! The real program on a display that nobody manages, as a sealed terminal may have it.
#![allow(clippy::unwrap_used)]

use std::{
    fs,
    io::{BufRead as _, BufReader},
    os::unix::net::UnixDatagram,
    process::{Child, Command, Stdio},
    thread::sleep,
    time::{Duration, Instant},
};

use platform::testing::wait::{PATIENCE, stretched};
use x11rb::{
    connection::Connection as _,
    protocol::xproto::{ConnectionExt as _, MapState},
    rust_connection::RustConnection,
};

/// Neither the window's preferred size nor the toolkit's.
const SIZE: (u16, u16) = (1080, 1440);

struct Ended(Child);

impl Drop for Ended {
    fn drop(&mut self) {
        // It may have ended by itself.
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

#[test]
fn systemd_hears_that_the_window_is_there_and_lives() {
    let mut display = Ended(
        Command::new("Xvfb")
            .args(["-displayfd", "1", "-screen", "0", "800x600x24", "-noreset", "-nolisten", "tcp"])
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn()
            .expect("Xvfb, of the Debian package xvfb"),
    );
    let mut number = String::new();
    BufReader::new(display.0.stdout.take().unwrap()).read_line(&mut number).unwrap();
    let folder = tempfile::tempdir().unwrap();
    let token = folder.path().join("kiosk.token");
    fs::write(&token, "none").unwrap();
    let socket = folder.path().join("notify");
    let systemd = UnixDatagram::bind(&socket).unwrap();
    systemd.set_read_timeout(Some(stretched(PATIENCE))).unwrap();
    let kiosk = Command::new(env!("CARGO_BIN_EXE_kiosk"))
        .arg("--token")
        .arg(&token)
        .arg("--spool")
        .arg(folder.path())
        .args(["--endpoint", "http://127.0.0.1:9"])
        .env("DISPLAY", format!(":{}", number.trim()))
        .env_remove("WAYLAND_DISPLAY")
        .env("NOTIFY_SOCKET", &socket)
        .env("WATCHDOG_USEC", "300000")
        // As under cage, whose child it is.
        .env("WATCHDOG_PID", "1")
        .spawn();
    let _kiosk = Ended(kiosk.unwrap());
    for expected in ["READY=1", "WATCHDOG=1", "WATCHDOG=1"] {
        let mut bytes = [0; 64];
        let length = systemd.recv(&mut bytes).unwrap();
        assert_eq!(String::from_utf8_lossy(&bytes[..length]).trim(), expected);
    }
}

#[test]
fn alone_it_fills_a_screen_without_a_window_manager() {
    let mut display = Ended(
        Command::new("Xvfb")
            .args(["-displayfd", "1", "-screen", "0"])
            .arg(format!("{}x{}x24", SIZE.0, SIZE.1))
            .args(["-noreset", "-nolisten", "tcp"])
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn()
            .expect("Xvfb, of the Debian package xvfb"),
    );
    let mut number = String::new();
    BufReader::new(display.0.stdout.take().unwrap()).read_line(&mut number).unwrap();
    let name = format!(":{}", number.trim());
    let (screen, root) = x11rb::connect(Some(&name)).unwrap();
    let root = screen.setup().roots[root].root;
    let folder = tempfile::tempdir().unwrap();
    let token = folder.path().join("kiosk.token");
    fs::write(&token, "none").unwrap();
    let kiosk = Command::new(env!("CARGO_BIN_EXE_kiosk"))
        .arg("--alone")
        .arg("--token")
        .arg(&token)
        .arg("--spool")
        .arg(folder.path())
        // Nobody answers there, also while the demonstration runs on the usual port.
        .args(["--endpoint", "http://127.0.0.1:9"])
        .env("DISPLAY", &name)
        .env_remove("WAYLAND_DISPLAY")
        .spawn();
    let _kiosk = Ended(kiosk.unwrap());
    let (began, mut seen) = (Instant::now(), Vec::new());
    while !seen.contains(&(0, 0, SIZE.0, SIZE.1)) {
        assert!(began.elapsed() < stretched(PATIENCE), "windows stand at {seen:?}");
        sleep(Duration::from_millis(20));
        seen = windows(&screen, root);
    }
}

/// Where the windows on the screen stand, and how large they are.
fn windows(screen: &RustConnection, root: u32) -> Vec<(i16, i16, u16, u16)> {
    let children = screen.query_tree(root).unwrap().reply().unwrap().children;
    // One may be gone before it is asked after.
    let place = |window: u32| {
        let shown = screen.get_window_attributes(window).ok()?.reply().ok()?.map_state;
        let place = screen.get_geometry(window).ok()?.reply().ok()?;
        (shown == MapState::VIEWABLE).then_some((place.x, place.y, place.width, place.height))
    };
    children.into_iter().filter_map(place).collect()
}
