//! What taking in and giving out a large catalogue costs: 11,112 base items and 100,000 items of
//! about 1.5 KB each as CSV through a real catalog process, with its peak memory; the same file
//! again; one wrong row at the end of it; the export; and how soon a replica serves what another
//! published (PostgreSQL only).
//!
//! ```sh
//! PINGYI_TEST_STORE=postgres PINGYI_TEST_POSTGRES=postgres://user@host/postgres \\
//!     cargo bench -p e2e --bench import
//! ```

#![allow(clippy::unwrap_used, reason = "a measurement that cannot go on has failed")]
#![allow(clippy::print_stdout, reason = "figures are printed")]

use std::time::{Duration, Instant};

use e2e::{citizens::signed, process::Process, redis_server::RedisServer};
use platform::{
    auth::{Caller, Signer},
    clock::Clock,
    database::Location,
    keys::Keys,
    testing::TestPlace,
};
use proto::catalog::v1::{
    ExportRequest, GetItemRequest, ImportHeader, ImportRequest, ImportSummary, TransferFormat,
    TransferKind, catalog_service_client::CatalogServiceClient, import_request::Part,
    import_response, transfer_service_client::TransferServiceClient,
};
use tonic::{Code, transport::Channel, transport::Endpoint};

const PINGYI: &str = env!("CARGO_BIN_EXE_pingyi-under-test");
/// The agencies of the sample region, with their credit codes.
const AGENCIES: [(&str, &str); 9] = [
    ("652301-a01", "11652301PY6523019N"),
    ("652301-a02", "11652301PY6523027H"),
    ("652301-a03", "11652301PY6523035C"),
    ("652301-a04", "11652301PY65230437"),
    ("652301-a05", "11652301PY65230512"),
    ("652301-a06", "11652301PY652306XR"),
    ("652301-a07", "11652301PY6523078R"),
    ("652301-a08", "11652301PY6523086L"),
    ("652301-a09", "11652301PY6523094F"),
];
/// How many items.
const ITEMS: usize = 100_000;
/// How much of a file is sent at once.
const CHUNK: usize = 256 << 10;

fn base_code(n: usize) -> String {
    format!("002088{:03}{:03}", n / 1_000, n % 1_000)
}

/// Base items as CSV: those numbered below `count`.
fn bases(count: usize) -> impl Iterator<Item = String> {
    let header = "base_code,name,type,legal_basis\r\n".to_owned();
    let row = |n| format!("{},示例事项{n}号,20,《示例条例》第{n}条\r\n", base_code(n));
    std::iter::once(header).chain((0..count).map(row))
}

/// Items as CSV, the last one with a wrong code if it is to be.
fn items(wrong: bool) -> impl Iterator<Item = String> {
    let header = "code,region_code,agency_id,handling,case_kind,statutory_days,statutory_unit,\
                  promised_days,promised_unit,accepting_unit,channels,conditions,materials,\
                  procedure,fee_basis,fee_standard,rating_channels,form\r\n";
    let row = move |n: usize| {
        let (agency, uscc) = AGENCIES[n % AGENCIES.len()];
        let level = if wrong && n + 1 == ITEMS { 9 } else { 4 };
        let code = format!("{uscc}{level}{}", base_code(n / AGENCIES.len()));
        let condition =
            "在本市行政区域内依法办理本事项的自然人、法人和其他组织，且材料齐全、符合法定形式。";
        let object = |kind: &str| {
            format!(
                r#"{{""id"":""{kind}"",""label"":""申请人信息"",""kind"":""text"",""required"":false,""max_length"":50}}"#
            )
        };
        format!(
            "{code},652301,{agency},time_limited,committed,20,working,10,working,\
             示例受理单位（示例政务服务中心综合窗口）,\"window\nportal\",\"{condition}\n{condition}\",\
             \"{{\"\"name\"\":\"\"申请表\"\",\"\"copies\"\":1,\"\"sample\"\":\"\"示例样本\"\"}}\",\
             \"申请\n受理\n审查\n决定\n送达\",《示例条例》第五条：不收取费用,不收费,\
             \"evaluator\nkiosk\nportal\",\"{}\n{}\"\r\n",
            object("name"),
            object("address"),
        )
    };
    std::iter::once(header.to_owned()).chain((0..ITEMS).map(row))
}

