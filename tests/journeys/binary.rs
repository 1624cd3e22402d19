//! The real program as an operator uses it.

use std::{fs, process::Output};

use e2e::{
    citizens::{Citizens, rating},
    deployment::Deployment,
    process::{Process, free_port, run},
    redis_server::RedisServer,
    until,
};
use pingyi::{demo::tokens::Tokens, roles::Role};
use platform::{
    auth::Signer, bus::Bus, clock::Clock, database::Location, keys::Keys, testing::TestPlace,
};
use proto::r#type::v1::Level;
use sea_orm::ConnectionTrait as _;
use tokio_stream::StreamExt as _;
use tonic::transport::Endpoint;
use tonic_reflection::pb::v1::{
    ServerReflectionRequest, server_reflection_client::ServerReflectionClient,
    server_reflection_request::MessageRequest, server_reflection_response::MessageResponse,
};

use crate::facts::check;

pub(crate) const PINGYI: &str = env!("CARGO_BIN_EXE_pingyi-under-test");

fn stderr(output: &Output) -> String {
    String::from_utf8_lossy(&output.stderr).into_owned()
}

pub(crate) fn url(location: &Location) -> String {
    match location {
        Location::Sqlite(folder) => format!("sqlite:{}", folder.display()),
        Location::Postgres(url) => url.clone(),
    }
}

#[test]
fn the_demo_tells_its_story_and_ends_with_zero_and_a_second_one_goes_on_from_it() {
    let folder = tempfile::tempdir().unwrap();
    let port = free_port();
    let address = format!("127.0.0.1:{port}");
    for visit in 1..=2 {
        let variables = [("PINGYI__LISTEN__ADDRESS", address.as_str())];
        let output = run(PINGYI, folder.path(), &["demo", "--exit"], &variables);
        let told = String::from_utf8_lossy(&output.stdout).into_owned();
        assert!(output.status.success(), "{told}{}", stderr(&output));
        assert!(told.contains(&format!("({visit}/{visit})")), "{told}");
    }
    use std::os::unix::fs::PermissionsExt as _;
    let mode = fs::metadata(folder.path().join(".pingyi")).unwrap().permissions().mode();
    assert_eq!(mode & 0o777, 0o700);
}

#[tokio::test(flavor = "multi_thread")]
async fn i09_the_demo_too_takes_as_many_ratings_of_an_act_as_the_operator_says() {
    let folder = tempfile::tempdir().unwrap();
    let limits = [("PINGYI__RATINGS__PER_ACT", "7"), ("PINGYI__RATINGS__PER_MINUTE", "0")];
    let demo = Process::demo(PINGYI, folder.path(), &limits).await;
    let keys = Keys::read(&folder.path().join(".pingyi/keys")).unwrap();
    let tokens = Tokens::new(Signer::new(&keys, Clock::System).unwrap());
    let address = format!("http://{}", demo.address);
    let channel = Endpoint::from_shared(address).unwrap().connect_lazy();
    let citizens = Citizens::at(channel, &tokens);
    until("intake knows the catalog", async || citizens.apply().await.is_ok()).await;
    let token = citizens.invitation().await;
    for _ in 0..7 {
        citizens.rate(rating(&token, Level::Satisfied)).await.unwrap();
    }
    let refused = citizens.rate(rating(&token, Level::Satisfied)).await.unwrap_err();
    assert_eq!(refused.code(), tonic::Code::ResourceExhausted, "{refused:?}");
    assert!(demo.stop().await, "an orderly end");
}

