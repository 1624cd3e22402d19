//! What figures cost as ratings accumulate (M15 to M17): a year of an invented town of 50 agencies, 500
//! windows, 2,000 members of staff and 300 items is told as facts, folded, recounted from the facts, and
//! then read by everybody's RPCs. Ten million take an hour and 30 GB:
//!
//! ```sh
//! PINGYI_TEST_STORE=postgres PINGYI_TEST_POSTGRES=postgres://user@host/postgres \\
//!     cargo bench --profile dist -p e2e --bench growth -- 10000 1000000 10000000
//! ```

#![allow(clippy::unwrap_used, reason = "a measurement that cannot go on has failed")]
#![allow(clippy::print_stdout, reason = "figures are printed")]

use std::time::{Duration, Instant};

use e2e::process::Process;
use jiff::{SignedDuration, Timestamp};
use pingyi::roles::Role;
use platform::{
    bus::Bus,
    clock::Clock,
    convert::to_wire,
    database::{
        Location, Store,
        many::{self, Column},
    },
    facts::refold,
    keys::Keys,
    reference::Reference,
    shell::Shell,
    testing::TestPlace,
};
use prost::Message as _;
use proto::{
    fact::v1::{
        Fact, RatingInvited, RatingOpening, RatingSubmitted, TicketOpened, TicketStepped,
        fact::Body, ticket_opened::Opening,
    },
    publication::v1::{
        Dimension, GetFiguresRequest, ListOutcomesRequest, ListPublishedRatingsRequest,
        ListRankingsRequest, SummarizeExclusionsRequest,
        disclosure_service_client::DisclosureServiceClient,
        ranking_service_client::RankingServiceClient,
        statistics_service_client::StatisticsServiceClient,
    },
    r#type::v1::{Channel, Finding, Level, Origin, ServiceAct, Stage, TicketState},
};
use publication::{Publication, verify};
use sea_orm::ConnectionTrait as _;
use tonic::transport::Endpoint;
use uuid::Uuid;

const PINGYI: &str = env!("CARGO_BIN_EXE_pingyi-under-test");
const REGIONS: [&str; 5] = ["652301", "652302", "652323", "652324", "652325"];
/// The year told of, and the month read.
const FIRST: &str = "2025-01-01T01:00:00Z";
const YEAR: SignedDuration = SignedDuration::from_hours(364 * 24);
const MONTH: (&str, &str) = ("2025-09-01", "2025-09-30");
/// One in so many acts was offered its rating here.
const OFFERED: u64 = 5;
/// One in so many ratings is private.
const PRIVATE: u64 = 101;
/// Facts written at once.
const WRITTEN: usize = 5_000;
/// How often each read is asked for.
const ASKED: usize = 200;

/// Numbers from a seed (splitmix64), the same on every machine.
struct Dice(u64);

impl Dice {
    fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let z = (self.0 ^ (self.0 >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        let z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        z ^ (z >> 31)
    }

    fn below(&mut self, n: u64) -> u64 {
        self.next() % n
    }

    /// An id of an instant, as ours are (RFC 9562, version 7).
    fn id(&mut self, at: Timestamp) -> Uuid {
        let millis = u64::try_from(at.as_millisecond()).unwrap();
        let high = millis << 16 | 0x7000 | self.below(0x1000);
        Uuid::from_u64_pair(high, self.next() >> 2 | 1 << 63)
    }
}

/// Facts of a service on their way into its store.
struct Told {
    store: Store,
    position: i64,
    positions: Vec<i64>,
    ids: Vec<Uuid>,
    bodies: Vec<Vec<u8>>,
}

impl Told {
    fn new(store: Store) -> Self {
        let none = (Vec::new(), Vec::new(), Vec::new());
        let (positions, ids, bodies) = none;
        Self { store, position: 0, positions, ids, bodies }
    }

    async fn tell(&mut self, dice: &mut Dice, at: Timestamp, body: Body) {
        let fact_id = dice.id(at);
        self.position += 1;
        self.positions.push(self.position);
        self.ids.push(fact_id);
        let (fact_id, recorded_at) = (fact_id.to_string(), Some(to_wire(at)));
        let fact = Fact { fact_id, recorded_at, body: Some(body), ..Fact::default() };
        self.bodies.push(fact.encode_to_vec());
        if self.ids.len() == WRITTEN {
            self.write().await;
        }
    }

