//! A device from its code to its end, over TLS, at two processes.

use std::{fs, path::PathBuf};

use platform::{auth::Caller, convert::to_wire, tls::TerminalAuthority};
use proto::{
    catalog::v1::{
        HeartbeatRequest, InviteTerminalRequest, RegisterTerminalRequest, RevokeTerminalRequest,
        TerminalHealth, terminal_service_client::TerminalServiceClient,
    },
    intake::v1::{ListMessagesRequest, message_service_client::MessageServiceClient},
    r#type::v1::TerminalStopReason,
};
use rcgen::{BasicConstraints, CertificateParams, IsCa, KeyPair};
use tonic::{Code, Request, Status};
use visit::{
    adapter::{fleet::office::Office, line::Line, tonic::Gateway},
    fleet::{Admission, Standing},
    ports::{Failure, Services as _},
};

use super::*;

const TERMINAL: &str = "652301-t01";

fn request_id() -> String {
    Clock::System.new_id().to_string()
}

/// DER as PEM, for what is read from files.
fn pem(der: &[u8]) -> String {
    const DIGITS: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    let mut text = String::from("-----BEGIN CERTIFICATE-----\n");
    for (n, part) in der.chunks(3).enumerate() {
        let bits = part.iter().fold(0_u32, |bits, byte| (bits << 8) | u32::from(*byte));
        let bits = bits << (8 * (3 - part.len()));
        for digit in 0..4 {
            let digit_bits = usize::try_from((bits >> (18 - 6 * digit)) & 63).unwrap();
            let padded = digit > part.len();
            text.push(if padded { '=' } else { char::from(DIGITS[digit_bits]) });
        }
        if n % 16 == 15 {
            text.push('\n');
        }
    }
    text + "\n-----END CERTIFICATE-----\n"
}

/// An authority for terminals, in files.
fn authority(split: &mut Split) {
    let folder = split.place.folder();
    let (certificate, key_file) = (folder.join("terminals.crt"), folder.join("terminals.key"));
    let mut params = CertificateParams::default();
    params.is_ca = IsCa::Ca(BasicConstraints::Constrained(0));
    let key = KeyPair::generate().unwrap();
    fs::write(&certificate, params.self_signed(&key).unwrap().pem()).unwrap();
    fs::write(&key_file, key.serialize_pem()).unwrap();
    let now = Clock::System.now();
    let authority = Some(TerminalAuthority::read(&certificate, &key_file, now).unwrap());
    split.terminals = Terminals { authority, ..Terminals::default() };
    split.client_ca = Some(certificate);
}

/// The whole of a terminal's life at the catalog's process.
struct Life<'a> {
    ca: &'a PathBuf,
    folder: &'a std::path::Path,
    catalog: &'a Running,
}

impl Life<'_> {
    fn at(&self, running: &Running, own: Option<&Identity>) -> Channel {
        let address = format!("https://localhost:{}", running.address.port());
        Clients::new(Some(self.ca), own).unwrap().channel(&address, |to| to).unwrap()
    }

    fn signed<T>(&self, message: T) -> Request<T> {
        let caller = Caller::Authority { region: "652301".to_owned() };
        let token = self.catalog.shell.signer.token("officer", caller, 600).unwrap();
        let mut request = Request::new(message);
        request.metadata_mut().insert("authorization", format!("Bearer {token}").parse().unwrap());
        request
    }

    /// Invited and registered, with its certificate in files.
    async fn register(&self, name: &str) -> Identity {
        let mut terminals = TerminalServiceClient::new(self.at(self.catalog, None));
        let invite =
            InviteTerminalRequest { request_id: request_id(), terminal_id: TERMINAL.to_owned() };
        let invited = terminals.invite_terminal(self.signed(invite)).await.unwrap().into_inner();
        let key = KeyPair::generate().unwrap();
        let asked = CertificateParams::default().serialize_request(&key).unwrap();
        let register = RegisterTerminalRequest {
            request_id: request_id(),
            code: invited.code,
            certificate_request: asked.der().to_vec(),
        };
        let answer = terminals.register_terminal(register).await.unwrap().into_inner();
        let chain: String = answer.certificate.unwrap().chain.iter().map(|der| pem(der)).collect();
        let own = Identity {
            certificate: self.folder.join(format!("{name}.crt")),
            key: self.folder.join(format!("{name}.key")),
        };
        fs::write(&own.certificate, chain).unwrap();
        fs::write(&own.key, key.serialize_pem()).unwrap();
        own
    }

    async fn beat(&self, own: &Identity) -> Result<bool, Status> {
        let clock = Some(to_wire(Clock::System.now()));
        let request = HeartbeatRequest { health: Some(TerminalHealth::default()), clock };
        let mut terminals = TerminalServiceClient::new(self.at(self.catalog, Some(own)));
        terminals.heartbeat(request).await.map(|answer| answer.into_inner().stopped)
    }

    /// How another process answers what no terminal may ask.
    async fn elsewhere(&self, running: &Running, own: &Identity) -> Status {
        let mut messages = MessageServiceClient::new(self.at(running, Some(own)));
        messages.list_messages(ListMessagesRequest::default()).await.unwrap_err()
    }
}

fn says_stopped(status: &Status) -> bool {
    let details = String::from_utf8_lossy(status.details()).into_owned();
    status.code() == Code::Unauthenticated && details.contains("TERMINAL_STOPPED")
}

