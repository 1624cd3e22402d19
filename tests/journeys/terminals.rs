//! A device from its box to its end: registered on a bad line, known by its certificate to real
//! services over TLS, told what to show, stopped, and back again.

use std::{path::Path, time::Duration};

use domain::level::Level;
use e2e::{
    citizens::{ON_THE_SPOT, signed},
    cut::Cut,
    process::{Process, free_port, run},
    until,
};
use pingyi::demo::tokens::{REGION, Tokens};
use platform::{auth::Signer, clock::Clock, keys::Keys, testing::TestPlace, tls::Clients};
use proto::{
    catalog::v1::{
        GetTerminalRequest, InviteTerminalRequest, RevokeTerminalRequest, Terminal,
        TerminalConfiguration, TerminalState, TerminalTheme, UpdateTerminalConfigurationRequest,
        terminal_service_client::TerminalServiceClient,
    },
    r#type::v1::TerminalStopReason,
};
use tokio::sync::watch;
use tonic::transport::Channel;
use visit::{
    adapter::{
        fleet::{identity::Identity, office::Office},
        line::Line,
        tonic::Gateway,
    },
    content::opinion::Reasons,
    controller::Controller,
    fleet::{Admission, Standing},
    flow::Event,
    language::Language,
    outbox::State,
    screen::Screen,
};

use crate::{
    binary::{PINGYI, url},
    trace::{id, shown, to_the_faces},
};

const TERMINAL: &str = "652301-t01";

/// The services over TLS, with an authority for terminals.
pub(crate) struct Services {
    pub(crate) place: TestPlace,
    port: u16,
    variables: Vec<(&'static str, String)>,
    process: Option<Process>,
    channel: Channel,
    authority: String,
}

impl Services {
    pub(crate) async fn start() -> Self {
        let (place, port) = (TestPlace::new().await, free_port());
        let make = |arguments: &[&str]| {
            let made = run(PINGYI, place.folder(), &[&["certificates"], arguments].concat(), &[]);
            assert!(made.status.success(), "{}", String::from_utf8_lossy(&made.stderr));
        };
        make(&["127.0.0.1"]);
        make(&["--folder", "terminals", "--authority"]);
        let file = |name: &str| place.folder().join(name).display().to_string();
        let region = concat!(env!("CARGO_MANIFEST_DIR"), "/../services/pingyi/sample/652301");
        let variables = vec![
            ("PINGYI__DATABASE__URL", url(&place.location)),
            ("PINGYI__CATALOG__REGION", region.to_owned()),
            ("PINGYI__TLS__CERTIFICATE", file("certificates/127.0.0.1.crt")),
            ("PINGYI__TLS__KEY", file("certificates/127.0.0.1.key")),
            ("PINGYI__TLS__CLIENT_CA", file("terminals/ca.crt")),
            ("PINGYI__TERMINALS__CERTIFICATE", file("terminals/ca.crt")),
            ("PINGYI__TERMINALS__KEY", file("terminals/ca.key")),
            ("PINGYI__RATINGS__PER_ACT", "0".to_owned()),
            ("PINGYI__RATINGS__PER_MINUTE", "0".to_owned()),
        ];
        let clients = Clients::new(Some(&place.folder().join("certificates/ca.crt")), None);
        let address = format!("https://127.0.0.1:{port}");
        let channel = clients.unwrap().channel(&address, |to| to).unwrap();
        let authority = String::new();
        let mut services = Self { place, port, variables, process: None, channel, authority };
        services.go_on().await;
        services
    }

    /// Starts the process again.
    pub(crate) async fn go_on(&mut self) {
        let variables: Vec<(&str, &str)> =
            self.variables.iter().map(|(name, value)| (*name, value.as_str())).collect();
        let folder = self.place.folder().to_owned();
        let process = Process::begin_at(self.port, PINGYI, &folder, &["all", "--dev"], &variables);
        self.process = Some(process);
        until("the services answer", async || {
            let Ok(keys) = Keys::read(&folder.join(".pingyi/keys")) else { return false };
            let tokens = Tokens::new(Signer::new(&keys, Clock::System).unwrap());
            self.authority = tokens.authority().unwrap();
            self.terminal().await.is_some()
        })
        .await;
    }

    /// Ends it with SIGKILL.
    pub(crate) fn kill(&mut self) {
        self.process.take().unwrap().kill();
    }

    pub(crate) fn port(&self) -> u16 {
        self.port
    }

