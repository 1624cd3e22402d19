//! What a process reports about itself, and whom it believes: traces that others began, a collector
//! that is away, log lines with the ids of what went wrong.

use std::time::{Duration, Instant};

use e2e::{
    citizens::{Citizens, ON_THE_SPOT, rating, signed},
    collector::{Collector, Received},
    process::{Process, free_port},
    stretched, until,
};
use pingyi::demo::tokens::Tokens;
use platform::{
    auth::Signer,
    clock::Clock,
    database::{Location, Store},
    keys::Keys,
    testing::TestPlace,
};
use proto::{
    intake::v1::{FormEntry, SubmitApplicationRequest, case_service_client::CaseServiceClient},
    publication::v1::{GetFiguresRequest, statistics_service_client::StatisticsServiceClient},
    r#type::v1::Level,
};
use sea_orm::ConnectionTrait as _;
use tonic::{
    Code, Request,
    transport::{Channel, Endpoint},
};
use tonic_types::StatusExt as _;

use crate::binary::{PINGYI, url};

const REGION: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../services/pingyi/sample/652301");
/// A trace that began elsewhere and is sent there.
const SENT: &str = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01";
const TRACE: &str = "0af7651916cd43dd8448eb211c80319c";
const PARENT: &str = "b7ad6b7169203331";

struct Running {
    process: Process,
    tokens: Tokens,
    channel: Channel,
}

/// All services as one process, with these settings beside where it stores.
async fn serve(place: &TestPlace, more: &[(&str, &str)]) -> Running {
    let database = url(&place.location);
    let variables =
        [("PINGYI__DATABASE__URL", database.as_str()), ("PINGYI__CATALOG__REGION", REGION)];
    let variables = [&variables, more].concat();
    let process = Process::serve(PINGYI, place.folder(), &["all", "--dev"], &variables).await;
    let keys = Keys::read(&place.folder().join(".pingyi/keys")).unwrap();
    let tokens = Tokens::new(Signer::new(&keys, Clock::System).unwrap());
    let endpoint = Endpoint::from_shared(format!("http://{}", process.address)).unwrap();
    Running { process, tokens, channel: endpoint.connect_lazy() }
}

