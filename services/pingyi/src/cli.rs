//! The command line.

use std::{
    io::Write as _,
    path::{Path, PathBuf},
    process::ExitCode,
};

use clap::{Args, Parser, Subcommand};
use platform::{
    bus::Bus,
    clock::Clock,
    config::{self, environment},
    database::Location,
    keys::Keys,
    shell::Shell,
    telemetry, tls,
};
use uuid::Uuid;

use crate::{
    certificates,
    client::{explain, healthcheck, load, receipt, robot, terminal, ticket, transfer},
    demo, exchange, figures, log, recover,
    roles::Role,
    sample,
    serve::command,
    settings::Settings,
    simulate, token, twin, upkeep,
};

/// Pingyi 评议: government-service ratings whose every step can be checked.
#[derive(Parser)]
#[command(version, about)]
struct Cli {
    #[command(subcommand)]
    command: Option<Command>,
}

#[derive(Subcommand)]
enum Command {
    /// Plays one citizen's visit on the embedded store, then stays up (the default)
    Demo {
        /// Where everything is kept
        #[arg(long, value_name = "DIR", default_value = demo::DATA)]
        data: PathBuf,
        /// End after the story
        #[arg(long)]
        exit: bool,
    },
    /// Serves all services or some of them
    Serve {
        /// all, or one or more of catalog, intake, ticketing, publication
        #[arg(value_name = "ROLE", default_value = "all")]
        roles: Vec<String>,
        #[command(flatten)]
        config: ConfigFile,
        /// Make development keys if none are configured, and migrate the stores
        #[arg(long)]
        dev: bool,
    },
    /// Brings the stores to this version's schema
    Migrate {
        #[command(flatten)]
        config: ConfigFile,
    },
    /// Asks a running process whether it serves; exit code 0 if so
    Healthcheck(healthcheck::Asked),
    /// Prints the configuration as it is understood, secrets hidden
    PrintConfig {
        #[command(flatten)]
        config: ConfigFile,
    },
    /// Sends a file of items, organisation, staff or tags to the catalogue, all or nothing
    Import(transfer::Import),
    /// Fetches such a file
    Export(transfer::Export),
    /// Compares the item names of a connected system with the catalogue
    CheckNames(transfer::CheckNames),
    /// Explains, day by day, when a deadline of a region's profile falls due
    Explain {
        /// The region (GB/T 2260)
        region: String,
        /// The act the deadline limits, for example feed_back_clear
        act: String,
        /// When its event happens: a time (2026-03-02T10:00:00+08:00), or a date for 9 o'clock that
        /// day; without it, now
        event_at: Option<String>,
        /// The server to ask
        #[arg(long, value_name = "URL", default_value = "http://127.0.0.1:7419")]
        endpoint: String,
        /// The authorities to know an https:// server by, in PEM
        #[arg(long, value_name = "FILE")]
        ca: Option<PathBuf>,
    },
    /// Signs access tokens for terminals, systems, officers and gateways; lists and revokes them
    Token(token::TokenCommand),
    /// Makes an authority and certificates, for development and for who has none
    Certificates(certificates::CertificatesCommand),
    /// Encrypts persons' data again with the newest key, so that older keys can be removed
    Reseal {
        #[command(flatten)]
        config: ConfigFile,
    },
    /// Erases a document of a ticket, form, survey or assessment: its content and its name, for good
    EraseDocument {
        /// The document's id
        document: Uuid,
        #[command(flatten)]
        config: ConfigFile,
    },
    /// Computes the audit chain again and says whether it is whole
    VerifyAudit {
        #[command(flatten)]
        config: ConfigFile,
    },
    /// Fetches the receipt of a rating (评价凭证) into a file that anyone can check
    Receipt(receipt::ReceiptArgs),
    /// Checks a receipt offline, with the public log's key alone
    Verify(receipt::VerifyArgs),
    /// Signs the public log's newest head as a witness (见证), if the log only grew
    Witness(receipt::WitnessArgs),
    /// Computes the public log again and names every rating that was changed or deleted by hand
    VerifyLog {
        #[command(flatten)]
        config: ConfigFile,
    },
    /// Brings a service back to the history of those it follows, after a failover or a restored backup
    Reconcile {
        /// intake, ticketing or publication
        consumer: Role,
        #[command(flatten)]
        config: ConfigFile,
        /// Do it; without this, only show what would be done
        #[arg(long)]
        yes: bool,
    },
    #[command(flatten)]
    Figures(figures::FiguresCommand),
    /// Shows the facts that services have set aside, tries them again, or drops one
    Parked {
        #[command(subcommand)]
        asked: recover::ParkedCommand,
        #[command(flatten)]
        config: ConfigFile,
    },
    #[command(flatten)]
    Exchange(exchange::ExchangeCommand),
    /// Shows what another profile would have made of recorded facts
    Simulate(simulate::Args),
    /// Works on tickets (差评工单): lists, shows, every step, the ledger
    Ticket(Box<ticket::TicketCommand>),
    /// Invites, lists and stops terminals (终端)
    Terminal(terminal::TerminalCommand),
    /// Plays an upper platform that an installation reports to, in whatever mood it is told
    UpstreamTwin(twin::TwinArgs),
    /// Rates all five levels by every channel, and looks whether each is counted (评价链路自检)
    Robot(robot::RobotArgs),
    /// Puts a deployment under load, then checks that what it acknowledged is there
    Load(load::Args),
}

