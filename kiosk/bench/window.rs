//! M23 to M26: from the start of the process to the first correct pixels, resident memory, what an
//! untouched terminal costs, and how long people wait for a picture (waits.rs). Wants `Xvfb`; the server need not run, since the attract
//! screen asks for nothing.
#![allow(clippy::expect_used, clippy::unwrap_used, clippy::print_stdout)]

mod waits;

use std::{
    env, fs,
    io::{BufRead as _, BufReader},
    process::{Child, Command, Stdio},
    thread::sleep,
    time::{Duration, Instant},
};

use x11rb::{
    connection::Connection as _,
    protocol::xproto::{ConnectionExt as _, ImageFormat},
    rust_connection::RustConnection,
};

/// The window's preferred size, which is also the display's.
const SIZE: (u16, u16) = (810, 1125);
const STARTS: usize = 11;
/// Plays a terminal, in the folder after it.
const PLAY: &str = "--play";
/// How long the untouched terminal is watched.
const IDLE: Duration = Duration::from_secs(20);
/// Ticks of the processor's clock per second, as Linux counts them for every process.
const TICKS: f64 = 100.0;

fn main() {
    // This program again, as a terminal on the display.
    if let Some(folder) = env::args().skip_while(|word| word != PLAY).nth(1) {
        waits::play(folder.as_ref());
        return;
    }
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
    let start = || {
        let mut kiosk = Command::new(env!("CARGO_BIN_EXE_kiosk"));
        kiosk.arg("--token").arg(&token).arg("--spool").arg(folder.path());
        kiosk.env("DISPLAY", &name).env_remove("WAYLAND_DISPLAY");
        Ended(kiosk.spawn().unwrap())
    };

    let mut milliseconds: Vec<f64> = (0..STARTS)
        .map(|_| {
            while attracts(&screen, root) {
                sleep(Duration::from_millis(5));
            }
            let began = Instant::now();
            let _kiosk = start();
            while !attracts(&screen, root) {
                assert!(began.elapsed() < Duration::from_secs(30), "nothing is drawn");
                sleep(Duration::from_millis(1));
            }
            began.elapsed().as_secs_f64() * 1e3
        })
        .collect();
    milliseconds.sort_by(f64::total_cmp);
    let (least, median, most) =
        (milliseconds[0], milliseconds[STARTS / 2], milliseconds[STARTS - 1]);
    println!(
        "M23 spawn → first correct pixels: {median:.0} ms median of {STARTS} ({least:.0}–{most:.0})"
    );

    let kiosk = start();
    while !attracts(&screen, root) {
        sleep(Duration::from_millis(5));
    }
    sleep(Duration::from_secs(2));
    let before = ticks(kiosk.0.id());
    sleep(IDLE);
    let spent = f64::from(ticks(kiosk.0.id()) - before) / TICKS / IDLE.as_secs_f64();
    println!("M24 resident: {:.1} MB; idle: {:.2} % CPU", resident(kiosk.0.id()), spent * 100.0);
    drop(kiosk);

    let spool = tempfile::tempdir().unwrap();
    let mut play = Command::new(env::current_exe().unwrap());
    play.arg(PLAY).arg(spool.path()).env("DISPLAY", &name).env_remove("WAYLAND_DISPLAY");
    assert!(play.status().unwrap().success());
}

/// A process that does not outlive this one.
struct Ended(Child);

impl Drop for Ended {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

/// Whether the attract screen is there: its blue, and its words in white where the title stands.
fn attracts(screen: &RustConnection, root: u32) -> bool {
    let (width, top, height) = (SIZE.0, SIZE.1 / 10, SIZE.1 / 5);
    let asked = screen.get_image(
        ImageFormat::Z_PIXMAP,
        root,
        0,
        i16::try_from(top).unwrap(),
        width,
        height,
        !0,
    );
    let image = asked.unwrap().reply().unwrap().data;
    let is = |pixel: &&[u8], colour: [u8; 3]| pixel[..3] == colour;
    let pixels = image.chunks_exact(4);
    let all = pixels.len();
    let blue = pixels.clone().filter(|pixel| is(pixel, [0xa2, 0x4e, 0x0b])).count();
    let white = pixels.filter(|pixel| is(pixel, [0xff, 0xff, 0xff])).count();
    blue > all / 2 && white > 1_500
}

fn ticks(process: u32) -> u32 {
    let stat = fs::read_to_string(format!("/proc/{process}/stat")).unwrap();
    let fields: Vec<&str> = stat.rsplit(") ").next().unwrap().split(' ').collect();
    // utime and stime.
    fields[11].parse::<u32>().unwrap() + fields[12].parse::<u32>().unwrap()
}

fn resident(process: u32) -> f64 {
    let status = fs::read_to_string(format!("/proc/{process}/status")).unwrap();
    let line = status.lines().find(|line| line.starts_with("VmRSS:")).unwrap();
    line.split_whitespace().nth(1).unwrap().parse::<f64>().unwrap() / 1024.0
}