/// Sends a file and waits for its end.
async fn import(
    channel: &Channel,
    token: &str,
    kind: TransferKind,
    rows: impl Iterator<Item = String> + Send + 'static,
) -> (Duration, ImportSummary, usize, usize) {
    let header = ImportHeader {
        kind: kind.into(),
        format: TransferFormat::Csv.into(),
        encoding: String::new(),
        check_only: false,
    };
    let (sender, parts) = tokio::sync::mpsc::channel(4);
    let sending = tokio::task::spawn_blocking(move || {
        let mut sent = 0;
        let part = |part| ImportRequest { part: Some(part) };
        sender.blocking_send(part(Part::Header(header))).unwrap();
        let mut chunk = Vec::with_capacity(CHUNK);
        for row in rows {
            chunk.extend_from_slice(row.as_bytes());
            sent += row.len();
            if chunk.len() >= CHUNK {
                let whole = std::mem::take(&mut chunk);
                sender.blocking_send(part(Part::Chunk(whole))).unwrap();
            }
        }
        sender.blocking_send(part(Part::Chunk(chunk))).unwrap();
        sent
    });
    let begun = Instant::now();
    let mut client = TransferServiceClient::new(channel.clone());
    let parts = tokio_stream::wrappers::ReceiverStream::new(parts);
    let mut answers = client.import(signed(parts, token)).await.unwrap().into_inner();
    let (mut summary, mut wrong) = (ImportSummary::default(), 0);
    loop {
        match answers.message().await {
            Ok(Some(answer)) => match answer.part.unwrap() {
                import_response::Part::RowError(_) => wrong += 1,
                import_response::Part::Summary(told) => summary = told,
            },
            Ok(None) => break,
            Err(status) => {
                assert_eq!(status.code(), Code::InvalidArgument, "{status}");
                break;
            }
        }
    }
    (begun.elapsed(), summary, wrong, sending.await.unwrap())
}

fn row(
    what: &str,
    (took, summary, wrong, bytes): (Duration, ImportSummary, usize, usize),
    peak: u64,
) {
    let seconds = took.as_secs_f64();
    #[expect(clippy::cast_precision_loss, reason = "a figure for people")]
    let rate = summary.rows as f64 / seconds;
    println!(
        "{what}: {} rows, {} MB in {seconds:.1} s ({rate:.0} rows/s), {} changed, {wrong} errors, \
         applied {}; peak memory {} MB",
        summary.rows,
        bytes >> 20,
        summary.changed,
        summary.applied,
        peak >> 10,
    );
}

async fn channel(process: &Process) -> Channel {
    let endpoint = Endpoint::from_shared(format!("http://{}", process.address)).unwrap();
    endpoint.connect().await.unwrap()
}

