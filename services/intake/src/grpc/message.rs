//! The RPCs of `MessageService`, one line each.

use proto::intake::v1::{
    ListMessagesRequest, ListMessagesResponse, RetryMessageRequest, RetryMessageResponse,
    message_service_server::MessageService,
};
use tonic::{Request, Response, Status};

use crate::{
    Intake,
    rpc::message::{list_messages, retry_message},
};

#[tonic::async_trait]
impl MessageService for Intake {
    async fn list_messages(
        &self,
        request: Request<ListMessagesRequest>,
    ) -> Result<Response<ListMessagesResponse>, Status> {
        let (caller, request) = self.shell.gate.open(request)?;
        Ok(Response::new(list_messages::run(self, caller, request).await?))
    }

    async fn retry_message(
        &self,
        request: Request<RetryMessageRequest>,
    ) -> Result<Response<RetryMessageResponse>, Status> {
        let (caller, request) = self.shell.gate.open(request)?;
        Ok(Response::new(retry_message::run(self, caller, request).await?))
    }
}
