//! The calendar (工作日历).

use proto::catalog::v1::{
    ExplainDeadlineRequest, ExplainDeadlineResponse, calendar_service_server::CalendarService,
};
use tonic::{Request, Response, Status};

use crate::{rpc, state::Catalog};

#[tonic::async_trait]
impl CalendarService for Catalog {
    async fn explain_deadline(
        &self,
        request: Request<ExplainDeadlineRequest>,
    ) -> Result<Response<ExplainDeadlineResponse>, Status> {
        let (caller, request) = self.shell.gate.open(request)?;
        Ok(Response::new(rpc::calendar::explain_deadline::run(self, caller, request).await?))
    }
}
