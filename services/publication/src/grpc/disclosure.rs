//! What is disclosed (公开).

use proto::publication::v1::{
    ListExcludedRatingsRequest, ListExcludedRatingsResponse, ListOutcomesRequest,
    ListOutcomesResponse, ListPublishedRatingsRequest, ListPublishedRatingsResponse,
    SummarizeExclusionsRequest, SummarizeExclusionsResponse,
    disclosure_service_server::DisclosureService,
};
use tonic::{Request, Response, Status};

use crate::{rpc, state::Publication};

#[tonic::async_trait]
impl DisclosureService for Publication {
    async fn list_published_ratings(
        &self,
        request: Request<ListPublishedRatingsRequest>,
    ) -> Result<Response<ListPublishedRatingsResponse>, Status> {
        let (caller, request) = self.shell.gate.open(request)?;
        Ok(Response::new(
            rpc::disclosure::list_published_ratings::run(self, caller, request).await?,
        ))
    }

    async fn summarize_exclusions(
        &self,
        request: Request<SummarizeExclusionsRequest>,
    ) -> Result<Response<SummarizeExclusionsResponse>, Status> {
        let (caller, request) = self.shell.gate.open(request)?;
        Ok(Response::new(rpc::disclosure::summarize_exclusions::run(self, caller, request).await?))
    }

    async fn list_outcomes(
        &self,
        request: Request<ListOutcomesRequest>,
    ) -> Result<Response<ListOutcomesResponse>, Status> {
        let (caller, request) = self.shell.gate.open(request)?;
        Ok(Response::new(rpc::disclosure::list_outcomes::run(self, caller, request).await?))
    }

    async fn list_excluded_ratings(
        &self,
        request: Request<ListExcludedRatingsRequest>,
    ) -> Result<Response<ListExcludedRatingsResponse>, Status> {
        let (caller, request) = self.shell.gate.open(request)?;
        Ok(Response::new(rpc::disclosure::list_excluded_ratings::run(self, caller, request).await?))
    }
}
