//! What is disclosed (公开).

use proto::publication::v1::{
    ListOutcomesRequest, ListOutcomesResponse, disclosure_service_server::DisclosureService,
};
use tonic::{Request, Response, Status};

use crate::{rpc, state::Publication};

#[tonic::async_trait]
impl DisclosureService for Publication {
    async fn list_outcomes(
        &self,
        request: Request<ListOutcomesRequest>,
    ) -> Result<Response<ListOutcomesResponse>, Status> {
        let (caller, request) = self.shell.gate.open(request)?;
        Ok(Response::new(rpc::disclosure::list_outcomes::run(self, caller, request).await?))
    }
}
