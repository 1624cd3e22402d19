use std::net::SocketAddr;

use h2::client::{ResponseFuture, SendRequest};
use prost::Message as _;
use proto::fact::v1::{CaseCompleted, ListFactsRequest, ListFactsResponse, fact::Body as Told};
use sea_orm_migration::prelude::{MigrationTrait, MigratorTrait, async_trait};
use tokio::{
    io::{AsyncReadExt as _, AsyncWriteExt as _},
    net::TcpStream,
};
use tonic::{
    codegen::{
        Bytes,
        http::{HeaderMap, Request},
    },
    metadata::MetadataMap,
};

use super::*;
use crate::{
    auth::{Gate, PeerToken, Signer},
    clock::Clock,
    facts::{self, service::Facts},
    keys::Keys,
    telemetry::metrics::Metrics,
    testing::{
        TestPlace,
        frames::{HEALTH, REFLECTION, describe, half, whole},
        wait::{PATIENCE, stretched, within},
    },
};

/// How long to check that something does not come.
const A_WHILE: Duration = Duration::from_millis(400);
/// A limit that is reached soon, but not by a peer that is only slow.
const SOON: Duration = Duration::from_millis(200);
const SERVICE: &str = "pingyi.intake.v1.RatingService";
const FACTS: &str = "pingyi.fact.v1.FactService/ListFacts";
/// An empty message.
const NOTHING: [u8; 5] = [0; 5];
const LONG: Duration = Duration::from_secs(600);

/// Limits that no test reaches.
fn wide() -> Limits {
    Limits {
        connections: 100,
        first_word: LONG,
        message: LONG,
        silence: LONG,
        unread: LONG,
        held: usize::MAX,
        look: Duration::from_millis(20),
    }
}

/// A server under these limits; its address, and what stops it.
async fn serving(limits: Limits) -> (SocketAddr, Stop, tokio::task::JoinHandle<()>) {
    let gate = Gate::new(&Keys::make(), Clock::System).unwrap();
    serving_more(limits, gate, RoutesBuilder::default()).await
}

/// The same with services of its own.
async fn serving_more(
    limits: Limits,
    gate: Gate,
    routes: RoutesBuilder,
) -> (SocketAddr, Stop, tokio::task::JoinHandle<()>) {
    let listener = listen(([127, 0, 0, 1], 0).into()).await.unwrap();
    let address = listener.local_addr().unwrap();
    let stop = Stop::default();
    let (ending, none) = (stop.clone(), Duration::ZERO);
    let duty = Duty { services: vec![SERVICE], troubles: None, needs_to_know: false };
    let server = tokio::spawn(async move {
        let seen = Traces::by(gate, &Metrics::default());
        serve(listener, routes, vec![duty], seen, none, ending, limits).await.unwrap();
    });
    (address, stop, server)
}

/// A client that sends what a test wants, and no more.
async fn client(address: SocketAddr, window: u32) -> SendRequest<Bytes> {
    let stream = TcpStream::connect(address).await.unwrap();
    let mut builder = h2::client::Builder::new();
    let (client, connection) = builder.initial_window_size(window).handshake(stream).await.unwrap();
    tokio::spawn(connection);
    client.ready().await.unwrap()
}

/// Calls, and sends these pieces; the last one ends the body if it is the end.
async fn call(
    client: &mut SendRequest<Bytes>,
    rpc: &str,
    bytes: &[u8],
    ends: bool,
) -> (ResponseFuture, h2::SendStream<Bytes>) {
    call_as(client, rpc, bytes, ends, &HeaderMap::new()).await
}

/// The same with a token.
async fn call_as(
    client: &mut SendRequest<Bytes>,
    rpc: &str,
    bytes: &[u8],
    ends: bool,
    token: &HeaderMap,
) -> (ResponseFuture, h2::SendStream<Bytes>) {
    let mut request = Request::post(format!("http://pingyi/{rpc}"))
        .header("content-type", "application/grpc")
        .header("te", "trailers")
        .body(())
        .unwrap();
    request.headers_mut().extend(token.clone());
    *client = client.clone().ready().await.unwrap();
    let (answer, mut sending) = client.send_request(request, false).unwrap();
    sending.send_data(Bytes::copy_from_slice(bytes), ends).unwrap();
    (answer, sending)
}

