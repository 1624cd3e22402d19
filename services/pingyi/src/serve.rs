//! Puts the services of a process together and runs them until it is asked to stop.

pub(crate) mod command;
mod error;
mod reporting;
#[cfg(test)]
mod tests;

use std::{net::SocketAddr, sync::Arc, time::Duration};

use catalog::{Catalog, config::Terminals};
use intake::{
    CommitCount, Intake,
    config::{Messages, RatingLimits},
    notifier::Notifier,
};
use platform::{
    auth::{PeerToken, revocation},
    bus::Bus,
    clock::Clock,
    database::{Location, Store},
    documents::{Documents, Place, keep_sweeping},
    facts::{
        consume::{Consumer, FollowCount, Follower},
        relay,
        service::Facts,
    },
    health::Duty,
    keys::Keys,
    reference::Reference,
    request,
    server::{self, Door, Limits},
    shell::Shell,
    status::causes,
    stop::Stop,
    telemetry::{
        metrics::{self, Measuring},
        rpc::Traces,
    },
    tls::Clients,
};
use publication::Publication;
use ticketing::Ticketing;
use tokio::{net::TcpListener, task::JoinSet};
use tonic::{
    service::RoutesBuilder,
    transport::{Channel, Endpoint},
};

pub use error::RunError;

use crate::{
    roles::Role,
    sample::{RegionText, load},
    settings::{Access, Transparency},
};

pub use reporting::Reports;

/// How long a peer may take to accept a connection.
const CONNECT: Duration = Duration::from_secs(2);
/// How long a peer may take to answer, and how often an idle connection to it is checked.
const ANSWER: Duration = Duration::from_secs(20);
/// How long a process may take to end, beside its drain delay: a little more than the calls in
/// flight may take. What is left then is cut off; nothing that was acknowledged can be lost.
const END: Duration = Duration::from_secs(30);
/// The gRPC service every process answers its peers.
const FACT_SERVICE: &str = "pingyi.fact.v1.FactService";

/// What a process is to run.
pub struct Plan {
    /// Which services.
    pub roles: Vec<Role>,
    /// Where the stores are; migrated before.
    pub location: Location,
    /// The bus.
    pub bus: Bus,
    /// The deployment's keys.
    pub keys: Keys,
    /// The clock.
    pub clock: Clock,
    /// Where to listen.
    pub listener: TcpListener,
    /// How it connects, how it is connected to, and whose tokens it takes.
    pub access: Access,
    /// Where a service answers that this process does not run, as `https://…` or `http://…`.
    pub peers: Vec<(Role, String)>,
    /// A region to publish, if the catalog runs here.
    pub region: Option<RegionText>,
    /// How intake writes to raters, if it runs here and does.
    pub messages: Option<Messages>,
    /// How often one service act can be rated, if intake runs here.
    pub ratings: RatingLimits,
    /// Where documents are kept, if they are.
    pub documents: Option<Place>,
    /// How the public log is signed, if publication runs here.
    pub transparency: Transparency,
    /// The platforms that it reports to, if publication runs here.
    pub reporting: Reports,
    /// To whom its metrics go.
    pub measuring: Measuring,
    /// How long readiness fails before no new connections are taken.
    pub drain: Duration,
}

/// A running process.
pub struct Running {
    /// Where it listens.
    pub address: SocketAddr,
    /// Tells it to stop.
    pub stop: Stop,
    /// Its shell, for who signs tokens or looks at the clock.
    pub shell: Shell,
    /// Its stores.
    pub stores: Vec<Store>,
    /// What each follower has done so far: consumer, producer, count.
    pub follows: Vec<(&'static str, &'static str, Arc<FollowCount>)>,
    /// What intake committed so far, if it runs here.
    pub commits: Option<Arc<CommitCount>>,
    drain: Duration,
    tasks: JoinSet<Result<(), RunError>>,
}

impl Running {
    /// Waits until the process has ended, orderly or not.
    ///
    /// # Errors
    /// [`RunError`]: the first thing that failed; everything else is stopped then.
    pub async fn ended(mut self) -> Result<(), RunError> {
        let mut outcome = Ok(());
        let (stop, limit) = (self.stop.clone(), self.drain + END);
        let cut_off = async {
            stop.stopped().await;
            tokio::time::sleep(limit).await;
        };
        tokio::pin!(cut_off);
        loop {
            let ended = tokio::select! {
                ended = self.tasks.join_next() => ended,
                () = &mut cut_off => {
                    tracing::warn!("what had not ended in time was stopped");
                    break;
                }
            };
            let Some(ended) = ended else { break };
            let ended = ended.unwrap_or_else(|error| Err(RunError::Died(error.to_string())));
            if outcome.is_ok() {
                outcome = ended;
            }
            // Nothing here ends on its own account: if something did, everything does.
            self.stop.stop();
        }
        for store in self.stores {
            store.close().await;
        }
        outcome
    }
}