#[test]
fn what_is_wrong_with_the_configuration_is_named_with_file_line_and_reason() {
    let folder = tempfile::tempdir().unwrap();
    let say = |text: &str, arguments: &[&str]| {
        fs::write(folder.path().join("pingyi.toml"), text).unwrap();
        let output = run(PINGYI, folder.path(), arguments, &[]);
        assert!(!output.status.success());
        stderr(&output)
    };
    let serve = ["serve", "--config", "pingyi.toml"];
    let told = say("[listen]\naddress = \"127.0.0.1:0\"\nport = 1\n", &serve);
    assert!(told.contains("pingyi.toml:3: unknown field `port`"), "{told}");
    let told = say("[listen]\naddress = \"nowhere\"\n", &serve);
    assert!(told.contains("pingyi.toml:2: invalid socket address"), "{told}");
    for (section, key, value, why) in [
        ("database", "url", "mysql://x", "the URL is neither postgres://"),
        ("redis", "url", "http://x", "is no redis:// or rediss:// URL"),
        ("peers", "intake", "ftp://x", "is no http:// or https:// address"),
        ("keys", "suite", "des", "unknown variant `des`"),
        ("log", "level", "intake=loud", "is no level or filter"),
        ("log", "format", "xml", "unknown variant `xml`"),
        ("telemetry", "endpoint", "collector:4317", "is no http:// or https:// address"),
        ("notifier", "url", "gateway:80", "is no http:// or https:// address"),
        ("notifier", "secret", "", "is empty, or not plain ASCII"),
        ("notifier", "link", "https://x/r/", "does not hold {token} once"),
        ("notifier", "look_up", " ", "is not 1 to 100 characters of one line"),
        ("notifier", "quiet", "9-8", "is not like 21:00-08:00"),
        ("notifier", "phone", "1", "unknown field `phone`"),
    ] {
        let told = say(&format!("[{section}]\n\n{key} = \"{value}\"\n"), &serve);
        assert!(told.contains(&format!("pingyi.toml:3: {why}")), "{told}");
    }
    for ratio in ["-0.1", "1.1", "nan"] {
        let told = say(&format!("[telemetry]\n\nratio = {ratio}\n"), &serve);
        assert!(told.contains("pingyi.toml:3: is no share from 0 to 1"), "{told}");
    }
    let variables = [("PINGYI__DATABASE__URL", "mysql://x")];
    let told = stderr(&run(PINGYI, folder.path(), &["print-config"], &variables));
    assert!(told.contains("PINGYI__DATABASE__URL: the URL is neither"), "{told}");
    // Every service in one process: it takes its port before it asks for the secret.
    let told = say(
        "[listen]\naddress = \"127.0.0.1:0\"\n\n[notifier]\nurl = \"https://gateway\"\n",
        &["serve", "--dev", "--config", "pingyi.toml"],
    );
    assert!(told.contains("notifier.secret is not configured"), "{told}");
    let told = say("", &serve);
    assert!(told.contains("keys.folder is not configured"), "{told}");
    let told = say("", &["serve", "intake", "--dev", "--config", "pingyi.toml"]);
    assert!(told.contains("redis.url is not configured"), "{told}");
    let told = say("", &["serve", "intak", "--dev"]);
    assert!(told.contains("\"intak\" is none of all, catalog"), "{told}");
    let missing = run(PINGYI, folder.path(), &["serve", "--config", "nowhere.toml"], &[]);
    assert!(stderr(&missing).contains("cannot read nowhere.toml"), "{}", stderr(&missing));
}

#[test]
fn a_wrong_region_file_stops_the_start_with_file_line_and_reason() {
    let folder = tempfile::tempdir().unwrap();
    let sample = concat!(env!("CARGO_MANIFEST_DIR"), "/../services/pingyi/sample/652301");
    for name in ["organization.toml", "items.toml", "questionnaires.toml"] {
        fs::copy(format!("{sample}/{name}"), folder.path().join(name)).unwrap();
    }
    let items = folder.path().join("items.toml");
    let wrong = fs::read_to_string(&items).unwrap().replacen("handling = ", "handlin = ", 1);
    let line = 1 + wrong[..wrong.find("handlin = ").unwrap()].matches('\n').count();
    fs::write(&items, wrong).unwrap();
    let variables = [("PINGYI__LISTEN__ADDRESS", "127.0.0.1:0"), ("PINGYI__CATALOG__REGION", ".")];
    let output = run(PINGYI, folder.path(), &["serve", "--dev"], &variables);
    assert!(!output.status.success());
    let told = stderr(&output);
    assert!(told.contains(&format!("items.toml:{line}: unknown field `handlin`")), "{told}");
}