/// The code of an answer: an error's is in the headers, success in the trailers.
async fn code(answer: ResponseFuture) -> String {
    let answered = async {
        let answer = answer.await.unwrap();
        if let Some(code) = answer.headers().get("grpc-status") {
            return code.to_str().unwrap().to_owned();
        }
        let mut body = answer.into_body();
        while let Some(bytes) = body.data().await {
            body.flow_control().release_capacity(bytes.unwrap().len()).unwrap();
        }
        let trailers = body.trailers().await.unwrap().unwrap();
        trailers["grpc-status"].to_str().unwrap().to_owned()
    };
    within("an answer", PATIENCE, answered).await
}

/// Whether the other end closes a connection within a time.
async fn closes(stream: &mut TcpStream, time: Duration) -> bool {
    let mut bytes = [0; 1_024];
    let end = async {
        loop {
            if matches!(stream.read(&mut bytes).await, Ok(0) | Err(_)) {
                return;
            }
        }
    };
    tokio::time::timeout(stretched(time), end).await.is_ok()
}

async fn healthy(client: &mut SendRequest<Bytes>) -> String {
    let (answer, _sending) = call(client, HEALTH, &NOTHING, true).await;
    code(answer).await
}

#[tokio::test]
async fn who_never_says_anything_is_let_go_and_who_has_spoken_stays() {
    let (address, ..) = serving(Limits { first_word: stretched(SOON), ..wide() }).await;
    let mut spoken = client(address, 65_535).await;
    let mut mute = TcpStream::connect(address).await.unwrap();
    // It came after the other: that one's time to send is over too.
    assert!(closes(&mut mute, PATIENCE).await);
    assert_eq!(healthy(&mut spoken).await, "0");
}

#[tokio::test]
async fn beyond_the_limit_the_connection_that_is_unused_for_longest_gives_way() {
    let (address, ..) = serving(Limits { connections: 2, ..wide() }).await;
    let mut used = client(address, 65_535).await;
    let (waiting, _open) = call(&mut used, REFLECTION, &half(100), false).await;
    let mut unused = TcpStream::connect(address).await.unwrap();
    assert!(!closes(&mut unused, A_WHILE).await, "there is room for two");
    let mut new = client(address, 65_535).await;
    assert!(closes(&mut unused, PATIENCE).await, "the one of which nothing is under way");
    assert_eq!(healthy(&mut new).await, "0");
    drop(waiting);
}

#[tokio::test]
async fn a_message_must_come_to_its_end_in_time() {
    let (address, ..) = serving(Limits { message: stretched(SOON), ..wide() }).await;
    let mut client = client(address, 65_535).await;
    let (answer, _open) = call(&mut client, HEALTH, &half(1_000), false).await;
    assert_eq!(code(answer).await, "4", "DEADLINE_EXCEEDED");
    assert_eq!(healthy(&mut client).await, "0", "others go on");
}

#[tokio::test]
async fn a_call_must_not_be_silent_for_too_long() {
    let (address, ..) = serving(Limits { silence: stretched(SOON), ..wide() }).await;
    let mut client = client(address, 65_535).await;
    // A whole message, and never the end of the call.
    let (answer, _open) = call(&mut client, HEALTH, &NOTHING, false).await;
    assert_eq!(code(answer).await, "4", "DEADLINE_EXCEEDED");
    assert_eq!(healthy(&mut client).await, "0");
}

#[tokio::test]
async fn half_messages_beyond_the_limit_are_given_up_and_whole_ones_are_taken() {
    let (address, ..) = serving(Limits { held: 4_000, ..wide() }).await;
    let mut client = client(address, 65_535).await;
    let mut open = Vec::new();
    for _ in 0..5 {
        open.push(call(&mut client, HEALTH, &half(2_000), false).await);
    }
    let mut given_up = 0;
    let mut sendings = Vec::new();
    for (answer, sending) in open {
        sendings.push(sending);
        given_up += u32::from(
            tokio::time::timeout(stretched(A_WHILE), code(answer))
                .await
                .is_ok_and(|code| code == "8"),
        );
    }
    assert!(given_up >= 2, "{given_up} of five with 1,005 bytes each, of 4,000");
    assert_eq!(healthy(&mut client).await, "0");
}

