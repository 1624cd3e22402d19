//! One trace from the touch on the kiosk to what ticketing and publication make of it, across real
//! processes, received by a collector on a socket.

use domain::{item::FieldKind, level::Level};
use e2e::{
    citizens::{Citizens, ON_THE_SPOT},
    collector::{Collector, Received},
    process::{Process, free_port, run},
    redis_server::RedisServer,
    until,
};
use opentelemetry_proto::tonic::trace::v1::span::SpanKind;
use pingyi::demo::tokens::{REGION, Tokens};
use platform::{auth::Signer, clock::Clock, keys::Keys, testing::TestPlace};
use tonic::transport::Endpoint;
use visit::{
    adapter::{telemetry, tonic::Gateway},
    content::{Choices, Field, ItemCard},
    controller::Controller,
    flow::Event,
    screen::Screen,
};

use crate::binary::{PINGYI, url};

pub(crate) fn id() -> String {
    Clock::System.new_id().to_string()
}

/// Waits for a screen; if the services are away, or not ready, asks again as a visitor would.
pub(crate) async fn shown(
    kiosk: &mut Controller<Gateway>,
    wanted: impl Fn(&Screen) -> bool,
) -> Screen {
    until("the screen", async || {
        if wanted(kiosk.screen()) {
            return true;
        }
        if matches!(kiosk.screen(), Screen::Offline { .. }) {
            kiosk.touch(Event::RetryTouched);
        }
        wanted(kiosk.answer().await)
    })
    .await;
    kiosk.screen().clone()
}

fn fill_in(field: &Field) -> (String, String) {
    let value = match field.kind {
        FieldKind::PersonName => "示例办事人",
        FieldKind::Phone => "13800000000",
        FieldKind::IdNumber => "11010519491231002X",
        FieldKind::Choice => field.choices.first().map_or("", String::as_str),
        FieldKind::Date => "2026-01-05",
        FieldKind::Text | FieldKind::Number => "1",
    };
    (field.id.clone(), value.to_owned())
}

/// A visit up to the faces, for the item whose code or name holds this; returns what can be chosen.
pub(crate) async fn to_the_faces(kiosk: &mut Controller<Gateway>, item: &str) -> Choices {
    kiosk.touch(Event::Started);
    let Screen::Items { items } = shown(kiosk, |s| matches!(s, Screen::Items { .. })).await else {
        panic!("items");
    };
    let holds = |card: &ItemCard| card.code == item || card.name.contains(item);
    let item = items.into_iter().find(holds).unwrap();
    kiosk.touch(Event::ItemChosen(item.code.clone()));
    kiosk.touch(Event::ApplyTouched);
    kiosk.touch(Event::FormFilled(item.form.iter().map(fill_in).collect()));
    kiosk.touch(Event::Confirmed(id()));
    let done = |s: &Screen| {
        matches!(s, Screen::Result { .. } | Screen::Inviting { .. } | Screen::Faces { .. })
    };
    shown(kiosk, done).await;
    // What is done on the spot is looked at first; any other is waited for.
    kiosk.touch(Event::RateTouched);
    let faces = shown(kiosk, |s| matches!(s, Screen::Faces { .. })).await;
    let Screen::Faces { choices, .. } = faces else { panic!("{faces:?}") };
    choices
}

/// A visit that ends with a very dissatisfied rating.
async fn visit(kiosk: &mut Controller<Gateway>) {
    let choices = to_the_faces(kiosk, ON_THE_SPOT).await;
    let level = Level::VeryDissatisfied;
    let tags = &choices.levels.iter().find(|choice| choice.level == level).unwrap().tags;
    let reason = tags[0].0.clone();
    kiosk.touch(Event::LevelChosen(level, id()));
    kiosk.touch(Event::ReasonsGiven(vec![reason].into()));
    // The thanks ask until when it is answered; the touch lasts until that is known.
    let answered = |screen: &Screen| matches!(screen, Screen::Thanks { answering, .. } if answering.feedback.is_some());
    shown(kiosk, answered).await;
}

/// The spans of a name in a process, below a parent.
fn below<'a>(spans: &'a [Received], parent: &Received, name: &str) -> Vec<&'a Received> {
    let fits = |other: &&Received| {
        other.span.parent_span_id == parent.span.span_id && other.span.name == name
    };
    spans.iter().filter(fits).collect()
}

fn one<'a>(found: &[&'a Received], what: &str) -> &'a Received {
    assert_eq!(found.len(), 1, "{what}: {found:#?}");
    found[0]
}

