//! What the appraisal rests on (考核).

use proto::publication::v1::{
    ListFindingsRequest, ListFindingsResponse, appraisal_service_server::AppraisalService,
};
use tonic::{Request, Response, Status};

use crate::{rpc, state::Publication};

#[tonic::async_trait]
impl AppraisalService for Publication {
    async fn list_findings(
        &self,
        request: Request<ListFindingsRequest>,
    ) -> Result<Response<ListFindingsResponse>, Status> {
        let (caller, request) = self.shell.gate.open(request)?;
        Ok(Response::new(rpc::appraisal::list_findings::run(self, caller, request).await?))
    }
}
