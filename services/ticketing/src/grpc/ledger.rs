//! The ledger (台账).

use proto::ticketing::v1::{
    ExportLedgerRequest, ListLedgerExportsRequest, ListLedgerExportsResponse,
    ledger_service_server::LedgerService,
};
use tonic::{Request, Response, Status};

use crate::{rpc, state::Ticketing};

#[tonic::async_trait]
impl LedgerService for Ticketing {
    type ExportLedgerStream = rpc::ledger::export_ledger::Answers;

    async fn export_ledger(
        &self,
        request: Request<ExportLedgerRequest>,
    ) -> Result<Response<Self::ExportLedgerStream>, Status> {
        let (caller, request) = self.shell.gate.open(request)?;
        Ok(Response::new(rpc::ledger::export_ledger::run(self, caller, request).await?))
    }

    async fn list_ledger_exports(
        &self,
        request: Request<ListLedgerExportsRequest>,
    ) -> Result<Response<ListLedgerExportsResponse>, Status> {
        let (caller, request) = self.shell.gate.open(request)?;
        Ok(Response::new(rpc::ledger::list_ledger_exports::run(self, caller, request).await?))
    }
}
