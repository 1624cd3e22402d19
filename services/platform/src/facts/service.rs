//! The gRPC service that lists facts to peer services.

use proto::fact::v1::{
    Cursor, Head, ListCursorsRequest, ListCursorsResponse, ListFactsRequest, ListFactsResponse,
    fact_service_server::{FactService, FactServiceServer},
};
use tonic::{Code, Request, Response, Status};

use crate::{
    auth::{Gate, Peer},
    database::Store,
    facts::{self, aside, cursor},
    status::{Failure, Refusal},
};

/// How many facts an answer has by default.
const DEFAULT_LIMIT: u32 = 500;
/// The most facts an answer has.
const MAX_LIMIT: u32 = 1_000;

/// Lists the facts of the services that run in this process.
pub struct Facts {
    gate: Gate,
    stores: Vec<Store>,
}

impl Facts {
    /// The gRPC service over these stores.
    #[must_use]
    pub fn server(gate: Gate, stores: Vec<Store>) -> FactServiceServer<Self> {
        // A page of facts may hold whole documents (profiles, calendars).
        FactServiceServer::new(Self { gate, stores }).max_encoding_message_size(64 << 20)
    }
}

#[tonic::async_trait]
impl FactService for Facts {
    async fn list_facts(
        &self,
        request: Request<ListFactsRequest>,
    ) -> Result<Response<ListFactsResponse>, Status> {
        self.gate.admit::<Peer>(request.metadata())?;
        let ListFactsRequest { producer, after, limit } = request.into_inner();
        let store = self.stores.iter().find(|store| store.service() == producer);
        let store = store.ok_or_else(|| {
            let message = format!("no facts of \"{producer}\" are served here");
            Refusal::new(Code::NotFound, "PRODUCER_NOT_HERE", message, "此处没有该服务的数据。")
        })?;
        let limit = if limit == 0 { DEFAULT_LIMIT } else { limit.min(MAX_LIMIT) };
        let after = i64::try_from(after).unwrap_or(i64::MAX);
        // The head first: it is never behind what is read after it.
        let head = facts::head(store).await.map_err(Failure::Store)?;
        let page = facts::page(store, after, limit.into()).await.map_err(Failure::Store)?;
        if page.from.position < after {
            let last = page.from;
            let message = format!("the cursor {after} is ahead of {producer}'s last fact {last}");
            let zh = "读取位置超前，数据可能已被恢复到较早的备份。";
            return Err(Refusal::new(Code::FailedPrecondition, "CURSOR_AHEAD", message, zh)
                .with("head", last.position)
                .with("head_id", last.fact_id)
                .into());
        }
        let after_id = match page.from.position {
            0 => String::new(),
            _ => page.from.fact_id.to_string(),
        };
        let head = u64::try_from(head).unwrap_or_default();
        Ok(Response::new(ListFactsResponse { facts: page.facts, head, after_id }))
    }

    async fn list_cursors(
        &self,
        request: Request<ListCursorsRequest>,
    ) -> Result<Response<ListCursorsResponse>, Status> {
        self.gate.admit::<Peer>(request.metadata())?;
        let mut answer = ListCursorsResponse::default();
        for store in &self.stores {
            // The cursors first: then none is ahead of the head, which is read after it.
            let cursors = cursor::list(store).await.map_err(Failure::Store)?;
            let counts = aside::counts(store).await.map_err(Failure::Store)?;
            answer.cursors.extend(cursors.into_iter().map(|row| {
                let count = |waits| counts.get(&(row.producer.clone(), waits)).copied();
                let fact_id = Some(cursor::place(&row).fact_id).filter(|id| !id.is_nil());
                Cursor {
                    consumer: store.service().to_owned(),
                    parked: count(false).unwrap_or_default(),
                    waiting: count(true).unwrap_or_default(),
                    producer: row.producer,
                    position: row.position.unsigned_abs(),
                    fact_id: fact_id.map(|id| id.to_string()).unwrap_or_default(),
                    halted: row.halted.unwrap_or_default(),
                }
            }));
        }
        for store in &self.stores {
            let head = facts::head(store).await.map_err(Failure::Store)?;
            let producer = store.service().to_owned();
            answer.heads.push(Head { producer, position: head.unsigned_abs() });
        }
        Ok(Response::new(answer))
    }
}