#[tokio::test(flavor = "multi_thread")]
async fn one_trace_runs_from_the_touch_to_the_ticket_and_the_figure() {
    let place = TestPlace::new().await;
    let redis = RedisServer::start().await;
    let collector = Collector::start().await;
    let (database, redis_url) = (url(&place.location), redis.url());
    let region = concat!(env!("CARGO_MANIFEST_DIR"), "/../services/pingyi/sample/652301");
    let mut variables = vec![
        ("PINGYI__DATABASE__URL", database.as_str()),
        ("PINGYI__REDIS__URL", redis_url.as_str()),
        ("PINGYI__CATALOG__REGION", region),
        ("PINGYI__TELEMETRY__ENDPOINT", collector.endpoint.as_str()),
    ];
    let serve_at = async |port, roles: &[&str], variables: &[(&str, &str)]| {
        let arguments = [roles, &["--dev"]].concat();
        Process::serve_at(port, PINGYI, place.folder(), &arguments, variables).await
    };
    // Intake and ticketing ask each other.
    let ticketing_port = free_port();
    let ticketing_address = format!("http://127.0.0.1:{ticketing_port}");
    variables.push(("PINGYI__PEERS__TICKETING", ticketing_address.as_str()));
    let front = serve_at(free_port(), &["catalog", "intake"], &variables).await;
    let address = format!("http://{}", front.address);
    variables.push(("PINGYI__PEERS__CATALOG", address.as_str()));
    variables.push(("PINGYI__PEERS__INTAKE", address.as_str()));
    let ticketing = serve_at(ticketing_port, &["ticketing"], &variables).await;
    let publication = serve_at(free_port(), &["publication"], &variables).await;

    let keys = Keys::read(&place.folder().join(".pingyi/keys")).unwrap();
    let tokens = Tokens::new(Signer::new(&keys, Clock::System).unwrap());
    let telemetry = telemetry::init(&collector.endpoint, 1.0).unwrap();
    let channel = Endpoint::from_shared(address.clone()).unwrap().connect_lazy();
    let gateway = Gateway::new(channel.clone(), &tokens.kiosk().unwrap(), REGION).unwrap();
    let citizens = Citizens::at(channel, &tokens);
    until("intake knows the catalog", async || citizens.apply().await.is_ok()).await;
    visit(&mut Controller::new(gateway)).await;
    telemetry.end();
    until("the ticket is opened and told", async || {
        let spans = collector.spans();
        spans.iter().filter(|received| received.span.name == "apply TicketOpened").count() == 2
    })
    .await;
    for process in [publication, ticketing, front] {
        assert!(process.stop().await, "an orderly end");
    }

    let spans = collector.spans();
    let touched = |event: &str| {
        let fits = |received: &&Received| {
            received.span.name == "touch" && received.attribute("event").as_deref() == Some(event)
        };
        one(&spans.iter().filter(fits).collect::<Vec<_>>(), event)
    };
    let touch = touched("ReasonsGiven");
    assert!(touch.span.parent_span_id.is_empty());
    assert_eq!(
        (touch.process.as_str(), touch.attribute("screen").as_deref()),
        ("pingyi-kiosk", Some("Reasons"))
    );
    let method = "pingyi.intake.v1.RatingService/SubmitRating";
    let client = one(&below(&spans, touch, method), "client");
    assert_eq!((client.process.as_str(), client.span.kind()), ("pingyi-kiosk", SpanKind::Client));
    let server = one(&below(&spans, client, method), "server");
    assert_eq!((server.process.as_str(), server.span.kind()), ("catalog intake", SpanKind::Server));
    for call in [client, server] {
        assert_eq!(call.attribute("rpc.system.name").as_deref(), Some("grpc"));
        assert_eq!(call.attribute("rpc.method").as_deref(), Some(method));
        assert_eq!(call.attribute("rpc.response.status_code").as_deref(), Some("OK"));
    }
    let commit = one(&below(&spans, server, "commit"), "commit");
    let mut applied = below(&spans, commit, "apply RatingSubmitted");
    // One that waited for the catalog was tried before, which is a span of its own.
    applied.retain(|received| received.span.status.as_ref().is_none_or(|s| s.message.is_empty()));
    assert_eq!(applied.len(), 2, "{applied:#?}");
    let by = |process: &str| {
        let fits = |received: &&&Received| received.process == process;
        *applied.iter().find(fits).unwrap_or_else(|| panic!("{process}: {applied:#?}"))
    };
    for apply in [by("ticketing"), by("publication")] {
        assert_eq!(apply.span.kind(), SpanKind::Consumer);
        assert_eq!(apply.attribute("fact.producer").as_deref(), Some("intake"));
        assert!(apply.attribute("fact.position").unwrap().parse::<u64>().unwrap() > 0);
    }
    // What ticketing tells because of it belongs to it as well.
    let told = below(&spans, by("ticketing"), "apply TicketOpened");
    let mut hearers: Vec<&str> = told.iter().map(|received| received.process.as_str()).collect();
    hearers.sort_unstable();
    assert_eq!(hearers, ["catalog intake", "publication"], "for its rater, and for everyone");
    let trace_id = &touch.span.trace_id;
    let all = [client, server, commit, by("ticketing"), by("publication")];
    for received in all.into_iter().chain(told) {
        assert_eq!(&received.span.trace_id, trace_id, "{received:#?}");
    }
    // The transaction is a trace of its own; who shares it is linked to it.
    let batches = spans.iter().filter(|received| received.span.name == "commit batch");
    let batch = one(&batches.collect::<Vec<_>>(), "batch");
    assert!(batch.span.parent_span_id.is_empty() && &batch.span.trace_id != trace_id);
    assert_eq!(batch.attribute("ratings").as_deref(), Some("1"));
    let link = &commit.span.links[0];
    assert_eq!((&link.trace_id, &link.span_id), (&batch.span.trace_id, &batch.span.span_id));

    // The application is a trace of the touch that confirmed it.
    let confirmed = touched("Confirmed");
    let method = "pingyi.intake.v1.CaseService/SubmitApplication";
    let application =
        one(&below(&spans, one(&below(&spans, confirmed, method), "client"), method), "server");
    let case = below(&spans, application, "apply CaseCompleted");
    assert!(case.iter().any(|received| received.process == "publication"), "{case:#?}");
    let accepted = one(&below(&spans, confirmed, "answer"), "answer");
    assert_eq!(accepted.attribute("event").as_deref(), Some("Accepted"));
    // Its result is looked at before the faces.
    let asked = touched("RateTouched");
    one(&below(&spans, asked, "pingyi.intake.v1.RatingService/ResolveInvitation"), "the jump");
    // Nobody's request: health checks, reflection, what services ask each other by themselves.
    let known = |name: &str| {
        let calls = ["pingyi.catalog.", "pingyi.intake.", "apply ", "commit"];
        ["touch", "answer"].contains(&name) || calls.iter().any(|call| name.starts_with(call))
    };
    let odd = spans.iter().find(|received| !known(&received.span.name));
    assert!(odd.is_none(), "{odd:#?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn no_persons_datum_no_word_and_no_token_leaves_with_a_span() {
    let folder = tempfile::tempdir().unwrap();
    let collector = Collector::start().await;
    let variables = [
        ("PINGYI__LISTEN__ADDRESS", "127.0.0.1:0"),
        ("PINGYI__TELEMETRY__ENDPOINT", collector.endpoint.as_str()),
    ];
    let path = folder.path().to_owned();
    let variables = variables.map(|(name, value)| (name, value.to_owned()));
    let story = tokio::task::spawn_blocking(move || {
        let variables: Vec<_> = variables.iter().map(|(n, v)| (*n, v.as_str())).collect();
        run(PINGYI, &path, &["demo", "--exit"], &variables)
    });
    let story = story.await.unwrap();
    let told = String::from_utf8_lossy(&story.stdout).into_owned();
    assert!(story.status.success(), "{told}");
    let spans = collector.spans();
    // The whole story: the kiosk, the business system, the officers, and what was made of it.
    for name in [
        "touch",
        "pingyi.intake.v1.CaseService/SubmitApplication",
        "pingyi.intake.v1.CaseService/WatchCase",
        "pingyi.intake.v1.CaseService/CompleteCase",
        "pingyi.intake.v1.RatingService/SubmitRating",
        "pingyi.ticketing.v1.TicketService/VerifyTicket",
        "pingyi.publication.v1.StatisticsService/GetFigures",
        "commit batch",
        "apply TicketStepped",
    ] {
        assert!(spans.iter().any(|received| received.span.name == name), "{name}\n{told}");
    }
    assert!(spans.iter().all(|received| received.span.events.is_empty()));
    let sent = format!("{:?}", collector.requests());
    let kiosk = std::fs::read_to_string(folder.path().join(".pingyi/tokens/kiosk.token")).unwrap();
    // Name, phone, number; every word of the officers begins so; tokens.
    for secret in ["示例", "13800000000", "11010519491231002X", "Bearer", "eyJ", kiosk.as_str()] {
        assert!(!sent.contains(secret), "{secret}");
    }
    // Nothing but what is expected: a new attribute is looked at here first.
    let mut keys: Vec<&str> =
        spans.iter().flat_map(|s| s.span.attributes.iter().map(|a| a.key.as_str())).collect();
    keys.sort_unstable();
    keys.dedup();
    let expected = [
        "event",
        "fact.position",
        "fact.producer",
        "ratings",
        "rpc.method",
        "rpc.response.status_code",
        "rpc.system.name",
        "screen",
    ];
    assert_eq!(keys, expected);
}
