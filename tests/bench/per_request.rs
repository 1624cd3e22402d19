//! What group commit is compared with: the same work for each request alone, with the same
//! guarantees (durable, idempotent, gapless facts), through sea-orm like everything else. And
//! nothing at all, behind the same layers.

use std::{convert::Infallible, sync::Arc, time::Duration};

use platform::{
    auth::{Gate, Invitations, Rater},
    clock::Clock,
    crypto::Sealer,
    database::{Location, Store},
    facts,
    health::Duty,
    keys::Keys,
    request::Requests,
    server::{self, Limits},
    stop::Stop,
    telemetry::{metrics::Metrics, rpc::Traces},
};
use proto::{
    fact::v1::{RatingSubmitted, fact::Body},
    intake::v1::{SubmitRatingRequest, SubmitRatingResponse},
    r#type::v1::{Channel, Origin, ServiceAct},
};
use sea_orm::{ConnectionTrait as _, Statement, Value};
use tonic::{
    Request, Response, Status,
    body::Body as Bytes,
    codegen::{BoxFuture, Context, Poll, Service, http},
    server::{Grpc, NamedService, UnaryService},
    service::RoutesBuilder,
};
use tonic_prost::ProstCodec;

/// What a request comes to.
#[derive(Clone, Copy)]
pub(crate) enum How {
    /// A transaction of its own (M5, M9).
    Transaction,
    /// A statement of its own, after its act was read (M7).
    Statement,
    /// Nothing: it is answered at once (M3).
    Echo,
}

impl How {
    const ALL: [Self; 3] = [Self::Transaction, Self::Statement, Self::Echo];

    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::Transaction => "transaction",
            Self::Statement => "statement",
            Self::Echo => "echo",
        }
    }

    pub(crate) fn named(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|how| how.name() == name)
    }
}

struct OneByOne {
    how: How,
    store: Store,
    gate: Gate,
    invitations: Invitations,
    requests: Requests,
    sealer: Sealer,
}

/// Serves it in this process, behind the layers of every service; returns the address.
pub(crate) async fn serve(how: How, location: &Location, keys: &Keys) -> String {
    let gate = Gate::new(keys, Clock::System).unwrap();
    let service = OneByOne {
        how,
        store: Store::open::<intake::Migrator>(location, "intake").await.unwrap(),
        gate: gate.clone(),
        invitations: Invitations::new(keys),
        requests: Requests::new(keys),
        sealer: Sealer::new(&keys.sealing),
    };
    let listener = server::listen(([127, 0, 0, 1], 0).into()).await.unwrap();
    let address = listener.local_addr().unwrap().to_string();
    let mut routes = RoutesBuilder::default();
    routes.add_service(Submitting(Arc::new(service)));
    tokio::spawn(async move {
        let none = Duration::ZERO;
        let duty = Duty { services: vec![Submitting::NAME], troubles: None, needs_to_know: false };
        let limits = Limits::of_process();
        let seen = Traces::by(gate, &Metrics::default());
        server::serve(listener, routes, vec![duty], seen, none, Stop::default(), limits).await
    });
    address
}

const INSERT: &str = "INSERT INTO rating (id, request_key, body_hash, act_id, level, tag_codes, \
    tag_list_version, words, has_text, channel, origin, private, received_at) \
    VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13) \
    ON CONFLICT (request_key) DO NOTHING";
const COUNT_AND_TELL: &str = "counted AS (UPDATE fact_counter \
    SET position = position + (SELECT count(*) FROM written) WHERE id = 1 RETURNING position) \
    INSERT INTO fact (position, fact_id, body) SELECT position, $14, $15 FROM counted, written";

