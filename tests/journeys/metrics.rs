//! Metrics of a real process: every name that the manual lists is shown, and no other; they say what happened, and
//! nothing of persons; a collector gets the same.

use std::collections::{BTreeMap, BTreeSet};

use e2e::{
    citizens::{Citizens, rating},
    collector::Collector,
    process::{Process, free_port},
    until,
};
use pingyi::{demo::tokens::Tokens, roles::Role};
use platform::{
    auth::Signer, clock::Clock, keys::Keys, telemetry::metrics::table, testing::TestPlace,
};
use proto::r#type::v1::Level;
use sea_orm::{ConnectionTrait as _, DbBackend};
use tokio::{
    io::{AsyncReadExt as _, AsyncWriteExt as _},
    net::TcpStream,
};
use tonic::transport::Endpoint;

use crate::binary::{PINGYI, url};

const REGION: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../services/pingyi/sample/652301");
const MANUAL: &str = include_str!("../../deploy/README.md");

/// What a process shows who scrapes it.
async fn scrape(address: &str) -> Option<String> {
    let mut stream = TcpStream::connect(address).await.ok()?;
    let asked = "GET /metrics HTTP/1.1\r\nHost: pingyi\r\n\r\n";
    stream.write_all(asked.as_bytes()).await.ok()?;
    let mut answer = String::new();
    stream.read_to_string(&mut answer).await.ok()?;
    let (_, text) = answer.split_once("\r\n\r\n")?;
    Some(text.to_owned())
}

/// The names of the metrics in a text.
fn names(text: &str) -> BTreeSet<&str> {
    let types = text.lines().filter_map(|line| line.strip_prefix("# TYPE "));
    types.filter_map(|line| line.split(' ').next()).collect()
}

/// A value, by its name and labels as they are written.
fn value(text: &str, name: &str, labels: &[(&str, &str)]) -> Option<f64> {
    let has = |line: &str| {
        let own = line.split(['{', ' ']).next() == Some(name);
        own && labels.iter().all(|(label, value)| line.contains(&format!("{label}=\"{value}\"")))
    };
    text.lines().find(|line| has(line))?.rsplit(' ').next()?.parse().ok()
}

/// The first column of the manual's table of metrics, and the second.
fn documented() -> BTreeMap<&'static str, &'static str> {
    let section = MANUAL.split("\n### Metrics\n").nth(1).unwrap();
    let section = section.split("\n#").next().unwrap();
    let rows = section.lines().filter_map(|line| line.strip_prefix("| `"));
    let cells = rows.map(|row| row.split('`').step_by(2).collect::<Vec<_>>());
    cells.map(|cells| (cells[0], *cells.get(1).unwrap_or(&""))).collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_process_shows_the_metrics_of_the_manual_and_nothing_of_persons() {
    let place = TestPlace::new().await;
    let collector = Collector::start().await;
    let address = format!("127.0.0.1:{}", free_port());
    let (database, upper) = (url(&place.location), format!("http://127.0.0.1:{}", free_port()));
    let token = place.folder().join("upper.token");
    std::fs::write(&token, "示例").unwrap();
    let variables = [
        ("PINGYI__DATABASE__URL", database.as_str()),
        ("PINGYI__CATALOG__REGION", REGION),
        ("PINGYI__METRICS__ADDRESS", address.as_str()),
        ("PINGYI__TELEMETRY__ENDPOINT", collector.endpoint.as_str()),
        // Nobody is there, so that something is wrong and something waits.
        ("PINGYI__EXCHANGE__UPSTREAM", upper.as_str()),
        ("PINGYI__EXCHANGE__TOKEN", token.to_str().unwrap()),
        ("PINGYI__EXCHANGE__REGION", "652301"),
    ];
    let process = Process::serve(PINGYI, place.folder(), &["all", "--dev"], &variables).await;
    let keys = Keys::read(&place.folder().join(".pingyi/keys")).unwrap();
    let tokens = Tokens::new(Signer::new(&keys, Clock::System).unwrap());
    let channel = Endpoint::from_shared(format!("http://{}", process.address)).unwrap();
    let citizens = Citizens::at(channel.connect_lazy(), &tokens);
    until("intake knows the catalog", async || citizens.apply().await.is_ok()).await;
    let invitation = citizens.invitation().await;
    citizens.rate(rating(&invitation, Level::VeryDissatisfied)).await.unwrap();
    citizens.rate(rating("forged", Level::Satisfied)).await.unwrap_err();

    // A robot that proved one level, and no other.
    let publication = Role::Publication.open(&place.location).await.unwrap();
    let id = match publication.backend() {
        DbBackend::Postgres => "'00000000-0000-0000-0000-000000000000'",
        _ => "zeroblob(16)",
    };
    let now = Clock::System.now().as_microsecond();
    let proof = format!(
        "INSERT INTO canary_proof (region_code, channel, level, rating_id, given_at, counted_at, \
         fact_position) VALUES ('652301', 1, 1, {id}, {now}, {now}, 1)"
    );
    publication.write().execute_unprepared(&proof).await.unwrap();
    publication.close().await;

    let documented = documented();
    let expected: BTreeSet<&str> = documented.keys().copied().collect();
    let mut text = String::new();
    until("every documented metric is shown, and what waits", async || {
        text = scrape(&address).await.unwrap_or_default();
        let waits = value(&text, "pingyi_exchange_waiting", &[("pingyi_producer", "intake")]);
        let tickets = text.lines().filter(|line| line.starts_with("pingyi_ticket_open{"));
        let opened = tickets.filter(|line| !line.ends_with(" 0")).count() == 1;
        names(&text).is_superset(&expected) && waits > Some(0.0) && opened
    })
    .await;
    assert_eq!(names(&text), expected, "what is shown is in the manual, and no more");
    let method = ("rpc_method", "pingyi.intake.v1.RatingService/SubmitRating");
    for (name, labels, at_least) in [
        ("rpc_server_call_duration_seconds_count", &[method, CODES[0]][..], 1.0),
        ("rpc_server_call_duration_seconds_count", &[method, CODES[1]], 1.0),
        ("pingyi_commit_batch_size_count", &[], 1.0),
        ("pingyi_look_success_ratio", &[("pingyi_service", "intake")], 1.0),
        ("pingyi_trouble_count", &[("pingyi_service", "publication")], 1.0),
        ("pingyi_fact_written_position", &[("pingyi_service", "intake")], 1.0),
        // Never proved.
        ("pingyi_proof_age_seconds", &[("pingyi_level", "very_dissatisfied")], 604_800.0),
        ("process_memory_usage_bytes", &[], 1.0),
    ] {
        let found = value(&text, name, labels);
        assert!(found.is_some_and(|found| found >= at_least), "{name} {labels:?}\n{text}");
    }
    let of_person = ["13800000000", "示例办事人", "11010519491231002X", "forged", "127.0.0.1"];
    for word in of_person.into_iter().chain([invitation.as_str()]) {
        assert!(!text.contains(word), "{word} is in\n{text}");
    }

    assert!(process.stop().await, "an orderly end");
    let sent = collector.metrics();
    let sent: BTreeSet<&str> = sent.iter().map(String::as_str).collect();
    let all: BTreeSet<&str> = table::ALL.iter().map(|measure| measure.name).collect();
    assert_eq!(sent, all);
    let named: BTreeSet<&str> =
        documented.values().copied().filter(|name| !name.is_empty()).collect();
    assert_eq!(named, all, "the manual names each as the collector gets it");
}

const CODES: [(&str, &str); 2] =
    [("rpc_response_status_code", "OK"), ("rpc_response_status_code", "UNAUTHENTICATED")];
