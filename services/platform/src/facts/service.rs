//! The gRPC service that lists facts to peer services.

use proto::fact::v1::{
    ListFactsRequest, ListFactsResponse,
    fact_service_server::{FactService, FactServiceServer},
};
use tonic::{Code, Request, Response, Status};

use crate::{
    auth::{Gate, Peer},
    database::Store,
    facts,
    status::{Failure, Refusal},
};

/// How many facts an answer has if the caller does not say.
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
        // A page of facts may carry whole documents (profiles, calendars).
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
            let message = format!("no facts of \"{producer}\" are told here");
            Refusal::new(Code::NotFound, "PRODUCER_NOT_HERE", message, "此处没有该服务的数据。")
        })?;
        let limit = if limit == 0 { DEFAULT_LIMIT } else { limit.min(MAX_LIMIT) };
        let head = facts::head(store).await.map_err(Failure::Store)?;
        let after = i64::try_from(after).unwrap_or(i64::MAX);
        if after > head {
            let message = format!("the cursor {after} is ahead of {producer}'s last fact {head}");
            let zh = "读取位置超前，数据可能已被恢复到较早的备份。";
            return Err(Refusal::new(Code::FailedPrecondition, "CURSOR_AHEAD", message, zh)
                .with("head", head)
                .into());
        }
        let facts = facts::list(store, after, limit.into()).await.map_err(Failure::Store)?;
        let head = u64::try_from(head).unwrap_or_default();
        Ok(Response::new(ListFactsResponse { facts, head }))
    }
}