impl OneByOne {
    async fn submit_rating(
        &self,
        request: Request<SubmitRatingRequest>,
    ) -> Result<Response<SubmitRatingResponse>, Status> {
        let (_, request): (Rater, _) = self.gate.open(request)?;
        let clock = Clock::System;
        let act = self.invitations.open(&request.token).unwrap();
        if let How::Echo = self.how {
            return Ok(Response::new(SubmitRatingResponse::default()));
        }
        let request_id = request.request_id.parse().unwrap();
        let key = self.requests.key(act.0.as_bytes(), "SubmitRating", request_id, &request);
        let (id, at) = (clock.new_id(), clock.now());
        let words = self.sealer.seal(request.text.as_bytes(), id.as_bytes()).unwrap();
        let statement = |sql: &str, values: Vec<Value>| {
            Statement::from_sql_and_values(self.store.backend(), sql, values)
        };
        let find = statement("SELECT * FROM service_act WHERE id = $1", vec![act.0.into()]);
        let txn = match self.how {
            How::Transaction => Some(self.store.begin().await.unwrap()),
            How::Statement | How::Echo => None,
        };
        let found = match &txn {
            Some(txn) => txn.query_one_raw(find).await,
            None => self.store.read().query_one_raw(find).await,
        };
        let found = found.unwrap().unwrap();
        let agency_id: String = found.try_get("", "agency_id").unwrap();
        let mut values: Vec<Value> = vec![
            id.into(),
            key.key.to_vec().into(),
            key.body.to_vec().into(),
            act.0.into(),
            i16::try_from(request.level).unwrap().into(),
            request.tag_codes.join(",").into(),
            request.tag_list_version.clone().into(),
            words.into(),
            true.into(),
            i16::try_from(i32::from(Channel::Kiosk)).unwrap().into(),
            i16::try_from(i32::from(Origin::Active)).unwrap().into(),
            false.into(),
            at.as_microsecond().into(),
        ];
        let fact = RatingSubmitted {
            rating_id: id.to_string(),
            act: Some(ServiceAct { act_id: act.to_string(), agency_id, ..ServiceAct::default() }),
            level: request.level,
            tag_codes: request.tag_codes,
            tag_list_version: request.tag_list_version,
            ..RatingSubmitted::default()
        };
        let fact = Body::RatingSubmitted(fact);
        if let Some(txn) = txn {
            txn.execute_raw(statement(INSERT, values)).await.unwrap();
            facts::commit(txn, &clock, vec![fact]).await.unwrap();
        } else {
            let fact_id = clock.new_id();
            let fact = facts::encode(fact_id, at, fact, String::new());
            values.extend([fact_id.into(), fact.into()]);
            let sql = format!("WITH written AS ({INSERT} RETURNING id), {COUNT_AND_TELL}");
            self.store.write().execute_raw(statement(&sql, values)).await.unwrap();
        }
        let rating_id = id.to_string();
        Ok(Response::new(SubmitRatingResponse { rating_id, ..Default::default() }))
    }
}

/// Answers `SubmitRating` as the generated server would, and nothing else.
#[derive(Clone)]
struct Submitting(Arc<OneByOne>);

impl NamedService for Submitting {
    const NAME: &'static str = "pingyi.intake.v1.RatingService";
}

impl UnaryService<SubmitRatingRequest> for Submitting {
    type Response = SubmitRatingResponse;
    type Future = BoxFuture<Response<SubmitRatingResponse>, Status>;

    fn call(&mut self, request: Request<SubmitRatingRequest>) -> Self::Future {
        let service = Arc::clone(&self.0);
        Box::pin(async move { service.submit_rating(request).await })
    }
}

impl Service<http::Request<Bytes>> for Submitting {
    type Response = http::Response<Bytes>;
    type Error = Infallible;
    type Future = BoxFuture<Self::Response, Infallible>;

    fn poll_ready(&mut self, _: &mut Context<'_>) -> Poll<Result<(), Infallible>> {
        Poll::Ready(Ok(()))
    }

    fn call(&mut self, request: http::Request<Bytes>) -> Self::Future {
        let service = self.clone();
        let codec = ProstCodec::<SubmitRatingResponse, SubmitRatingRequest>::default();
        Box::pin(async move { Ok(Grpc::new(codec).unary(service, request).await) })
    }
}
