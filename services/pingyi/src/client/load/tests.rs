//! Load on a deployment in this process, over real sockets and a real store.

use intake::config::RatingLimits;
use platform::{
    bus::Bus,
    keys::Keys,
    server::listen,
    testing::{TestPlace, wait::until},
};
use proto::intake::v1::SubmitRatingResponse;
use tokio::net::TcpListener;

use super::{
    journal::{AcknowledgedRating, SentRating},
    *,
};
use crate::{
    roles::Role,
    sample::RegionText,
    serve::{self, Running},
    settings::Transparency,
};

struct Deployment {
    running: Running,
    keys: Keys,
    clock: Clock,
    place: TestPlace,
}

impl Deployment {
    async fn start(clock: Clock) -> Self {
        let (place, keys) = (TestPlace::new().await, Keys::make());
        for role in Role::ALL {
            role.migrate(&place.location).await.unwrap();
        }
        let listener = listen("127.0.0.1:0".parse().unwrap()).await.unwrap();
        let running = serve::start(Self::of(&place, &keys, &clock, listener)).await.unwrap();
        Self { running, keys, clock, place }
    }

    fn of(place: &TestPlace, keys: &Keys, clock: &Clock, listener: TcpListener) -> serve::Plan {
        serve::Plan {
            roles: Role::ALL.to_vec(),
            location: place.location.clone(),
            bus: Bus::embedded(),
            keys: keys.clone(),
            clock: clock.clone(),
            listener,
            access: Default::default(),
            peers: Vec::new(),
            region: Some(RegionText::sample()),
            messages: None,
            ratings: RatingLimits::NONE,
            documents: None,
            transparency: Transparency::default(),
            reporting: serve::Reports::default(),
            measuring: Default::default(),
            drain: Duration::ZERO,
        }
    }

    /// Stops, and comes back at the same place when that is wanted.
    async fn away_until(self, wanted: impl Future<Output = ()>) -> Self {
        let Self { running, keys, clock, place } = self;
        let address = running.address;
        running.stop.stop();
        running.ended().await.unwrap();
        wanted.await;
        let listener = listen(address).await.unwrap();
        let running = serve::start(Self::of(&place, &keys, &clock, listener)).await.unwrap();
        Self { running, keys, clock, place }
    }

    fn plan(&self, scenario: Scenario, pace: Pace) -> Plan {
        let signer = platform::auth::Signer::new(&self.keys, self.clock.clone()).unwrap();
        Plan {
            scenario,
            endpoint: format!("http://{}", self.running.address),
            region: REGION.to_owned(),
            pace,
            span: Duration::from_secs(1),
            acts: NonZeroUsize::new(20).unwrap(),
            rows: 250,
            crowd: Crowd {
                officers: NonZeroUsize::new(6).unwrap(),
                agencies: NonZeroUsize::new(3).unwrap(),
            },
            identity: Identity::Keys(signer),
        }
    }

    async fn end(self) {
        self.running.stop.stop();
        self.running.ended().await.unwrap();
    }
}

fn closed(callers: usize) -> Pace {
    Pace::Closed(NonZeroUsize::new(callers).unwrap())
}

fn add_up(report: &Report) {
    for calls in &report.calls {
        let refused: u64 = calls.refused.values().sum();
        let unknown: u64 = calls.unknown.values().sum();
        assert_eq!(calls.sent, calls.acknowledged + refused + unknown, "{calls:?}");
    }
}

async fn told(plan: &Plan) -> (Report, String) {
    let mut out = Vec::new();
    let report = execute(plan, std::future::pending::<()>, &mut out).await.unwrap();
    (report, String::from_utf8(out).unwrap())
}

#[derive(clap::Parser)]
struct CommandLine {
    #[command(flatten)]
    args: Args,
}