/// Starts a process.
///
/// # Errors
/// [`RunError`]: nothing is left running then.
pub async fn start(plan: Plan) -> Result<Running, RunError> {
    let mut shell = Shell::new(&plan.keys, plan.clock, plan.bus)?;
    shell.gate = shell.gate.with_issuers(plan.access.issuers);
    let Measuring { metrics, scraped, sent } = plan.measuring;
    shell.metrics = metrics;
    let address = plan.listener.local_addr().map_err(|error| RunError::Store(error.to_string()))?;
    let mut door = Door::from(plan.listener).with_tls(plan.access.server);
    let (own, clients) = (door.own_calls(), plan.access.clients);
    let terminals = plan.access.terminals;
    let mut process = Process {
        clients: clients.clone(),
        peers: Vec::new(),
        shell: shell.clone(),
        routes: RoutesBuilder::default(),
        stores: Vec::new(),
        follows: Vec::new(),
        served: Stop::default(),
        tasks: JoinSet::new(),
    };
    for role in Role::ALL {
        let other = plan.peers.iter().find(|(peer, _)| *peer == role);
        if plan.roles.contains(&role) {
            process.peers.push((role, own.channel(to_peer)));
        } else if let Some((_, to)) = other {
            let channel = clients.channel(to, to_peer);
            let wrong = |reason| RunError::Peer { role, address: to.clone(), reason };
            process.peers.push((role, channel.map_err(wrong)?));
        }
    }
    if let Some(listener) = scraped {
        process.job(shell.metrics.clone().serve(listener, shell.stop.clone()));
    }
    if let Some(collector) = sent {
        process.job(shell.metrics.clone().send(collector, shell.stop.clone()));
    }
    for issuer in shell.gate.issuers() {
        process.job(issuer.clone().keep_fresh(shell.gate.clone(), shell.stop.clone()));
    }
    let mut commits = None;
    let always = Duty { services: vec![FACT_SERVICE], troubles: None, needs_to_know: false };
    let mut duties = vec![always];
    for role in plan.roles {
        let store = role.open(&plan.location).await?;
        report_durability(&store).await;
        let (gate, stop) = (shell.gate.clone(), shell.stop.clone());
        let revoked = revocation::keep_looking(store.clone(), gate, stop).await;
        process.job(revoked.map_err(|error| RunError::Store(error.to_string()))?);
        duties.push(Duty {
            services: role.services().to_vec(),
            troubles: Some(store.troubles().clone()),
            needs_to_know: role.needs_to_know(),
        });
        match role {
            Role::Catalog => {
                process.catalog(&store, plan.region.as_ref(), terminals.clone()).await?
            }
            Role::Intake => {
                let (messages, kept) = (plan.messages.clone(), plan.documents.as_ref());
                commits = Some(process.intake(&store, messages, plan.ratings, kept).await?)
            }
            Role::Ticketing => process.ticketing(&store, plan.documents.as_ref()).await?,
            Role::Publication => {
                let (key, reporting) = (plan.keys.log_pem.as_deref(), plan.reporting.clone());
                process.publication(&store, &plan.transparency, key, reporting).await?
            }
        }
        let (bus, stop) = (shell.bus.clone(), shell.stop.clone());
        let relay = relay::run(store.clone(), bus, stop);
        process.job(relay);
        let trying = store.clone().keep_trying(shell.stop.clone());
        process.job(trying);
        let (old, clock) = (store.clone(), shell.clock.clone());
        let forgetting = request::keep_forgetting(old, clock, shell.stop.clone());
        process.job(forgetting);
        let measured = store.clone();
        shell.metrics.look(store.service(), move || {
            let store = measured.clone();
            async move { metrics::of_store(&store).await }
        });
        process.stores.push(store);
    }
    let facts = Facts::server(shell.gate.clone(), process.stores.clone());
    process.routes.add_service(facts);
    let Process { routes, stores, follows, served, mut tasks, .. } = process;
    let (stop, drain) = (shell.stop.clone(), plan.drain);
    let seen = Traces::by(shell.gate.clone(), &shell.metrics);
    tasks.spawn(async move {
        let limits = Limits::of_process();
        let ended = server::serve(door, routes, duties, seen, drain, stop, limits).await;
        served.stop();
        Ok(ended?)
    });
    let stop = shell.stop.clone();
    Ok(Running { address, stop, shell, stores, follows, commits, drain, tasks })
}

