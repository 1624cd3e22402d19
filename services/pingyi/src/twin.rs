//! `pingyi upstream-twin`: plays an upper platform, for trying out how an installation reports before the
//! real one is connected, and what an outage of it looks like. It takes whatever it is sent, from whomever,
//! and keeps it in memory. With a dialect it plays a platform of the national interface instead.

use std::{fs, io::Write, net::SocketAddr, path::PathBuf, time::Duration};

use platform::{clock::Clock, server::listen};
use proto::exchange::v1::exchange_service_server::ExchangeServiceServer;
use publication::{
    national_twin::NationalTwin,
    twin::{Memory, Script, Twin},
};
use tokio::net::TcpListener;
use tonic::transport::{Server, server::TcpIncoming};

use crate::settings::dialect;

/// How often it says what it has got.
const SAY: Duration = Duration::from_secs(1);

/// What it plays.
#[derive(clap::Args, Clone, Debug)]
pub struct TwinArgs {
    /// Where to listen
    #[arg(long, default_value = "127.0.0.1:7429")]
    listen: SocketAddr,
    /// How it takes one push after the other, for example accept*3,reject,delay=5s,twice,half,lose,
    /// garbage,away=1h; afterwards it accepts
    #[arg(long, default_value = "")]
    script: String,
    /// Play a platform of the national interface, in this dialect: the name of one that ships, or a file
    #[arg(long, requires = "word")]
    dialect: Option<String>,
    /// The mark it gave (appMark)
    #[arg(long, default_value = "")]
    mark: String,
    /// A file with the word it gave (appWord, appCode)
    #[arg(long)]
    word: Option<PathBuf>,
    /// A file with its private SM2 key, 64 hexadecimal digits, where the envelope is of SM2
    #[arg(long)]
    key: Option<PathBuf>,
}

impl TwinArgs {
    /// The platform of the national interface that is to be played, if one is.
    fn national(&self, script: &Script) -> Result<Option<NationalTwin>, String> {
        let Some(name) = &self.dialect else { return Ok(None) };
        let read = |path: &PathBuf| {
            let text = fs::read_to_string(path);
            let text = text.map_err(|error| format!("{}: {error}", path.display()));
            text.map(|text| text.trim().to_owned())
        };
        let word = self.word.as_ref().map(read).transpose()?.unwrap_or_default();
        let key = self.key.as_ref().map(read).transpose()?;
        let secrets = (self.mark.clone(), word, key.as_deref());
        let twin = NationalTwin::new(dialect(name)?, secrets, Clock::System, script.clone());
        Ok(Some(twin.map_err(str::to_owned)?))
    }
}

/// Plays until `stop`, and writes a line whenever it has got more.
///
/// # Errors
/// If the script is wrong, or it cannot listen or write.
pub async fn run(
    args: TwinArgs,
    stop: impl Future<Output = ()>,
    out: &mut impl Write,
) -> Result<(), Box<dyn std::error::Error>> {
    let script: Script = args.script.parse().map_err(|why| format!("--script: {why}"))?;
    let national = args.national(&script)?;
    let listener = listen(args.listen).await?;
    if let Some(twin) = national {
        return play_national(twin, listener, stop, out).await;
    }
    let memory = Memory::default();
    writeln!(out, "an upper platform on http://{}", listener.local_addr()?)?;
    let twin = ExchangeServiceServer::new(Twin::new(memory.clone(), Clock::System, script));
    let server = Server::builder().add_service(twin);
    let serving = server.serve_with_incoming(TcpIncoming::from(listener));
    tokio::pin!(serving, stop);
    let mut told = Vec::new();
    loop {
        tokio::select! {
            served = &mut serving => return Ok(served?),
            () = &mut stop => return Ok(()),
            () = tokio::time::sleep(SAY) => {}
        }
        let kept = memory.kept();
        for (origin, producer, facts) in kept.iter().filter(|lane| !told.contains(*lane)) {
            writeln!(out, "{origin} {producer}: {facts} facts")?;
        }
        told = kept;
    }
}

/// Plays a platform of the national interface, and writes how many records of each kind it has.
async fn play_national(
    twin: NationalTwin,
    listener: TcpListener,
    stop: impl Future<Output = ()>,
    out: &mut impl Write,
) -> Result<(), Box<dyn std::error::Error>> {
    writeln!(out, "a national platform on http://{}", listener.local_addr()?)?;
    let serving = twin.clone().serve(listener);
    tokio::pin!(serving, stop);
    let mut told = 0;
    loop {
        tokio::select! {
            () = &mut serving => return Ok(()),
            () = &mut stop => return Ok(()),
            () = tokio::time::sleep(SAY) => {}
        }
        let taken = twin.records();
        if taken > told {
            let levels = twin.levels().map(|n| n.to_string()).join(" ");
            writeln!(out, "{taken} records; ratings by level, the best first: {levels}")?;
        }
        told = taken;
    }
}