#[test]
fn load_wants_one_pace_and_somebody_to_ask_as() {
    use clap::Parser as _;
    let parse = |line: &str| CommandLine::try_parse_from(format!("load {line}").split(' '));
    let args = parse("submit --rate 200 --keys k").unwrap().args;
    assert_eq!((args.rate.map(NonZeroU32::get), args.concurrency), (Some(200), None));
    assert_eq!(args.endpoint, "http://127.0.0.1:7419");
    assert_eq!(args.acts.get(), 5000);
    let args = parse("submit --rate 200 --acts 7 --keys k").unwrap().args;
    assert_eq!(args.acts.get(), 7);
    let args = parse("loop --rate 35 --shape spike --seconds 60 --keys k").unwrap().args;
    assert_eq!((args.shape, args.duration.get()), (Shape::Spike, 60));
    assert_eq!((args.officers.get(), args.agencies.get()), (200, 20));
    assert_eq!(parse("loop --callers 8 --keys k").unwrap().args.concurrency.unwrap().get(), 8);
    for wrong in [
        "submit --keys k",
        "submit --rate 1",
        "submit --rate 1 --concurrency 1 --keys k",
        "submit --rate 0 --keys k",
        "submit --rate 1 --keys k --terminal-token t",
        "loop --concurrency 1 --shape spike --keys k",
        "loop --shape spike --keys k",
        "rate --rate 1 --keys k",
    ] {
        assert!(parse(wrong).is_err(), "{wrong}");
    }
}

#[test]
fn load_ends_well_only_if_everything_was_looked_for_and_found() {
    assert!(matches!(verdict(None), Err(LoadError::Unchecked)));
    let mut found = Findings::default();
    assert!(verdict(Some(&found)).is_ok());
    found.faults.insert("acknowledged and missing".to_owned(), 3);
    assert!(matches!(verdict(Some(&found)), Err(LoadError::Faults(3))));
}

