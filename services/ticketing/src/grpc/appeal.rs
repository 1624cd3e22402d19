//! Appeals (差评申诉复核) and exclusions.

use proto::ticketing::v1::{
    DecideAppealRequest, DecideAppealResponse, GetAppealRequest, GetAppealResponse,
    ListAppealsRequest, ListAppealsResponse, ListExclusionsRequest, ListExclusionsResponse,
    LodgeAppealRequest, LodgeAppealResponse, ReinstateRatingRequest, ReinstateRatingResponse,
    ReviewAppealRequest, ReviewAppealResponse, WithdrawAppealRequest, WithdrawAppealResponse,
    appeal_service_server::AppealService,
};
use tonic::{Request, Response, Status};

use crate::{rpc, state::Ticketing};

#[tonic::async_trait]
impl AppealService for Ticketing {
    async fn lodge_appeal(
        &self,
        request: Request<LodgeAppealRequest>,
    ) -> Result<Response<LodgeAppealResponse>, Status> {
        let (caller, request) = self.shell.gate.open(request)?;
        Ok(Response::new(rpc::appeal::lodge_appeal::run(self, caller, request).await?))
    }

    async fn review_appeal(
        &self,
        request: Request<ReviewAppealRequest>,
    ) -> Result<Response<ReviewAppealResponse>, Status> {
        let (caller, request) = self.shell.gate.open(request)?;
        Ok(Response::new(rpc::appeal::review_appeal::run(self, caller, request).await?))
    }

    async fn decide_appeal(
        &self,
        request: Request<DecideAppealRequest>,
    ) -> Result<Response<DecideAppealResponse>, Status> {
        let (caller, request) = self.shell.gate.open(request)?;
        Ok(Response::new(rpc::appeal::decide_appeal::run(self, caller, request).await?))
    }

    async fn withdraw_appeal(
        &self,
        request: Request<WithdrawAppealRequest>,
    ) -> Result<Response<WithdrawAppealResponse>, Status> {
        let (caller, request) = self.shell.gate.open(request)?;
        Ok(Response::new(rpc::appeal::withdraw_appeal::run(self, caller, request).await?))
    }

    async fn get_appeal(
        &self,
        request: Request<GetAppealRequest>,
    ) -> Result<Response<GetAppealResponse>, Status> {
        let (caller, request) = self.shell.gate.open(request)?;
        Ok(Response::new(rpc::appeal::get_appeal::run(self, caller, request).await?))
    }

    async fn list_appeals(
        &self,
        request: Request<ListAppealsRequest>,
    ) -> Result<Response<ListAppealsResponse>, Status> {
        let (caller, request) = self.shell.gate.open(request)?;
        Ok(Response::new(rpc::appeal::list_appeals::run(self, caller, request).await?))
    }

    async fn list_exclusions(
        &self,
        request: Request<ListExclusionsRequest>,
    ) -> Result<Response<ListExclusionsResponse>, Status> {
        let (caller, request) = self.shell.gate.open(request)?;
        Ok(Response::new(rpc::appeal::list_exclusions::run(self, caller, request).await?))
    }

    async fn reinstate_rating(
        &self,
        request: Request<ReinstateRatingRequest>,
    ) -> Result<Response<ReinstateRatingResponse>, Status> {
        let (caller, request) = self.shell.gate.open(request)?;
        Ok(Response::new(rpc::appeal::reinstate_rating::run(self, caller, request).await?))
    }
}
