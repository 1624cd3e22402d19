//! The terminal: a window on the government services. Without arguments it finds what `pingyi demo`
//! left in the current folder.

use std::{
    path::{Path, PathBuf},
    process::ExitCode,
    time::Duration,
};

use clap::Parser;
use kiosk::{
    clock, frames,
    run::{attend, connect},
    view::{App, Hall, belong},
    watchdog,
};
use slint::{
    CloseRequestResponse, Color, ComponentHandle as _, Image, PhysicalPosition, PhysicalSize,
};
use tokio::runtime::Builder;
use visit::{
    adapter::{
        card,
        fleet::{identity::Identity, office::Office, pin::Pin},
        line::{Line, leaves_in_the_clear},
        printer::{Address, EscPos},
        speech,
        spool::{Limits, Spool},
        telemetry,
        token::Token,
        tonic::Gateway,
    },
    controller::Desk,
    devices::{Devices, card::Reader, printer::Printer, voice::Voice},
};
#[cfg(feature = "x11")]
use x11rb::connection::Connection as _;

/// Where `cargo run` leaves the token of the sample's kiosk.
const TOKEN: &str = ".pingyi/tokens/kiosk.token";
/// The hall's name on a slip, if nobody said it.
const HALL: &str = "政务服务中心";

/// The self-service terminal (自助服务终端).
#[derive(Debug, Parser)]
#[command(name = "kiosk", version)]
struct Arguments {
    /// Where the services answer: https://, or http:// on this machine.
    #[arg(long, value_name = "URL", default_value = "http://127.0.0.1:7419")]
    endpoint: String,
    /// Who vouches for the services at https://, in PEM.
    #[arg(long, value_name = "FILE")]
    ca: Option<PathBuf>,
    /// The file with this terminal's access token, where it does not come with a certificate;
    /// .pingyi/tokens/kiosk.token for http://.
    #[arg(long, value_name = "FILE")]
    token: Option<PathBuf>,
    /// Lets http:// leave this machine, where something else encrypts.
    #[arg(long)]
    plaintext: bool,
    /// Registers this device with the code of an invitation, and ends; for whoever installs it.
    #[arg(long, value_name = "CODE")]
    register: Option<String>,
    /// Sets the PIN of the service page, 6 to 12 digits in one line from the standard input, and ends.
    #[arg(long)]
    set_pin: bool,
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
    /// It is the evaluator of a window (窗口评价器): it wakes when something there can be rated.
    #[arg(long)]
    evaluator: bool,
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
    let pin = Pin::of(&arguments.spool);
    if arguments.set_pin {
        std::fs::create_dir_all(&arguments.spool)?;
        let mut typed = String::new();
        std::io::stdin().read_line(&mut typed)?;
        return Ok(pin.set(typed.trim())?);
    }
    let runtime = Builder::new_current_thread().enable_all().build()?;
    let (line, token, identity, telemetry) = {
        let _inside = runtime.enter();
        let ratio = arguments.traces_ratio;
        let traces = arguments.traces.as_deref().map(|url| telemetry::init(url, ratio));
        let (line, token, identity) = reach(&arguments)?;
        (line, token, identity, traces.transpose()?)
    };
    let services = Gateway::over(line, token, &arguments.region).keeping_items(&arguments.spool);
    // Its lock keeps a second program out of the folder.
    let spool = runtime.block_on(Spool::open(&arguments.spool, Limits::default()))?;
    let office = Office::open(services.clone(), identity, &arguments.spool)
        .map_err(|error| format!("{}: {error}", arguments.spool.display()))?;
    if let Some(code) = &arguments.register {
        return Ok(runtime.block_on(office.register(code))?);
    }
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
    let desk = Some(Desk { office, pin });
    if arguments.evaluator {
        attend(&app, runtime, services.at_a_window(), spool, desk, devices)?;
    } else {
        connect(&app, runtime, services, spool, desk, devices)?;
    }
    frames::watch(&app, |wait, took| telemetry::drawn(wait.name(), took));
    let _fed = watchdog::feed(arguments.watchdog.map(Duration::from_micros), watchdog::systemd);
    app.run()?;
    if let Some(telemetry) = telemetry {
        telemetry.end();
    }
    Ok(())
}

/// The line, and what the terminal shows on it: a token, or an identity.
type Reached = (Line, Option<Token>, Option<Identity>);

/// The line to the services, and what the terminal shows there: over https:// the certificate in its
/// folder, or a token if one is named.
fn reach(arguments: &Arguments) -> Result<Reached, Box<dyn std::error::Error>> {
    let read = |file: &Path| {
        let told = |error| {
            let path = file.display();
            format!("{path}: {error}; `cargo run` writes it, or name another with --token")
        };
        Token::read(file).map_err(told)
    };
    let (address, wrong) = (&arguments.endpoint, |error| format!("--endpoint: {error}"));
    if address.starts_with("https://") {
        let ca = arguments.ca.as_deref();
        let ca = ca.ok_or("--endpoint: is https://, and no --ca says who vouches for it")?;
        let identity = Identity::open(&arguments.spool)
            .map_err(|error| format!("{}: {error}", arguments.spool.display()))?;
        let line = Line::encrypted(address, ca, identity.clone()).map_err(wrong)?;
        let token = arguments.token.as_deref().map(read).transpose()?;
        let own = token.is_none().then_some(identity);
        return Ok((line, token, own));
    }
    let line = Line::plain(address).map_err(wrong)?;
    if leaves_in_the_clear(address) {
        if !arguments.plaintext {
            return Err(
                "--endpoint: tokens and persons' data would leave this machine in the clear: \
                        name an https:// address, or say --plaintext where something else encrypts"
                    .into(),
            );
        }
        eprintln!(
            "kiosk: --plaintext: tokens and persons' data pass in the clear unless something between \
             here and {address} speaks TLS"
        );
    }
    let token = read(arguments.token.as_deref().unwrap_or(Path::new(TOKEN)))?;
    Ok((line, Some(token), None))
}

/// Puts the devices to work, in the runtime it is called in.
fn beside(arguments: &Arguments) -> Devices {
    let hall = arguments.hall.as_deref().unwrap_or(HALL);
    let printer = arguments.printer.clone();
    Devices {
        printer: printer.map(|address| Printer::start(EscPos::new(address), hall)),
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