#[test]
fn print_config_shows_what_is_understood_and_hides_secrets() {
    let folder = tempfile::tempdir().unwrap();
    let variables = [
        ("PINGYI__DATABASE__URL", "postgres://pingyi:geheim@db/pingyi"),
        ("PINGYI__SHUTDOWN__DRAIN_SECONDS", "7"),
    ];
    let output = run(PINGYI, folder.path(), &["print-config"], &variables);
    let printed = String::from_utf8(output.stdout).unwrap();
    assert!(!printed.contains("geheim") && printed.contains("pingyi:***@db"), "{printed}");
    assert!(printed.contains("drain_seconds = 7"), "{printed}");
    let read: pingyi::settings::Settings = toml::from_str(&printed).unwrap();
    assert_eq!(read.shutdown.drain_seconds, 7);
}

#[test]
fn the_example_configuration_is_understood_whole() {
    let folder = tempfile::tempdir().unwrap();
    let example = concat!(env!("CARGO_MANIFEST_DIR"), "/../deploy/pingyi.example.toml");
    let output = run(PINGYI, folder.path(), &["print-config", "--config", example], &[]);
    assert!(output.status.success(), "{}", stderr(&output));
    // With its optional keys taken out of their comments it has every key there is.
    let optional = |line: &str| {
        let key = line.strip_prefix("# ").unwrap_or(line);
        let is_key = key.split_once(" = ").is_some_and(|(key, _)| !key.contains(' '));
        if is_key || key.starts_with('[') { key } else { line }.to_owned()
    };
    let whole: Vec<String> = fs::read_to_string(example).unwrap().lines().map(optional).collect();
    let read: pingyi::settings::Settings = toml::from_str(&whole.join("\n")).unwrap();
    let keys = |table: &toml::Table| {
        let sections = table.iter().map(|(name, section)| {
            // Of several of a kind the first.
            let section = section.as_array().map_or(section, |several| &several[0]);
            (name.clone(), section.as_table().unwrap().keys().cloned().collect::<Vec<_>>())
        });
        sections.collect::<Vec<_>>()
    };
    let in_file: toml::Table = whole.join("\n").parse().unwrap();
    let in_settings: toml::Table = read.print().unwrap().parse().unwrap();
    assert_eq!(keys(&in_file), keys(&in_settings));
    assert!(read.peers.ticketing.is_some() && read.catalog.region.is_some());
}

#[test]
fn healthcheck_of_nobody_fails_with_a_reason() {
    let folder = tempfile::tempdir().unwrap();
    let address = format!("127.0.0.1:{}", free_port());
    let output = run(PINGYI, folder.path(), &["healthcheck", "--address", &address], &[]);
    assert!(!output.status.success() && stderr(&output).contains("does not answer"));
}

async fn reflected(address: &str) -> Vec<String> {
    let channel = Endpoint::from_shared(format!("http://{address}")).unwrap().connect_lazy();
    let list = MessageRequest::ListServices(String::new());
    let request = ServerReflectionRequest { host: String::new(), message_request: Some(list) };
    let asked = tokio_stream::iter([request]);
    let mut client = ServerReflectionClient::new(channel);
    let mut answers = client.server_reflection_info(asked).await.unwrap().into_inner();
    let answer = answers.next().await.unwrap().unwrap().message_response.unwrap();
    let MessageResponse::ListServicesResponse(list) = answer else { panic!("{answer:?}") };
    let mut names: Vec<String> = list.service.into_iter().map(|service| service.name).collect();
    names.sort();
    names
}