    fn client(&self) -> TerminalServiceClient<Channel> {
        TerminalServiceClient::new(self.channel.clone())
    }

    async fn terminal(&self) -> Option<Terminal> {
        let asked = GetTerminalRequest { terminal_id: TERMINAL.to_owned() };
        let read = self.client().get_terminal(signed(asked, &self.authority)).await;
        read.ok().and_then(|read| read.into_inner().terminal)
    }

    pub(crate) async fn invite(&self) -> String {
        let asked = InviteTerminalRequest { request_id: id(), terminal_id: TERMINAL.to_owned() };
        let invited = self.client().invite_terminal(signed(asked, &self.authority)).await;
        invited.unwrap().into_inner().code
    }

    async fn revoke(&self, reason: TerminalStopReason) {
        let asked = RevokeTerminalRequest {
            request_id: id(),
            terminal_id: TERMINAL.to_owned(),
            reason: reason.into(),
        };
        self.client().revoke_terminal(signed(asked, &self.authority)).await.unwrap();
    }

    async fn tell(&self, with: impl Fn(TerminalConfiguration) -> TerminalConfiguration) {
        let now = self.terminal().await.unwrap().configuration.unwrap();
        let asked = UpdateTerminalConfigurationRequest {
            request_id: id(),
            terminal_id: TERMINAL.to_owned(),
            configuration: Some(with(now)),
        };
        let mut client = self.client();
        let told = client.update_terminal_configuration(signed(asked, &self.authority));
        told.await.unwrap();
    }