#[tokio::test]
async fn who_does_not_take_answers_is_let_go() {
    for (limits, why) in [
        (Limits { unread: stretched(SOON), ..wide() }, "in time"),
        (Limits { held: 1_000, ..wide() }, "while too much is held"),
    ] {
        let (address, ..) = serving(limits).await;
        // It reads ten bytes, and never more.
        let mut lazy = client(address, 10).await;
        let (answer, _open) = call(&mut lazy, REFLECTION, &describe(SERVICE), true).await;
        let answer = within("an answer", PATIENCE, answer).await;
        let mut body = answer.unwrap().into_body();
        let end = async { while let Some(Ok(_)) = body.data().await {} };
        within(why, PATIENCE, end).await;
        assert!(lazy.clone().ready().await.is_err(), "the connection is gone");
        let mut other = client(address, 65_535).await;
        assert_eq!(healthy(&mut other).await, "0", "{why}");
    }
}

struct House;

#[async_trait::async_trait]
impl MigratorTrait for House {
    fn migrations() -> Vec<Box<dyn MigrationTrait>> {
        vec![Box::new(facts::migration::Migration), Box::new(facts::identity::Migration)]
    }
}

/// Fetches all facts, page by page, over a line that carries 3 MB a second; returns how many.
async fn catches_up(address: SocketAddr, token: &HeaderMap) -> Result<u64, String> {
    let mut client = client(address, 65_535).await;
    let mut after = 0;
    loop {
        let producer = "intake".to_owned();
        let request = whole(&ListFactsRequest { producer, after, limit: 1_000 });
        let (answer, _sending) = call_as(&mut client, FACTS, &request, true, token).await;
        let mut body = answer.await.map_err(|error| error.to_string())?.into_body();
        let mut page = Vec::new();
        while let Some(bytes) = body.data().await {
            let bytes = bytes.map_err(|error| format!("cut off behind {after}: {error}"))?;
            tokio::time::sleep(Duration::from_secs_f64(bytes.len() as f64 / 3e6)).await;
            body.flow_control().release_capacity(bytes.len()).unwrap();
            page.extend(bytes);
        }
        let page = ListFactsResponse::decode(&page[NOTHING.len()..]).unwrap();
        match page.facts.last() {
            Some(last) => after = last.position,
            None => return Ok(after),
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn peers_that_catch_up_over_a_slow_line_get_on() {
    let place = TestPlace::new().await;
    let store = place.store::<House>("intake").await;
    for _ in 0..6 {
        let case_id = "x".repeat(100_000);
        let told = Told::CaseCompleted(CaseCompleted { case_id, ..CaseCompleted::default() });
        let txn = store.begin().await.unwrap();
        facts::commit(txn, &Clock::System, vec![told; 10]).await.unwrap();
    }
    let keys = Keys::make();
    let (gate, mut token) = (Gate::new(&keys, Clock::System).unwrap(), MetadataMap::new());
    PeerToken::new(Signer::new(&keys, Clock::System).unwrap(), "ticketing").put(&mut token);
    let mut routes = RoutesBuilder::default();
    routes.add_service(Facts::server(gate.clone(), vec![store]));
    // A page takes longer than one check, and three of them are almost the limit.
    let limits = Limits { held: 4 << 20, look: Duration::from_millis(100), ..wide() };
    let (address, ..) = serving_more(limits, gate, routes).await;
    let mut peers = tokio::task::JoinSet::new();
    for _ in 0..3 {
        let token = token.clone().into_headers();
        peers.spawn(async move { catches_up(address, &token).await });
    }
    let came_to = tokio::time::timeout(6 * PATIENCE, peers.join_all()).await.expect("in time");
    assert_eq!(came_to, vec![Ok(60); 3]);
}

#[tokio::test]
async fn an_end_does_not_wait_for_who_says_nothing() {
    let (address, stop, server) = serving(wide()).await;
    let mut mute = Vec::new();
    for _ in 0..20 {
        mute.push(TcpStream::connect(address).await.unwrap());
    }
    // Connected and greeted, and silent from now on: it does not even answer that we end.
    let mut greeted = TcpStream::connect(address).await.unwrap();
    let settings = [0, 0, 0, 4, 0, 0, 0, 0, 0];
    greeted.write_all(b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n").await.unwrap();
    greeted.write_all(&settings).await.unwrap();
    let mut hello = [0; 9];
    greeted.read_exact(&mut hello).await.unwrap();
    stop.stop();
    within("an end, long before the hard limit", Duration::from_secs(10), server).await.unwrap();
}
