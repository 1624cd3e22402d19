//! Callers who hold as much as they can: how much memory they cost, how long others wait, and that
//! they lose it again. The process is the real one with its own limits.

use std::time::{Duration, Instant};

use e2e::{
    citizens::{Citizens, rating, signed},
    stretched,
};
use h2::client::SendRequest;
use platform::testing::frames::{HEALTH, REFLECTION, describe, half};
use proto::{
    intake::v1::{
        CaseReport, PushCasesRequest, WatchCaseRequest, case_service_client::CaseServiceClient,
    },
    r#type::v1::Level,
};
use tokio::{io::AsyncReadExt as _, net::TcpStream, task::JoinSet};
use tokio_stream::StreamExt as _;
use tonic::{
    Code,
    codegen::{Bytes, http::Request},
};

use crate::{
    findings::{Findings, wait},
    town::{ANSWER, Replica, citizens, common, concerns, knows_catalog, tokens},
};

/// What a flood may cost in memory, in KiB.
const MEMORY: u64 = 64 << 10;
/// How many of the others are timed, one after the other.
const ASKED: usize = 150;
/// A delay that nobody notices, even when other tests use the same two cores: a flood that stays
/// below it does no harm, whatever the delay was before.
const UNNOTICED: Duration = Duration::from_millis(500);
/// How long an endless stream rests between two reports: it must last, not be fast.
const REST: Duration = Duration::from_millis(50);
/// How many streams one system may have open.
const STREAMS: usize = 16;
/// How long released things may take to go.
const LET_GO: Duration = Duration::from_secs(45);
const TICKETS: &str = "pingyi.ticketing.v1.TicketService/ListTickets";

/// One process, and the callers that a flood must not harm.
struct House {
    replica: Replica,
    others: Citizens,
    findings: Findings,
    /// How long the others wait, and how much memory the process has, before a flood.
    p99: Duration,
    memory: u64,
}

impl House {
    async fn new(folder: &std::path::Path) -> Self {
        let tokens = tokens(folder);
        let mut replica = Replica::new(folder, &["all"]);
        let stores = format!("sqlite:{}", folder.join("stores").display());
        replica.set("PINGYI__DATABASE__URL", stores);
        common(&mut replica);
        replica.begin();
        replica.up().await.unwrap();
        let others = citizens(&replica, &tokens, ANSWER);
        knows_catalog(&others).await.unwrap();
        let findings = Findings::default();
        let mut house = Self { replica, others, findings, p99: Duration::ZERO, memory: 0 };
        // Once before, so that memory of the first use does not count as a flood's.
        house.waits().await;
        (house.p99, house.memory) = (house.waits().await, house.replica.process().memory());
        house
    }

    /// The 99th percentile of the others' waiting time.
    async fn waits(&self) -> Duration {
        let mut took = Vec::with_capacity(ASKED);
        for _ in 0..ASKED {
            let begun = Instant::now();
            let token = self.others.invitation().await;
            self.others.rate(rating(&token, Level::Satisfied)).await.expect("others are served");
            took.push(begun.elapsed());
        }
        took.sort_unstable();
        took[ASKED * 99 / 100 - 1]
    }

    /// The memory before the next flood, which does not count as that flood's.
    fn begin(&mut self) {
        self.memory = self.replica.process().memory();
    }

    /// Measures a flood while it lasts.
    async fn look(&mut self, flood: &str) {
        let p99 = self.waits().await;
        let memory = self.replica.process().memory().saturating_sub(self.memory);
        eprintln!("{flood}: {memory} KiB more; others wait {p99:?} instead of {:?}", self.p99);
        self.findings.check(memory <= MEMORY, || format!("{flood}: {memory} KiB more"));
        self.findings.check(p99 <= (2 * self.p99).max(stretched(UNNOTICED)), || {
            format!("{flood}: others wait {p99:?} instead of {:?}", self.p99)
        });
    }
}

/// A client that sends what a test wants, and no more.
async fn client(replica: &Replica, window: u32) -> SendRequest<Bytes> {
    let stream = TcpStream::connect(replica.address()).await.unwrap();
    let mut builder = h2::client::Builder::new();
    builder.initial_window_size(window).initial_max_send_streams(250);
    let (client, connection) = builder.handshake(stream).await.unwrap();
    tokio::spawn(connection);
    client
}

/// Calls, and sends this much of its messages.
async fn call(client: &SendRequest<Bytes>, rpc: &str, bytes: Vec<u8>, ends: bool) -> Option<Open> {
    let request = Request::post(format!("http://pingyi/{rpc}"))
        .header("content-type", "application/grpc")
        .header("te", "trailers")
        .body(())
        .unwrap();
    let mut client = client.clone().ready().await.ok()?;
    let (answer, mut sending) = client.send_request(request, false).ok()?;
    sending.send_data(bytes.into(), ends).ok()?;
    Some((answer, sending))
}

