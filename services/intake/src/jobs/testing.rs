//! What the tests of jobs share: a gateway with set answers, and profiles in force.

use std::{
    collections::HashMap,
    sync::{Arc, Mutex, Once},
};

use platform::{
    auth::Caller,
    testing::{REGION, principal},
};
use proto::{
    fact::v1::{ProfilePublished, fact::Body},
    intake::v1::{ListMessagesRequest, MessageKind, MessageState},
};
use serde_json::Value;
use tokio::{
    io::{AsyncBufReadExt as _, AsyncReadExt as _, AsyncWriteExt as _, BufReader},
    net::{TcpListener, TcpStream},
};

use super::send_messages;
use crate::{
    Intake,
    config::{Gateway, Messages, QuietHours},
    rpc::{message::list_messages, testing::Fixture},
    state::notifier::Notifier,
};

/// TLS as in `pingyi`; set once per process.
pub(crate) fn ring() {
    static INSTALLED: Once = Once::new();
    INSTALLED.call_once(|| {
        rustls::crypto::ring::default_provider().install_default().unwrap();
    });
}

/// How the test gateway answers.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Answers {
    /// With a status and a body.
    Body(u16, &'static str),
    /// By closing the connection.
    HangUp,
    /// Never.
    Hang,
}

/// The requests the test gateway got.
#[derive(Clone, Debug)]
pub(crate) struct GatewayRequest {
    heads: HashMap<String, String>,
    pub(crate) body: Value,
}

impl GatewayRequest {
    pub(crate) fn head(&self, name: &str) -> &str {
        self.heads.get(name).map_or("", String::as_str)
    }
}

/// An SMS gateway on a free port.
pub(crate) struct TestGateway {
    pub(crate) url: String,
    state: Arc<Mutex<(Answers, Vec<GatewayRequest>)>>,
}

impl TestGateway {
    pub(crate) async fn start() -> Self {
        ring();
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let url = format!("http://{}/sms", listener.local_addr().unwrap());
        let state = Arc::new(Mutex::new((Answers::Body(202, ""), Vec::new())));
        let answering = Arc::clone(&state);
        tokio::spawn(async move {
            while let Ok((stream, _)) = listener.accept().await {
                tokio::spawn(answer(stream, Arc::clone(&answering)));
            }
        });
        Self { url, state }
    }

    /// Sets its answer from now on.
    pub(crate) fn answers(&self, answers: Answers) {
        self.state.lock().unwrap().0 = answers;
    }

    /// All requests so far.
    pub(crate) fn told(&self) -> Vec<GatewayRequest> {
        self.state.lock().unwrap().1.clone()
    }

    /// A configuration that sends through it.
    pub(crate) fn messages(&self) -> Messages {
        let gateway =
            Gateway::Http { url: self.url.clone(), secret: "geheim".to_owned(), ca: None };
        Messages {
            gateway,
            link: "https://example.gov.cn/r/{token}".to_owned(),
            look_up: "https://example.gov.cn/my".to_owned(),
            signature: "【政务服务】".to_owned(),
            quiet: QuietHours::parse("21:00-08:00").unwrap(),
        }
    }
}

/// One request per connection.
async fn answer(stream: TcpStream, state: Arc<Mutex<(Answers, Vec<GatewayRequest>)>>) {
    let mut stream = BufReader::new(stream);
    let mut heads = HashMap::new();
    let mut line = String::new();
    stream.read_line(&mut line).await.unwrap();
    loop {
        line.clear();
        stream.read_line(&mut line).await.unwrap();
        let Some((name, value)) = line.trim().split_once(':') else { break };
        heads.insert(name.to_lowercase(), value.trim().to_owned());
    }
    let length = heads.get("content-length").map_or(0, |length| length.parse().unwrap());
    let mut body = vec![0; length];
    stream.read_exact(&mut body).await.unwrap();
    let body = serde_json::from_slice(&body).unwrap_or(Value::Null);
    let answers = {
        let mut state = state.lock().unwrap();
        state.1.push(GatewayRequest { heads, body });
        state.0
    };
    match answers {
        Answers::Body(status, body) => {
            let length = body.len();
            let head = format!(
                "HTTP/1.1 {status} Answer\r\ncontent-length: {length}\r\nconnection: close\r\n\r\n"
            );
            stream.write_all(format!("{head}{body}").as_bytes()).await.unwrap();
        }
        Answers::HangUp => {}
        Answers::Hang => std::future::pending().await,
    }
}

