//! The RPCs of `PeopleService`, one line each.

use proto::intake::v1::{
    GetPermissionRequest, GetPermissionResponse, GetPersonRequest, GetPersonResponse,
    ListAuditRequest, ListAuditResponse, RecordPermissionRequest, RecordPermissionResponse,
    RevealPersonRequest, RevealPersonResponse, people_service_server::PeopleService,
};
use tonic::{Request, Response, Status};

use crate::{
    Intake,
    rpc::people::{get_permission, get_person, list_audit, record_permission, reveal_person},
};

#[tonic::async_trait]
impl PeopleService for Intake {
    async fn get_person(
        &self,
        request: Request<GetPersonRequest>,
    ) -> Result<Response<GetPersonResponse>, Status> {
        let (caller, request) = self.shell.gate.open(request)?;
        Ok(Response::new(get_person::run(self, caller, request).await?))
    }

    async fn reveal_person(
        &self,
        request: Request<RevealPersonRequest>,
    ) -> Result<Response<RevealPersonResponse>, Status> {
        let (caller, request) = self.shell.gate.open(request)?;
        Ok(Response::new(reveal_person::run(self, caller, request).await?))
    }

    async fn list_audit(
        &self,
        request: Request<ListAuditRequest>,
    ) -> Result<Response<ListAuditResponse>, Status> {
        let (caller, request) = self.shell.gate.open(request)?;
        Ok(Response::new(list_audit::run(self, caller, request).await?))
    }

    async fn record_permission(
        &self,
        request: Request<RecordPermissionRequest>,
    ) -> Result<Response<RecordPermissionResponse>, Status> {
        let (caller, request) = self.shell.gate.open(request)?;
        Ok(Response::new(record_permission::run(self, caller, request).await?))
    }

    async fn get_permission(
        &self,
        request: Request<GetPermissionRequest>,
    ) -> Result<Response<GetPermissionResponse>, Status> {
        let (caller, request) = self.shell.gate.open(request)?;
        Ok(Response::new(get_permission::run(self, caller, request).await?))
    }
}
