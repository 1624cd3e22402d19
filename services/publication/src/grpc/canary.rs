//! What robots prove (评价链路自检).

use proto::publication::v1::{
    GetLastProofRequest, GetLastProofResponse, canary_service_server::CanaryService,
};
use tonic::{Request, Response, Status};

use crate::{rpc, state::Publication};

#[tonic::async_trait]
impl CanaryService for Publication {
    async fn get_last_proof(
        &self,
        request: Request<GetLastProofRequest>,
    ) -> Result<Response<GetLastProofResponse>, Status> {
        let (caller, request) = self.shell.gate.open(request)?;
        Ok(Response::new(rpc::canary::get_last_proof::run(self, caller, request).await?))
    }
}
