//! The demonstration: the sample region on the embedded store, one citizen's visit as a story; then
//! everything stays up to be tried.

mod business_system;
pub mod story;
pub mod tokens;

use std::{
    io::{Write, stdout},
    path::Path,
    time::Duration,
};

use domain::level::Level;
use intake::config::{Messages, RatingLimits};
use platform::{
    bus::Bus,
    clock::Clock,
    database::Location,
    keys::Keys,
    server::listen,
    telemetry::{self, LogFormat, metrics::Measuring},
};

use crate::{
    cli::asked_to_stop,
    roles::Role,
    sample::RegionText,
    serve::{self, Plan, Reports, Running},
    settings::{Access, Documents, Settings, Transparency},
};
use tokens::Tokens;
use tokio::net::TcpListener;

/// Where the demonstration keeps everything unless told otherwise.
pub(crate) const DATA: &str = ".pingyi";
/// Its stores and its keys therein.
pub(crate) const STORES: &str = "stores";
pub(crate) const KEYS: &str = "keys";

type Outcome = Result<(), Box<dyn std::error::Error>>;

/// Starts every service with the sample region, and the simulated business system that completes
/// its cases. Loads nothing twice.
///
/// # Errors
/// If the stores cannot be used.
pub async fn start(
    location: Location,
    keys: Keys,
    listener: TcpListener,
    bus: Bus,
    messages: Option<Messages>,
    ratings: RatingLimits,
) -> Result<(Running, Tokens), Box<dyn std::error::Error>> {
    for role in Role::ALL {
        role.migrate(&location).await?;
    }
    let documents = Documents::default().place(&location)?;
    let plan = Plan {
        roles: Role::ALL.to_vec(),
        location,
        bus,
        keys,
        clock: Clock::System,
        listener,
        access: Access::default(),
        peers: Vec::new(),
        region: Some(RegionText::sample()),
        messages,
        ratings,
        documents,
        transparency: Transparency::default(),
        reporting: Reports::default(),
        measuring: Measuring::default(),
        drain: Duration::ZERO,
    };
    let running = serve::start(plan).await?;
    let tokens = Tokens::new(running.shell.signer.clone());
    business_system::spawn(&running, tokens.clone())?;
    Ok((running, tokens))
}

/// Plays the story; stays up afterwards unless told to exit.
pub(crate) async fn run(data: &Path, exit: bool, settings: &Settings) -> Outcome {
    let clients = settings.tls.access(Clock::System)?.clients;
    let export = settings.telemetry.export(&Role::ALL, clients);
    let telemetry = telemetry::init(LogFormat::Text, "warn", export);
    let outcome = serve_and_play(data, exit, settings).await;
    telemetry.end().await;
    outcome
}

async fn serve_and_play(data: &Path, exit: bool, settings: &Settings) -> Outcome {
    let address = settings.listen.address;
    if !address.ip().is_loopback() {
        return Err(format!("the demo listens on loopback only, not on {address}").into());
    }
    // The address first: a second demo must not touch the first one's stores.
    let listener = listen(address).await?;
    make_private(data)?;
    let keys = Keys::read_or_make(&data.join(KEYS))?.of_suite(settings.keys.suite);
    let location = Location::Sqlite(data.join(STORES));
    let notifier = settings.notifier.clone().or_file(&data.join("sms.jsonl"));
    let messages = notifier.messages()?;
    let ratings = settings.ratings.limits();
    let started = start(location, keys, listener, Bus::embedded(), messages, ratings).await;
    let (running, tokens) = started?;
    tokens.write(&data.join("tokens"))?;
    let address = running.address;
    let stop = running.stop.clone();
    let (endpoint, mut out) = (format!("http://{address}"), stdout());
    let story = story::play(&endpoint, &tokens, &[Level::VeryDissatisfied], &mut out);
    let played = tokio::select! {
        played = story => played,
        () = asked_to_stop() => {
            stop.stop();
            return Ok(running.ended().await?);
        }
    };
    if played.is_ok() && !exit {
        say_what_to_try(&mut stdout(), address, data)?;
        let asked = stop.clone();
        tokio::spawn(async move {
            asked_to_stop().await;
            asked.stop();
        });
    } else {
        stop.stop();
    }
    running.ended().await?;
    Ok(played?)
}

/// A folder only its owner can look into: it holds keys, tokens and persons' data.
fn make_private(folder: &Path) -> std::io::Result<()> {
    std::fs::create_dir_all(folder)?;
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt as _;
        std::fs::set_permissions(folder, std::fs::Permissions::from_mode(0o700))?;
    }
    Ok(())
}

fn say_what_to_try(
    out: &mut impl Write,
    address: std::net::SocketAddr,
    data: &Path,
) -> std::io::Result<()> {
    let tokens = data.join("tokens").display().to_string();
    let day = domain::deadline::day_of(Clock::System.now());
    writeln!(
        out,
        "
在 {address} 提供 gRPC 服务，按 Ctrl-C 结束。可用任何支持反射的 gRPC 客户端试用：
  buf curl --protocol grpc --http2-prior-knowledge --list-methods http://{address}
  buf curl --protocol grpc --http2-prior-knowledge \\
    -d '{{\"dimension\":\"DIMENSION_AGENCY\",\"from\":\"{day}\",\"to\":\"{day}\"}}' \\
    http://{address}/pingyi.publication.v1.StatisticsService/GetFigures
  buf curl --protocol grpc --http2-prior-knowledge \\
    -H \"authorization: Bearer $(cat {tokens}/authority.token)\" -d '{{}}' \\
    http://{address}/pingyi.ticketing.v1.TicketService/ListTickets
或打开终端窗口，作示例地区的自助终端：
  cargo run -p kiosk -- --endpoint http://{address} --token {tokens}/kiosk.token
数据都在 {}；再运行一次，就再办一件。",
        data.display()
    )
}
