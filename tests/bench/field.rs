//! How fast ratings become durable, against what one would write instead (M6): the same rating and
//! fact in a transaction per request, by FastAPI with two workers and by fastify, on the same
//! PostgreSQL, without invitations, seals or identities. They are asked by wrk, which costs the
//! shared cores less than the gRPC callers of ours do. Needs, beside what `intake` needs, wrk, node,
//! and in `bench/field` what the two are made of:
//!
//! ```sh
//! cd tests/bench/field && python3 -m venv venv && venv/bin/pip install -r requirements.txt && npm install
//! PINGYI_TEST_STORE=postgres PINGYI_TEST_POSTGRES=postgres://user@host/postgres \\
//!     cargo bench --profile dist -p e2e --bench field
//! ```

#![allow(clippy::unwrap_used, reason = "a measurement that cannot go on has failed")]
#![allow(clippy::print_stdout, reason = "figures are printed")]

mod anchors;
mod callers;
mod measured;

use std::{
    path::Path,
    process::{Child, Command, Stdio},
};

use anchors::Anchors;
use callers::{SPAN, median, rate};
use e2e::{process::free_port, redis_server::RedisServer, until};
use measured::Measured;
use platform::{database::Location, testing::TestPlace};
use tokio::net::TcpStream;

const PINGYI: &str = env!("CARGO_BIN_EXE_pingyi-under-test");
const FIELD: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/bench/field");
/// How many rounds.
const ROUNDS: usize = 5;

/// A server of the field; ended with its workers when dropped.
struct Other {
    child: Child,
    port: u16,
}

impl Other {
    async fn start(program: &str, arguments: &[&str], database: &str) -> Self {
        let port = free_port();
        let child = Command::new(program)
            .args(arguments)
            .args(["--port", &port.to_string()])
            .current_dir(FIELD)
            .env("PORT", port.to_string())
            .env("DATABASE_URL", database)
            .stdout(Stdio::null())
            .spawn()
            .unwrap();
        let other = Self { child, port };
        until("it listens", async || TcpStream::connect(("127.0.0.1", port)).await.is_ok()).await;
        other
    }

    /// Requests answered with success per second, of this many callers.
    fn rate(&self, callers: usize) -> f64 {
        let url = format!("http://127.0.0.1:{}/ratings", self.port);
        let (callers, span) = (callers.to_string(), format!("{}s", SPAN.as_secs()));
        let script = Path::new(FIELD).join("rate.lua");
        let output = Command::new("wrk")
            .args(["-t1", "-c", &callers, "-d", &span, "-s"])
            .arg(script)
            .arg(url)
            .output()
            .unwrap();
        let told = String::from_utf8_lossy(&output.stdout).into_owned();
        assert!(!told.contains("Non-2xx") && !told.contains("Socket errors"), "{told}");
        let line = told.lines().find_map(|line| line.strip_prefix("Requests/sec:"));
        line.unwrap().trim().parse().unwrap()
    }
}

impl Drop for Other {
    fn drop(&mut self) {
        // Asked to end, it ends its workers, too.
        let asked = Command::new("kill").arg(self.child.id().to_string()).status();
        if asked.is_ok() {
            let _ = self.child.wait();
        }
    }
}

#[tokio::main]
async fn main() {
    let place = TestPlace::new().await;
    let Location::Postgres(database) = place.location.clone() else {
        println!("PINGYI_TEST_STORE=postgres is needed");
        return;
    };
    let redis = RedisServer::start().await;
    let served = Measured::start(&place.location, &redis, place.folder()).await;
    let anchors = Anchors::new(&database, place.folder()).await;
    let uvicorn =
        ["fastapi_app:app", "--workers", "2", "--log-level", "warning", "--no-access-log"];
    let fastapi = Other::start("venv/bin/uvicorn", &uvicorn, &database).await;
    let fastify = Other::start("node", &["fastify_app.js"], &database).await;
    let mut rounds = Vec::new();
    for round in 1..=ROUNDS {
        let ours =
            rate(&served.process.address, 64, &served.kiosk, &served.invitations).await.per_second;
        anchors.empty().await;
        let python = fastapi.rate(64);
        anchors.empty().await;
        let node = fastify.rate(64);
        println!("round {round}: ours {ours:.0}/s  FastAPI {python:.0}/s  fastify {node:.0}/s");
        rounds.push((ours / python, ours / node));
    }
    let python = median(rounds.iter().map(|(python, _)| *python).collect());
    let node = median(rounds.iter().map(|(_, node)| *node).collect());
    println!("\nmedian ratios of {ROUNDS} interleaved rounds of {SPAN:?}, 64 callers:");
    println!("M6  group@64 / FastAPI   {python:.1}   floor 5  target 7");
    println!("    group@64 / fastify   {node:.1}   floor 3  target 4");
}