/// What is being put together.
struct Process {
    shell: Shell,
    clients: Clients,
    peers: Vec<(Role, Channel)>,
    routes: RoutesBuilder,
    stores: Vec<Store>,
    follows: Vec<(&'static str, &'static str, Arc<FollowCount>)>,
    /// Told when no more calls come in.
    served: Stop,
    tasks: JoinSet<Result<(), RunError>>,
}

impl Process {
    fn spawn(&mut self, task: impl Future<Output = Result<(), RunError>> + Send + 'static) {
        self.tasks.spawn(task);
    }

    fn job(&mut self, job: impl Future<Output = ()> + Send + 'static) {
        self.spawn(async {
            job.await;
            Ok(())
        });
    }

    async fn catalog(
        &mut self,
        store: &Store,
        region: Option<&RegionText>,
        terminals: Terminals,
    ) -> Result<(), RunError> {
        let catalog = Catalog::new(store.clone(), self.shell.clone()).with_terminals(terminals);
        let facts = load(&catalog, region).await?;
        tracing::info!(facts, region = region.is_some(), "documents loaded");
        catalog.add_to(&mut self.routes);
        let measured = catalog.clone();
        let look = move || catalog::jobs::measure::look(measured.clone());
        self.shell.metrics.look("terminals", look);
        self.job(catalog::jobs::watch_terminals::run(catalog.clone()));
        self.job(catalog::jobs::follow::run(catalog));
        Ok(())
    }

    async fn intake(
        &mut self,
        store: &Store,
        messages: Option<Messages>,
        ratings: RatingLimits,
        place: Option<&Place>,
    ) -> Result<Arc<CommitCount>, RunError> {
        let reference = self.reference(store).await?;
        let (intake, commits) = Intake::new(store.clone(), self.shell.clone(), reference);
        let intake = intake.with_documents(self.documents(place, store)?);
        let intake = match messages {
            None => intake,
            Some(messages) => intake.with_notifier(Notifier::new(messages)?),
        };
        let commits = commits.with_limits(ratings);
        let served = self.served.clone();
        self.spawn(async move {
            commits.run(served).await;
            Ok(())
        });
        let (sending, sweeping, finding) = (intake.clone(), intake.clone(), intake.clone());
        self.spawn(async {
            intake::jobs::send_messages::run(sending).await;
            Ok(())
        });
        self.spawn(async {
            intake::jobs::sweep_defaults::run(sweeping).await;
            Ok(())
        });
        self.spawn(async {
            intake::jobs::find_signals::run(finding).await;
            Ok(())
        });
        let moving = intake.clone();
        self.spawn(async {
            intake::jobs::recompute_windows::run(moving).await;
            Ok(())
        });
        self.follow(store, &intake.consumer())?;
        let measured = intake.clone();
        let look = move || intake::jobs::measure::look(measured.clone());
        self.shell.metrics.look("ratings", look);
        intake.add_to(&mut self.routes);
        Ok(intake.commit_count())
    }

    async fn ticketing(&mut self, store: &Store, place: Option<&Place>) -> Result<(), RunError> {
        let reference = self.reference(store).await?;
        let ticketing = Ticketing::new(store.clone(), self.shell.clone(), reference);
        let ticketing = ticketing.with_documents(self.documents(place, store)?);
        self.follow(store, &ticketing.consumer())?;
        let measured = ticketing.clone();
        let look = move || ticketing::jobs::measure::look(measured.clone());
        self.shell.metrics.look("tickets", look);
        ticketing.add_to(&mut self.routes);
        let (watching, telling) = (ticketing.clone(), ticketing.clone());
        let (reviewing, proposing) = (ticketing.clone(), ticketing.clone());
        self.spawn(async {
            ticketing::jobs::watch_deadlines::run(watching).await;
            Ok(())
        });
        self.spawn(async {
            ticketing::jobs::send_digests::run(telling).await;
            Ok(())
        });
        self.spawn(async {
            ticketing::jobs::propose_focus::run(proposing).await;
            Ok(())
        });
        self.spawn(async {
            ticketing::jobs::recompute_deadlines::run(ticketing).await;
            Ok(())
        });
        self.spawn(async {
            ticketing::jobs::settle_text_reviews::run(reviewing).await;
            Ok(())
        });
        Ok(())
    }