#[tokio::test(flavor = "multi_thread")]
async fn load_submit_measures_ratings_alone_and_finds_each_acknowledged_one_again() {
    let deployment = Deployment::start(Clock::System).await;
    let (report, told) = told(&deployment.plan(Scenario::Submit, closed(8))).await;
    add_up(&report);
    let [calls] = report.calls.as_slice() else { panic!("{told}") };
    assert_eq!(calls.rpc, "SubmitRating");
    assert!(calls.acknowledged > 20, "acts are rated more than once: {told}");
    assert!(calls.refused.is_empty() && calls.unknown.is_empty(), "{told}");
    let latency = calls.latency_ms.unwrap();
    assert!(latency.p50 <= latency.p99 && latency.p99 <= latency.max, "{told}");
    let found = report.check.as_ref().unwrap();
    assert!(found.passed(), "{told}");
    assert_eq!(found.acknowledged, calls.acknowledged);
    assert_eq!(found.read_back, found.acknowledged.min(journal::KEPT as u64));
    assert_eq!(found.listed, found.read_back);
    assert!(found.sent_again >= found.acknowledged.min(1_000), "{told}");
    let json = serde_json::to_value(&report).unwrap();
    let json: serde_json::Value = serde_json::from_str(&json.to_string()).unwrap();
    assert_eq!(json["calls"][0]["sent"], calls.sent);
    assert!(json["calls"][0]["latency_ms"]["p99.9"].is_f64(), "{json}");
    assert_eq!((&json["concurrency"], &json["rate"]), (&8.into(), &serde_json::Value::Null));
    assert!(told.contains("SubmitRating") && told.contains(" 0 faults"), "{told}");
    deployment.end().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn load_an_open_loop_begins_as_many_calls_as_were_due() {
    let deployment = Deployment::start(Clock::System).await;
    let pace = Pace::Open(NonZeroU32::new(50).unwrap());
    let (report, told) = told(&deployment.plan(Scenario::Submit, pace)).await;
    add_up(&report);
    assert_eq!(report.calls[0].sent + report.unsent, 50, "{told}");
    assert!(report.check.unwrap().passed(), "{told}");
    deployment.end().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn load_visit_measures_each_call_of_a_visit_by_itself() {
    let deployment = Deployment::start(Clock::System).await;
    let (report, told) = told(&deployment.plan(Scenario::Visit, closed(2))).await;
    add_up(&report);
    let rpcs: Vec<_> = report.calls.iter().map(|calls| calls.rpc).collect();
    assert_eq!(rpcs, ["SubmitApplication", "ResolveInvitation", "SubmitRating", "GetRating"]);
    let visits = report.calls[0].acknowledged;
    assert!(visits > 0);
    assert!(report.calls.iter().all(|calls| calls.acknowledged == visits), "{told}");
    assert_eq!(report.check.unwrap().read_back, visits, "{told}");
    deployment.end().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn load_import_takes_every_case_in_and_pushing_them_again_tells_nothing_new() {
    let deployment = Deployment::start(Clock::System).await;
    let (report, told) = told(&deployment.plan(Scenario::Import, closed(1))).await;
    add_up(&report);
    let rows = report.rows.as_ref().unwrap();
    assert_eq!(rows.received, 250 * report.calls[0].acknowledged, "{told}");
    assert_eq!((rows.created, rows.refused), (rows.received, 0), "{told}");
    let found = report.check.unwrap();
    assert!(found.passed() && found.sent_again > 0, "{told}");
    deployment.end().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn load_a_closed_window_is_told_by_its_reason() {
    let clock = Clock::manual("2026-03-02T01:00:00Z".parse().unwrap());
    let deployment = Deployment::start(clock.clone()).await;
    let plan = deployment.plan(Scenario::Submit, closed(2));
    let prepared = plan.prepare().await.unwrap();
    // A day is no more than a token is good for; the window here ends after five working days.
    clock.set("2026-03-10T01:00:00Z".parse().unwrap());
    let signer = platform::auth::Signer::new(&deployment.keys, clock).unwrap();
    let token = Identity::Keys(signer).terminal(REGION).unwrap();
    let Preparation::Submit(raters, tokens) = prepared else { panic!("a submission") };
    let Ok(mut raters) = Arc::try_unwrap(raters) else { panic!("shared") };
    raters.target = raters.target.by(&token).unwrap();
    let prepared = Preparation::Submit(Arc::new(raters), tokens);
    let measured = prepared.measure(&plan, &Stop::default()).await.unwrap();
    let calls = &measured.calls[0];
    let reasons: Vec<_> = calls.refused.keys().collect();
    assert_eq!(reasons, ["FAILED_PRECONDITION RATING_WINDOW_CLOSED"]);
    assert_eq!((calls.acknowledged, calls.sent), (0, calls.refused.values().sum()));
    assert!(calls.latency_ms.is_none());
    let found = measured.left.check().await;
    assert_eq!((found.perhaps, found.passed()), (0, true));
    deployment.end().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn load_a_rating_that_is_not_there_fails_the_check() {
    let deployment = Deployment::start(Clock::System).await;
    let plan = deployment.plan(Scenario::Submit, closed(1));
    let Preparation::Submit(raters, tokens) = plan.prepare().await.unwrap() else { panic!() };
    raters.rate(0, &tokens[0], 0, std::time::Instant::now()).await.unwrap();
    let lost = |request_id: &str, rating_id: &str| AcknowledgedRating {
        asked: SentRating {
            request_id: request_id.to_owned(),
            token: Arc::clone(&tokens[1]),
            form: 0,
        },
        receipt: SubmitRatingResponse {
            rating_id: rating_id.to_owned(),
            ..SubmitRatingResponse::default()
        },
    };
    assert!(check::ratings(&raters).await.passed());
    let id = Clock::System.new_id().to_string();
    raters.journal.acknowledged(lost(&id, &id));
    // Nobody answered this one, and it was never sent: it is taken now, and is no fault.
    let unsent = Clock::System.new_id().to_string();
    raters.journal.perhaps(lost(&unsent, "").asked);
    let found = check::ratings(&raters).await;
    assert_eq!((found.acknowledged, found.read_back), (2, 1));
    assert_eq!((found.perhaps, found.late), (1, 1));
    // It cannot be read, and sent again it becomes another one.
    assert_eq!(found.fault_count(), 2, "{found:?}");
    assert_eq!(found.faults["acknowledged and missing"], 1, "{found:?}");
    deployment.end().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn load_a_wrong_token_is_told_before_anything_is_measured() {
    let deployment = Deployment::start(Clock::System).await;
    let mut plan = deployment.plan(Scenario::Visit, closed(1));
    plan.identity = Identity::Tokens { terminal: Some("nobody".to_owned()), system: None };
    let Err(refused) = execute(&plan, std::future::pending::<()>, &mut Vec::new()).await else {
        panic!("it is refused")
    };
    let LoadError::Client(ClientError::Refused { status }) = refused else { panic!("{refused}") };
    assert_eq!(status.code(), tonic::Code::Unauthenticated);
    plan.scenario = Scenario::Import;
    let Err(LoadError::Nobody("--system-token")) = plan.prepare().await else {
        panic!("nobody can push")
    };
    deployment.end().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn load_that_is_told_to_stop_still_tells_and_checks() {
    let deployment = Deployment::start(Clock::System).await;
    let mut plan = deployment.plan(Scenario::Submit, closed(4));
    plan.span = Duration::from_secs(3_600);
    let asked = std::sync::atomic::AtomicBool::new(false);
    let once = || {
        let first = !asked.swap(true, std::sync::atomic::Ordering::SeqCst);
        async move {
            if !first {
                std::future::pending::<()>().await;
            }
        }
    };
    let mut out = Vec::new();
    let report = execute(&plan, once, &mut out).await.unwrap();
    assert!(report.seconds < 60.0);
    assert!(report.check.unwrap().passed());
    deployment.end().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn load_goes_on_while_the_server_is_away_and_looks_for_what_nobody_answered() {
    let deployment = Deployment::start(Clock::System).await;
    let mut plan = deployment.plan(Scenario::Submit, closed(8));
    plan.span = Duration::from_secs(3_600);
    let Preparation::Submit(raters, tokens) = plan.prepare().await.unwrap() else { panic!() };
    let (stop, shared) = (Stop::default(), Arc::clone(&raters));
    let measuring = tokio::spawn({
        let stop = stop.clone();
        async move { Preparation::Submit(shared, tokens).measure(&plan, &stop).await.unwrap() }
    });
    let seen = || {
        let check = raters.journal.to_check();
        (check.acknowledged, check.perhaps)
    };
    until("some are acknowledged", async || seen().0 > 20).await;
    let deployment = deployment.away_until(until("some are perhaps", async || seen().1 > 0)).await;
    let before = seen().0;
    until("more are acknowledged", async || seen().0 > before + 20).await;
    stop.stop();
    let measured = measuring.await.unwrap();
    let calls = &measured.calls[0];
    let refused: u64 = calls.refused.values().sum();
    let unknown: u64 = calls.unknown.values().sum();
    assert!(calls.unknown.contains_key("UNAVAILABLE"), "{calls:?}");
    assert_eq!(calls.sent, calls.acknowledged + refused + unknown);
    let found = measured.left.check().await;
    assert!(found.passed(), "{found:?}");
    assert!(found.perhaps > 0 && found.found + found.late == found.perhaps, "{found:?}");
    deployment.end().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn load_two_requests_that_became_one_rating_fail_the_check() {
    let deployment = Deployment::start(Clock::System).await;
    let plan = deployment.plan(Scenario::Submit, closed(1));
    let Preparation::Submit(raters, tokens) = plan.prepare().await.unwrap() else { panic!() };
    let receipt = raters.rate(0, &tokens[0], 0, std::time::Instant::now()).await.unwrap();
    let request_id = Clock::System.new_id().to_string();
    let asked = SentRating { request_id, token: Arc::clone(&tokens[0]), form: 0 };
    raters.journal.acknowledged(AcknowledgedRating { asked, receipt });
    let found = check::ratings(&raters).await;
    assert_eq!(found.read_back, 2, "{found:?}");
    assert_eq!(found.faults["one rating for two requests"], 1, "{found:?}");
    deployment.end().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn load_loop_takes_complaints_to_their_closing_and_counts_them_again() {
    let deployment = Deployment::start(Clock::System).await;
    let (report, told) = told(&deployment.plan(Scenario::Loop, closed(4))).await;
    add_up(&report);
    let count =
        |rpc: &str| report.calls.iter().find(|calls| calls.rpc == rpc).unwrap().acknowledged;
    let closed = count("CloseTicket");
    assert!(closed > 0 && closed == count("(lifecycle)"), "{told}");
    assert_eq!(count("AcceptResult"), closed, "this region's results are reviewed: {told}");
    let found = report.check.unwrap();
    assert_eq!((found.acknowledged, found.listed, found.read_back), (closed, closed, closed));
    assert!(found.passed(), "{told}");
    // A second loop counts its own alone.
    let (report, told) = self::told(&deployment.plan(Scenario::Loop, self::closed(2))).await;
    assert!(report.check.unwrap().passed(), "{told}");
    deployment.end().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn load_loop_a_step_that_is_not_there_fails_the_recount() {
    let deployment = Deployment::start(Clock::System).await;
    let plan = deployment.plan(Scenario::Loop, closed(1));
    let Preparation::Loop(hall) = plan.prepare().await.unwrap() else { panic!() };
    hall.run(plan.pace, plan.span, &Stop::default()).await;
    hall.lives.lock().unwrap()[0].steps += 1;
    let found = hall.recount().await;
    let missing = ("an acknowledged step is missing".to_owned(), 1);
    assert_eq!(found.faults, std::collections::BTreeMap::from([missing]));
    assert!(verdict(Some(&found)).is_err(), "the exit code is not 0");
    deployment.end().await;
}