#[tokio::main]
async fn main() {
    let place = TestPlace::new().await;
    let redis = RedisServer::start().await;
    let redis_url = redis.url();
    let database = match &place.location {
        Location::Postgres(url) => url.clone(),
        Location::Sqlite(folder) => format!("sqlite://{}", folder.display()),
    };
    let region = concat!(env!("CARGO_MANIFEST_DIR"), "/../services/pingyi/sample/652301");
    let variables = [
        ("PINGYI__DATABASE__URL", database.as_str()),
        ("PINGYI__REDIS__URL", redis_url.as_str()),
        ("PINGYI__CATALOG__REGION", region),
    ];
    let process = Process::serve(PINGYI, place.folder(), &["catalog", "--dev"], &variables).await;
    let keys = Keys::read(&place.folder().join(".pingyi/keys")).unwrap();
    let signer = Signer::new(&keys, Clock::System).unwrap();
    let token = |region: &str| {
        let caller = Caller::Authority { region: region.to_owned() };
        signer.token("bench", caller, 3_600).unwrap()
    };
    let (nation, county) = (token("000000"), token("652301"));
    let catalog = channel(&process).await;
    println!("idle: peak memory {} MB", process.peak_memory() >> 10);

    let base_count = ITEMS.div_ceil(AGENCIES.len());
    let done = import(&catalog, &nation, TransferKind::BaseItems, bases(base_count)).await;
    row("base items", done, process.peak_memory());
    let done = import(&catalog, &county, TransferKind::Items, items(true)).await;
    row("items, the last row wrong", done, process.peak_memory());
    let done = import(&catalog, &county, TransferKind::Items, items(false)).await;
    row("items", done, process.peak_memory());
    let done = import(&catalog, &county, TransferKind::Items, items(false)).await;
    row("the same items again", done, process.peak_memory());

    let begun = Instant::now();
    let request = ExportRequest {
        kind: TransferKind::Items.into(),
        format: TransferFormat::Csv.into(),
        region_code: "652301".to_owned(),
        at: None,
    };
    let mut client = TransferServiceClient::new(catalog.clone());
    let mut chunks = client.export(request).await.unwrap().into_inner();
    let mut bytes = 0;
    while let Some(answer) = chunks.message().await.unwrap() {
        bytes += answer.chunk.len();
    }
    println!(
        "export: {} MB in {:.1} s; peak memory {} MB",
        bytes >> 20,
        begun.elapsed().as_secs_f64(),
        process.peak_memory() >> 10
    );
    reads(&catalog).await;
    if matches!(place.location, Location::Postgres(_)) {
        let other = Process::serve(PINGYI, place.folder(), &["catalog", "--dev"], &variables).await;
        staleness(&catalog, &channel(&other).await, &nation).await;
        assert!(other.stop().await);
    }
    assert!(process.stop().await);
}

/// How long a hot read takes, by one caller.
async fn reads(catalog: &Channel) {
    let mut client = CatalogServiceClient::new(catalog.clone());
    let code = format!("{}4{}", AGENCIES[0].1, base_code(0));
    let mut took = Vec::new();
    for _ in 0..2_000 {
        let begun = Instant::now();
        let request = GetItemRequest { code: code.clone(), ..GetItemRequest::default() };
        client.get_item(request).await.unwrap();
        took.push(begun.elapsed());
    }
    took.sort_unstable();
    println!("GetItem, hot: p50 {:?}, p99 {:?}", took[took.len() / 2], took[took.len() * 99 / 100]);
}

/// How long after one replica has acknowledged a change another serves it.
async fn staleness(one: &Channel, other: &Channel, nation: &str) {
    let code = format!("{}4{}", AGENCIES[0].1, base_code(0));
    let (mut own, mut others) = (Vec::new(), Vec::new());
    for round in 0..30 {
        let name = format!("示例事项第{round}次更名");
        let file = format!(
            "base_code,name,type,legal_basis\r\n{},{name},20,《示例条例》\r\n",
            base_code(0)
        );
        let (_, summary, ..) =
            import(one, nation, TransferKind::BaseItems, std::iter::once(file)).await;
        assert_eq!(summary.changed, 1);
        let begun = Instant::now();
        for (channel, took) in [(one, &mut own), (other, &mut others)] {
            let mut client = CatalogServiceClient::new(channel.clone());
            loop {
                let request = GetItemRequest { code: code.clone(), ..GetItemRequest::default() };
                let item = client.get_item(request).await.unwrap().into_inner().item.unwrap();
                if item.name == name {
                    break;
                }
            }
            took.push(begun.elapsed());
        }
    }
    own.sort_unstable();
    others.sort_unstable();
    println!(
        "staleness after the acknowledgement: own process {:?} at most; another replica {:?} median, \
         {:?} at most",
        own[own.len() - 1],
        others[others.len() / 2],
        others[others.len() - 1]
    );
}
