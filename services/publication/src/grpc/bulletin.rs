//! Bulletins (通报).

use proto::publication::v1::{
    DraftBulletinRequest, DraftBulletinResponse, GetBulletinRequest, GetBulletinResponse,
    GetPublicBulletinRequest, GetPublicBulletinResponse, ListBulletinsRequest,
    ListBulletinsResponse, ListPublicBulletinsRequest, ListPublicBulletinsResponse,
    RecordMediaReleaseRequest, RecordMediaReleaseResponse, ReleaseBulletinRequest,
    ReleaseBulletinResponse, WithdrawBulletinRequest, WithdrawBulletinResponse,
    bulletin_service_server::BulletinService,
};
use tonic::{Request, Response, Status};

use crate::{
    rpc::bulletin::{
        draft_bulletin, get_bulletin, get_public_bulletin, list_bulletins, list_public_bulletins,
        record_media_release, release_bulletin, withdraw_bulletin,
    },
    state::Publication,
};

#[tonic::async_trait]
impl BulletinService for Publication {
    async fn draft_bulletin(
        &self,
        request: Request<DraftBulletinRequest>,
    ) -> Result<Response<DraftBulletinResponse>, Status> {
        let (caller, request) = self.shell.gate.open(request)?;
        Ok(Response::new(draft_bulletin::run(self, caller, request).await?))
    }

    async fn release_bulletin(
        &self,
        request: Request<ReleaseBulletinRequest>,
    ) -> Result<Response<ReleaseBulletinResponse>, Status> {
        let (caller, request) = self.shell.gate.open(request)?;
        Ok(Response::new(release_bulletin::run(self, caller, request).await?))
    }

    async fn withdraw_bulletin(
        &self,
        request: Request<WithdrawBulletinRequest>,
    ) -> Result<Response<WithdrawBulletinResponse>, Status> {
        let (caller, request) = self.shell.gate.open(request)?;
        Ok(Response::new(withdraw_bulletin::run(self, caller, request).await?))
    }

    async fn record_media_release(
        &self,
        request: Request<RecordMediaReleaseRequest>,
    ) -> Result<Response<RecordMediaReleaseResponse>, Status> {
        let (caller, request) = self.shell.gate.open(request)?;
        Ok(Response::new(record_media_release::run(self, caller, request).await?))
    }

    async fn list_bulletins(
        &self,
        request: Request<ListBulletinsRequest>,
    ) -> Result<Response<ListBulletinsResponse>, Status> {
        let (caller, request) = self.shell.gate.open(request)?;
        Ok(Response::new(list_bulletins::run(self, caller, request).await?))
    }

    async fn get_bulletin(
        &self,
        request: Request<GetBulletinRequest>,
    ) -> Result<Response<GetBulletinResponse>, Status> {
        let (caller, request) = self.shell.gate.open(request)?;
        Ok(Response::new(get_bulletin::run(self, caller, request).await?))
    }

    async fn list_public_bulletins(
        &self,
        request: Request<ListPublicBulletinsRequest>,
    ) -> Result<Response<ListPublicBulletinsResponse>, Status> {
        let (caller, request) = self.shell.gate.open(request)?;
        Ok(Response::new(list_public_bulletins::run(self, caller, request).await?))
    }

    async fn get_public_bulletin(
        &self,
        request: Request<GetPublicBulletinRequest>,
    ) -> Result<Response<GetPublicBulletinResponse>, Status> {
        let (caller, request) = self.shell.gate.open(request)?;
        Ok(Response::new(get_public_bulletin::run(self, caller, request).await?))
    }
}