/// A shipped profile, as if it were the test region's and in force, with more written below.
pub(crate) fn in_force(document: &str, more: &str) -> Body {
    let nation = include_str!("../../../domain/profiles/state-council-2019.toml");
    let id =
        document.lines().find_map(|line| line.strip_prefix("id = ")).unwrap().trim_matches('"');
    let own = |line: &&str| !line.starts_with("region = ") && !line.starts_with("in_force_from = ");
    let place = format!("region = \"{REGION}\"\nin_force_from = \"2026-01-01\"");
    let document: Vec<String> = document
        .lines()
        .filter(own)
        .map(|line| match line.starts_with("id = ") {
            true => format!("{line}\n{place}"),
            false => line.to_owned(),
        })
        .collect();
    let inherits = document.iter().any(|line| line.starts_with("inherits = "));
    let document = format!("{}\n{more}\n", document.join("\n"));
    let layers = match inherits {
        true => vec![nation.to_owned(), document],
        false => vec![document],
    };
    Body::ProfilePublished(ProfilePublished {
        profile_id: id.to_owned(),
        version: 1,
        region_code: REGION.to_owned(),
        layers,
    })
}

/// A profile that neither invites nor reminds nor has a default.
pub(crate) const CHANGJI: &str = include_str!("../../../domain/profiles/changji-2020.toml");
/// One that invites on completion; its default is 基本满意, after five working days.
pub(crate) const COUNTY: &str = include_str!("../../../domain/profiles/county-2020.toml");
/// One that reminds a day after completion.
pub(crate) const HAIYANG: &str = include_str!("../../../domain/profiles/haiyang-2021.toml");
/// One whose default is 非常满意, after seven days.
pub(crate) const GUANGXI: &str = include_str!("../../../domain/profiles/guangxi-2019.toml");
/// An addition that makes the second one remind too.
pub(crate) const REMINDS: &str = "
[sms_reminder]
value = { hours = 24, event = \"case_completed\" }
clause = \"test\"
";

/// A running service that sends through a gateway, under a profile.
pub(crate) async fn writing(gateway: &TestGateway, profile: Body) -> Fixture {
    let mut fixture = Fixture::new().await;
    fixture.tell(vec![profile]).await;
    let notifier = Notifier::new(gateway.messages()).unwrap();
    fixture.intake = fixture.intake.clone().with_notifier(notifier);
    fixture
}

/// Moves the clock.
pub(crate) fn at(fixture: &Fixture, instant: &str) {
    fixture.intake.shell.clock.set(instant.parse().unwrap());
}

/// Sends what is due now, until nothing is.
pub(crate) async fn send(intake: &Intake) {
    let notifier = intake.notifier.clone().unwrap();
    while send_messages::round(intake, &notifier).await.unwrap() > 0 {}
}

/// Every message, the first due first: its kind, its state and its reason.
pub(crate) async fn states(intake: &Intake) -> Vec<(MessageKind, MessageState, String)> {
    let caller = Caller::Authority { region: REGION.to_owned() };
    let request = ListMessagesRequest { page_size: 200, ..ListMessagesRequest::default() };
    let listed = list_messages::run(intake, principal("officer", caller), request).await.unwrap();
    let mut messages = listed.messages;
    messages.sort_by_key(|message| (message.due_at.unwrap().seconds, message.kind));
    messages.into_iter().map(|m| (m.kind(), m.state(), m.reason)).collect()
}
