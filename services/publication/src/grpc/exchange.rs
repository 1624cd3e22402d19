//! The exchange with other installations (上报、对账).

use proto::exchange::v1::{
    GetDaySumRequest, GetDaySumResponse, GetExchangeStateRequest, GetExchangeStateResponse,
    PushFactsRequest, PushFactsResponse, exchange_service_server::ExchangeService,
};
use tonic::{Request, Response, Status};

use crate::{rpc, state::Publication};

#[tonic::async_trait]
impl ExchangeService for Publication {
    async fn push_facts(
        &self,
        request: Request<PushFactsRequest>,
    ) -> Result<Response<PushFactsResponse>, Status> {
        let (caller, request) = self.shell.gate.open(request)?;
        Ok(Response::new(rpc::exchange::push_facts::run(self, caller, request).await?))
    }

    async fn get_day_sum(
        &self,
        request: Request<GetDaySumRequest>,
    ) -> Result<Response<GetDaySumResponse>, Status> {
        let (caller, request) = self.shell.gate.open(request)?;
        Ok(Response::new(rpc::exchange::get_day_sum::run(self, caller, request).await?))
    }

    async fn get_exchange_state(
        &self,
        request: Request<GetExchangeStateRequest>,
    ) -> Result<Response<GetExchangeStateResponse>, Status> {
        let (caller, request) = self.shell.gate.open(request)?;
        Ok(Response::new(rpc::exchange::get_exchange_state::run(self, caller, request).await?))
    }
}