#[tokio::test(flavor = "multi_thread")]
async fn one_role_alone_lists_only_its_services_and_all_answers_everything() {
    let place = TestPlace::new().await;
    let redis = RedisServer::start().await;
    let (database, redis) = (url(&place.location), redis.url());
    let variables = [
        ("PINGYI__DATABASE__URL", database.as_str()),
        ("PINGYI__REDIS__URL", redis.as_str()),
        ("PINGYI__PEERS__CATALOG", "http://127.0.0.1:9"),
        ("PINGYI__PEERS__TICKETING", "http://127.0.0.1:9"),
    ];
    let alone = ["serve", "intake", "--dev"];
    let unknown = [&variables[..3], &[("PINGYI__LISTEN__ADDRESS", "127.0.0.1:0")]].concat();
    let refused = run(PINGYI, place.folder(), &alone, &unknown);
    assert!(stderr(&refused).contains("peers.ticketing is not configured"), "{}", stderr(&refused));
    let intake = Process::serve(PINGYI, place.folder(), &["intake", "--dev"], &variables).await;
    let expected = [
        "pingyi.fact.v1.FactService",
        "pingyi.intake.v1.AttachmentService",
        "pingyi.intake.v1.CaseService",
        "pingyi.intake.v1.MessageService",
        "pingyi.intake.v1.PeopleService",
        "pingyi.intake.v1.RatingService",
        "pingyi.intake.v1.ReportService",
        "pingyi.intake.v1.ReviewService",
        "pingyi.intake.v1.SignalService",
        "pingyi.intake.v1.SurveyService",
    ];
    assert_eq!(reflected(&intake.address).await, expected);
    assert!(intake.stop().await, "an orderly end");
    let all = Process::serve(PINGYI, place.folder(), &["all", "--dev"], &variables[..1]).await;
    assert_eq!(reflected(&all.address).await.len(), 34);
    assert!(all.stop().await, "an orderly end");
}

