//! What the tests share: an installation whose services tell facts, and a platform that is played.

use std::net::SocketAddr;

use domain::{
    codes::RegionCode,
    exchange::{Dialect, Kind},
};
use jiff::SignedDuration;
use platform::{
    auth::{Caller, Operator},
    clock::Clock,
    convert::to_wire,
    database::Store,
    facts::{self, consume::Consumer as _, service::Facts as Served},
    testing::principal,
};
use proto::{
    exchange::v1::{GetExchangeStateRequest, NationalState},
    fact::v1::{
        CaseSubmitted, RatingInvited, RatingJoinedTicket, RatingOpening, RatingSubmitted,
        TicketOpened, TicketStepped, fact::Body, ticket_opened::Opening,
    },
    r#type::v1::{Channel, Finding, Level, ServiceAct, TicketState},
};
use sea_orm::ConnectionTrait as _;
use tokio::net::TcpListener;
use tonic::transport::{Channel as Way, Endpoint, Server, server::TcpIncoming};

use super::Pusher;
use crate::{
    Migrator,
    app::exchange::{
        national::twin::{Fields, NationalTwin},
        twin::Script,
    },
    config::National,
    facts::Facts,
    rpc::{exchange::get_exchange_state, testing::Fixture},
    state::Publication,
    store::exchange::testing::follow,
};

const PRIVATE: &str = "10a424ceb876be5b7e8d9c08eaae771e340d071dd644edad5692102e68a810bf";
const PUBLIC: &str = "042fcf9652d8232a31bf179b58199d5c3605855635ce3c0a9c4d543a13d7e2a841854a8bb09476ccf\
                      1450bbc13717d3c84bfcbc45e8c377f5ee762b78018d62cb3";
pub(super) const LEVELS: [Level; 5] = [
    Level::VerySatisfied,
    Level::Satisfied,
    Level::BasicallySatisfied,
    Level::Dissatisfied,
    Level::VeryDissatisfied,
];

/// An installation, and the platform that it reports to.
pub(super) struct Place {
    pub(super) fixture: Fixture,
    pub(super) intake: Store,
    pub(super) ticketing: Store,
    pub(super) twin: NationalTwin,
    pub(super) national: National,
}

impl Place {
    pub(super) async fn new(dialect: Dialect) -> Self {
        Self::under("changji-2020", dialect).await
    }

    /// Under one of the shipped profiles.
    pub(super) async fn under(profile: &str, dialect: Dialect) -> Self {
        // As `pingyi` does. It is refused if it is there already.
        drop(rustls::crypto::ring::default_provider().install_default());
        let fixture = Fixture::under(profile).await;
        let shell = &fixture.publication.shell;
        let intake = fixture.place.store::<Migrator>("intake").await;
        let ticketing = fixture.place.store::<Migrator>("ticketing").await;
        let secrets = ("mark".to_owned(), "word".to_owned(), Some(PRIVATE));
        let clock = shell.clock.clone();
        let twin = NationalTwin::new(dialect.clone(), secrets, clock, Script::default()).unwrap();
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let platform = listener.local_addr().unwrap();
        tokio::spawn(twin.clone().serve(listener));
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let own = way(listener.local_addr().unwrap());
        let facts = Served::server(shell.gate.clone(), vec![intake.clone(), ticketing.clone()]);
        let server = Server::builder().add_service(facts);
        tokio::spawn(server.serve_with_incoming(TcpIncoming::from(listener)));
        let national = National {
            url: format!("http://{platform}/evaluate"),
            address: format!("http://{platform}/evaluate"),
            ca: None,
            dialect,
            mark: "mark".to_owned(),
            word: "word".to_owned(),
            key: Some(PUBLIC.to_owned()),
            region: RegionCode::parse("652301").unwrap(),
            producers: vec![("intake", own.clone()), ("ticketing", own)],
        };
        Self { fixture, intake, ticketing, twin, national }
    }

    pub(super) fn clock(&self) -> &Clock {
        &self.fixture.publication.shell.clock
    }

    pub(super) fn pass(&self, seconds: i64) {
        self.clock().set(self.clock().now() + SignedDuration::from_secs(seconds));
    }

    pub(super) fn publication(&self) -> Publication {
        self.fixture.publication.clone().with_national(self.national.clone())
    }

    /// A new process of it.
    pub(super) fn pusher(&self) -> Pusher {
        Pusher::new(self.publication()).unwrap().unwrap()
    }

    /// Some facts of a service, applied here.
    pub(super) async fn tell(&self, store: &Store, bodies: Vec<Body>) {
        self.write(store, bodies).await;
        follow(&self.fixture.publication.store, store).await;
    }

    /// Some facts of a service that are not applied here yet.
    pub(super) async fn write(&self, store: &Store, bodies: Vec<Body>) {
        let txn = store.begin().await.unwrap();
        facts::commit(txn, self.clock(), bodies).await.unwrap();
    }

