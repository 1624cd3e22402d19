//! From a file of facts to the report.

use intake::config::RatingLimits;
use platform::{bus::Bus, database::Location};
use proto::{
    fact::v1::{
        CalendarPublished, Fact, ProfilePublished, RatingInvited, RatingSubmitted, TicketOpened,
        TicketStepped, fact::Body,
    },
    r#type::v1::{Finding, Level, Origin, ServiceAct, Stage, TicketState},
};
use serde_json::Value;
use tokio::net::TcpListener;

use super::*;
use crate::{demo, sample};

fn shipped(id: &str) -> String {
    let file = format!("{id}.toml");
    let source = sample::profiles().into_iter().find(|source| source.file == file);
    source.unwrap().text.to_owned()
}

fn instant(text: &str) -> Option<prost_types::Timestamp> {
    Some(platform::convert::to_wire(text.parse().unwrap()))
}

fn id(n: u32) -> String {
    format!("00000000-0000-7000-8000-{n:012}")
}

fn act(n: u32) -> Option<ServiceAct> {
    Some(ServiceAct {
        act_id: id(n),
        case_id: id(n),
        stage: Stage::Completion.into(),
        service_number: 1,
        region_code: "652301".to_owned(),
        agency_id: "652301-a01".to_owned(),
        served_at: instant("2026-03-02T02:00:00Z"),
        policy: other::find("changji-2020", &sample::profiles()).unwrap().policy(),
        ..ServiceAct::default()
    })
}

fn step(sequence: u32, state: TicketState, finding: Finding, at: &str) -> Body {
    Body::TicketStepped(TicketStepped {
        ticket_id: id(9),
        sequence,
        state: state.into(),
        finding: finding.into(),
        at: instant(at),
        followed_up: false,
        ..TicketStepped::default()
    })
}

/// Two acts, one rated badly and its ticket rectified three days later, one not rated.
fn bodies() -> Vec<Body> {
    let years = vec![include_str!("../../../domain/calendars/2026.toml").to_owned()];
    let statutory = "source = '办法'\nyear = []".to_owned();
    let layers = ["state-council-2019", "changji-2020"].map(shipped).to_vec();
    let rated = RatingSubmitted {
        rating_id: id(7),
        act: act(1),
        level: Level::VeryDissatisfied.into(),
        origin: Origin::Active.into(),
        real_name: true,
        received_at: instant("2026-03-05T02:00:00Z"),
        ..RatingSubmitted::default()
    };
    let opened = TicketOpened {
        ticket_id: id(9),
        rating_id: id(7),
        act: act(1),
        real_name: true,
        opened_at: instant("2026-03-05T02:00:01Z"),
        ..TicketOpened::default()
    };
    let invited = |n| RatingInvited { act: act(n), closes_on: "2026-03-09".to_owned() };
    vec![
        Body::CalendarPublished(CalendarPublished { years, statutory, overlays: Vec::new() }),
        Body::ProfilePublished(ProfilePublished {
            profile_id: "changji-2020".to_owned(),
            version: 3,
            region_code: "652301".to_owned(),
            layers,
        }),
        Body::RatingInvited(invited(1)),
        Body::RatingInvited(invited(2)),
        Body::RatingSubmitted(rated),
        Body::TicketOpened(opened),
        step(1, TicketState::Assigned, Finding::Unspecified, "2026-03-05T03:00:00Z"),
        step(2, TicketState::Contacted, Finding::Unspecified, "2026-03-05T04:00:00Z"),
        step(3, TicketState::Verified, Finding::Clear, "2026-03-06T03:00:00Z"),
        step(4, TicketState::Rectified, Finding::Clear, "2026-03-08T03:00:00Z"),
    ]
}

fn facts(bodies: Vec<Body>) -> Vec<Fact> {
    (1..)
        .zip(bodies)
        .map(|(position, body)| Fact {
            position,
            producer: "intake".to_owned(),
            recorded_at: instant("2026-03-09T00:00:00Z"),
            body: Some(body),
            ..Fact::default()
        })
        .collect()
}

/// What is told on a command line.
async fn told_by(line: &[&str]) -> Result<String, SimulateError> {
    use clap::Parser as _;
    #[derive(clap::Parser)]
    struct Line {
        #[command(flatten)]
        args: Args,
    }
    let args = Line::try_parse_from([&["simulate"], line].concat()).unwrap().args;
    let now = "2027-03-20T00:00:00Z".parse().unwrap();
    let mut out = Vec::new();
    run(&args, &sample::profiles(), now, &mut out).await?;
    Ok(String::from_utf8(out).unwrap())
}

/// What is told of facts in a file.
async fn told(facts: &[Fact], arguments: &[&str]) -> Result<String, SimulateError> {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("facts.bin");
    let mut writer = facts_file::Writer::create(&path).unwrap();
    facts.iter().for_each(|fact| writer.put(fact).unwrap());
    writer.end().unwrap();
    told_by(&[&["--facts", path.to_str().unwrap()], arguments].concat()).await
}

