//! A process without a free descriptor: it stays up, serves the connected callers, and logs why it
//! accepts nobody else, but not at every attempt. It accepts again as soon as it can.

use std::time::{Duration, Instant};

use e2e::citizens::rating;
use proto::r#type::v1::Level;
use tokio::{io::AsyncWriteExt as _, net::TcpStream};

use crate::{
    findings::{Findings, wait},
    town::{ANSWER, Replica, citizens, common, concerns, knows_catalog, tokens},
};

/// How many free descriptors it has, and how many callers want one.
const SPARE: usize = 20;
const CALLERS: usize = 100;
/// How long it has none, and how often it may log so in that time: every ten seconds.
const SPAN: Duration = Duration::from_secs(25);
const SAID: usize = 3;
/// How much of a core it may use meanwhile: its usual load, and ten attempts a second.
const BUSY: f64 = 0.3;
/// How long it may take to accept again.
const AGAIN: Duration = Duration::from_secs(5);
/// The log message.
const WORD: &str = "cannot accept a connection";
/// What every client sends first; after it a connection may stay.
const HELLO: &[u8] = b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n\0\0\0\x04\0\0\0\0\0";

#[tokio::test(flavor = "multi_thread")]
async fn a_process_without_descriptors_says_so_and_accepts_again_when_it_has_some() {
    if !concerns("sqlite") {
        return;
    }
    let folder = tempfile::tempdir().unwrap();
    let tokens = tokens(folder.path());
    let mut replica = Replica::new(folder.path(), &["all"]);
    let stores = format!("sqlite:{}", folder.path().join("stores").display());
    replica.set("PINGYI__DATABASE__URL", stores);
    common(&mut replica);
    replica.begin();
    replica.up().await.unwrap();
    let connected = citizens(&replica, &tokens, ANSWER);
    knows_catalog(&connected).await.unwrap();
    let mut findings = Findings::default();

    let process = replica.process();
    process.allow_descriptors(process.descriptors() + SPARE);
    let mut callers = Vec::new();
    for _ in 0..CALLERS {
        // The system accepts them for the process, which does not know of them yet.
        let mut caller = TcpStream::connect(replica.address()).await.unwrap();
        caller.write_all(HELLO).await.unwrap();
        callers.push(caller);
    }
    let said = || replica.log().lines().filter(|line| line.contains(WORD)).count();
    let says = wait("it says that it cannot accept", AGAIN, async || match said() {
        0 => Err(format!("{} descriptors", process.descriptors())),
        _ => Ok(()),
    });
    findings.take(says.await);
    let (begun, ticks) = (Instant::now(), process.cpu_ticks());
    let mut rests = Duration::ZERO;
    while begun.elapsed() < SPAN {
        // A connected caller is served, so seldom that it does not change the measurement.
        let asked = Instant::now();
        if let Ok(case) = connected.apply().await {
            let token = case.invitation.unwrap().token;
            connected.rate_until_acknowledged(rating(&token, Level::Satisfied)).await;
        } else {
            findings.add("who is connected is not served");
        }
        rests = rests.max(asked.elapsed());
        tokio::time::sleep(Duration::from_millis(500)).await;
    }
    #[expect(clippy::cast_precision_loss, reason = "a figure for people")]
    let busy = (process.cpu_ticks() - ticks) as f64 / 100.0 / begun.elapsed().as_secs_f64();
    let times = said();
    eprintln!("said {times} times; {busy:.2} of a core; who is connected waits {rests:?} at most");
    findings.check((1..=SAID).contains(&times), || format!("said {times} times"));
    findings.check(busy <= BUSY, || format!("{busy:.2} of a core is taken"));
    let told = replica.log().lines().find(|line| line.contains(WORD)).map(str::to_owned);
    findings.check(told.is_some_and(|told| told.contains("Too many open files")), || {
        "it does not say why".to_owned()
    });
    drop(callers);
    let new = citizens(&replica, &tokens, ANSWER);
    let again = wait("a new caller is served", AGAIN, async || {
        new.apply().await.map(drop).map_err(|status| status.to_string())
    });
    if let Some((_, after)) = findings.take(again.await) {
        eprintln!("a new caller was served {after:?} after descriptors were free");
    }
    findings.take(replica.up().await);
    findings.check(replica.own_ends == 0, || "it has ended by itself".to_owned());
    findings.verdict(|| replica.complaints(12));
}
