//! `pingyi upstream-twin`: plays an upper platform, for trying out how an installation reports before the
//! real one is connected, and what an outage of it looks like. It takes whatever it is sent, from whomever,
//! and keeps it in memory.

use std::{io::Write, net::SocketAddr, time::Duration};

use platform::{clock::Clock, server::listen};
use proto::exchange::v1::exchange_service_server::ExchangeServiceServer;
use publication::twin::{Memory, Script, Twin};
use tonic::transport::{Server, server::TcpIncoming};

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
    let memory = Memory::default();
    let listener = listen(args.listen).await?;
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
