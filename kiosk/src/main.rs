//! The terminal: a window on the government services. Without arguments it finds what `pingyi demo`
//! left in the current folder.

use std::{path::PathBuf, process::ExitCode, time::Duration};

use clap::Parser;
use kiosk::{
    clock, frames,
    run::connect,
    view::{App, Hall, belong},
    watchdog,
};
use slint::{
    CloseRequestResponse, Color, ComponentHandle as _, Image, PhysicalPosition, PhysicalSize,
};
use tokio::runtime::Builder;
use tonic::transport::Endpoint;
use visit::{
    adapter::{
        card,
        printer::{Address, EscPos},
        speech,
        spool::{Limits, Spool},
        telemetry,
        token::Token,
        tonic::Gateway,
    },
    devices::{Devices, card::Reader, printer::Printer, voice::Voice},
};
#[cfg(feature = "x11")]
use x11rb::connection::Connection as _;

/// The hall's name on a slip, if nobody said it.
const HALL: &str = "政务服务中心";
/// How long connecting may take.
const CONNECT: Duration = Duration::from_secs(5);
/// How long a dead connection may go unnoticed.
const KEEPALIVE: Duration = Duration::from_secs(15);

/// The self-service terminal (自助服务终端).
#[derive(Debug, Parser)]
#[command(name = "kiosk", version)]
struct Arguments {
    /// Where the services answer.
    #[arg(long, default_value = "http://127.0.0.1:7419")]
    endpoint: Endpoint,
    /// The file with this terminal's access token.
    #[arg(long, default_value = ".pingyi/tokens/kiosk.token")]
    token: PathBuf,
    /// The region whose items it offers, GB/T 2260.
    #[arg(long, default_value = "652301")]
    region: String,
    /// The folder of the ratings that wait to be delivered, and of the key that seals them; one
    /// terminal has it at a time.
    #[arg(long, value_name = "FOLDER", default_value = ".pingyi/kiosk")]
    spool: PathBuf,
    /// Where spans go: a collector that speaks OTLP over gRPC; absent: nowhere.
    #[arg(long, value_name = "URL")]
    traces: Option<String>,
    /// The share of touches that is traced, 0 to 1.
    #[arg(long, default_value_t = 1.0, value_parser = share)]
    traces_ratio: f64,
    /// The hall's name, in the header and on the attract screen; 政务服务中心 if not given.
    #[arg(long, value_name = "NAME")]
    hall: Option<String>,
    /// The hall's mark: a PNG or SVG.
    #[arg(long, value_name = "FILE")]
    logo: Option<PathBuf>,
    /// The hall's colour, on which white can be read: RRGGBB.
    #[arg(long, value_name = "RRGGBB", value_parser = colour)]
    colour: Option<Color>,
    /// A still picture for whoever passes by, in place of the terminal's own: a PNG or SVG, as often
    /// as there are pictures.
    #[arg(long, value_name = "FILE")]
    slide: Vec<PathBuf>,
    /// The printer of slips, which speaks ESC/POS: tcp://HOST:PORT or a device file; none if not given.
    #[arg(long, value_name = "tcp://HOST:PORT | FILE")]
    printer: Option<Address>,
    /// A scanner of codes is plugged in, and types what it reads.
    #[arg(long)]
    scanner: bool,
    /// The program that prints a line for each identity card: the name, a tab, the number.
    #[arg(long, value_name = "PROGRAM")]
    card_reader: Option<PathBuf>,
    /// Reads every page out, by spd-say or espeak-ng; silent if not given.
    #[arg(long, value_name = "PROGRAM")]
    speech: Option<PathBuf>,
    /// Takes the whole screen, without frame and pointer.
    #[arg(long)]
    alone: bool,
    /// How long systemd waits for a sign of life, in microseconds; it says so itself.
    #[arg(long, env = "WATCHDOG_USEC", hide = true)]
    watchdog: Option<u64>,
}

fn main() -> ExitCode {
    let arguments = Arguments::parse();
    match open(arguments) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("kiosk: {error}");
            ExitCode::FAILURE
        }
    }
}

