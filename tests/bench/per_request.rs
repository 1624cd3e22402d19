//! The comparison of M5: the same layers around a transaction of its own for each request, with
//! the same guarantees (durable, idempotent, gapless facts), through sea-orm like everything else.

use std::{convert::Infallible, sync::Arc};

use platform::{
    auth::{Gate, Invitations, Rater},
    clock::Clock,
    crypto::Sealer,
    database::Store,
    facts,
    keys::Keys,
    request::Requests,
    testing::TestPlace,
};
use proto::{
    fact::v1::{RatingSubmitted, fact::Body},
    intake::v1::{SubmitRatingRequest, SubmitRatingResponse},
    r#type::v1::{Channel, Origin, ServiceAct},
};
use sea_orm::{ConnectionTrait as _, DbBackend, Statement, Value};
use tokio::net::TcpListener;
use tonic::{
    Request, Response, Status,
    body::Body as Bytes,
    codegen::{BoxFuture, Context, Poll, Service, http},
    server::{Grpc, NamedService, UnaryService},
    transport::{Server, server::TcpIncoming},
};
use tonic_prost::ProstCodec;

struct OneByOne {
    store: Store,
    gate: Gate,
    invitations: Invitations,
    requests: Requests,
    sealer: Sealer,
}

/// Serves it; returns the address.
pub(crate) async fn serve(place: &TestPlace, keys: &Keys) -> String {
    let service = OneByOne {
        store: Store::open::<intake::Migrator>(&place.location, "intake").await.unwrap(),
        gate: Gate::new(keys, Clock::System).unwrap(),
        invitations: Invitations::new(keys),
        requests: Requests::new(keys),
        sealer: Sealer::new(&keys.sealing),
    };
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap().to_string();
    let server = Server::builder()
        .add_service(Submitting(Arc::new(service)))
        .serve_with_incoming(TcpIncoming::from(listener).with_nodelay(Some(true)));
    tokio::spawn(server);
    address
}

const INSERT: &str = "INSERT INTO rating (id, request_key, body_hash, act_id, level, tag_codes, \
    tag_list_version, words, has_text, channel, origin, private, received_at) \
    VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13) \
    ON CONFLICT (request_key) DO NOTHING";

impl OneByOne {
    async fn submit_rating(
        &self,
        request: Request<SubmitRatingRequest>,
    ) -> Result<Response<SubmitRatingResponse>, Status> {
        let (_, request): (Rater, _) = self.gate.open(request)?;
        let clock = Clock::System;
        let act = self.invitations.open(&request.token).unwrap();
        let request_id = request.request_id.parse().unwrap();
        let key = self.requests.key(act.0.as_bytes(), "SubmitRating", request_id, &request);
        let (id, at) = (clock.new_id(), clock.now());
        let words = self.sealer.seal(request.text.as_bytes(), id.as_bytes()).unwrap();
        let statement = |sql: &str, values: Vec<Value>| {
            Statement::from_sql_and_values(DbBackend::Postgres, sql, values)
        };
        let txn = self.store.begin().await.unwrap();
        let find = statement("SELECT * FROM service_act WHERE id = $1", vec![act.0.into()]);
        let found = txn.query_one_raw(find).await.unwrap().unwrap();
        let agency_id: String = found.try_get("", "agency_id").unwrap();
        let values: Vec<Value> = vec![
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
        txn.execute_raw(statement(INSERT, values)).await.unwrap();
        let fact = RatingSubmitted {
            rating_id: id.to_string(),
            act: Some(ServiceAct { act_id: act.to_string(), agency_id, ..ServiceAct::default() }),
            level: request.level,
            tag_codes: request.tag_codes,
            tag_list_version: request.tag_list_version,
            ..RatingSubmitted::default()
        };
        facts::append(&txn, &clock, vec![Body::RatingSubmitted(fact)]).await.unwrap();
        txn.commit().await.unwrap();
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
