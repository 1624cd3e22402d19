//! What the tests about terminals share: an authority that signs, and devices that ask it.

use std::fs;

use jiff::SignedDuration;
use platform::{
    auth::{Caller, Principal, Terminal},
    facts,
    testing::{TestPlace, nobody, principal, terminal_with},
    tls::TerminalAuthority,
};
use proto::{
    catalog::v1::{
        HeartbeatRequest, HeartbeatResponse, InviteTerminalRequest, RegisterTerminalRequest,
        RegisterTerminalResponse, TerminalHealth,
    },
    fact::v1::fact::Body,
};
use rcgen::{BasicConstraints, CertificateParams, IsCa, KeyPair};
use tonic::{Code, Status};
use tonic_types::StatusExt as _;

use super::{heartbeat, invite_terminal, register_terminal};
use crate::{
    config::Terminals,
    error::Error,
    jobs::{
        load_region::tests::loaded,
        watch_terminals::{Looked, round},
    },
    rpc::testing::{REGION, request_id},
    state::Catalog,
};

/// A kiosk of the sample, in its hall's 24-hour area.
pub(crate) const TERMINAL: &str = "652301-t01";

/// The sample's catalog, with an authority for terminals.
pub(crate) async fn fleet() -> (Catalog, TestPlace) {
    let (catalog, place) = loaded().await;
    let (certificate, key_file) = (place.folder().join("ca.crt"), place.folder().join("ca.key"));
    let mut params = CertificateParams::default();
    params.is_ca = IsCa::Ca(BasicConstraints::Constrained(0));
    let key = KeyPair::generate().unwrap();
    fs::write(&certificate, params.self_signed(&key).unwrap().pem()).unwrap();
    fs::write(&key_file, key.serialize_pem()).unwrap();
    let now = catalog.shell.clock.now();
    let authority = TerminalAuthority::read(&certificate, &key_file, now).unwrap();
    let terminals = Terminals { authority: Some(authority), ..Terminals::default() };
    (catalog.with_terminals(terminals), place)
}

/// Another process on the same store, with the same keys.
pub(crate) fn replica(catalog: &Catalog) -> Catalog {
    Catalog::new(catalog.store.clone(), catalog.shell.clone())
        .with_terminals((*catalog.terminals).clone())
}

/// An officer of the Authority, as each of the RPCs admits them.
pub(crate) fn officer<P: Principal>(region: &str) -> P {
    principal(&format!("管理员-{region}"), Caller::Authority { region: region.to_owned() })
}

/// A terminal that comes with a token.
pub(crate) fn by_token(id: &str) -> Terminal {
    principal(id, Caller::Terminal)
}

/// A refusal's code and reason.
pub(crate) fn reason(error: Error) -> (Code, String) {
    let status = Status::from(error);
    let info = status.get_error_details().error_info().unwrap().reason.clone();
    (status.code(), info)
}

pub(crate) async fn invite(catalog: &Catalog, id: &str) -> String {
    let request = InviteTerminalRequest { request_id: request_id(), terminal_id: id.to_owned() };
    invite_terminal::run(catalog, officer(REGION), request).await.unwrap().code
}

pub(crate) fn later(catalog: &Catalog, by: SignedDuration) {
    catalog.shell.clock.set(catalog.shell.clock.now() + by);
}

/// The job's look as of a process that has just started.
pub(crate) async fn watch(catalog: &Catalog) -> crate::jobs::watch_terminals::WatchCount {
    round(catalog, &mut Looked::default()).await.unwrap()
}

/// The facts about terminals so far.
pub(crate) async fn told(catalog: &Catalog) -> Vec<Body> {
    let facts = facts::list(&catalog.store, 0, 10_000).await.unwrap();
    let bodies = facts.into_iter().filter_map(|fact| fact.body);
    let of_terminals =
        |body: &Body| matches!(body, Body::TerminalStopped(_) | Body::TerminalSilent(_));
    bodies.filter(of_terminals).collect()
}

/// The serial number in the first certificate of a chain, read as the gate reads it.
pub(crate) fn serial(chain: &[Vec<u8>]) -> String {
    // The version (3, which is written as 2), then the number: 16 bytes, as they are given here. A length
    // before them may be the same two bytes as the number's own beginning.
    let version = [0xa0, 0x03, 0x02, 0x01, 0x02];
    let begins = [version.as_slice(), &[0x02, 0x10]].concat();
    let place = chain[0].windows(begins.len()).position(|part| part == begins).unwrap();
    let place = place + begins.len();
    chain[0][place..place + 16].iter().map(|byte| format!("{byte:02x}")).collect()
}

/// A device with a key of its own.
pub(crate) struct Device(KeyPair);

impl Device {
    pub(crate) fn new() -> Self {
        Self(KeyPair::generate().unwrap())
    }

    pub(crate) fn request(&self) -> Vec<u8> {
        CertificateParams::default().serialize_request(&self.0).unwrap().der().to_vec()
    }

    pub(crate) async fn register(
        &self,
        catalog: &Catalog,
        code: &str,
    ) -> Result<RegisterTerminalResponse, Error> {
        let request = RegisterTerminalRequest {
            request_id: request_id(),
            code: code.to_owned(),
            certificate_request: self.request(),
        };
        register_terminal::run(catalog, nobody(), None, request).await
    }
}

/// A registered device, as the gate admits it by its certificate.
pub(crate) async fn registered(catalog: &Catalog, id: &str) -> (Device, Terminal) {
    let (code, device) = (invite(catalog, id).await, Device::new());
    let answer = device.register(catalog, &code).await.unwrap();
    let serial = serial(&answer.certificate.unwrap().chain);
    (device, terminal_with(&answer.terminal_id, &serial))
}

/// A word of a terminal that is well.
pub(crate) async fn beat(
    catalog: &Catalog,
    terminal: &Terminal,
    health: TerminalHealth,
) -> HeartbeatResponse {
    let clock = Some(platform::convert::to_wire(catalog.shell.clock.now()));
    let request = HeartbeatRequest { health: Some(health), clock };
    heartbeat::run(catalog, terminal.clone(), request).await.unwrap()
}