fn open(arguments: Arguments) -> Result<(), Box<dyn std::error::Error>> {
    let token = Token::read(&arguments.token).map_err(|error| {
        let path = arguments.token.display();
        format!("{path}: {error}; `cargo run` writes it, or name another with --token")
    })?;
    if arguments.endpoint.uri().scheme_str() != Some("http") {
        return Err("--endpoint: http:// only, the terminal speaks no TLS yet".into());
    }
    let endpoint = arguments
        .endpoint
        .connect_timeout(CONNECT)
        .http2_keep_alive_interval(KEEPALIVE)
        .keep_alive_while_idle(true);
    let runtime = Builder::new_current_thread().enable_all().build()?;
    let (channel, telemetry) = {
        let _inside = runtime.enter();
        let ratio = arguments.traces_ratio;
        let traces = arguments.traces.map(|url| telemetry::init(&url, ratio)).transpose()?;
        (endpoint.connect_lazy(), traces)
    };
    let services = Gateway::with(channel, token, &arguments.region);
    let spool = runtime.block_on(Spool::open(&arguments.spool, Limits::default()))?;
    let app = App::new()?;
    let devices = {
        let _inside = runtime.enter();
        beside(&arguments)
    };
    let load = |path: PathBuf| {
        Image::load_from_path(&path).map_err(|error| format!("{}: {error}", path.display()))
    };
    let logo = arguments.logo.map(load).transpose()?;
    let slides = arguments.slide.into_iter().map(load).collect::<Result<_, _>>()?;
    let (name, colour) = (arguments.hall, arguments.colour);
    belong(&app, Hall { name, logo, colour, slides });
    let _clock = clock::show(&app);
    app.set_alone(arguments.alone);
    if arguments.alone {
        fill_screen(&app);
        app.window().on_close_requested(|| CloseRequestResponse::KeepWindowShown);
    }
    connect(&app, runtime, services, spool, devices)?;
    frames::watch(&app, |wait, took| telemetry::drawn(wait.name(), took));
    let _fed = watchdog::feed(arguments.watchdog.map(Duration::from_micros), watchdog::systemd);
    app.run()?;
    if let Some(telemetry) = telemetry {
        telemetry.end();
    }
    Ok(())
}

/// Puts the devices to work, in the runtime it is called in.
fn beside(arguments: &Arguments) -> Devices {
    let hall = arguments.hall.as_deref().unwrap_or(HALL);
    let printer = arguments.printer.clone();
    Devices {
        printer: printer.map(|address| Printer::start(EscPos::new(address, hall))),
        reader: arguments
            .card_reader
            .as_deref()
            .map(|path| Reader::start(card::Program::start(path))),
        voice: arguments.speech.as_deref().map(|path| Voice::start(speech::Program::new(path))),
        scanner: arguments.scanner,
    }
}

/// Takes the size of the X11 screen, if there is one. A window manager makes the window fill it, and
/// so does Wayland; alone on a bare X server nobody else does.
fn fill_screen(app: &App) {
    #[cfg(feature = "x11")]
    if let Ok((connection, screen)) = x11rb::connect(None)
        && let Some(root) = connection.setup().roots.get(screen)
    {
        let (width, height) = (root.width_in_pixels.into(), root.height_in_pixels.into());
        app.window().set_position(PhysicalPosition::new(0, 0));
        app.window().set_size(PhysicalSize::new(width, height));
    }
    #[cfg(not(feature = "x11"))]
    let _ = app;
}

/// A colour on which white has a contrast of 4.5 : 1 or more (WCAG 1.4.3).
fn colour(text: &str) -> Result<Color, String> {
    let refuse = || "is no colour of six hexadecimal digits".to_owned();
    let digits = text.len() == 6 && text.chars().all(|c| c.is_ascii_hexdigit());
    let value = u32::from_str_radix(text, 16).ok().filter(|_| digits).ok_or_else(refuse)?;
    let [_, red, green, blue] = value.to_be_bytes();
    let linear = |channel: u8| {
        let share = f32::from(channel) / 255.0;
        if share <= 0.04045 { share / 12.92 } else { ((share + 0.055) / 1.055).powf(2.4) }
    };
    let light = 0.2126 * linear(red) + 0.7152 * linear(green) + 0.0722 * linear(blue);
    if 1.05 / (light + 0.05) < 4.5 {
        return Err("is too light: white cannot be read on it".to_owned());
    }
    Ok(Color::from_rgb_u8(red, green, blue))
}

fn share(text: &str) -> Result<f64, String> {
    let ratio: f64 = text.parse().map_err(|_| "is no number".to_owned())?;
    if (0.0..=1.0).contains(&ratio) { Ok(ratio) } else { Err("is not between 0 and 1".to_owned()) }
}

#[cfg(test)]
mod tests {
    use super::colour;

    #[test]
    fn a_hall_has_a_colour_on_which_white_can_be_read() {
        assert_eq!(colour("0b4ea2").unwrap(), slint::Color::from_rgb_u8(0x0b, 0x4e, 0xa2));
        assert!(colour("9a1f1f").is_ok());
        for refused in ["ffd60a", "0b4ea", "0b4ea2f", "+b4ea2", "blau"] {
            assert!(colour(refused).is_err(), "{refused}");
        }
    }
}