/// Asks for figures with this `traceparent`, as nobody or with a token.
async fn ask(running: &Running, traceparent: &str, token: Option<&str>) -> Code {
    let message = GetFiguresRequest {
        dimension: 1,
        from: "2026-03-01".to_owned(),
        to: "2026-03-02".to_owned(),
        ..GetFiguresRequest::default()
    };
    let mut request = match token {
        Some(token) => signed(message, token),
        None => Request::new(message),
    };
    request.metadata_mut().insert("traceparent", traceparent.parse().unwrap());
    request.metadata_mut().insert("tracestate", "x".repeat(4_000).parse().unwrap());
    request.metadata_mut().insert("baggage", "name=1".parse().unwrap());
    let answer = StatisticsServiceClient::new(running.channel.clone()).get_figures(request).await;
    answer.map_or_else(|status| status.code(), |_| Code::Ok)
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

fn calls(collector: &Collector) -> Vec<Received> {
    let calls = collector.spans().into_iter();
    calls.filter(|received| received.span.name.starts_with("pingyi.")).collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_trace_goes_on_from_a_caller_who_is_known_and_from_nobody_else() {
    let place = TestPlace::new().await;
    let collector = Collector::start().await;
    let endpoint = [("PINGYI__TELEMETRY__ENDPOINT", collector.endpoint.as_str())];
    let running = serve(&place, &endpoint).await;
    let kiosk = running.tokens.kiosk().unwrap();
    assert_eq!(ask(&running, SENT, Some(&kiosk)).await, Code::Ok);
    assert_eq!(ask(&running, SENT, None).await, Code::Ok);
    assert_eq!(ask(&running, SENT, Some("forged")).await, Code::Unauthenticated);
    for malformed in ["00-x-y-01", "", &SENT.to_uppercase(), &"0".repeat(4_000)] {
        assert_eq!(ask(&running, malformed, Some(&kiosk)).await, Code::Ok);
    }
    assert!(running.process.stop().await, "an orderly end");
    let calls = calls(&collector);
    assert_eq!(calls.len(), 7);
    let (on, new): (Vec<_>, Vec<_>) =
        calls.into_iter().partition(|received| !received.span.parent_span_id.is_empty());
    assert_eq!((on.len(), new.len()), (1, 6));
    assert_eq!(hex(&on[0].span.trace_id), TRACE);
    assert_eq!(hex(&on[0].span.parent_span_id), PARENT);
    assert!(on[0].span.trace_state.is_empty());
    assert!(new.iter().all(|received| hex(&received.span.trace_id) != TRACE));
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_not_sent_elsewhere_is_not_sent_here_and_ratio_zero_sends_only_what_is() {
    let place = TestPlace::new().await;
    let collector = Collector::start().await;
    let mut variables = vec![("PINGYI__TELEMETRY__ENDPOINT", collector.endpoint.as_str())];
    let running = serve(&place, &variables).await;
    let kiosk = running.tokens.kiosk().unwrap();
    assert_eq!(ask(&running, &SENT.replace("-01", "-00"), Some(&kiosk)).await, Code::Ok);
    assert!(running.process.stop().await, "an orderly end");
    assert!(calls(&collector).is_empty(), "{:#?}", calls(&collector));

    variables.push(("PINGYI__TELEMETRY__RATIO", "0.0"));
    let running = serve(&place, &variables).await;
    assert_eq!(ask(&running, SENT, None).await, Code::Ok);
    assert_eq!(ask(&running, SENT, Some("forged")).await, Code::Unauthenticated);
    let citizens = Citizens::at(running.channel.clone(), &running.tokens);
    until("intake knows the catalog", async || citizens.apply().await.is_ok()).await;
    let token = citizens.invitation().await;
    citizens.rate(rating(&token, Level::VeryDissatisfied)).await.unwrap();
    assert_eq!(ask(&running, SENT, Some(&kiosk)).await, Code::Ok);
    assert!(running.process.stop().await, "an orderly end");
    let spans = collector.spans();
    assert_eq!(spans.len(), 1, "{spans:#?}");
    assert_eq!(hex(&spans[0].span.trace_id), TRACE);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_collector_that_is_away_or_silent_keeps_nobody_waiting() {
    let silent = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let silent = (format!("http://{}", silent.local_addr().unwrap()), silent);
    for endpoint in [format!("http://127.0.0.1:{}", free_port()), silent.0.clone()] {
        let place = TestPlace::new().await;
        let running = serve(&place, &[("PINGYI__TELEMETRY__ENDPOINT", &endpoint)]).await;
        let citizens = Citizens::at(running.channel.clone(), &running.tokens);
        until("intake knows the catalog", async || citizens.apply().await.is_ok()).await;
        for _ in 0..100 {
            let token = citizens.invitation().await;
            citizens.rate(rating(&token, Level::Satisfied)).await.unwrap();
        }
        let log = running.process.log_file();
        let began = Instant::now();
        assert!(running.process.stop().await, "an orderly end");
        assert!(began.elapsed() < stretched(Duration::from_secs(10)), "{:?}", began.elapsed());
        let log = std::fs::read_to_string(log).unwrap();
        let told = log.lines().filter(|line| line.contains("spans were not delivered")).count();
        // Once while it runs, if that takes longer than a collector has, and twice at the end.
        assert!((1..=3).contains(&told), "{told} times\n{log}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn an_internal_error_is_quoted_by_the_id_its_log_line_has() {
    let place = TestPlace::new().await;
    let collector = Collector::start().await;
    let sending = [("PINGYI__TELEMETRY__ENDPOINT", collector.endpoint.as_str())];
    // Ids are there also where nothing is sent.
    for (variables, sends) in [(&sending[..0], false), (&sending[..], true)] {
        let running = serve(&place, variables).await;
        let citizens = Citizens::at(running.channel.clone(), &running.tokens);
        until("intake knows the catalog", async || citizens.apply().await.is_ok()).await;
        let request = application();
        let kiosk = running.tokens.kiosk().unwrap();
        let mut client = CaseServiceClient::new(running.channel.clone());
        client.submit_application(signed(request.clone(), &kiosk)).await.unwrap();
        spoil_answers(&place).await;
        let mut ids = Vec::new();
        for traceparent in [None, Some(SENT)] {
            let mut request = signed(request.clone(), &kiosk);
            if let Some(traceparent) = traceparent {
                request.metadata_mut().insert("traceparent", traceparent.parse().unwrap());
            }
            let status = client.submit_application(request).await.unwrap_err();
            assert_eq!(status.code(), Code::Internal);
            let details = status.get_error_details();
            let id = details.error_info().unwrap().metadata["trace_id"].clone();
            assert_eq!(id.len(), 32);
            let words = &details.localized_message().unwrap().message;
            assert!(words.contains(&format!("错误编号：{}", &id[..8])), "{words}");
            ids.push(id);
        }
        assert_eq!(ids[1], TRACE);
        assert_ne!(ids[0], TRACE);
        let log = running.process.log();
        let lines: Vec<serde_json::Value> =
            log.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
        let internal = lines.iter().filter(|line| line["fields"]["message"] == "internal error");
        let logged: Vec<_> = internal.map(|line| line["trace_id"].as_str().unwrap()).collect();
        assert_eq!(logged, ids);
        assert!(running.process.stop().await, "an orderly end");
        let faults: Vec<String> = collector
            .spans()
            .iter()
            .filter(|received| received.span.status.as_ref().is_some_and(|status| status.code == 2))
            .map(|received| {
                let code = received.attribute("rpc.response.status_code");
                assert_eq!(code.as_deref(), Some("INTERNAL"));
                hex(&received.span.trace_id)
            })
            .collect();
        assert_eq!(faults, if sends { ids } else { Vec::new() });
    }
}

fn application() -> SubmitApplicationRequest {
    let entry = |field_id: &str, value: &str| FormEntry {
        field_id: field_id.to_owned(),
        value: value.to_owned(),
    };
    SubmitApplicationRequest {
        request_id: Clock::System.new_id().to_string(),
        item_code: ON_THE_SPOT.to_owned(),
        entries: vec![
            entry("applicant_name", "示例办事人"),
            entry("applicant_phone", "13800000000"),
            entry("applicant_id", "11010519491231002X"),
            entry("insurance_kind", "全部险种"),
        ],
        ..SubmitApplicationRequest::default()
    }
}

/// Makes every answer that intake keeps unreadable.
async fn spoil_answers(place: &TestPlace) {
    let store = Store::open::<intake::Migrator>(&place.location, "intake").await.unwrap();
    let nothing = match place.location {
        Location::Sqlite(_) => "x'00'",
        Location::Postgres(_) => "'\\x00'",
    };
    let spoil = format!("UPDATE request SET answer = {nothing}");
    store.write().execute_unprepared(&spoil).await.unwrap();
    store.close().await;
}