    async fn write(&mut self) {
        let columns = vec![
            ("position", Column::Big(std::mem::take(&mut self.positions))),
            ("fact_id", Column::Uuid(std::mem::take(&mut self.ids))),
            ("body", Column::Bytes(std::mem::take(&mut self.bodies))),
        ];
        let txn = self.store.begin().await.unwrap();
        many::insert(&txn, "fact", columns, "").await.unwrap();
        let counted = format!("UPDATE fact_counter SET position = {} WHERE id = 1", self.position);
        txn.execute_unprepared(&counted).await.unwrap();
        txn.commit().await.unwrap();
    }
}

/// An act of the town; the first agencies have the most.
fn act(dice: &mut Dice, at: Timestamp) -> ServiceAct {
    let n = dice.below(50) * dice.below(50) / 50;
    let region = REGIONS[usize::try_from(n % 5).unwrap()];
    ServiceAct {
        act_id: dice.id(at).to_string(),
        case_id: dice.id(at).to_string(),
        stage: Stage::Completion.into(),
        service_number: 1,
        region_code: region.to_owned(),
        agency_id: format!("{region}-a{n:02}"),
        item_code: format!("11{region}000000000A2{:012}", n * 6 + dice.below(6)),
        item_version: 1,
        terminal_id: format!("{region}-t{n:02}"),
        line_id: format!("l{:02}", n % 20),
        served_at: Some(to_wire(at)),
        policy: "xinjiang-2020".to_owned(),
        window_id: format!("{region}-w{:03}", n * 10 + dice.below(10)),
        staff_id: format!("s{:04}", n * 40 + dice.below(40)),
        hall_id: format!("{region}-h1"),
        ..ServiceAct::default()
    }
}

/// Tells of so many ratings, and of the tickets of the negative ones.
async fn tell(stored: u64, intake: &mut Told, ticketing: &mut Told) {
    let (mut dice, first) = (Dice(7), FIRST.parse::<Timestamp>().unwrap());
    for n in 0..stored {
        let share = i64::try_from(u128::from(n) * 1_000_000 / u128::from(stored)).unwrap();
        let at = first + SignedDuration::from_millis(YEAR.as_secs() * share / 1_000);
        let act = act(&mut dice, at);
        if n % OFFERED == 0 {
            let invited = RatingInvited { act: Some(act.clone()), closes_on: String::new() };
            intake.tell(&mut dice, at, Body::RatingInvited(invited)).await;
        }
        let level = match dice.below(100) {
            0 => Level::VeryDissatisfied,
            1..5 => Level::Dissatisfied,
            5..12 => Level::BasicallySatisfied,
            12..35 => Level::Satisfied,
            _ => Level::VerySatisfied,
        };
        let is_negative = matches!(level, Level::Dissatisfied | Level::VeryDissatisfied);
        let rating = RatingSubmitted {
            rating_id: dice.id(at).to_string(),
            act: Some(act.clone()),
            level: level.into(),
            tag_codes: if is_negative { vec!["207".to_owned()] } else { Vec::new() },
            tag_list_version: "national-2020-05".to_owned(),
            channel: Channel::try_from(1 + i32::try_from(dice.below(5)).unwrap()).unwrap().into(),
            origin: Origin::Active.into(),
            private: n % PRIVATE == 0,
            received_at: Some(to_wire(at)),
            ..RatingSubmitted::default()
        };
        intake.tell(&mut dice, at, Body::RatingSubmitted(rating.clone())).await;
        if is_negative {
            let ticket_id = dice.id(at).to_string();
            let opened = TicketOpened {
                ticket_id: ticket_id.clone(),
                act: Some(act),
                level: rating.level,
                channel: rating.channel,
                private: rating.private,
                opened_at: Some(to_wire(at)),
                opening: Some(Opening::Rating(RatingOpening { rating_id: rating.rating_id })),
                ..TicketOpened::default()
            };
            ticketing.tell(&mut dice, at, Body::TicketOpened(opened)).await;
            let fed_back = TicketStepped {
                ticket_id,
                sequence: 1,
                state: TicketState::FedBack.into(),
                finding: Finding::Clear.into(),
                at: Some(to_wire(at)),
                ..TicketStepped::default()
            };
            ticketing.tell(&mut dice, at, Body::TicketStepped(fed_back)).await;
        }
    }
    intake.write().await;
    ticketing.write().await;
}

/// The time of each answer, the longest last.
async fn times<T>(mut ask: impl AsyncFnMut() -> Result<T, tonic::Status>) -> Vec<Duration> {
    let mut times = Vec::with_capacity(ASKED);
    for _ in 0..ASKED {
        let began = Instant::now();
        ask().await.unwrap();
        times.push(began.elapsed());
    }
    times.sort_unstable();
    times
}

async fn reads(address: &str) {
    let channel = Endpoint::from_shared(format!("http://{address}")).unwrap().connect_lazy();
    let (from, to) = (MONTH.0.to_owned(), MONTH.1.to_owned());
    let figures = |dimension: Dimension, key: &str| GetFiguresRequest {
        dimension: dimension.into(),
        key: key.to_owned(),
        from: from.clone(),
        to: to.clone(),
        page_size: 1_000,
        ..GetFiguresRequest::default()
    };
    let year =
        GetFiguresRequest { from: "2025-01-01".to_owned(), ..figures(Dimension::Region, "652301") };
    for (name, asked) in [
        ("all agencies, 30 days (M15)", figures(Dimension::Agency, "")),
        ("one agency, 30 days", figures(Dimension::Agency, "652301-a00")),
        ("all windows, 30 days", figures(Dimension::Window, "")),
        ("all items, 30 days", figures(Dimension::Item, "")),
        ("one region, 273 days", year),
    ] {
        let mut client = StatisticsServiceClient::new(channel.clone());
        say(name, &times(async || client.get_figures(asked.clone()).await).await);
    }
    let quarter = |dimension: Dimension| ListRankingsRequest {
        dimension: dimension.into(),
        region_code: REGIONS[0].to_owned(),
        period: "2025-Q3".to_owned(),
        ..ListRankingsRequest::default()
    };
    for (name, asked) in [
        ("ranking of agencies, a quarter", quarter(Dimension::Agency)),
        ("ranking of windows, a quarter", quarter(Dimension::Window)),
    ] {
        let mut client = RankingServiceClient::new(channel.clone());
        say(name, &times(async || client.list_rankings(asked.clone()).await).await);
    }
    let region_code = REGIONS[0].to_owned();
    let mut client = DisclosureServiceClient::new(channel);
    let asked = ListOutcomesRequest { region_code: region_code.clone(), ..Default::default() };
    say("outcomes, a page", &times(async || client.list_outcomes(asked.clone()).await).await);
    let asked =
        ListPublishedRatingsRequest { region_code: region_code.clone(), ..Default::default() };
    let took = times(async || client.list_published_ratings(asked.clone()).await).await;
    say("published ratings, a page", &took);
    let asked = SummarizeExclusionsRequest { region_code, agency_id: String::new(), from, to };
    let took = times(async || client.summarize_exclusions(asked.clone()).await).await;
    say("exclusions, 30 days", &took);
}

fn say(name: &str, times: &[Duration]) {
    let at = |share: usize| times[(times.len() * share / 100).min(times.len() - 1)];
    println!("  {name:<32} p50 {:>8.1?}  p99 {:>8.1?}", at(50), at(99));
}

async fn measure(stored: u64) {
    let place = TestPlace::new().await;
    for role in Role::ALL {
        role.migrate(&place.location).await.unwrap();
    }
    let (intake, ticketing) =
        (Role::Intake.open(&place.location).await, Role::Ticketing.open(&place.location).await);
    let (mut intake, mut ticketing) = (Told::new(intake.unwrap()), Told::new(ticketing.unwrap()));
    tell(stored, &mut intake, &mut ticketing).await;
    let facts = intake.position + ticketing.position;
    let shell = Shell::new(&Keys::make(), Clock::System, Bus::embedded()).unwrap();
    let store = Role::Publication.open(&place.location).await.unwrap();
    let reference = Reference::load(store.clone()).await.unwrap();
    let consumer = Publication::new(store.clone(), shell.clone(), reference).consumer();
    let producers = [intake.store, ticketing.store];
    let began = Instant::now();
    for producer in &producers {
        let step =
            async || refold::step(&*consumer, &store, producer, i64::MAX, &shell.clock).await;
        while step().await.unwrap().is_some() {}
    }
    let took = began.elapsed();
    println!("{stored} ratings, {facts} facts: folded in {took:.1?}");
    if let Location::Postgres(url) = &place.location {
        // On a connection of its own: ours end a statement after half a minute.
        let own = sea_orm::Database::connect(url).await.unwrap();
        own.execute_unprepared("VACUUM ANALYZE").await.unwrap();
        own.close().await.unwrap();
    }
    let began = Instant::now();
    let published = verify::published(&store).await.unwrap();
    let recounted = verify::recount(&published, &producers).await.unwrap();
    let differences = verify::differences(&published.counts, &recounted);
    let (took, counts) = (began.elapsed(), published.counts.len());
    println!("  recounted (M17) in {took:.1?}: {} of {counts} counts differ", differences.len());
    drop((published, recounted));
    let database = match &place.location {
        Location::Postgres(url) => url.clone(),
        Location::Sqlite(folder) => format!("sqlite:{}", folder.display()),
    };
    let told = [
        ("PINGYI__DATABASE__URL", database.as_str()),
        ("PINGYI__PEERS__CATALOG", "http://127.0.0.1:9"),
        ("PINGYI__PEERS__INTAKE", "http://127.0.0.1:9"),
        ("PINGYI__PEERS__TICKETING", "http://127.0.0.1:9"),
    ];
    let redis = e2e::redis_server::RedisServer::start().await;
    let url = redis.url();
    let told: Vec<_> = told.into_iter().chain([("PINGYI__REDIS__URL", url.as_str())]).collect();
    let serving = ["publication", "--dev"];
    let process = Process::serve(PINGYI, place.folder(), &serving, &told).await;
    reads(&process.address).await;
}

#[tokio::main]
async fn main() {
    let asked = std::env::args().skip(1).filter_map(|number| number.parse().ok());
    let asked: Vec<u64> = asked.collect();
    let sizes = if asked.is_empty() { vec![10_000, 1_000_000] } else { asked };
    println!("a year of ratings; each read {ASKED} times, one after the other");
    for stored in sizes {
        measure(stored).await;
    }
}