#[tokio::test(flavor = "multi_thread")]
async fn s04_a_device_is_known_by_its_certificate_and_refused_by_every_process_once_stopped() {
    let mut split = Split::new().await;
    authority(&mut split);
    let ca = split.authority.write(split.place.folder(), "ca.crt");
    let catalog = split.process(&[Role::Catalog], None, Some(&ca)).await.unwrap();
    let others = [Role::Intake, Role::Ticketing, Role::Publication];
    let others = split.process(&others, Some(catalog.address), Some(&ca)).await.unwrap();
    let life = Life { ca: &ca, folder: split.place.folder(), catalog: &catalog };
    let first = life.register("first").await;
    until("it is heard", async || life.beat(&first).await.is_ok_and(|stopped| !stopped)).await;
    let known =
        async |own: &Identity| life.elsewhere(&others, own).await.code() == Code::PermissionDenied;
    until("it is known elsewhere", async || known(&first).await).await;

    let mut terminals = TerminalServiceClient::new(life.at(&catalog, None));
    let revoke = RevokeTerminalRequest {
        request_id: request_id(),
        terminal_id: TERMINAL.to_owned(),
        reason: TerminalStopReason::Repair.into(),
    };
    terminals.revoke_terminal(life.signed(revoke)).await.unwrap();
    let refused = async || life.beat(&first).await.is_err_and(|status| says_stopped(&status));
    until("it is refused", refused).await;
    let refused = async || says_stopped(&life.elsewhere(&others, &first).await);
    until("it is refused elsewhere", refused).await;

    // Repaired, with a new key; what was before stays refused.
    let second = life.register("second").await;
    until("it is heard again", async || life.beat(&second).await.is_ok()).await;
    until("it is known elsewhere again", async || known(&second).await).await;
    assert!(says_stopped(&life.elsewhere(&others, &first).await));
    ended(others).await;
    ended(catalog).await;
}

/// The terminal's own program, as far as it is one of the fleet.
fn device(ca: &std::path::Path, folder: &std::path::Path, to: &Running) -> (Gateway, Office) {
    let identity = visit::adapter::fleet::identity::Identity::open(folder).unwrap();
    let address = format!("https://localhost:{}", to.address.port());
    let line = Line::encrypted(&address, ca, identity.clone()).unwrap();
    let gateway = Gateway::over(line, None, "652301");
    let office = Office::open(gateway.clone(), Some(identity), folder).unwrap();
    (gateway, office)
}

#[tokio::test(flavor = "multi_thread")]
async fn s04_a_terminal_renews_its_certificate_without_a_restart_and_says_so_when_it_ended() {
    let mut split = Split::new().await;
    authority(&mut split);
    split.terminals.certificate_for = jiff::SignedDuration::from_secs(9);
    let ca = split.authority.write(split.place.folder(), "ca.crt");
    let catalog = split.process(&[Role::Catalog], None, Some(&ca)).await.unwrap();
    let life = Life { ca: &ca, folder: split.place.folder(), catalog: &catalog };
    let invite = async || {
        let mut terminals = TerminalServiceClient::new(life.at(&catalog, None));
        let asked =
            InviteTerminalRequest { request_id: request_id(), terminal_id: TERMINAL.to_owned() };
        terminals.invite_terminal(life.signed(asked)).await.unwrap().into_inner().code
    };
    let folder = split.place.folder().join("device");
    let (gateway, office) = device(&ca, &folder, &catalog);
    let mut standing = office.standing();
    office.register(&invite().await).await.unwrap();
    let first = standing.borrow_and_update().certificate_ends.unwrap();
    let (_outbox, waiting) = tokio::sync::watch::channel(visit::outbox::State::default());
    let working = tokio::spawn(office.clone().run(waiting, 100));
    // It is told that it is due, once it is heard.
    until("it has another certificate", async || {
        office.hurry();
        standing.borrow_and_update().certificate_ends != Some(first)
    })
    .await;
    // Well after the first one ended, over a new connection, it is served by the second.
    until("the first one has ended", async || Clock::System.now().as_microsecond() > first).await;
    assert!(gateway.items().await.is_ok());
    assert_eq!(standing.borrow().admission, Admission::Serves);
    working.abort();
    let _ = working.await;

    // Nobody renews it any more. TLS alone refuses it then, and the terminal knows why.
    let last = standing.borrow().certificate_ends.unwrap();
    until("the last one has ended", async || Clock::System.now().as_microsecond() > last).await;
    let (gateway, office) = device(&ca, &folder, &catalog);
    assert_eq!(gateway.items().await, Err(Failure::NotAdmitted));
    let mut standing = office.standing();
    let (_outbox, waiting) = tokio::sync::watch::channel(visit::outbox::State::default());
    let working = tokio::spawn(office.clone().run(waiting, 100));
    let stopped = |now: &Standing| matches!(now.admission, Admission::Stopped(_));
    drop(standing.wait_for(stopped).await.unwrap());
    office.register(&invite().await).await.unwrap();
    drop(standing.wait_for(|now| now.admission == Admission::Serves).await.unwrap());
    assert!(gateway.items().await.is_ok(), "and opens by itself");
    working.abort();
    ended(catalog).await;
}