    /// The device whose folder this is, as it starts, behind this port.
    pub(crate) fn device(&self, folder: &Path, port: u16) -> (Gateway, Office, Identity) {
        let identity = Identity::open(folder).unwrap();
        let ca = self.place.folder().join("certificates/ca.crt");
        let address = format!("https://127.0.0.1:{port}");
        let line = Line::encrypted(&address, &ca, identity.clone()).unwrap();
        let gateway = Gateway::over(line, None, REGION);
        let office = Office::open(gateway.clone(), Some(identity.clone()), folder).unwrap();
        (gateway, office, identity)
    }
}

/// The office at work.
fn at_work(office: &Office) -> watch::Receiver<Standing> {
    let (outbox, waiting) = watch::channel(State::default());
    let office = office.clone();
    let standing = office.standing();
    tokio::spawn(async move {
        office.run(waiting, 100).await;
        drop(outbox);
    });
    standing
}

async fn stands(standing: &mut watch::Receiver<Standing>, how: impl Fn(&Standing) -> bool) {
    let what = "the terminal stands so";
    e2e::within(what, e2e::PATIENCE, async { drop(standing.wait_for(how).await.unwrap()) }).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn s04_a_lost_answer_and_a_power_cut_lead_to_the_same_certificate() {
    let services = Services::start().await;
    let net = Cut::to(services.port).await;
    let folder = tempfile::tempdir().unwrap();
    let (gateway, office, identity) = services.device(folder.path(), net.port());
    assert_eq!(office.standing().borrow().admission, Admission::Unregistered);
    let no_code = office.register("ABCD").await.unwrap_err();
    assert!(no_code.contains("16位"), "{no_code}");
    let unknown = office.register("ABCD-EFGH-JKMN-PQRS").await.unwrap_err();
    assert!(unknown.starts_with("注册码不正确"), "{unknown}");

    // The line is there; from now on answers are lost, and then the power fails.
    let code = services.invite().await;
    net.lose_answers();
    let asking = {
        let code = code.clone();
        tokio::spawn(async move { office.register(&code).await })
    };
    until("the services have registered it", async || {
        services.terminal().await.is_some_and(|now| now.state() == TerminalState::Active)
    })
    .await;
    assert!(!asking.is_finished() && identity.held().is_none());
    asking.abort();
    drop((gateway, identity));
    net.cut();
    let (_, office, _) = services.device(folder.path(), net.port());
    let away = office.register(&code).await.unwrap_err();
    assert!(away.starts_with("连不上政务服务系统"), "{away}");

    net.mend();
    let given = services.terminal().await.unwrap();
    let (_, office, identity) = services.device(folder.path(), net.port());
    office.register(&code.to_lowercase()).await.unwrap();
    let held = identity.held().unwrap();
    let now = services.terminal().await.unwrap();
    assert_eq!(now, given, "no second certificate was given");
    let ends = now.certificate_ends_at.unwrap();
    assert_eq!(held.not_after / 1_000_000, ends.seconds);
    assert_eq!(held.terminal_id, TERMINAL);
    // The code is no use to another device.
    let other = tempfile::tempdir().unwrap();
    let (_, other, _) = services.device(other.path(), net.port());
    let used = other.register(&code).await.unwrap_err();
    assert!(used.contains("另一台设备"), "{used}");
}

#[tokio::test(flavor = "multi_thread")]
async fn s04_a_terminal_serves_by_its_certificate_is_told_what_to_show_stopped_and_opens_again() {
    let services = Services::start().await;
    let folder = tempfile::tempdir().unwrap();
    let (gateway, office, _) = services.device(folder.path(), services.port);
    let mut standing = at_work(&office);
    let mut kiosk = Controller::new(gateway);
    assert!(kiosk.stand(&standing.borrow().clone()));
    assert!(matches!(kiosk.screen(), Screen::Staff(_)), "it waits for its code");
    office.register(&services.invite().await).await.unwrap();
    stands(&mut standing, |now| now.heard_at.is_some()).await;
    kiosk.stand(&standing.borrow().clone());
    assert_eq!(*kiosk.screen(), Screen::Attract);
    let health = services.terminal().await.unwrap().health.unwrap();
    assert_eq!(health.software_version, env!("CARGO_PKG_VERSION"));
    assert_eq!(health.waiting_room, 100);

    // A whole visit, with nothing but the certificate.
    to_the_faces(&mut kiosk, ON_THE_SPOT).await;
    kiosk.touch(Event::LevelChosen(Level::Satisfied, id()));
    kiosk.touch(Event::ReasonsGiven(Reasons::default()));
    shown(&mut kiosk, |screen| matches!(screen, Screen::Thanks { .. })).await;

    // Told during a visit, it shows it to the next one.
    services
        .tell(|now| TerminalConfiguration {
            languages: vec!["ug-Arab".to_owned(), "zh-Hans".to_owned()],
            theme: TerminalTheme::Elder.into(),
            idle_seconds: 33,
            item_codes: vec![ON_THE_SPOT.to_owned()],
            ..now
        })
        .await;
    office.hurry();
    let idle = Duration::from_secs(33);
    stands(&mut standing, |now| now.configuration.idle == Some(idle)).await;
    let told = standing.borrow().clone();
    assert!(!kiosk.stand(&told), "somebody is being served");
    kiosk.touch(Event::Left);
    assert!(kiosk.stand(&told));
    office.apply(&told.configuration);
    let comfort = kiosk.shown().comfort;
    assert!(comfort.elder && comfort.language == Language::Uyghur);
    kiosk.touch(Event::Started);
    let items = shown(&mut kiosk, |screen| matches!(screen, Screen::Items { .. })).await;
    let Screen::Items { items } = items else { panic!("{items:?}") };
    assert_eq!(items.len(), 1);
    assert_eq!(kiosk.shown().patience().unwrap().quiet, idle);
    // It is the same after a power cut, without network.
    let (_, again, _) = services.device(folder.path(), 1);
    assert_eq!(again.standing().borrow().configuration, told.configuration);

    services.revoke(TerminalStopReason::Repair).await;
    // Whoever is being served is told, and asked for no name.
    until("it is refused", async || {
        kiosk.touch(Event::Left);
        kiosk.touch(Event::Started);
        !matches!(shown(&mut kiosk, |s| *s != Screen::Loading).await, Screen::Items { .. })
    })
    .await;
    assert!(matches!(kiosk.screen(), Screen::Closed { .. }), "{:?}", kiosk.screen());
    office.hurry();
    stands(&mut standing, |now| matches!(now.admission, Admission::Stopped(_))).await;
    kiosk.touch(Event::Left);
    kiosk.stand(&standing.borrow().clone());
    let Screen::Stopped { words } = kiosk.screen() else { panic!("{:?}", kiosk.screen()) };
    assert!(words.contains("停用") && words.contains("窗口"), "{words}");

    // Repaired and registered anew, with the program still running.
    office.register(&services.invite().await).await.unwrap();
    stands(&mut standing, |now| now.admission == Admission::Serves).await;
    kiosk.stand(&standing.borrow().clone());
    assert_eq!(*kiosk.screen(), Screen::Attract);
    kiosk.touch(Event::Started);
    shown(&mut kiosk, |screen| matches!(screen, Screen::Items { .. })).await;
}
