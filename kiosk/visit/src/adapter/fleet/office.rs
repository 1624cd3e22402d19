//! What a terminal does as one of the fleet, by `TerminalService`: it registers, says how it is, hears
//! what it should show, and renews its certificate, all while it serves.

use std::{
    io,
    path::{Path, PathBuf},
    sync::{Arc, Mutex, PoisonError},
    time::Duration,
};

use domain::terminal::RegistrationCode;
use prost::Message as _;
use proto::catalog::v1::{
    GetTerminalConfigurationRequest, HeartbeatRequest, HeartbeatResponse, RegisterTerminalRequest,
    RenewTerminalCertificateRequest, TerminalConfiguration, TerminalHealth, TerminalMode,
    TerminalTheme, terminal_service_client::TerminalServiceClient,
};
use tokio::{
    sync::{Mutex as Turn, Notify, watch},
    time::timeout,
};
use tonic::{Code, Status};
use tonic_types::StatusExt as _;

use super::{identity::Identity, read, write};
use crate::{
    adapter::{
        clock::now,
        tonic::{Gateway, PATIENCE},
        wire::{micros, timestamp},
    },
    fleet::{Admission, Configuration, Mode, Standing},
    outbox,
    ports::Failure,
};

/// What the terminal was told to show, as the services said it.
const TOLD: &str = "configuration";
/// How long to wait after a word that was not heard: the first time, and at most.
const PAUSES: (Duration, Duration) = (Duration::from_secs(5), Duration::from_secs(60));
/// How long a terminal that is out of use waits before it asks again.
const STOPPED: Duration = Duration::from_secs(15);
/// How often it is heard, whatever the services say.
const EVERY: (Duration, Duration) = (Duration::from_secs(1), Duration::from_secs(3600));
/// What a screen says whose terminal is out of use.
const CLOSED: &str = "本终端停用，请到窗口办理。";

/// This terminal's office in the fleet.
#[derive(Clone)]
pub struct Office(Arc<Inner>);

struct Inner {
    gateway: Gateway,
    /// None: the terminal comes with a token.
    identity: Option<Identity>,
    folder: PathBuf,
    standing: watch::Sender<Standing>,
    /// What failed on the screen last, as a code.
    screen_error: Mutex<String>,
    wake: Notify,
    /// One at a time asks for a certificate.
    turn: Turn<()>,
}

impl Office {
    /// The office of the terminal whose folder this is: what it was told last still holds.
    ///
    /// # Errors
    /// If the folder cannot be read.
    pub fn open(gateway: Gateway, identity: Option<Identity>, folder: &Path) -> io::Result<Self> {
        let told = read(folder, TOLD)?;
        let told = told.and_then(|bytes| TerminalConfiguration::decode(bytes.as_slice()).ok());
        let configuration = told.map(understood).unwrap_or_default();
        let standing = Standing { configuration, ..Standing::default() };
        let office = Self(Arc::new(Inner {
            gateway,
            identity,
            folder: folder.to_owned(),
            standing: watch::Sender::new(standing),
            screen_error: Mutex::default(),
            wake: Notify::new(),
            turn: Turn::default(),
        }));
        office.look();
        Ok(office)
    }

    /// What is known of this terminal, now and whenever it changes.
    #[must_use]
    pub fn standing(&self) -> watch::Receiver<Standing> {
        self.0.standing.subscribe()
    }

    /// Says that something failed on the screen, as a code: capital letters, digits and _.
    pub fn screen_failed(&self, code: &str) {
        let mut error = self.0.screen_error.lock().unwrap_or_else(PoisonError::into_inner);
        code.clone_into(&mut error);
    }

    /// Is heard at once, not when it is due.
    pub fn hurry(&self) {
        self.0.wake.notify_one();
    }

    /// Offers what it was told to offer: the visits that begin from now on see it.
    pub fn apply(&self, configuration: &Configuration) {
        self.0.gateway.offer(&configuration.region_code, &configuration.item_codes);
    }

