//! The RPCs of `SignalService`, one line each.

use proto::intake::v1::{
    GetSignalRequest, GetSignalResponse, JudgeSignalRequest, JudgeSignalResponse,
    ListSignalsRequest, ListSignalsResponse, signal_service_server::SignalService,
};
use tonic::{Request, Response, Status};

use crate::{
    Intake,
    rpc::signal::{get_signal, judge_signal, list_signals},
};

#[tonic::async_trait]
impl SignalService for Intake {
    async fn list_signals(
        &self,
        request: Request<ListSignalsRequest>,
    ) -> Result<Response<ListSignalsResponse>, Status> {
        let (caller, request) = self.shell.gate.open(request)?;
        Ok(Response::new(list_signals::run(self, caller, request).await?))
    }

    async fn get_signal(
        &self,
        request: Request<GetSignalRequest>,
    ) -> Result<Response<GetSignalResponse>, Status> {
        let (caller, request) = self.shell.gate.open(request)?;
        Ok(Response::new(get_signal::run(self, caller, request).await?))
    }

    async fn judge_signal(
        &self,
        request: Request<JudgeSignalRequest>,
    ) -> Result<Response<JudgeSignalResponse>, Status> {
        let (caller, request) = self.shell.gate.open(request)?;
        Ok(Response::new(judge_signal::run(self, caller, request).await?))
    }
}