#[tokio::test]
async fn c13_simulate_a_file_of_facts_is_told_for_people_and_for_programs() {
    let facts = facts(bodies());
    let table = told(&facts, &["--profile", "guangxi-2019"]).await.unwrap();
    for line in [
        "Under 拟用实施细则 guangxi-2019@1 桂数发〔2019〕21号, until 截至 2027-03-20T08:00:00+08:00",
        "From 10 facts 事实: 2 service acts 服务, 1 ratings 评价, 1 tickets 工单",
        "  with default ratings 含默认评价                                     0.00 % (0/1)         50.00 % (1/2)",
        "  default rating 默认评价: act 00000000-0000-7000-8000-000000000002: – → 非常满意",
        "  deadline 办理时限: ticket 00000000-0000-7000-8000-000000000009/1 fix_clear: \
         2026-03-05 missed 超期 → 2026-03-21 met 按期",
    ] {
        assert!(table.lines().any(|told| told == line), "{line}\n{table}");
    }
    let json = told(&facts, &["--profile", "guangxi-2019", "--json"]).await.unwrap();
    let json: Value = serde_json::from_str(&json).unwrap();
    assert_eq!(json["counts"]["default_ratings"], serde_json::json!({"old": 0, "new": 1}));
    let agency = &json["agencies"]["652301-a01"];
    assert_eq!(agency["new"]["scores"][0]["with_defaults"]["sum"], 10);
    assert_eq!(agency["old"]["scores"], serde_json::json!([]));
    assert_eq!(json["changes"], json["examples"].as_array().unwrap().len());
}

#[tokio::test]
async fn c13_simulate_who_served_at_which_window_in_which_hall_is_told() {
    let named = |mut act: Option<ServiceAct>| {
        let at = act.as_mut().unwrap();
        at.staff_id = "652301-s01".to_owned();
        at.window_id = "652301-w01".to_owned();
        at.hall_id = "652301-h01".to_owned();
        act
    };
    let mut bodies = bodies();
    for body in &mut bodies {
        match body {
            Body::RatingInvited(invited) => invited.act = named(invited.act.take()),
            Body::RatingSubmitted(rated) => rated.act = named(rated.act.take()),
            Body::TicketOpened(opened) => opened.act = named(opened.act.take()),
            _ => {}
        }
    }
    let facts = facts(bodies);
    let table = told(&facts, &["--profile", "guangxi-2019"]).await.unwrap();
    for object in ["Staff 人员 652301-s01", "Window 窗口 652301-w01", "Hall 大厅 652301-h01"]
    {
        assert!(table.lines().any(|told| told == object), "{object}\n{table}");
    }
    for denial in ["name no staff", "facts name none", "数据不含人员"] {
        assert!(!table.contains(denial), "{table}");
    }
    let json = told(&facts, &["--profile", "guangxi-2019", "--json"]).await.unwrap();
    let json: Value = serde_json::from_str(&json).unwrap();
    for (kind, id) in [("staff", "652301-s01"), ("windows", "652301-w01"), ("halls", "652301-h01")]
    {
        assert_eq!(json[kind][id]["new"]["scores"][0]["with_defaults"]["sum"], 10, "{kind}");
    }
}

#[tokio::test]
async fn c13_simulate_the_day_and_the_region_bound_what_is_looked_at() {
    let facts = facts(bodies());
    let counts = async |arguments: &[&str]| {
        let line = [&["--profile", "guangxi-2019", "--json"], arguments].concat();
        let json: Value = serde_json::from_str(&told(&facts, &line).await.unwrap()).unwrap();
        let count = |what: &str| json["counts"][what].as_u64().unwrap();
        (count("acts"), count("ratings"), count("tickets"))
    };
    assert_eq!(counts(&["--until", "2026-03-01"]).await, (0, 0, 0));
    assert_eq!(counts(&["--until", "2026-03-04"]).await, (2, 0, 0));
    assert_eq!(counts(&["--until", "2026-03-05", "--region", "650000"]).await, (2, 1, 1));
    assert_eq!(counts(&["--region", "450000"]).await, (0, 0, 0));
    for (arguments, why) in [
        (["--until", "5 March"], "--until \"5 March\" is not a date (YYYY-MM-DD)"),
        (["--region", "6523"], "--region \"6523\" a division code has 6, 9 or 12 digits"),
    ] {
        let line = [&["--profile", "guangxi-2019"], arguments.as_slice()].concat();
        assert_eq!(told(&facts, &line).await.unwrap_err().to_string(), why);
    }
}

#[tokio::test]
async fn c13_simulate_under_its_own_profile_nothing_would_have_changed() {
    let table = told(&facts(bodies()), &["--profile", "changji-2020"]).await.unwrap();
    assert!(table.contains("Nothing that facts show would have changed"), "{table}");
    assert!(table.contains("2 service acts 服务, 1 ratings 评价, 1 tickets 工单"), "{table}");
    assert!(!table.contains("Examples"), "{table}");
}