#[tokio::test(flavor = "multi_thread")]
async fn production_is_not_migrated_by_serving() {
    let place = TestPlace::new().await;
    let Location::Postgres(database) = &place.location else {
        return;
    };
    Keys::read_or_make(&place.folder().join("keys")).unwrap();
    let variables = [
        ("PINGYI__DATABASE__URL", database.as_str()),
        ("PINGYI__KEYS__FOLDER", "keys"),
        ("PINGYI__LISTEN__ADDRESS", "127.0.0.1:0"),
    ];
    let refused = run(PINGYI, place.folder(), &["serve"], &variables);
    let told = stderr(&refused);
    assert!(!refused.status.success() && told.contains("run `pingyi migrate` first"), "{told}");
    for _ in 0..2 {
        assert!(run(PINGYI, place.folder(), &["migrate"], &variables).status.success());
    }
    let served = Process::serve(PINGYI, place.folder(), &[], &variables[..2]).await;
    assert!(served.stop().await);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_store_that_a_newer_version_has_migrated_is_served() {
    let place = TestPlace::new().await;
    let database = url(&place.location);
    for role in Role::ALL {
        role.migrate(&place.location).await.unwrap();
        let store = role.open(&place.location).await.unwrap();
        let newer = "INSERT INTO seaql_migrations (version, applied_at) VALUES ('m2099_newer', 0)";
        store.write().execute_unprepared(newer).await.unwrap();
        store.close().await;
    }
    Keys::read_or_make(&place.folder().join("keys")).unwrap();
    let variables =
        [("PINGYI__DATABASE__URL", database.as_str()), ("PINGYI__KEYS__FOLDER", "keys")];
    // An upgrade to an older version migrates first, as any does, and finds nothing to do.
    assert!(run(PINGYI, place.folder(), &["migrate"], &variables).status.success());
    let served = Process::serve(PINGYI, place.folder(), &[], &variables).await;
    assert!(served.stop().await);
}

#[tokio::test(flavor = "multi_thread")]
async fn what_was_acknowledged_survives_kill_9_and_is_counted_once() {
    let place = TestPlace::new().await;
    let database = url(&place.location);
    let region = concat!(env!("CARGO_MANIFEST_DIR"), "/../services/pingyi/sample/652301");
    let variables =
        [("PINGYI__DATABASE__URL", database.as_str()), ("PINGYI__CATALOG__REGION", region)];
    let arguments = ["all", "--dev"];
    let (mut acknowledged, mut unanswered) = (Vec::new(), 0);
    for _ in 0..3 {
        let process = Process::serve(PINGYI, place.folder(), &arguments, &variables).await;
        let keys = Keys::read(&place.folder().join(".pingyi/keys")).unwrap();
        let tokens = Tokens::new(Signer::new(&keys, Clock::System).unwrap());
        let address = format!("http://{}", process.address);
        let channel = Endpoint::from_shared(address).unwrap().connect_lazy();
        let citizens = Citizens::at(channel, &tokens);
        until("intake knows the catalog", async || citizens.apply().await.is_ok()).await;
        let mut invitations = Vec::new();
        for _ in 0..150 {
            invitations.push(citizens.invitation().await);
        }
        let (answered, mut first) = tokio::sync::mpsc::channel(1);
        let calls: Vec<_> = invitations
            .into_iter()
            .map(|token| {
                let (citizens, answered) = (citizens.clone(), answered.clone());
                let request = rating(&token, Level::VeryDissatisfied);
                tokio::spawn(async move {
                    let answer = citizens.rate(request).await;
                    // Only the first answer is waited for.
                    let _ = answered.try_send(());
                    answer
                })
            })
            .collect();
        // Killed the moment the first is answered, while others are not.
        first.recv().await.unwrap();
        process.kill();
        for call in calls {
            match call.await.unwrap() {
                Ok(receipt) => acknowledged.push(receipt.rating_id),
                Err(_) => unanswered += 1,
            }
        }
    }
    assert!(!acknowledged.is_empty() && unanswered > 0, "{unanswered} unanswered");
    let deployment =
        Deployment::of(place, vec![Role::ALL.to_vec()], &|_| Bus::embedded(), Clock::System).await;
    check(&deployment, &acknowledged).await;
    deployment.end().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_process_told_to_stop_ends_though_streams_are_held_open() {
    use tonic_health::pb::{HealthCheckRequest, health_client::HealthClient};
    let place = TestPlace::new().await;
    let database = url(&place.location);
    let variables = [("PINGYI__DATABASE__URL", database.as_str())];
    let process = Process::serve(PINGYI, place.folder(), &["all", "--dev"], &variables).await;
    let address = format!("http://{}", process.address);
    let channel = Endpoint::from_shared(address).unwrap().connect_lazy();
    let everything = HealthCheckRequest { service: String::new() };
    let watch = HealthClient::new(channel).watch(everything).await;
    let mut watch = watch.unwrap().into_inner();
    assert!(watch.next().await.is_some(), "the stream is held open");
    assert!(process.stop().await, "an orderly end within the hard limit");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_process_that_drains_is_not_ready_but_alive() {
    use tonic_health::pb::{
        HealthCheckRequest, health_check_response::ServingStatus, health_client::HealthClient,
    };
    let place = TestPlace::new().await;
    let database = url(&place.location);
    let variables =
        [("PINGYI__DATABASE__URL", database.as_str()), ("PINGYI__SHUTDOWN__DRAIN_SECONDS", "3")];
    let process = Process::serve(PINGYI, place.folder(), &["all", "--dev"], &variables).await;
    let address = format!("http://{}", process.address);
    let channel = Endpoint::from_shared(address).unwrap().connect_lazy();
    let health = async |service: &str| {
        let asked = HealthCheckRequest { service: service.to_owned() };
        let answer = HealthClient::new(channel.clone()).check(asked).await;
        answer.unwrap().into_inner().status()
    };
    let (ready, alive) = ("pingyi.intake.v1.CaseService", "grpc.health.v1.Health");
    for service in ["", ready, alive] {
        assert_eq!(health(service).await, ServingStatus::Serving, "{service}");
    }
    let draining = async {
        until("it drains", async || health(ready).await == ServingStatus::NotServing).await;
        assert_eq!(health("").await, ServingStatus::NotServing);
        assert_eq!(health(alive).await, ServingStatus::Serving);
    };
    let (ended, ()) = tokio::join!(process.stop(), draining);
    assert!(ended, "an orderly end");
}
