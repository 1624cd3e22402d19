//! Policy profiles (实施细则).

use proto::catalog::v1::{
    GetProfileRequest, GetProfileResponse, policy_service_server::PolicyService,
};
use tonic::{Request, Response, Status};

use crate::{rpc, state::Catalog};

#[tonic::async_trait]
impl PolicyService for Catalog {
    async fn get_profile(
        &self,
        request: Request<GetProfileRequest>,
    ) -> Result<Response<GetProfileResponse>, Status> {
        let (caller, request) = self.shell.gate.open(request)?;
        Ok(Response::new(rpc::policy::get_profile::run(self, caller, request).await?))
    }
}