#[tokio::test]
async fn c13_simulate_what_cannot_be_read_is_counted_and_a_missing_calendar_is_an_error() {
    let mut bodies = bodies();
    bodies.push(Body::RatingInvited(RatingInvited::default()));
    let mut all = facts(bodies);
    all.push(Fact { position: 12, producer: "intake".to_owned(), ..Fact::default() });
    let table = told(&all, &["--profile", "guangxi-2019"]).await.unwrap();
    let line = "  2 facts that cannot be read 无法读取 (first: intake 11: the act is missing)";
    assert!(table.contains(line), "{table}");
    let error = told(&all[1..], &["--profile", "guangxi-2019"]).await.unwrap_err().to_string();
    assert!(error.starts_with("no work calendar is among the 11 facts"), "{error}");
}

#[tokio::test]
async fn c13_simulate_paper_is_as_good_as_a_touch_and_the_ticket_of_a_matter_is_left_out() {
    let mut bodies = bodies();
    for body in &mut bodies {
        if let Body::RatingSubmitted(rating) = body {
            rating.origin = Origin::Paper.into();
        }
    }
    let of_matter = TicketOpened {
        ticket_id: id(10),
        matter_id: id(11),
        act: Some(ServiceAct { act_id: id(11), ..ServiceAct::default() }),
        opened_at: instant("2026-03-05T02:00:01Z"),
        ..TicketOpened::default()
    };
    bodies.push(Body::TicketOpened(of_matter));
    let taken_over = bodies.iter().find_map(|body| match body {
        Body::RatingSubmitted(rating) => Some(RatingSubmitted {
            rating_id: id(12),
            origin: Origin::Imported.into(),
            ..rating.clone()
        }),
        _ => None,
    });
    bodies.push(Body::RatingSubmitted(taken_over.unwrap()));
    bodies.push(Body::TicketStepped(TicketStepped {
        ticket_id: id(10),
        sequence: 1,
        state: TicketState::Assigned.into(),
        at: instant("2026-03-05T03:00:00Z"),
        ..TicketStepped::default()
    }));
    let table = told(&facts(bodies), &["--profile", "guangxi-2019"]).await.unwrap();
    assert!(table.contains("2 service acts 服务, 1 ratings 评价, 1 tickets 工单"), "{table}");
    assert!(table.contains("whose opening or rating is not among the facts"), "{table}");
    assert!(!table.contains("cannot be read") && !table.contains("nobody gave"), "{table}");
    assert!(table.contains("  1 ratings from an earlier system, by its rules"), "{table}");
}

#[tokio::test(flavor = "multi_thread")]
async fn c13_simulate_a_running_deployment_and_the_file_kept_of_it_tell_the_same() {
    let folder = tempfile::tempdir().unwrap();
    let path = |name: &str| folder.path().join(name).to_str().unwrap().to_owned();
    let (keys, file) = (path("keys"), path("facts.bin"));
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let endpoint = format!("http://{}", listener.local_addr().unwrap());
    let stores = Location::Sqlite(folder.path().join("stores"));
    let made = Keys::read_or_make(Path::new(&keys)).unwrap();
    let (bus, limits) = (Bus::embedded(), RatingLimits::default());
    let (running, tokens) = demo::start(stores, made, listener, bus, None, limits).await.unwrap();
    let levels = [domain::level::Level::VeryDissatisfied];
    demo::story::play(&endpoint, &tokens, &levels, &mut std::io::sink()).await.unwrap();

    let other = ["--profile", "guangxi-2019", "--json"];
    let asked = [&["--from", &endpoint, "--keys", &keys, "--save", &file], &other[..]].concat();
    let asked = told_by(&asked).await.unwrap();
    let kept = told_by(&[&["--facts", &file], &other[..]].concat()).await.unwrap();
    assert_eq!(asked, kept);
    let json: Value = serde_json::from_str(&asked).unwrap();
    assert_eq!((&json["counts"]["acts"], &json["counts"]["tickets"]), (&1.into(), &1.into()));
    assert_eq!(json["counts"]["deadlines"]["fix_clear"]["new"]["met"], 1, "{json:#}");
    let unread = json["left_out"].as_array().unwrap().iter().find(|left| left["what"] == "unread");
    assert_eq!(unread, None);

    let foreign = path("foreign");
    Keys::read_or_make(Path::new(&foreign)).unwrap();
    let refused = told_by(&["--from", &endpoint, "--keys", &foreign, "--profile", "city"]).await;
    let refused = refused.unwrap_err().to_string();
    assert!(refused.contains("NOT_IDENTIFIED"), "{refused}");

    let mut out = Vec::new();
    let event_at = crate::client::explain::event_at("2026-03-05").unwrap();
    let explain = crate::client::explain::run;
    explain(&endpoint, None, "652301", "feed_back_clear", event_at, &mut out).await.unwrap();
    let explained = String::from_utf8(out).unwrap();
    assert!(explained.starts_with("feed_back_clear in 652301: by the end of 截止 2026-03-12\n"));
    assert!(explained.ends_with("2026-03-12 周四    5  工作日\n"), "{explained}");
    let unknown = explain(&endpoint, None, "652301", "sing", event_at, &mut Vec::new()).await;
    let unknown = unknown.unwrap_err().to_string();
    assert!(unknown.contains("RULE_NOT_FOUND") && unknown.contains('。'), "{unknown}");
    running.stop.stop();
    running.ended().await.unwrap();
}