    /// A service has no fact after a position any more, and this one takes back what it applied of them; returns
    /// that in words.
    pub(super) async fn lose(&self, store: &Store, after: i64) -> String {
        let back = format!(
            "DELETE FROM fact WHERE position > {after}; UPDATE fact_counter SET position = {after}"
        );
        store.write().execute_unprepared(&back).await.unwrap();
        let publication = self.publication();
        let consumer = Facts::new(publication.shell.clone(), publication.reference.clone());
        let txn = publication.store.begin().await.unwrap();
        let forgotten = consumer.forget(&txn, store.service(), after).await.unwrap();
        txn.commit().await.unwrap();
        follow(&publication.store, store).await;
        forgotten.words.join("\n")
    }

    /// A case with one service, and its act.
    pub(super) fn case(&self, number: &str) -> (ServiceAct, Vec<Body>) {
        let act = self.fixture.act();
        let submitted = CaseSubmitted {
            case_id: act.case_id.clone(),
            project_number: number.to_owned(),
            region_code: act.region_code.clone(),
            agency_id: act.agency_id.clone(),
            item_code: act.item_code.clone(),
            accepted_at: None,
        };
        let invited = RatingInvited { act: Some(act.clone()), ..RatingInvited::default() };
        (act, vec![Body::CaseSubmitted(submitted), Body::RatingInvited(invited)])
    }

    /// Another service of a case, and its invitation.
    pub(super) fn another(&self, act: &ServiceAct) -> (ServiceAct, Body) {
        let act = ServiceAct { act_id: self.clock().new_id().to_string(), ..act.clone() };
        let invited = RatingInvited { act: Some(act.clone()), ..RatingInvited::default() };
        (act, Body::RatingInvited(invited))
    }

    pub(super) fn rating(&self, act: &ServiceAct, level: Level) -> RatingSubmitted {
        let tags = if level == Level::VeryDissatisfied { &["108"] } else { &["207"] };
        let negative = [Level::Dissatisfied, Level::VeryDissatisfied].contains(&level);
        RatingSubmitted {
            rating_id: self.clock().new_id().to_string(),
            channel: Channel::Evaluator.into(),
            tag_codes: if negative { vec![tags[0].to_owned()] } else { Vec::new() },
            received_at: Some(to_wire(self.clock().now())),
            ..self.fixture.rating(act, level, "2026-03-02T01:00:00Z")
        }
    }

    /// The facts of a ticket about ratings, up to its answer.
    pub(super) fn answered(&self, ratings: &[&RatingSubmitted]) -> Vec<Body> {
        let ticket_id = self.clock().new_id().to_string();
        let first = RatingOpening { rating_id: ratings[0].rating_id.clone() };
        let mut bodies = vec![Body::TicketOpened(TicketOpened {
            ticket_id: ticket_id.clone(),
            act: ratings[0].act.clone(),
            opening: Some(Opening::Rating(first)),
            ..TicketOpened::default()
        })];
        bodies.extend(ratings[1..].iter().map(|rating| {
            Body::RatingJoinedTicket(RatingJoinedTicket {
                ticket_id: ticket_id.clone(),
                rating_id: rating.rating_id.clone(),
                private: false,
            })
        }));
        bodies.extend([TicketState::Rectified, TicketState::FedBack].map(|state| {
            Body::TicketStepped(TicketStepped {
                ticket_id: ticket_id.clone(),
                state: state.into(),
                finding: Finding::Clear.into(),
                ..TicketStepped::default()
            })
        }));
        bodies
    }

    /// What an officer of the Authority sees.
    pub(super) async fn state(&self) -> NationalState {
        let caller = Caller::Authority { region: "652301".to_owned() };
        let officer: Operator = principal("officer", caller);
        let asked = GetExchangeStateRequest::default();
        let state = get_exchange_state::run(&self.publication(), officer, asked).await.unwrap();
        state.national.unwrap()
    }
}

/// The values of a field in all records of a kind that have it, in order.
pub(super) fn values(taken: &[(Kind, Fields)], of: Kind, name: &str) -> Vec<String> {
    let taken = taken.iter().filter(|(kind, _)| *kind == of);
    let field = |(_, fields): &(Kind, Fields)| {
        fields.iter().find(|(own, _)| own == name).map(|(_, value)| value.clone())
    };
    taken.filter_map(field).collect()
}

/// The value of a field; empty if there is none.
pub(super) fn value<'a>(fields: &'a Fields, name: &str) -> &'a str {
    fields.iter().find(|(own, _)| own == name).map_or("", |(_, value)| value)
}

/// What was taken, as kind, project number, service and rating.
pub(super) fn order(taken: &[(Kind, Fields)]) -> Vec<(Kind, String, String, String)> {
    let of = |(kind, fields): &(Kind, Fields)| {
        let value = |name| value(fields, name).to_owned();
        (*kind, value("projectNo"), value("serviceNumber"), value("assessNumber"))
    };
    taken.iter().map(of).collect()
}

fn way(address: SocketAddr) -> Way {
    Endpoint::from_shared(format!("http://{address}")).unwrap().connect_lazy()
}
