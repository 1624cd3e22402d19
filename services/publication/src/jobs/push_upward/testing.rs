//! What the tests of the pusher share: installations that serve on a port of their own.

use std::{
    net::SocketAddr,
    sync::{Arc, Mutex, MutexGuard},
};

use domain::codes::RegionCode;
use platform::{
    auth::{Caller, Operator},
    bus::Bus,
    clock::Clock,
    database::Store,
    facts::{self, service::Facts},
    keys::Keys,
    shell::Shell,
    testing::{TestPlace, principal, seed_reference},
};
use proto::{
    exchange::v1::{
        ExchangeLane, GetDaySumRequest, GetDaySumResponse, GetExchangeStateRequest,
        GetExchangeStateResponse, PushFactsRequest, PushFactsResponse,
        exchange_service_server::{ExchangeService, ExchangeServiceServer},
    },
    fact::v1::fact::Body,
};
use tokio::net::TcpListener;
use tonic::{
    Code, Request, Response, Status,
    transport::{Channel, Endpoint, Server, server::TcpIncoming},
};

use super::Pusher;
use crate::{
    Migrator,
    app::exchange::twin::{Memory, Script, Twin},
    config::Upstream,
    rpc::exchange::get_exchange_state,
    state::{NAME, Publication},
    store::exchange::testing::follow,
    store::exchange::{self, key::LaneKey},
};

/// The installation of a region.
pub(crate) struct Node {
    pub(crate) publication: Publication,
    /// Its upper platform's service, with the moods that are put before it.
    pub(crate) twin: Twin<Publication>,
    pub(crate) intake: Store,
    pub(crate) ticketing: Store,
    pub(crate) region: RegionCode,
    address: SocketAddr,
    place: TestPlace,
}

pub(crate) fn channel(address: SocketAddr) -> Channel {
    Endpoint::from_shared(format!("http://{address}")).unwrap().connect_lazy()
}

/// Serves an upper platform; returns where.
pub(crate) async fn serve(upper: impl ExchangeService) -> SocketAddr {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    let server = Server::builder().add_service(ExchangeServiceServer::new(upper));
    tokio::spawn(server.serve_with_incoming(TcpIncoming::from(listener)));
    address
}

impl Node {
    pub(crate) async fn new(region: &str, clock: &Clock) -> Self {
        let place = TestPlace::new().await;
        let shell = Shell::new(&Keys::make(), clock.clone(), Bus::embedded()).unwrap();
        let store = place.store::<Migrator>(NAME).await;
        let intake = place.store::<Migrator>("intake").await;
        let ticketing = place.store::<Migrator>("ticketing").await;
        let reference = seed_reference(&store).await;
        let publication = Publication::new(store, shell.clone(), reference);
        let twin = Twin::new(publication.clone(), clock.clone(), Script::default());
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        let facts = Facts::server(shell.gate.clone(), vec![intake.clone(), ticketing.clone()]);
        let server = Server::builder()
            .add_service(facts)
            .add_service(ExchangeServiceServer::new(twin.clone()));
        tokio::spawn(server.serve_with_incoming(TcpIncoming::from(listener)));
        let region = RegionCode::parse(region).unwrap();
        Self { publication, twin, intake, ticketing, region, address, place }
    }

    /// Some facts of a service, applied here.
    pub(crate) async fn tell(&self, store: &Store, bodies: Vec<Body>) {
        let txn = store.begin().await.unwrap();
        facts::commit(txn, &self.publication.shell.clock, bodies).await.unwrap();
        follow(&self.publication.store, store).await;
    }

    /// It reports to an upper platform at an address.
    pub(crate) fn reporting_to(&self, address: SocketAddr, token: &str) -> Publication {
        let token_file = self.place.folder().join("upstream.token");
        std::fs::write(&token_file, format!("{token}\n")).unwrap();
        let own = channel(self.address);
        self.publication.clone().with_upstream(Upstream {
            address: format!("http://{address}"),
            channel: channel(address),
            token_file,
            region: self.region.clone(),
            producers: vec![("intake", own.clone()), ("ticketing", own)],
        })
    }

    /// It reports to another installation; a new process of it.
    pub(crate) fn pusher(&self, upper: &Self) -> Pusher {
        let caller = Caller::Deployment { region: self.region.as_str().to_owned() };
        let signer = &upper.publication.shell.signer;
        let token = signer.token("lower", caller, 30 * 24 * 3_600).unwrap();
        Pusher::new(self.reporting_to(upper.address, &token)).unwrap()
    }

    /// The bytes of what it keeps of a lane, in order.
    pub(crate) async fn kept(&self, origin: &str, producer: &str) -> Vec<Vec<u8>> {
        let key = LaneKey { origin: origin.to_owned(), producer: producer.to_owned() };
        let facts = exchange::facts(self.publication.store.read(), &key, 0, 100_000).await.unwrap();
        assert!(facts.iter().zip(1..).all(|(fact, position)| fact.position == position));
        facts.into_iter().map(|fact| fact.body).collect()
    }
}

/// An upper platform that treats intake's facts in a way of its own.
#[derive(Clone, Default)]
pub(crate) struct Odd {
    pub(crate) memory: Memory,
    pub(crate) ways: Arc<Mutex<Ways>>,
}

/// What it does, and what it was asked.
#[derive(Default)]
pub(crate) struct Ways {
    /// Refuses the facts with this.
    pub(crate) facts: Option<Code>,
    /// Refuses the sums with this.
    pub(crate) sums: Option<Code>,
    /// Counts one fact too many.
    pub(crate) miscounts: bool,
    /// The services whose facts came, in order.
    pub(crate) asked: Vec<String>,
    /// How often facts of intake were withdrawn, and sums of it asked.
    pub(crate) withdrawals: usize,
    pub(crate) summed: usize,
}

impl Odd {
    pub(crate) fn ways(&self) -> MutexGuard<'_, Ways> {
        self.ways.lock().unwrap()
    }
}

fn refusal(code: Option<Code>) -> Result<(), Status> {
    code.map_or(Ok(()), |code| Err(Status::new(code, "odd")))
}

#[tonic::async_trait]
impl ExchangeService for Odd {
    async fn push_facts(
        &self,
        request: Request<PushFactsRequest>,
    ) -> Result<Response<PushFactsResponse>, Status> {
        let message = request.get_ref();
        self.ways().asked.push(message.producer.clone());
        if message.producer == "intake" {
            refusal(self.ways().facts)?;
            self.ways().withdrawals += usize::from(!message.withdraws.is_empty());
        }
        self.memory.push_facts(request).await
    }

    async fn get_day_sum(
        &self,
        request: Request<GetDaySumRequest>,
    ) -> Result<Response<GetDaySumResponse>, Status> {
        let odd = request.get_ref().producer == "intake";
        if odd {
            self.ways().summed += 1;
            refusal(self.ways().sums)?;
        }
        let mut answer = self.memory.get_day_sum(request).await?;
        answer.get_mut().count += u64::from(odd && self.ways().miscounts);
        Ok(answer)
    }

    async fn get_exchange_state(
        &self,
        request: Request<GetExchangeStateRequest>,
    ) -> Result<Response<GetExchangeStateResponse>, Status> {
        self.memory.get_exchange_state(request).await
    }
}

/// What an officer of the Authority sees of an installation's exchange.
pub(crate) async fn state(publication: &Publication) -> Vec<ExchangeLane> {
    let officer: Operator = principal("officer", Caller::Authority { region: "000000".to_owned() });
    let asked = GetExchangeStateRequest::default();
    get_exchange_state::run(publication, officer, asked).await.unwrap().lanes
}