type Open = (h2::client::ResponseFuture, h2::SendStream<Bytes>);

/// Silent connections, beside other useless ones.
async fn mute_connections(house: &mut House) {
    house.begin();
    let mut mute = Vec::new();
    for _ in 0..1_000 {
        mute.push(TcpStream::connect(house.replica.address()).await.unwrap());
    }
    house.look("1,000 mute connections").await;
    let mut all_gone = JoinSet::new();
    for mut connection in mute {
        all_gone.spawn(async move {
            let mut bytes = Vec::new();
            let _ = connection.read_to_end(&mut bytes).await;
        });
    }
    let gone = tokio::time::timeout(stretched(LET_GO), all_gone.join_all()).await;
    house.findings.check(gone.is_ok(), || "mute connections are kept".to_owned());
}

/// Messages that begin and do not end, the largest that are accepted at all.
async fn half_messages(house: &mut House) {
    house.begin();
    let mut clients = Vec::new();
    let mut open = Vec::new();
    for _ in 0..4 {
        let client = client(&house.replica, 65_535).await;
        for n in 0..250 {
            let rpc = if n % 2 == 0 { TICKETS } else { HEALTH };
            open.extend(call(&client, rpc, half(4 << 20), false).await);
        }
        clients.push(client);
    }
    house.look("1,000 half messages").await;
}

/// Answers that nobody reads.
async fn unread_answers(house: &mut House) {
    house.begin();
    let mut clients = Vec::new();
    let mut open = Vec::new();
    for _ in 0..8 {
        let client = client(&house.replica, 10).await;
        for _ in 0..250 {
            open.extend(
                call(&client, REFLECTION, describe("pingyi.intake.v1.RatingService"), true).await,
            );
        }
        clients.push(client);
    }
    house.look("2,000 unread answers").await;
    for client in clients {
        let gone = wait("who takes no answer is let go", LET_GO, async || {
            match client.clone().ready().await {
                Ok(_) => Err("connected".to_owned()),
                Err(_) => Ok(()),
            }
        });
        house.findings.take(gone.await);
    }
}

/// A business system's endless streams, of reports with the greatest allowed length.
async fn endless_streams(house: &mut House, token: &str) {
    house.begin();
    let report = CaseReport {
        project_number: "示例".to_owned(),
        batch_number: "长".repeat(20_000),
        ..CaseReport::default()
    };
    let mut streams = JoinSet::new();
    for _ in 0..60 {
        let (report, channel) = (report.clone(), house.replica.channel(Duration::from_secs(600)));
        let request = PushCasesRequest { report: Some(report) };
        let endless = tokio_stream::iter(std::iter::repeat(request)).throttle(REST);
        let endless = signed(endless, token);
        streams.spawn(async move { CaseServiceClient::new(channel).push_cases(endless).await });
    }
    house.look("60 endless streams").await;
    let mut refused = 0;
    while let Some(ended) = streams.try_join_next() {
        let code = ended.unwrap().unwrap_err().code();
        house.findings.check(code == Code::ResourceExhausted, || format!("ended with {code:?}"));
        refused += 1;
    }
    house.findings.check(refused == 60 - STREAMS, || format!("{refused} of 60 were refused"));
}

/// Far more streams of one terminal than it needs.
async fn watchers(house: &mut House, token: &str) {
    house.begin();
    let case = house.others.apply().await.unwrap().case_id;
    let mut watching = JoinSet::new();
    for _ in 0..20 {
        let channel = house.replica.channel(Duration::from_secs(600));
        for _ in 0..200 {
            let watch = signed(WatchCaseRequest { case_id: case.clone() }, token);
            let channel = channel.clone();
            watching.spawn(async move {
                let mut changes = CaseServiceClient::new(channel).watch_case(watch).await?;
                while changes.get_mut().message().await?.is_some() {}
                Ok::<_, tonic::Status>(())
            });
        }
    }
    house.look("4,000 watchers of one terminal").await;
}

#[tokio::test(flavor = "multi_thread")]
async fn nobody_takes_the_service_from_others() {
    if !concerns("sqlite") {
        return;
    }
    let folder = tempfile::tempdir().unwrap();
    let mut house = House::new(folder.path()).await;
    let tokens = tokens(folder.path());
    mute_connections(&mut house).await;
    half_messages(&mut house).await;
    unread_answers(&mut house).await;
    endless_streams(&mut house, &tokens.system("652301-a03").unwrap()).await;
    watchers(&mut house, &tokens.kiosk().unwrap()).await;
    let House { replica, findings, .. } = house;
    findings.verdict(|| replica.complaints(12));
}