    /// Registers this device with a code.
    ///
    /// # Errors
    /// Why it is not registered, in Chinese.
    pub async fn register(&self, code: &str) -> Result<(), String> {
        let identity = self.0.identity.as_ref();
        let identity = identity.ok_or("本终端用令牌接入，不需要注册。")?;
        let code = RegistrationCode::parse(code)
            .map_err(|_| "注册码有16位字母和数字，请对照通知再看一下。")?;
        let disk = |error: io::Error| format!("本机无法保存证书：{error}");
        let turn = self.0.turn.lock().await;
        let asked = identity.ask(&code).map_err(disk)?;
        let message = RegisterTerminalRequest {
            request_id: asked.request_id.clone(),
            code: code.to_string(),
            certificate_request: asked.request.clone(),
        };
        let answer = self.0.gateway.call(message, Some(PATIENCE), |request| {
            let mut client = TerminalServiceClient::new(self.0.gateway.nameless());
            async move { client.register_terminal(request).await }
        });
        let answer = answer.await.map_err(|status| self.why(&status))?;
        let certificate = answer.certificate.unwrap_or_default();
        identity.keep(&asked, &answer.terminal_id, certificate).map_err(disk)?;
        drop(turn);
        self.0.gateway.line().renew();
        // What it should show is asked for again if it cannot be kept.
        self.told(answer.configuration.unwrap_or_default());
        self.look();
        self.hurry();
        Ok(())
    }

    /// Why it is not registered, in words for whoever installs it.
    fn why(&self, status: &Status) -> String {
        if let Some(words) = status.get_error_details().localized_message() {
            return words.message.clone();
        }
        let trouble = self.0.gateway.line().trouble();
        match (status.code(), trouble.is_empty()) {
            (Code::Unimplemented, _) => "政务服务系统的版本太旧，不能注册终端。".to_owned(),
            (_, true) => "连不上政务服务系统，请检查网络后再试。".to_owned(),
            (_, false) => format!("连不上政务服务系统：{trouble}"),
        }
    }

    /// Is heard as often as the services say, for as long as the program runs; `outbox` is what waits
    /// to be delivered, and `room` how much can.
    pub async fn run(self, outbox: watch::Receiver<outbox::State>, room: u32) {
        let mut pause = PAUSES.0;
        loop {
            let wait = if self.is_unregistered() {
                EVERY.1
            } else {
                match self.beat(&outbox, room).await {
                    Ok(every) => {
                        pause = PAUSES.0;
                        every.clamp(EVERY.0, EVERY.1)
                    }
                    Err(Failure::NotAdmitted) => STOPPED,
                    Err(_) => {
                        let now = pause;
                        pause = PAUSES.1.min(pause * 2);
                        now
                    }
                }
            };
            // Woken, it does not wait.
            let _ = timeout(wait, self.0.wake.notified()).await;
        }
    }

    fn is_unregistered(&self) -> bool {
        self.0.standing.borrow().admission == Admission::Unregistered
    }

    /// Says how it is, and does what it hears; returns when to come again.
    async fn beat(
        &self,
        outbox: &watch::Receiver<outbox::State>,
        room: u32,
    ) -> Result<Duration, Failure> {
        let gateway = &self.0.gateway;
        let message = HeartbeatRequest {
            health: Some(self.health(&outbox.borrow().held, room)),
            clock: Some(timestamp(now())),
        };
        let heard = gateway.ask(message, Some(PATIENCE), |request| {
            let mut client = TerminalServiceClient::new(gateway.channel());
            async move { client.heartbeat(request).await }
        });
        let heard = heard.await.inspect_err(|failure| self.not_heard(failure))?;
        self.heard(&heard);
        if heard.configuration_version != self.0.standing.borrow().configuration.version {
            self.listen().await?;
        }
        if heard.renew_certificate {
            self.renew().await;
        }
        Ok(Duration::from_secs(heard.next_heartbeat_seconds.into()))
    }

    fn health(&self, held: &crate::adapter::spool::Held, room: u32) -> TerminalHealth {
        let error = self.0.screen_error.lock().unwrap_or_else(PoisonError::into_inner);
        TerminalHealth {
            software_version: env!("CARGO_PKG_VERSION").to_owned(),
            waiting_ratings: u32::try_from(held.waiting).unwrap_or(u32::MAX),
            waiting_room: room,
            oldest_waiting_seconds: held.oldest.as_secs(),
            last_screen_error: error.clone(),
            configuration_version: self.0.standing.borrow().configuration.version.clone(),
        }
    }

    fn heard(&self, heard: &HeartbeatResponse) {
        let here = now();
        let there = heard.server_time.map_or(here, micros);
        let ahead = (here.saturating_sub(there)) / 1000;
        self.0.gateway.line().is_ahead_by(ahead);
        self.0.standing.send_modify(|standing| {
            standing.heard_at = Some(here);
            standing.clock_ahead = ahead;
            standing.trouble.clear();
            standing.admission = match (heard.stopped, heard.stop_reason.as_str()) {
                (false, _) => Admission::Serves,
                (true, "") => Admission::Stopped(CLOSED.to_owned()),
                (true, why) => Admission::Stopped(why.to_owned()),
            };
        });
    }