#[derive(Debug, Args)]
pub(crate) struct ConfigFile {
    /// Configuration file (TOML); PINGYI__SECTION__KEY variables take the place of its values
    #[arg(long, value_name = "FILE")]
    config: Option<PathBuf>,
}

impl ConfigFile {
    pub(crate) fn load(&self) -> Result<Settings, config::ConfigError> {
        config::load(self.config.as_deref(), &environment())
    }
}

pub(crate) type Outcome = Result<(), Box<dyn std::error::Error>>;

/// Runs the program; an error is written to standard error and ends it with exit code 1.
#[must_use]
pub fn run() -> ExitCode {
    let command = Cli::parse().command;
    tls::install();
    let command = command.unwrap_or(Command::Demo { data: demo::DATA.into(), exit: false });
    let runtime = match tokio::runtime::Runtime::new() {
        Ok(runtime) => runtime,
        Err(error) => return failed(&error),
    };
    match runtime.block_on(execute(command)) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => failed(error.as_ref()),
    }
}

fn failed(error: &(dyn std::error::Error + 'static)) -> ExitCode {
    let (mut words, mut source) = (error.to_string(), error.source());
    while let Some(cause) = source {
        let cause_words = cause.to_string();
        // Some errors name their cause themselves.
        if !words.contains(&cause_words) {
            words = format!("{words}: {cause_words}");
        }
        source = cause.source();
    }
    // Nobody is left to tell if standard error is gone.
    let _ = writeln!(std::io::stderr(), "pingyi: {words}");
    match error.downcast_ref::<ticket::TicketError>() {
        // As for what the command line's own reader refuses.
        Some(wrong) if wrong.is_usage() => ExitCode::from(2),
        _ => ExitCode::FAILURE,
    }
}

async fn execute(command: Command) -> Outcome {
    let out = &mut std::io::stdout();
    match command {
        Command::Demo { data, exit } => {
            let settings: Settings = config::load(None, &environment())?;
            demo::run(&data, exit, &settings).await
        }
        Command::Serve { roles, config, dev } => command::serve(&roles, config.load()?, dev).await,
        Command::Migrate { config } => {
            let settings = config.load()?;
            // Logs only: there is nobody's request to trace.
            let _ = telemetry::init(settings.log.format, &settings.log.level, None);
            migrate(&location(&settings)?).await
        }
        Command::Healthcheck(asked) => healthcheck::run(asked).await,
        Command::PrintConfig { config } => {
            let printed = config.load()?.print()?;
            Ok(std::io::stdout().write_all(printed.as_bytes())?)
        }
        Command::Import(asked) => Ok(transfer::import(asked, &mut std::io::stdout()).await?),
        Command::Export(asked) => Ok(transfer::export(asked).await?),
        Command::CheckNames(asked) => Ok(transfer::check_names(asked, out).await?),
        Command::Explain { region, act, event_at, endpoint, ca } => {
            let event_at = event_at.as_deref().map(explain::event_at).transpose()?;
            let event_at = event_at.unwrap_or_else(|| Clock::System.now());
            Ok(explain::run(&endpoint, ca.as_deref(), &region, &act, event_at, out).await?)
        }
        Command::Token(asked) => Ok(token::run(asked, Clock::System, out).await?),
        Command::Terminal(asked) => Ok(terminal::run(asked, out).await?),
        Command::Certificates(asked) => Ok(certificates::run(asked, &Clock::System, out)?),
        Command::Reseal { config } => {
            let settings = looked_after(config.load()?, Path::new(demo::DATA));
            let keys = keys(settings.keys.folder.as_deref(), false)?;
            let keys = keys.of_suite(settings.keys.suite);
            upkeep::reseal_all(&location(&settings)?, &keys, &mut std::io::stdout()).await
        }
        Command::EraseDocument { document, config } => {
            let settings = looked_after(config.load()?, Path::new(demo::DATA));
            let location = location(&settings)?;
            let place = settings.documents.place(&location)?;
            upkeep::erase_document(&location, place.as_ref(), document, &mut std::io::stdout())
                .await
        }
        Command::VerifyAudit { config } => {
            let settings = looked_after(config.load()?, Path::new(demo::DATA));
            upkeep::verify_audit(&location(&settings)?, &mut std::io::stdout()).await
        }
        Command::Receipt(args) => Ok(receipt::fetch(&args, &mut std::io::stdout()).await?),
        Command::Verify(args) => Ok(receipt::verify(&args, &mut std::io::stdout())?),
        Command::Witness(args) => Ok(receipt::witness(&args, &mut std::io::stdout()).await?),
        Command::VerifyLog { config } => {
            let settings = looked_after(config.load()?, Path::new(demo::DATA));
            let keys = keys(settings.keys.folder.as_deref(), false)?.of_suite(settings.keys.suite);
            let (location, transparency) = (location(&settings)?, &settings.transparency);
            log::verify(&location, &keys, transparency, &mut std::io::stdout()).await
        }
        Command::Reconcile { consumer, config, yes } => {
            let settings = looked_after(config.load()?, Path::new(demo::DATA));
            let keys = keys(settings.keys.folder.as_deref(), false)?;
            let shell =
                Shell::new(&keys.of_suite(settings.keys.suite), Clock::System, Bus::embedded())?;
            recover::reconcile(&location(&settings)?, &shell, consumer, yes, out).await
        }
        Command::Figures(asked) => figures::run(asked, &mut std::io::stdout()).await,
        Command::Parked { asked, config } => {
            let settings = looked_after(config.load()?, Path::new(demo::DATA));
            recover::parked(&location(&settings)?, &asked, out).await
        }
        Command::Exchange(asked) => exchange::run(asked, out).await,
        Command::Simulate(args) => {
            let (shipped, now) = (sample::profiles(), Clock::System.now());
            let mut out = std::io::BufWriter::new(std::io::stdout());
            Ok(simulate::run(&args, &shipped, now, &mut out).await?)
        }
        Command::Ticket(command) => {
            let (input, out) = (std::io::stdin(), &mut std::io::stdout());
            Ok(ticket::run(*command, input, out, &mut std::io::stderr()).await?)
        }
        Command::UpstreamTwin(args) => {
            twin::run(args, asked_to_stop(), &mut std::io::stdout()).await
        }
        Command::Robot(args) => Ok(robot::run(args, asked_to_stop, &mut std::io::stdout()).await?),
        Command::Load(args) => Ok(load::run(args, asked_to_stop, &mut std::io::stdout()).await?),
    }
}

pub(crate) fn location(settings: &Settings) -> Result<Location, String> {
    Location::parse(&settings.database.url).map_err(|why| format!("database.url {why}"))
}

/// Which stores an operator's command works on: what is configured; or, where nothing is and only
/// the demonstration was run, the demonstration's.
pub(crate) fn looked_after(mut settings: Settings, demo: &Path) -> Settings {
    let usual = Settings::default().database;
    let unused = location(&settings).is_ok_and(|location| match location {
        Location::Sqlite(folder) => !folder.exists(),
        Location::Postgres(_) => false,
    });
    let stores = demo.join(demo::STORES);
    if settings.database == usual && unused && stores.exists() {
        settings.database.url = format!("sqlite:{}", stores.display());
        settings.keys.folder.get_or_insert_with(|| demo.join(demo::KEYS));
    }
    settings
}

pub(crate) async fn migrate(location: &Location) -> Outcome {
    for role in Role::ALL {
        role.migrate(location).await?;
    }
    Ok(())
}

pub(crate) fn keys(folder: Option<&Path>, dev: bool) -> Result<Keys, Box<dyn std::error::Error>> {
    match (folder, dev) {
        (Some(folder), false) => Ok(Keys::read(folder)?),
        (Some(folder), true) => Ok(Keys::read_or_make(folder)?),
        (None, true) => Ok(Keys::read_or_make(Path::new(".pingyi/keys"))?),
        (None, false) => {
            Err("keys.folder is not configured; for development, --dev makes keys".into())
        }
    }
}

/// Waits for Ctrl-C or SIGTERM.
pub(crate) async fn asked_to_stop() {
    #[cfg(unix)]
    {
        use tokio::signal::unix::{SignalKind, signal};
        if let Ok(mut terminate) = signal(SignalKind::terminate()) {
            tokio::select! {
                _ = terminate.recv() => {}
                _ = tokio::signal::ctrl_c() => {}
            }
            return;
        }
    }
    // Without signals the process can only be killed, which every store survives.
    let _ = tokio::signal::ctrl_c().await;
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn beside_the_demonstration_its_stores_are_looked_after_unless_others_are_there() {
        let folder = tempfile::tempdir().unwrap();
        let demo = folder.path().join("demo");
        std::fs::create_dir_all(demo.join(demo::STORES)).unwrap();
        let stores = format!("sqlite:{}", demo.join(demo::STORES).display());
        let after = looked_after(Settings::default(), &demo);
        assert_eq!(after.database.url, stores);
        assert_eq!(after.keys.folder, Some(demo.join(demo::KEYS)));
        let nothing = looked_after(Settings::default(), &folder.path().join("nowhere"));
        assert_eq!(nothing, Settings::default());
        let mut configured = Settings::default();
        configured.database.url = "sqlite:elsewhere".to_owned();
        assert_eq!(looked_after(configured.clone(), &demo), configured);
    }

    #[test]
    fn serving_without_keys_is_refused_unless_for_development() {
        let told = keys(None, false).map(|_| ()).unwrap_err().to_string();
        assert!(told.contains("keys.folder is not configured"), "{told}");
    }
}
