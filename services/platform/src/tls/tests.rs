//! A real server on a socket, and who is let in.

use std::{fs, net::SocketAddr, path::Path, time::Duration};

use proto::fact::v1::{ListCursorsRequest, fact_service_client::FactServiceClient};
use tempfile::TempDir;
use tonic::{Code, service::RoutesBuilder};
use tonic_health::pb::{HealthCheckRequest, health_client::HealthClient};

use super::{watched::LOOK, *};
use crate::{
    auth::Gate,
    clock::Clock,
    facts::service::Facts,
    keys::Keys,
    server::{Door, Limits, OwnCalls, listen, serve},
    stop::Stop,
    telemetry::{metrics::Metrics, rpc::Traces},
    testing::{
        certificates::Authority,
        wait::{PATIENCE, within},
    },
};

/// A server that speaks TLS, and its process's own way to it.
async fn serving(tls: &ServerTls) -> (SocketAddr, OwnCalls) {
    let gate = Gate::new(&Keys::make(), Clock::System).unwrap();
    serving_more(tls, gate, RoutesBuilder::default()).await
}

/// The same with services.
async fn serving_more(
    tls: &ServerTls,
    gate: Gate,
    routes: RoutesBuilder,
) -> (SocketAddr, OwnCalls) {
    let listener = listen(([127, 0, 0, 1], 0).into()).await.unwrap();
    let address = listener.local_addr().unwrap();
    let mut door = Door::from(listener).with_tls(Some(tls.clone()));
    let own = door.own_calls();
    tokio::spawn(async move {
        let (none, limits) = (Duration::ZERO, Limits::of_process());
        let seen = Traces::by(gate, &Metrics::default());
        serve(door, routes, Vec::new(), seen, none, Stop::default(), limits).await.unwrap();
    });
    (address, own)
}

/// What an address answers, asked by a client who believes `ca`.
async fn asked(address: &str, ca: Option<&Path>, own: Option<&Identity>) -> Result<(), String> {
    answers(&Clients::new(ca, own).unwrap(), address).await
}

async fn answers(clients: &Clients, address: &str) -> Result<(), String> {
    let channel = clients.channel(address, |endpoint| endpoint.timeout(PATIENCE));
    alive(channel.map_err(|why| why.to_string())?).await
}

async fn alive(channel: tonic::transport::Channel) -> Result<(), String> {
    let service = "grpc.health.v1.Health".to_owned();
    let mut health = HealthClient::new(channel);
    let asking = health.check(HealthCheckRequest { service });
    match within("an answer", PATIENCE, asking).await {
        Ok(_) => Ok(()),
        // The whole chain, down to what TLS says.
        Err(status) => {
            let mut words = status.message().to_owned();
            let mut source = std::error::Error::source(&status);
            while let Some(cause) = source {
                words = format!("{words}: {cause}");
                source = cause.source();
            }
            Err(words)
        }
    }
}

struct House {
    folder: TempDir,
    authority: Authority,
    ca: PathBuf,
}

impl House {
    fn new() -> Self {
        let (folder, authority) = (TempDir::new().unwrap(), Authority::new());
        let ca = authority.write(folder.path(), "ca.crt");
        Self { folder, authority, ca }
    }

    fn server(&self, names: &[&str]) -> Identity {
        self.authority.server(self.folder.path(), "server", names)
    }
}

fn tls(identity: &Identity, client_ca: Option<PathBuf>) -> ServerTls {
    ServerTls::read(identity, client_ca, Clock::System).unwrap()
}

#[tokio::test]
async fn s04_only_who_believes_the_servers_authority_and_name_speaks_with_it() {
    let house = House::new();
    let (address, own) = serving(&tls(&house.server(&["localhost"]), None)).await;
    let named = format!("https://localhost:{}", address.port());
    asked(&named, Some(&house.ca), None).await.unwrap();
    let stranger = Authority::new().write(house.folder.path(), "stranger.crt");
    let refused = asked(&named, Some(&stranger), None).await.unwrap_err();
    assert!(refused.contains("BadSignature"), "{refused}");
    let other_name = format!("https://{address}");
    let refused = asked(&other_name, Some(&house.ca), None).await.unwrap_err();
    assert!(refused.contains("not valid for name"), "{refused}");
    assert!(asked(&format!("http://{address}"), None, None).await.is_err(), "in the clear");
    let nobody = asked(&named, None, None).await.unwrap_err();
    assert_eq!(nobody, WrongAddress::NoAuthority.to_string());
    // What does not leave the process needs no certificate.
    alive(own.channel(|endpoint| endpoint.timeout(PATIENCE))).await.unwrap();
}