    /// A word that was not heard stops nobody, but one that says so.
    fn not_heard(&self, failure: &Failure) {
        let trouble = self.0.gateway.line().trouble();
        self.0.standing.send_modify(|standing| {
            standing.trouble = match failure {
                Failure::NotAdmitted => "终端停用，或证书、令牌已失效".to_owned(),
                Failure::Refused { words, .. } => words.clone(),
                Failure::Away if trouble.is_empty() => "连不上政务服务系统".to_owned(),
                Failure::Away => trouble,
            };
            if *failure == Failure::NotAdmitted {
                standing.admission = Admission::Stopped(CLOSED.to_owned());
            }
        });
    }

    /// Asks what to show.
    async fn listen(&self) -> Result<(), Failure> {
        let gateway = &self.0.gateway;
        let told = gateway.ask(GetTerminalConfigurationRequest {}, Some(PATIENCE), |request| {
            let mut client = TerminalServiceClient::new(gateway.channel());
            async move { client.get_terminal_configuration(request).await }
        });
        self.told(told.await?.configuration.unwrap_or_default());
        Ok(())
    }

    /// Keeps what to show. What the disk does not take is shown all the same, and asked for again
    /// when the program starts.
    fn told(&self, configuration: TerminalConfiguration) {
        let kept = write(&self.0.folder, TOLD, &configuration.encode_to_vec());
        self.0.standing.send_modify(|standing| {
            standing.configuration = understood(configuration);
            if let Err(error) = kept {
                standing.trouble = error.to_string();
            }
        });
    }

    /// Renews the certificate; if that fails, the next word says that it is due, and the same is
    /// asked for again.
    async fn renew(&self) {
        let Some(identity) = &self.0.identity else { return };
        let _turn = self.0.turn.lock().await;
        let renewed = self.renewed(identity).await;
        self.0.standing.send_modify(|standing| {
            if let Err(trouble) = renewed {
                standing.trouble = trouble;
            }
        });
        self.look();
    }

    async fn renewed(&self, identity: &Identity) -> Result<(), String> {
        let Some(held) = identity.held() else { return Ok(()) };
        let asked = identity.ask_again().map_err(|error| error.to_string())?;
        let message = RenewTerminalCertificateRequest {
            request_id: asked.request_id.clone(),
            certificate_request: asked.request.clone(),
        };
        let gateway = &self.0.gateway;
        let answer = gateway.ask(message, Some(PATIENCE), |request| {
            let mut client = TerminalServiceClient::new(gateway.channel());
            async move { client.renew_terminal_certificate(request).await }
        });
        match answer.await {
            Ok(answer) => {
                let certificate = answer.certificate.unwrap_or_default();
                let kept = identity.keep(&asked, &held.terminal_id, certificate);
                kept.map_err(|error| error.to_string())?;
                gateway.line().renew();
                Ok(())
            }
            // Asked once more, the same would be refused once more.
            Err(Failure::Refused { words, .. }) => {
                identity.forget_asked().map_err(|error| error.to_string())?;
                Err(words)
            }
            Err(Failure::Away | Failure::NotAdmitted) => Err("证书续期没有得到答复".to_owned()),
        }
    }

    /// Tells what the terminal holds, and what it should show to the gateway.
    fn look(&self) {
        let held = self.0.identity.as_ref().map(Identity::held);
        self.0.standing.send_modify(|standing| match held {
            Some(None) => standing.admission = Admission::Unregistered,
            Some(Some(held)) => {
                standing.terminal_id = held.terminal_id;
                standing.certificate_ends = Some(held.not_after);
                if standing.admission == Admission::Unregistered {
                    standing.admission = Admission::Serves;
                }
            }
            None => {}
        });
    }
}

/// What the services said, as the terminal takes it.
fn understood(told: TerminalConfiguration) -> Configuration {
    let seconds = |seconds: u32| (seconds > 0).then(|| Duration::from_secs(seconds.into()));
    Configuration {
        mode: match told.mode() {
            TerminalMode::Rating => Mode::Rating,
            TerminalMode::Service => Mode::Service,
            // Who stands at a window asks for ratings.
            TerminalMode::Unspecified if told.window_id.is_empty() => Mode::Service,
            TerminalMode::Unspecified => Mode::Rating,
        },
        elder: told.theme() == TerminalTheme::Elder,
        contrast: told.theme() == TerminalTheme::Contrast,
        idle: seconds(told.idle_seconds),
        warning: seconds(told.warning_seconds),
        thanks: seconds(told.thanks_seconds),
        version: told.version,
        region_code: told.region_code,
        hall_name: told.hall_name,
        window_id: told.window_id,
        languages: told.languages,
        item_codes: told.item_codes,
    }
}