#[cfg(test)]
mod tests {
    use proto::fact::v1::{CaseCompleted, fact::Body};
    use sea_orm_migration::prelude::*;
    use tonic::metadata::MetadataMap;

    use super::*;
    use crate::{
        auth::{PeerToken, Signer},
        clock::Clock,
        keys::Keys,
        testing::TestPlace,
    };

    struct OnlyHouse;

    #[async_trait::async_trait]
    impl MigratorTrait for OnlyHouse {
        fn migrations() -> Vec<Box<dyn MigrationTrait>> {
            vec![Box::new(facts::migration::Migration), Box::new(facts::identity::Migration)]
        }
    }

    async fn told(count: usize) -> (Facts, MetadataMap, TestPlace) {
        let place = TestPlace::new().await;
        let store = place.store::<OnlyHouse>("intake").await;
        let clock = Clock::manual("2026-03-02T01:00:00Z".parse().unwrap());
        for n in 0..count {
            let txn = store.begin().await.unwrap();
            let done = CaseCompleted { case_id: n.to_string(), ..CaseCompleted::default() };
            let body = Body::CaseCompleted(done);
            let told = vec![body.clone(), body];
            if n % 2 == 0 {
                facts::commit(txn, &clock, told).await.unwrap();
            } else {
                let turn = facts::take_turn(&txn).await.unwrap();
                turn.append(&clock, told).await.unwrap();
                txn.rollback().await.unwrap();
            }
        }
        let keys = Keys::make();
        let signer = Signer::new(&keys, clock.clone()).unwrap();
        let mut metadata = MetadataMap::new();
        PeerToken::new(signer, "publication").put(&mut metadata);
        let gate = Gate::new(&keys, clock).unwrap();
        (Facts { gate, stores: vec![store] }, metadata, place)
    }

    async fn list(
        facts: &Facts,
        metadata: &MetadataMap,
        producer: &str,
        after: u64,
        limit: u32,
    ) -> Result<ListFactsResponse, Status> {
        let mut request =
            Request::new(ListFactsRequest { producer: producer.to_owned(), after, limit });
        *request.metadata_mut() = metadata.clone();
        facts.list_facts(request).await.map(Response::into_inner)
    }

    #[tokio::test]
    async fn positions_are_gapless_over_rollbacks_and_pages() {
        let (facts, peer, _place) = told(9).await;
        let mut positions = Vec::new();
        loop {
            let after = positions.last().copied().unwrap_or_default();
            let page = list(&facts, &peer, "intake", after, 3).await.unwrap();
            assert_eq!(page.head, 10);
            if page.facts.is_empty() {
                break;
            }
            positions.extend(page.facts.iter().map(|fact| fact.position));
        }
        assert_eq!(positions, (1..=10).collect::<Vec<u64>>());
    }

    #[tokio::test]
    async fn a_cursor_ahead_another_producer_and_no_peer_are_refused() {
        let (facts, peer, _place) = told(1).await;
        let ahead = list(&facts, &peer, "intake", 3, 0).await.unwrap_err();
        assert_eq!(ahead.code(), Code::FailedPrecondition);
        assert!(ahead.message().contains("ahead of intake's last fact 2"), "{ahead}");
        let elsewhere = list(&facts, &peer, "ticketing", 0, 0).await.unwrap_err();
        assert_eq!(elsewhere.code(), Code::NotFound);
        let nobody = list(&facts, &MetadataMap::new(), "intake", 0, 0).await.unwrap_err();
        assert_eq!(nobody.code(), Code::Unauthenticated);
    }
}