#[tokio::test]
async fn s04_a_server_whose_certificate_has_expired_is_refused_and_does_not_start() {
    let house = House::new();
    let long_ago = Clock::manual("2019-06-01T00:00:00Z".parse().unwrap());
    let expired = house.authority.expired_server(house.folder.path(), "old", &["127.0.0.1"]);
    let refused = ServerTls::read(&expired, None, Clock::System).unwrap_err().to_string();
    assert!(refused.contains("old.crt: has expired, at 2020-01-01T00:00:00Z"), "{refused}");
    let (address, _) = serving(&ServerTls::read(&expired, None, long_ago).unwrap()).await;
    let refused = asked(&format!("https://{address}"), Some(&house.ca), None).await.unwrap_err();
    assert!(refused.contains("expired"), "{refused}");
}

#[tokio::test]
async fn s04_a_renewed_certificate_is_shown_to_who_comes_next_and_nobody_is_cut_off() {
    let house = House::new();
    let identity = house.server(&["127.0.0.1"]);
    let tls = tls(&identity, None);
    let (address, _) = serving(&tls).await;
    let address = format!("https://{address}");
    let before = Clients::new(Some(&house.ca), None).unwrap();
    let before = before.channel(&address, |endpoint| endpoint).unwrap();
    alive(before.clone()).await.unwrap();

    // Half of a renewal: the key does not belong to the certificate, and the old pair stays.
    let renewed = Authority::new();
    let next = renewed.server(house.folder.path(), "next", &["127.0.0.1"]);
    fs::copy(&next.certificate, &identity.certificate).unwrap();
    tls.0.look_now();
    asked(&address, Some(&house.ca), None).await.unwrap();
    fs::copy(&next.key, &identity.key).unwrap();
    let renewed = renewed.write(house.folder.path(), "renewed.crt");
    let shown = async {
        while asked(&address, Some(&renewed), None).await.is_err() {
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
    };
    within("the new certificate", LOOK + PATIENCE, shown).await;
    assert!(asked(&address, Some(&house.ca), None).await.is_err(), "the old one is gone");
    alive(before).await.unwrap();
}

#[tokio::test]
async fn s04_whom_to_believe_is_read_again_too() {
    let house = House::new();
    let (address, _) = serving(&tls(&house.server(&["127.0.0.1"]), None)).await;
    let address = format!("https://{address}");
    let believed = Authority::new().write(house.folder.path(), "believed.crt");
    let clients = Clients::new(Some(&believed), None).unwrap();
    assert!(answers(&clients, &address).await.is_err());
    fs::copy(&house.ca, &believed).unwrap();
    let believes = async {
        while answers(&clients, &address).await.is_err() {
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
    };
    within("the new authority", LOOK + PATIENCE, believes).await;
}

#[tokio::test]
async fn s04_who_comes_with_a_certificate_must_have_it_from_a_known_authority() {
    let house = House::new();
    let terminals = Authority::new();
    let known = terminals.write(house.folder.path(), "terminals.crt");
    let (address, _) = serving(&tls(&house.server(&["127.0.0.1"]), Some(known))).await;
    let address = format!("https://{address}");
    let uri = "urn:pingyi:terminal:652301-t01";
    let terminal = terminals.client(house.folder.path(), "terminal", uri);
    asked(&address, Some(&house.ca), Some(&terminal)).await.unwrap();
    asked(&address, Some(&house.ca), None).await.unwrap();
    let forged = Authority::new().client(house.folder.path(), "forged", uri);
    assert!(asked(&address, Some(&house.ca), Some(&forged)).await.is_err());
}

#[tokio::test]
async fn s04_a_peer_is_known_by_its_certificate_and_nobody_can_say_so_instead() {
    let house = House::new();
    let peers = Authority::new();
    let known = peers.write(house.folder.path(), "peers.crt");
    let tls = tls(&house.server(&["127.0.0.1"]), Some(known));
    let clock = Clock::manual(Clock::System.now());
    let gate = Gate::new(&Keys::make(), clock.clone()).unwrap();
    let mut routes = RoutesBuilder::default();
    routes.add_service(Facts::server(gate.clone(), Vec::new()));
    let (address, _) = serving_more(&tls, gate, routes).await;
    let address = format!("https://{address}");
    let code = async |own: Option<&Identity>, said: &str| {
        let clients = Clients::new(Some(&house.ca), own).unwrap();
        let channel = clients.channel(&address, |endpoint| endpoint.timeout(PATIENCE)).unwrap();
        let mut request = tonic::Request::new(ListCursorsRequest::default());
        if !said.is_empty() {
            request.metadata_mut().insert("x-pingyi-certificate", said.parse().unwrap());
        }
        let asked = FactServiceClient::new(channel).list_cursors(request).await;
        asked.map_or_else(|status| status.code(), |_| Code::Ok)
    };
    let own = |uri: &str| peers.client(house.folder.path(), "peer", uri);
    let intake = own(&crate::auth::certificate_uri("peer", "intake"));
    let by_peer = code(Some(&intake), "").await;
    assert!(![Code::Unauthenticated, Code::PermissionDenied].contains(&by_peer), "{by_peer:?}");
    assert_eq!(code(None, "").await, Code::Unauthenticated);
    // As the server writes it.
    let forged = format!("0:{}:07:peer:intake", i64::MAX);
    assert_eq!(code(None, &forged).await, Code::Unauthenticated, "nobody vouches for it");
    let terminal = own(&crate::auth::certificate_uri("terminal", "652301-t01"));
    assert_eq!(code(Some(&terminal), "").await, Code::PermissionDenied);
    assert_eq!(code(Some(&terminal), &forged).await, Code::PermissionDenied);
    for other in ["urn:pingyi:authority:x", "urn:other:peer:intake"] {
        assert_eq!(code(Some(&own(other)), "").await, Code::Unauthenticated, "{other}");
    }
    // It ends on a connection that is open, too.
    let intake = own(&crate::auth::certificate_uri("peer", "intake"));
    let clients = Clients::new(Some(&house.ca), Some(&intake)).unwrap();
    let channel = clients.channel(&address, |endpoint| endpoint.timeout(PATIENCE)).unwrap();
    let again = async || {
        let mut client = FactServiceClient::new(channel.clone());
        let asked = client.list_cursors(ListCursorsRequest::default()).await;
        asked.map_or_else(|status| status.code(), |_| Code::Ok)
    };
    assert_eq!(again().await, by_peer);
    clock.set("5000-01-01T00:00:00Z".parse().unwrap());
    assert_eq!(again().await, Code::Unauthenticated);
}

#[test]
fn s04_a_file_that_is_missing_or_holds_something_else_is_named() {
    let house = House::new();
    let identity = house.server(&["localhost"]);
    let told = |identity: &Identity, client_ca: Option<PathBuf>| {
        ServerTls::read(identity, client_ca, Clock::System).unwrap_err().to_string()
    };
    let swapped = Identity { certificate: identity.key.clone(), key: identity.certificate.clone() };
    assert!(told(&swapped, None).contains("server.key: holds no certificate in PEM"));
    let no_key = Identity { key: house.ca.clone(), ..identity.clone() };
    assert!(told(&no_key, None).contains("ca.crt: holds no private key in PEM"));
    let other = house.authority.server(house.folder.path(), "other", &["localhost"]);
    let mixed = Identity { key: other.key, ..identity.clone() };
    let refused = told(&mixed, None);
    assert!(refused.contains("server.crt: cannot be used with"), "{refused}");
    let nowhere = house.folder.path().join("nowhere.crt");
    assert!(told(&identity, Some(nowhere.clone())).contains("nowhere.crt: No such file"));
    let refused = Clients::new(Some(&nowhere), None).unwrap_err().to_string();
    assert!(refused.contains("nowhere.crt: No such file"), "{refused}");
}

#[test]
fn s04_the_end_of_a_certificate_is_read_as_it_is_written() {
    let house = House::new();
    let old = house.authority.expired_server(house.folder.path(), "old", &["localhost"]);
    let pem = fs::read(&old.certificate).unwrap();
    let der = certificates(&old.certificate, &pem).unwrap();
    let end = "2020-01-01T00:00:00Z".parse().unwrap();
    assert_eq!(dates::not_after(&der[0]), Some(end));
    // rcgen's usual end is in the year 4096, beyond what two digits say.
    let pem = fs::read(&house.ca).unwrap();
    let der = certificates(&house.ca, &pem).unwrap();
    assert!(dates::not_after(&der[0]).unwrap() > end);
    for cut in 0..der[0].len().min(200) {
        assert_eq!(dates::not_after(&der[0][..cut]), None, "cut at {cut}");
    }
}
