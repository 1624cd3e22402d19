//! What officers are told of deadlines (催办提醒).

use proto::ticketing::v1::{
    ListNoticesRequest, ListNoticesResponse, WatchNoticesRequest,
    notice_service_server::NoticeService,
};
use tonic::{Request, Response, Status};

use crate::{
    rpc::notice::{list_notices, watch_notices},
    state::Ticketing,
};

#[tonic::async_trait]
impl NoticeService for Ticketing {
    async fn list_notices(
        &self,
        request: Request<ListNoticesRequest>,
    ) -> Result<Response<ListNoticesResponse>, Status> {
        let (caller, request) = self.shell.gate.open(request)?;
        Ok(Response::new(list_notices::run(self, caller, request).await?))
    }

    type WatchNoticesStream = watch_notices::NoticeStream;

    async fn watch_notices(
        &self,
        request: Request<WatchNoticesRequest>,
    ) -> Result<Response<Self::WatchNoticesStream>, Status> {
        let (caller, request) = self.shell.gate.open(request)?;
        Ok(Response::new(watch_notices::run(self, caller, request).await?))
    }
}