    /// A service's documents, which are swept from now on.
    fn documents(&mut self, place: Option<&Place>, store: &Store) -> Result<Documents, RunError> {
        let service = store.service();
        let Some(place) = place else {
            tracing::warn!(service, "documents.url is not configured: no document is taken");
            return Ok(Documents::default());
        };
        let documents = Documents::open(place, service);
        let documents = documents.map_err(|error| RunError::Documents(causes(&error)))?;
        let sweeping = keep_sweeping(store.clone(), self.shell.clone(), documents.clone());
        self.job(sweeping);
        Ok(documents)
    }

    async fn publication(
        &mut self,
        store: &Store,
        transparency: &Transparency,
        key: Option<&str>,
        reporting: Reports,
    ) -> Result<(), RunError> {
        let reference = self.reference(store).await?;
        let publication = Publication::new(store.clone(), self.shell.clone(), reference);
        let publication = match key {
            None => {
                tracing::warn!(
                    "the keys have no log.pem: the heads of the public log are not signed"
                );
                publication
            }
            Some(key) => {
                let witnesses = transparency.witness_keys()?;
                let publication = publication.with_log(transparency.key(key)?, witnesses);
                self.job(publication::jobs::sign_heads::run(publication.clone()));
                publication
            }
        };
        let publication = self.reporting(publication, reporting)?;
        self.job(publication::jobs::draft_bulletins::run(publication.clone()));
        self.job(publication::jobs::watch_fold::run(publication.clone()));
        self.job(publication::jobs::watch_log::run(publication.clone()));
        self.follow(store, &publication.consumer())?;
        let measured = publication.clone();
        let look = move || publication::jobs::measure::look(measured.clone());
        self.shell.metrics.look("exchange", look);
        publication.add_to(&mut self.routes);
        Ok(())
    }

    async fn reference(&mut self, store: &Store) -> Result<Reference, RunError> {
        let reference = Reference::load(store.clone()).await;
        let reference = reference.map_err(|error| RunError::Store(error.to_string()))?;
        let (following, stop) = (reference.clone(), self.shell.stop.clone());
        self.job(async move { following.follow(stop).await });
        Ok(reference)
    }

    /// Follows every producer a consumer asks for.
    fn follow<C: Consumer>(&mut self, store: &Store, consumer: &Arc<C>) -> Result<(), RunError> {
        for producer in consumer.producers() {
            let peer = self.peers.iter().find(|(role, _)| role.name() == *producer);
            let Some((_, peer)) = peer else {
                let role = Role::ALL.into_iter().find(|role| role.name() == *producer);
                return Err(RunError::NoPeer { role: role.unwrap_or(Role::Catalog) });
            };
            let count = Arc::new(FollowCount::default());
            let follower = Follower {
                consumer: Arc::clone(consumer),
                store: store.clone(),
                bus: self.shell.bus.clone(),
                clock: self.shell.clock.clone(),
                producer,
                peer: peer.clone(),
                token: PeerToken::new(self.shell.signer.clone(), store.service()),
                count: Arc::clone(&count),
            };
            self.follows.push((store.service(), producer, count));
            let stop = self.shell.stop.clone();
            self.spawn(async {
                follower.run(stop).await;
                Ok(())
            });
        }
        Ok(())
    }
}

/// A way to a peer or to the upper platform, with its timeouts.
fn to_peer(endpoint: Endpoint) -> Endpoint {
    endpoint.connect_timeout(CONNECT).timeout(ANSWER).http2_keep_alive_interval(ANSWER)
}

async fn report_durability(store: &Store) {
    let service = store.service();
    let durable = match store.durability().await {
        Ok(durable) => durable,
        Err(error) => {
            tracing::warn!(service, error = %error, "cannot see whether the store is durable");
            return;
        }
    };
    let against = durable.against.join(", ");
    let (crash, failover) = (durable.crash, durable.failover);
    if !crash {
        let why = "what is acknowledged can be lost in a crash";
        tracing::warn!(service, durable = false, failover, against, why);
    } else if durable.standbys && !failover {
        let why =
            "what is acknowledged can be lost if a standby takes over: COMMIT does not wait for it";
        tracing::warn!(service, durable = true, failover, against, why);
    } else {
        tracing::info!(service, durable = true, failover, "what is acknowledged is durable");
    }
}
